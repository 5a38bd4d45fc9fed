package models

import (
	"unicode/utf8"

	"mauve/models/channeltype"
	"mauve/models/content"
	"mauve/models/media"
)

// carrier is the type of message that carries the file on the channel. A
// picture that cannot be a sticker, for its size or the text beside it, and what
// the channel does not know go as documents.
func (a *Attachment) carrier(body string, can channeltype.Capabilities) MessageType {
	t := content.TypeOfFile(a.ContentType)
	sticks := t != TypeSticker || body == "" && a.Size <= can.Largest[t]
	if t == "" || !sticks || !can.Sends(t) {
		return TypeDocument
	}
	return t
}

// loaded makes a message that a file says the kind of what its file is, and
// checks whether the channel carries that.
func (f *faults) loaded(m *Message, can channeltype.Capabilities) {
	if !can.OneFile || len(m.Attachments) != 1 || m.Kind == PrivateNote {
		return
	}
	a := m.Attachments[0]
	if m.Type = a.carrier(m.Body, can); !can.Sends(m.Type) {
		f.Add("attachments.0.id", "is a file of a type that this channel does not carry")
		return
	}
	if most := can.Largest[m.Type]; most > 0 && a.Size > most {
		f.Add("attachments.0.id", "is %s large; this channel carries %s of type %s", media.SizeText(a.Size), media.SizeText(most), m.Type)
	}
	if m.Body == "" {
		return
	}
	if !m.Type.Captioned() {
		f.Add("body", "a message of type %s has no text of its own", m.Type)
	} else if utf8.RuneCountInString(m.Body) > content.LongestCaption {
		f.Add("body", "beside a file must have at most %d characters", content.LongestCaption)
	}
}

// fetchedName is what a fetched file is called: as its sender called it, else by what it is.
func fetchedName(m *Message, contentType string) string {
	if name := m.Content.Media.FileName; name != "" {
		return media.CleanName(name)
	}
	return string(m.Type) + media.Ending(contentType)
}
