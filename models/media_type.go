package models

import (
	"path"
	"strings"
)

// mediaOf are the messages that files of a type become on channels that know
// such messages; every other file is a document.
var mediaOf = map[string]MessageType{
	"image/jpeg": TypeImage, "image/png": TypeImage, "image/webp": TypeSticker,
	"video/mp4": TypeVideo, "video/3gpp": TypeVideo,
	"audio/aac": TypeAudio, "audio/mp4": TypeAudio, "audio/mpeg": TypeAudio, "audio/amr": TypeAudio, "audio/ogg": TypeAudio,
}

// carrier is the type of message that carries the file.
func (a *Attachment) carrier() MessageType {
	if t := mediaOf[a.ContentType]; t != "" {
		return t
	}
	return TypeDocument
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
