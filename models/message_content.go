package models

import (
	"strings"
	"unicode/utf8"

	"mauve/models/channeltype"
	"mauve/models/content"
)

// MessageType says what a message holds.
type MessageType = content.Type

// The types of message. Those after the template only come in.
const (
	TypeText        = content.Text
	TypeImage       = content.Image
	TypeVideo       = content.Video
	TypeAudio       = content.Audio
	TypeVoice       = content.Voice
	TypeDocument    = content.Document
	TypeSticker     = content.Sticker
	TypeLocation    = content.Location
	TypeContacts    = content.Contacts
	TypeReaction    = content.Reaction
	TypeTemplate    = content.Template
	TypeChoice      = content.Choice // of a button, a list or a form
	TypeOrder       = content.Order
	TypeSystem      = content.System
	TypeUnsupported = content.Unsupported
)

// Content is what a message holds besides its text.
type Content = content.Content

// Gist is one line that tells the message in a list: its text, or what it is.
func (m *Message) Gist() string {
	switch {
	case m.DeletedAt != nil:
		return "[deleted]"
	case strings.TrimSpace(m.Body) != "":
		return preview(m.Body)
	case len(m.Attachments) > 0 && (m.Type == TypeText || m.Type == TypeDocument):
		return m.carried()
	case m.Type == TypeText:
		return ""
	}
	return "[" + string(m.Type) + "]"
}

// fill checks what a draft holds besides its text and sets the message's type.
func (f *faults) fill(m *Message, d Draft, can channeltype.Capabilities) {
	c := d.Content
	m.Type, m.Content = TypeText, &c
	if m.Kind == PrivateNote && !c.Empty() {
		f.Add("kind", "a note holds text alone")
		return
	}
	found := content.Check(&f.Reader, &c, d.MediaType)
	if len(found) > 1 {
		f.Add(string(found[1]), "cannot be sent together with %s; send two messages", found[0])
		return
	}
	if len(found) == 1 {
		m.Type = found[0]
	}
	f.uploads(m, d, can)
	if c.Media != nil && c.Media.ID != "" && !can.Queued {
		f.Add("media.id", "this channel cannot carry it")
	}
	if !can.Sends(m.Type) {
		f.Add(content.Field(m.Type), "this channel cannot carry it")
	}
	f.fits(m.Kind, m.Body, can)
	f.caption(m, d)
}

// fits refuses a text that is too long for its channel; a note leaves by none.
func (f *faults) fits(kind MessageKind, text string, can channeltype.Capabilities) {
	if n := utf8.RuneCountInString(text); can.LongestText > 0 && kind == Reply && n > can.LongestText {
		f.Add("body", "must have at most %d characters on this channel, has %d", can.LongestText, n)
	}
}

// uploads checks which messages may carry uploaded files.
func (f *faults) uploads(m *Message, d Draft, can channeltype.Capabilities) {
	switch {
	case len(d.Attachments) == 0 || m.Kind == PrivateNote:
	case !can.Uploads:
		f.Add("attachments", "this channel cannot carry uploaded files; send media by its address")
	case m.Type != TypeText:
		f.Add("attachments", "cannot be sent together with %s; send two messages", m.Type)
	case can.OneFile && len(d.Attachments) > 1:
		f.Add("attachments", "this channel carries one file a message; send a message for each")
	}
}

// caption says which messages need, may have, or have no text.
func (f *faults) caption(m *Message, d Draft) {
	switch m.Type {
	case TypeText:
		if m.Body = ""; len(d.Attachments) == 0 || strings.TrimSpace(d.Body) != "" {
			m.Body = f.Text("body", d.Body, content.LongestText)
		}
	case TypeImage, TypeVideo, TypeDocument:
		if d.Body != "" {
			m.Body = f.Text("body", d.Body, content.LongestCaption)
		}
	default:
		if strings.TrimSpace(d.Body) != "" {
			f.Add("body", "a message of type %s has no text of its own", m.Type)
		}
		m.Body = m.Content.InWords(m.Type)
	}
}
