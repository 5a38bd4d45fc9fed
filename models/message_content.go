package models

import (
	"strings"

	"mauve/models/content"
	"mauve/models/input"
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
		return input.Preview(m.Body)
	case len(m.Attachments) > 0 && (m.Type == TypeText || m.Type == TypeDocument):
		return m.carried()
	case m.Type == TypeText:
		return ""
	}
	return "[" + string(m.Type) + "]"
}
