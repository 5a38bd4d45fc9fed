package api

import (
	"encoding/json"

	"mauve/models"
	"mauve/models/search"
	"mauve/models/wire"
)

func listMessages(s *models.Scope, in *struct {
	ByID
	Paging
}) (*listOut[wire.Message], error) {
	id, err := idOf(models.PrefixConversation, in.ID, "conversation")
	if err != nil {
		return nil, err
	}
	l, err := search.Messages(s, id, in.ask())
	if err != nil {
		return nil, err
	}
	return page(l, "/conversations/"+id.With(models.PrefixConversation)+"/messages", "", (*models.Message).Wire), nil
}

// MessageFields are what a message is made of: a body, or one of media,
// template, location, contacts and reaction.
type MessageFields struct {
	Body       string          `json:"body,omitempty" doc:"The text, or the caption of an image, a video or a document"`
	Media      *MediaFields    `json:"media,omitempty" doc:"A file"`
	Template   *TemplateFields `json:"template,omitempty" doc:"An approved message, for when the contact has not written for 24 hours"`
	Location   *wire.Location  `json:"location,omitempty"`
	Contacts   []wire.VCard    `json:"contacts,omitempty"`
	Reaction   *ReactionFields `json:"reaction,omitempty" doc:"An emoji at another message"`
	ReplyTo    string          `json:"replyToId,omitempty" doc:"The message it answers"`
	PreviewURL *bool           `json:"previewUrl,omitempty" doc:"Show a preview of the first link; yes if left out"`
	Kind       string          `json:"kind,omitempty" enum:"message,note" doc:"A note never leaves the team"`
	Direction  string          `json:"direction,omitempty" enum:"inbound,outbound" doc:"inbound, on an api channel: what the contact wrote"`
	ClientID   string          `json:"clientId,omitempty" doc:"Your own id of it; sent twice in a conversation it is one message"`
	ExternalID string          `json:"externalId,omitempty" doc:"The other side's id of it; sent twice on a channel it is one message"`

	Attachments []Attachable `json:"attachments,omitempty" doc:"Uploaded files, at most 10; the body may then be left out"`
}

// MediaFields are a file by its address or by the vendor's id of it.
type MediaFields struct {
	Type     string `json:"type,omitempty" enum:"image,video,audio,document,sticker" doc:"Guessed from the file's name if left out"`
	URL      string `json:"url,omitempty" doc:"Where the vendor is to fetch it"`
	ID       string `json:"id,omitempty" doc:"The vendor's id of an uploaded file"`
	FileName string `json:"fileName,omitempty"`
}

// TemplateFields are a template and what fills its gaps.
type TemplateFields struct {
	Name       string           `json:"name"`
	Language   string           `json:"language" example:"en_US"`
	Components []map[string]any `json:"components,omitempty" doc:"As Meta's API takes them"`
}

// ReactionFields are an emoji and the message it is about.
type ReactionFields struct {
	MessageID string `json:"messageId"`
	Emoji     string `json:"emoji" doc:"Empty: take the reaction back"`
}

func (f MessageFields) draft() (models.Draft, error) {
	d := models.Draft{Body: f.Body, Kind: models.MessageKind(f.Kind), Direction: f.Direction, ClientID: f.ClientID, ExternalID: f.ExternalID}
	var err error
	if d.ReplyTo, err = fieldID(models.PrefixMessage, "replyToId", f.ReplyTo); err != nil {
		return d, err
	}
	if d.Attachments, err = attachmentIDs(f.Attachments); err != nil {
		return d, err
	}
	d.Content.NoPreview = f.PreviewURL != nil && !*f.PreviewURL
	d.Content.Location, d.Content.Contacts = f.Location, f.Contacts
	if m := f.Media; m != nil {
		d.MediaType = models.MessageType(m.Type)
		d.Content.Media = &wire.Media{ID: m.ID, URL: m.URL, FileName: m.FileName}
	}
	if r := f.Reaction; r != nil {
		d.Content.Reaction = &wire.Reaction{MessageID: r.MessageID, Emoji: r.Emoji}
	}
	if t := f.Template; t != nil {
		d.Content.Template = &wire.TemplateUse{Name: t.Name, Language: t.Language}
		if len(t.Components) > 0 {
			d.Content.Template.Components, err = json.Marshal(t.Components)
		}
	}
	return d, err
}

