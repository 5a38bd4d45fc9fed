package models

import (
	"time"

	"mauve/models/rights"
	"mauve/models/wire"
)

// Wire returns the contact as the outside reads it.
func (c *Contact) Wire() wire.Contact {
	return wire.Contact{ID: c.ID.With(PrefixContact), Name: c.Name, Phone: textOrNil(c.Phone), Email: textOrNil(c.Email),
		ExternalID: textOrNil(c.ExternalID), Labels: c.Labels.OrEmpty(), Attributes: c.Attributes.OrEmpty(), Blocked: c.Blocked,
		CreatedAt: Stamp(c.CreatedAt), UpdatedAt: Stamp(c.UpdatedAt)}
}

// Wire returns the conversation as the outside reads it.
func (c *Conversation) Wire() wire.Conversation {
	w := wire.Conversation{ID: c.ID.With(PrefixConversation), Channel: string(c.ChannelKind), ChannelID: c.ChannelID.With(PrefixChannel),
		Status: string(c.Status), SnoozedUntil: stampOrNil(c.SnoozedUntil), Labels: c.Labels.OrEmpty(), UnreadCount: c.UnreadCount,
		Contact: wire.ContactBrief{ID: c.ContactID.With(PrefixContact), Name: c.Contact.Name,
			Phone: textOrNil(c.Contact.Phone), Email: textOrNil(c.Contact.Email)},
		CreatedAt: Stamp(c.CreatedAt), UpdatedAt: Stamp(c.UpdatedAt)}
	if c.AssigneeID != "" {
		w.Assignee = &wire.Person{ID: c.AssigneeID.With(PrefixMember), Name: c.Assignee}
	}
	w.WindowEndsAt = stampOrNil(c.WindowEnd())
	if c.LastAt != nil {
		w.LastMessage = &wire.LastMessage{Body: c.LastBody, Direction: c.LastDirection, CreatedAt: Stamp(*c.LastAt)}
	}
	return w
}

// Wire returns the message as the outside reads it.
func (m *Message) Wire() wire.Message {
	w := wire.Message{ID: m.ID.With(PrefixMessage), ConversationID: m.ConversationID.With(PrefixConversation),
		Channel: string(m.ChannelKind), ChannelID: m.ChannelID.With(PrefixChannel), Direction: m.Direction, Kind: string(m.Kind),
		Type: string(m.Type), Body: m.Body, Content: m.Content.Wire(), Attachments: []wire.MessageAttachment{}, ReplyTo: textOrNil(m.ReplyToID.With(PrefixMessage)), Status: string(m.Status), Author: author(m.AuthorKind, m.AuthorID, m.AuthorName),
		ClientID: m.ClientID, ExternalID: m.ExternalID, CreatedAt: Stamp(m.CreatedAt),
		SentAt: stampOrNil(m.SentAt), DeliveredAt: stampOrNil(m.DeliveredAt), ReadAt: stampOrNil(m.ReadAt), PlayedAt: stampOrNil(m.PlayedAt),
		EditedAt: stampOrNil(m.EditedAt), DeletedAt: stampOrNil(m.DeletedAt), Change: m.Amendment.wire()}
	for _, a := range m.Attachments {
		w.Attachments = append(w.Attachments, wire.MessageAttachment{ID: a.ID.With(PrefixAttachment), FileName: a.FileName,
			ContentType: a.ContentType, Size: a.Size, Width: numberOrNil(a.Width), Height: numberOrNil(a.Height), URL: a.Link.URL})
	}
	if m.ErrorCode != "" {
		w.Error = &wire.MessageError{Code: m.ErrorCode, Detail: m.ErrorDetail.String()}
	}
	return w
}

func author(kind ActorKind, id ID, name string) wire.Author {
	prefix := map[ActorKind]string{ActorMember: PrefixMember, ActorKey: PrefixKey, ActorContact: PrefixContact}[kind]
	return wire.Author{Kind: string(kind), ID: textOrNil(id.With(prefix)), Name: name}
}

// Wire returns the attachment as the outside reads it.
func (a *Attachment) Wire() wire.Attachment {
	w := wire.Attachment{ID: a.ID.With(PrefixAttachment), FileName: a.FileName, ContentType: a.ContentType, ClaimedType: textOrNil(a.ClaimedType),
		Size: a.Size, SHA256: a.SHA256, Width: numberOrNil(a.Width), Height: numberOrNil(a.Height),
		Uploader: author(a.UploaderKind, a.UploaderID, a.UploaderName), URL: a.Link.URL, URLExpiresAt: Stamp(a.Link.Expires),
		CreatedAt: Stamp(a.CreatedAt)}
	if a.MessageID != nil {
		w.MessageID = textOrNil(a.MessageID.With(PrefixMessage))
	}
	return w
}

