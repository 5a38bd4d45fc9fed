package models

import (
	"path"
	"strings"
	"unicode/utf8"
)

// mediaOf are the messages that files of a type become on channels that know
// such messages; every other file is a document.
var mediaOf = map[string]MessageType{
	"image/jpeg": TypeImage, "image/png": TypeImage, "image/webp": TypeSticker,
	"video/mp4": TypeVideo, "video/3gpp": TypeVideo,
	"audio/aac": TypeAudio, "audio/mp4": TypeAudio, "audio/mpeg": TypeAudio, "audio/amr": TypeAudio, "audio/ogg": TypeAudio,
}

// carrier is the type of message that carries the file on the channel. A
// picture that cannot be a sticker, for its size or the text beside it, and what
// the channel does not know go as documents.
func (a *Attachment) carrier(body string, can Capabilities) MessageType {
	t := mediaOf[a.ContentType]
	sticks := t != TypeSticker || body == "" && a.Size <= can.Largest[t]
	if t == "" || !sticks || !can.Sends(t) {
		return TypeDocument
	}
	return t
}

const longestCaption = 1024

// captioned reports whether a file of the type may have a text beside it.
func (t MessageType) captioned() bool { return t == TypeImage || t == TypeVideo || t == TypeDocument }

// loaded makes a message that a file says the kind of what its file is, and
// checks whether the channel carries that.
func (f *faults) loaded(m *Message, can Capabilities) {
	if !can.OneFile || len(m.Attachments) != 1 || m.Kind == PrivateNote {
		return
	}
	a := m.Attachments[0]
	if m.Type = a.carrier(m.Body, can); !can.Sends(m.Type) {
		f.Add("attachments.0.id", "is a file of a type that this channel does not carry")
		return
	}
	if most := can.Largest[m.Type]; most > 0 && a.Size > most {
		f.Add("attachments.0.id", "is %s large; this channel carries %s of type %s", sizeText(a.Size), sizeText(most), m.Type)
	}
	if m.Body == "" {
		return
	}
	if !m.Type.captioned() {
		f.Add("body", "a message of type %s has no text of its own", m.Type)
	} else if utf8.RuneCountInString(m.Body) > longestCaption {
		f.Add("body", "beside a file must have at most %d characters", longestCaption)
	}
}

// officeTypes are the types of documents that are a container of another type, by their endings.
var officeTypes = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".doc":  "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
}

// VendorType is what a vendor is told that the file is: what the bytes are, and
// for the containers that office documents are, what the name says is in them.
func (f *OutFile) VendorType() string {
	if f.ContentType == "application/zip" || f.ContentType == "application/octet-stream" {
		if t := officeTypes[strings.ToLower(path.Ext(f.FileName))]; t != "" {
			return t
		}
	}
	return f.ContentType
}

// endings are how files of a type are called that came without a name.
var endings = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "video/mp4": ".mp4", "video/3gpp": ".3gp", "video/webm": ".webm",
	"audio/aac": ".aac", "audio/mp4": ".m4a", "audio/mpeg": ".mp3", "audio/amr": ".amr", "audio/ogg": ".ogg", "audio/wave": ".wav", "application/pdf": ".pdf",
	"application/zip": ".zip", "text/plain": ".txt",
}

// fetchedName is what a fetched file is called: as its sender called it, else by what it is.
func fetchedName(m *Message, contentType string) string {
	if name := m.Content.Media.FileName; name != "" {
		return CleanFileName(name)
	}
	return string(m.Type) + endings[contentType]
}