type messageOut = one[wire.Message]

func message(m *models.Message) *messageOut {
	out := &messageOut{Location: Prefix + "/messages/" + m.ID.With(models.PrefixMessage), Status: 202, Body: m.Wire()}
	if m.IsInbound() || m.Kind == models.PrivateNote {
		out.Status = 201
	}
	return out
}

func createMessage(s *models.Scope, in *struct {
	ByID
	Body MessageFields
}) (*messageOut, error) {
	id, err := idOf(models.PrefixConversation, in.ID, "conversation")
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	m, err := s.Send(id, d)
	if err != nil {
		return nil, err
	}
	return message(m), nil
}

func sendMessage(s *models.Scope, in *struct {
	Body struct {
		ChannelID string `json:"channelId,omitempty"`
		SessionID string `json:"sessionId,omitempty" doc:"Instead of channelId; beside it, that channel's"`
		Channel   string `json:"channel,omitempty" doc:"The kind of channel, instead of channelId: the workspace's first of it; beside it, that channel's"`
		To        string `json:"to" doc:"Phone, e-mail, external id or id of the contact"`
		MessageFields
	}
}) (*messageOut, error) {
	channel, err := fieldID(models.PrefixChannel, "channelId", in.Body.ChannelID)
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	m, err := s.SendTo(models.Outgoing{ChannelID: channel, SessionID: in.Body.SessionID, Kind: models.ChannelKind(in.Body.Channel),
		To: in.Body.To, Draft: d})
	if err != nil {
		return nil, err
	}
	return message(m), nil
}

func showMessage(s *models.Scope, in *ByID) (*messageOut, error) {
	id, err := idOf(models.PrefixMessage, in.ID, "message")
	if err != nil {
		return nil, err
	}
	m, err := s.Message(id)
	if err != nil {
		return nil, err
	}
	out := message(m)
	out.Status, out.Location, out.ETag = 200, "", etag(m.Version())
	return out, nil
}

func retryMessage(s *models.Scope, in *ByID) (*messageOut, error) {
	id, err := idOf(models.PrefixMessage, in.ID, "message")
	if err != nil {
		return nil, err
	}
	m, err := s.RetryMessage(id)
	if err != nil {
		return nil, err
	}
	return message(m), nil
}

func editMessage(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body struct {
		Body string `json:"body" doc:"The text that is to stand"`
	}
}) (*messageOut, error) {
	return changed(in.ID, func(id models.ID) (*models.Message, error) { return s.EditMessage(id, in.Body.Body, in.version()) })
}

func deleteMessage(s *models.Scope, in *ByID) (*messageOut, error) {
	return changed(in.ID, s.DeleteMessage)
}

// changed answers with a message as it is after a change, 202 if its channel is still to carry it out.
func changed(named string, change func(models.ID) (*models.Message, error)) (*messageOut, error) {
	id, err := idOf(models.PrefixMessage, named, "message")
	if err != nil {
		return nil, err
	}
	m, err := change(id)
	if err != nil {
		return nil, err
	}
	out := &messageOut{ETag: etag(m.Version()), Status: 200, Body: m.Wire()}
	if m.Amendment.Kind != "" {
		out.Status = 202
	}
	return out, nil
}

func showTyping(s *models.Scope, in *ByID) (*nothing, error) {
	id, err := idOf(models.PrefixConversation, in.ID, "conversation")
	if err != nil {
		return nil, err
	}
	return nil, s.ShowTyping(id)
}