func numberOrNil(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// Wire returns the note as the outside reads it.
func (n *Note) Wire() wire.Note {
	return wire.Note{ID: n.ID.With(PrefixNote), ContactID: textOrNil(n.ContactID.With(PrefixContact)), Body: n.Body,
		Author: author(n.AuthorKind, n.AuthorID, n.AuthorName), CreatedAt: Stamp(n.CreatedAt)}
}

// Wire returns the channel as the outside reads it.
func (c *Channel) Wire() wire.Channel {
	return wire.Channel{ID: c.ID.With(PrefixChannel), Kind: string(c.Kind), Name: c.Name, Status: c.Status,
		StatusDetail: textOrNil(c.StatusDetail.String()), SessionID: c.SessionID, Config: c.config(), Capabilities: c.Kind.Capabilities().Wire(), CallbackPath: c.callback(), Facts: c.factsWire(),
		CreatedAt: Stamp(c.CreatedAt), UpdatedAt: Stamp(c.UpdatedAt)}
}

// WireFor returns the channel as the actor may read it: how it is configured, and
// what its vendor says of it, is for those who may InspectChannels.
func (c *Channel) WireFor(a Actor) wire.Channel {
	w := c.Wire()
	if !a.Grants.Has(rights.InspectChannels) {
		w = deskChannel(w)
	}
	return w
}

func deskChannel(w wire.Channel) wire.Channel {
	w.Config, w.CallbackPath, w.Facts = map[string]any{}, nil, nil
	return w
}

// Wire returns the member as somebody whom work can be assigned to.
func (m *Member) Wire() wire.Agent {
	return wire.Agent{ID: m.ID.With(PrefixMember), Name: m.Name, Email: m.Email, Role: string(m.Role)}
}

// Wire returns the key as the outside reads it.
func (k *APIKey) Wire() wire.Key {
	return wire.Key{ID: k.ID.With(PrefixKey), Name: k.Name, Prefix: k.Prefix, Last4: k.Last4, Scopes: k.Scopes(),
		Cap:       wire.Cap{Calls: k.CapCalls, Seconds: k.CapSeconds},
		ExpiresAt: stampOrNil(k.ExpireAt), RevokedAt: stampOrNil(k.RevokedAt), CreatedAt: Stamp(k.CreatedAt)}
}

// Wire returns the workspace as the outside reads it.
func (w *Workspace) Wire() wire.Workspace {
	return wire.Workspace{ID: w.ID.With(PrefixWorkspace), Name: w.Name}
}

// Wire returns the webhook as the outside reads it, without its secret.
func (w *Webhook) Wire() wire.Webhook {
	channels := []string{}
	for _, id := range w.ChannelIDs {
		channels = append(channels, ID(id).With(PrefixChannel))
	}
	return wire.Webhook{ID: w.ID.With(PrefixWebhook), URL: w.URL, Events: w.Events.OrEmpty(), ChannelIDs: channels, Enabled: w.Enabled,
		DisabledReason: textOrNil(w.DisabledReason.String()), FailingSince: stampOrNil(w.FailingSince),
		CreatedAt: Stamp(w.CreatedAt), UpdatedAt: Stamp(w.UpdatedAt)}
}

// Wire returns the delivery as the outside reads it.
func (d *Delivery) Wire() wire.Delivery {
	w := wire.Delivery{ID: d.ID.With(PrefixDelivery), WebhookID: d.WebhookID.With(PrefixWebhook), EventID: d.EventID.With(PrefixEvent),
		Event: string(d.EventKind), State: string(d.State), Tries: d.Tries, LastError: textOrNil(d.LastError.String()),
		CreatedAt: Stamp(d.CreatedAt), FinishedAt: stampOrNil(d.FinishedAt)}
	if d.State == DeliveryWaiting {
		w.NextTryAt = stampOrNil(&d.RunAt)
	}
	if d.LastStatus != 0 {
		w.LastStatus = &d.LastStatus
	}
	return w
}

// Stamp writes a time as every answer does: RFC 3339, UTC, milliseconds.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func stampOrNil(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := Stamp(*t)
	return &s
}

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
