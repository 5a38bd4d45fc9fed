package models

import (
	"mauve/models/rights"
	"mauve/models/wire"
)

// Wire returns the contact as the outside reads it.
func (c *Contact) Wire() wire.Contact {
	return wire.Contact{ID: c.ID.With(PrefixContact), Name: c.Name, Phone: wire.TextOrNil(c.Phone), Email: wire.TextOrNil(c.Email),
		ExternalID: wire.TextOrNil(c.ExternalID), Labels: c.Labels.OrEmpty(), Attributes: c.Attributes.OrEmpty(), Blocked: c.Blocked,
		CreatedAt: wire.Stamp(c.CreatedAt), UpdatedAt: wire.Stamp(c.UpdatedAt)}
}

// Wire returns the conversation as the outside reads it.
func (c *Conversation) Wire() wire.Conversation {
	w := wire.Conversation{ID: c.ID.With(PrefixConversation), Channel: string(c.ChannelKind), ChannelID: c.ChannelID.With(PrefixChannel),
		Status: string(c.Status), SnoozedUntil: wire.StampOrNil(c.SnoozedUntil), Labels: c.Labels.OrEmpty(), UnreadCount: c.UnreadCount,
		Contact: wire.ContactBrief{ID: c.ContactID.With(PrefixContact), Name: c.Contact.Name,
			Phone: wire.TextOrNil(c.Contact.Phone), Email: wire.TextOrNil(c.Contact.Email)},
		CreatedAt: wire.Stamp(c.CreatedAt), UpdatedAt: wire.Stamp(c.UpdatedAt)}
	if c.AssigneeID != "" {
		w.Assignee = &wire.Person{ID: c.AssigneeID.With(PrefixMember), Name: c.Assignee}
	}
	w.WindowEndsAt = wire.StampOrNil(c.WindowEnd())
	if c.LastAt != nil {
		w.LastMessage = &wire.LastMessage{Body: c.LastBody, Direction: c.LastDirection, CreatedAt: wire.Stamp(*c.LastAt)}
	}
	return w
}

// Wire returns the message as the outside reads it.
func (m *Message) Wire() wire.Message {
	w := wire.Message{ID: m.ID.With(PrefixMessage), ConversationID: m.ConversationID.With(PrefixConversation),
		Channel: string(m.ChannelKind), ChannelID: m.ChannelID.With(PrefixChannel), Direction: m.Direction, Kind: string(m.Kind),
		Type: string(m.Type), Body: m.Body, Content: m.Content.Wire(), Attachments: []wire.MessageAttachment{}, ReplyTo: wire.TextOrNil(m.ReplyToID.With(PrefixMessage)), Status: string(m.Status), Author: author(m.AuthorKind, m.AuthorID, m.AuthorName),
		ClientID: m.ClientID, ExternalID: m.ExternalID, CreatedAt: wire.Stamp(m.CreatedAt),
		SentAt: wire.StampOrNil(m.SentAt), DeliveredAt: wire.StampOrNil(m.DeliveredAt), ReadAt: wire.StampOrNil(m.ReadAt), PlayedAt: wire.StampOrNil(m.PlayedAt),
		EditedAt: wire.StampOrNil(m.EditedAt), DeletedAt: wire.StampOrNil(m.DeletedAt), Change: m.Amendment.wire()}
	for _, a := range m.Attachments {
		w.Attachments = append(w.Attachments, wire.MessageAttachment{ID: a.ID.With(PrefixAttachment), FileName: a.FileName,
			ContentType: a.ContentType, Size: a.Size, Width: wire.NumberOrNil(a.Width), Height: wire.NumberOrNil(a.Height), URL: a.Link.URL})
	}
	if m.ErrorCode != "" {
		w.Error = &wire.MessageError{Code: m.ErrorCode, Detail: m.ErrorDetail.String()}
	}
	return w
}

func author(kind ActorKind, id ID, name string) wire.Author {
	prefix := map[ActorKind]string{ActorMember: PrefixMember, ActorKey: PrefixKey, ActorContact: PrefixContact}[kind]
	return wire.Author{Kind: string(kind), ID: wire.TextOrNil(id.With(prefix)), Name: name}
}

// Wire returns the attachment as the outside reads it.
func (a *Attachment) Wire() wire.Attachment {
	w := wire.Attachment{ID: a.ID.With(PrefixAttachment), FileName: a.FileName, ContentType: a.ContentType, ClaimedType: wire.TextOrNil(a.ClaimedType),
		Size: a.Size, SHA256: a.SHA256, Width: wire.NumberOrNil(a.Width), Height: wire.NumberOrNil(a.Height),
		Uploader: author(a.UploaderKind, a.UploaderID, a.UploaderName), URL: a.Link.URL, URLExpiresAt: wire.Stamp(a.Link.Expires),
		CreatedAt: wire.Stamp(a.CreatedAt)}
	if a.MessageID != nil {
		w.MessageID = wire.TextOrNil(a.MessageID.With(PrefixMessage))
	}
	return w
}

// Wire returns the note as the outside reads it.
func (n *Note) Wire() wire.Note {
	return wire.Note{ID: n.ID.With(PrefixNote), ContactID: wire.TextOrNil(n.ContactID.With(PrefixContact)), Body: n.Body,
		Author: author(n.AuthorKind, n.AuthorID, n.AuthorName), CreatedAt: wire.Stamp(n.CreatedAt)}
}

// Wire returns the channel as the outside reads it.
func (c *Channel) Wire() wire.Channel {
	return wire.Channel{ID: c.ID.With(PrefixChannel), Kind: string(c.Kind), Name: c.Name, Status: c.Status,
		StatusDetail: wire.TextOrNil(c.StatusDetail.String()), SessionID: c.SessionID, Config: c.config(), Capabilities: c.Kind.Capabilities().Wire(), CallbackPath: c.callback(), Facts: c.factsWire(),
		CreatedAt: wire.Stamp(c.CreatedAt), UpdatedAt: wire.Stamp(c.UpdatedAt)}
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
		ExpiresAt: wire.StampOrNil(k.ExpireAt), RevokedAt: wire.StampOrNil(k.RevokedAt), CreatedAt: wire.Stamp(k.CreatedAt)}
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
		DisabledReason: wire.TextOrNil(w.DisabledReason.String()), FailingSince: wire.StampOrNil(w.FailingSince),
		CreatedAt: wire.Stamp(w.CreatedAt), UpdatedAt: wire.Stamp(w.UpdatedAt)}
}

// Wire returns the delivery as the outside reads it.
func (d *Delivery) Wire() wire.Delivery {
	w := wire.Delivery{ID: d.ID.With(PrefixDelivery), WebhookID: d.WebhookID.With(PrefixWebhook), EventID: d.EventID.With(PrefixEvent),
		Event: string(d.EventKind), State: string(d.State), Tries: d.Tries, LastError: wire.TextOrNil(d.LastError.String()),
		CreatedAt: wire.Stamp(d.CreatedAt), FinishedAt: wire.StampOrNil(d.FinishedAt)}
	if d.State == DeliveryWaiting {
		w.NextTryAt = wire.StampOrNil(&d.RunAt)
	}
	if d.LastStatus != 0 {
		w.LastStatus = &d.LastStatus
	}
	return w
}
