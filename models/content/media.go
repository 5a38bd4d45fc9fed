package content

import (
	"net/url"
	"strings"

	"mauve/models/media"
)

var mediaTypes = map[Type]bool{Image: true, Video: true, Audio: true, Document: true, Sticker: true}

// mediaOf are the messages that files of a type become on channels that know
// such messages; every other file is a document.
var mediaOf = map[string]Type{
	"image/jpeg": Image, "image/png": Image, "image/webp": Sticker,
	"video/mp4": Video, "video/3gpp": Video,
	"audio/aac": Audio, "audio/mp4": Audio, "audio/mpeg": Audio, "audio/amr": Audio, "audio/ogg": Audio,
}

// TypeOfFile is what a file of the content type becomes, empty if it is no media.
func TypeOfFile(contentType string) Type { return mediaOf[contentType] }

// LongestCaption is the most characters of a text beside media.
const LongestCaption = 1024

// Captioned reports whether a file of the type may have a text beside it.
func (t Type) Captioned() bool { return t == Image || t == Video || t == Document }

// TypeOfMedia guesses from what is said of the file; a file of which nothing is known is a document.
func TypeOfMedia(mime, name, link string) Type {
	kind, _, _ := strings.Cut(mime, "/")
	if t := Type(kind); t == Image || t == Video || t == Audio {
		return t
	}
	if u, err := url.Parse(link); err == nil && name == "" {
		name = u.Path
	}
	switch ending := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]); ending {
	case "jpg", "jpeg", "png":
		return Image
	case "mp4", "3gp":
		return Video
	case "mp3", "ogg", "aac", "m4a", "amr", "opus":
		return Audio
	case "webp":
		return Sticker
	}
	return Document
}

// FileName is what the file of a message of the type is called that a vendor passed on: as its sender called it, else by
// what it is.
func (c *Content) FileName(t Type, contentType string) string {
	if c.Media.FileName != "" {
		return media.CleanName(c.Media.FileName)
	}
	return string(t) + media.Ending(contentType)
}
