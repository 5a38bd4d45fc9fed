package models

import (
	"strings"
	"testing"

	"mauve/models/channeltype"
	"mauve/models/wire"
)

func TestWhatCarriesAFile(t *testing.T) {
	t.Parallel()
	meta, api := ChannelWhatsApp.Capabilities(), ChannelAPI.Capabilities()
	for _, c := range []struct {
		name string
		file Attachment
		body string
		can  channeltype.Capabilities
		want MessageType
	}{
		{"a JPEG is a picture", Attachment{ContentType: "image/jpeg"}, "", meta, TypeImage},
		{"a PNG is a picture, with a text too", Attachment{ContentType: "image/png"}, "look", meta, TypeImage},
		{"a GIF is a document: WhatsApp has no such picture", Attachment{ContentType: "image/gif"}, "", meta, TypeDocument},
		{"an MP4 is a film", Attachment{ContentType: "video/mp4"}, "", meta, TypeVideo},
		{"an OGG is a sound", Attachment{ContentType: "audio/ogg"}, "", meta, TypeAudio},
		{"a small WebP is a sticker", Attachment{ContentType: "image/webp", Size: 500 << 10}, "", meta, TypeSticker},
		{"a PDF is a document", Attachment{ContentType: "application/pdf"}, "", meta, TypeDocument},
		{"what is not known is a document", Attachment{ContentType: ""}, "", meta, TypeDocument},
		{"what the channel does not know is a document", Attachment{ContentType: "image/jpeg"}, "", channeltype.Capabilities{}, TypeDocument},
		{"an api channel knows pictures", Attachment{ContentType: "image/jpeg"}, "", api, TypeImage},
	} {
		if got := c.file.carrier(c.body, c.can); got != c.want {
			t.Errorf("%s: it goes as %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAFileFitsItsChannel(t *testing.T) {
	t.Parallel()
	file := func(kind string, size int64) []*Attachment { return []*Attachment{{ContentType: kind, Size: size}} }
	for _, c := range []struct {
		name string
		on   ChannelKind
		m    Message
		want string
	}{
		{"a picture of 5 MiB", ChannelWhatsApp, Message{Attachments: file("image/png", 5<<20)}, "taken"},
		{"a picture of a byte more", ChannelWhatsApp, Message{Attachments: file("image/png", 5<<20+1)}, "refused: attachments.0.id"},
		{"a document of 100 MiB", ChannelWhatsApp, Message{Attachments: file("application/pdf", 100<<20)}, "taken"},
		{"a document of a byte more", ChannelWhatsApp, Message{Attachments: file("application/pdf", 100<<20+1)}, "refused: attachments.0.id"},
		{"a picture with a text of 1024 characters", ChannelWhatsApp, Message{Body: strings.Repeat("é", 1024), Attachments: file("image/png", 1)}, "taken"},
		{"a picture with one character more", ChannelWhatsApp, Message{Body: strings.Repeat("é", 1025), Attachments: file("image/png", 1)}, "refused: body"},
		{"a sound with a text", ChannelWhatsApp, Message{Body: "listen", Attachments: file("audio/ogg", 1)}, "refused: body"},
		{"a large picture on a channel that takes several files", ChannelAPI, Message{Attachments: file("image/png", 200<<20)}, "taken"},
		{"a note with a large picture", ChannelWhatsApp, Message{Kind: PrivateNote, Attachments: file("image/png", 200<<20)}, "taken"},
		{"a text alone", ChannelWhatsApp, Message{Body: strings.Repeat("x", 2000)}, "taken"},
	} {
		var fs faults
		fs.loaded(&c.m, c.on.Capabilities())
		if got := verdict(fs.Err()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A kind may carry pictures alone: what would go as a document elsewhere is refused there.
func TestAFileOfATypeThatIsNotCarriedIsRefused(t *testing.T) {
	t.Parallel()
	pictures := channeltype.Capabilities{Uploads: true, OneFile: true, Types: []MessageType{TypeImage}}
	for kind, want := range map[string]string{"image/png": "taken", "application/pdf": "refused: attachments.0.id", "audio/ogg": "refused: attachments.0.id",
		"image/webp": "refused: attachments.0.id"} {
		var fs faults
		fs.loaded(&Message{Attachments: []*Attachment{{ContentType: kind, Size: 1}}}, pictures)
		if got := verdict(fs.Err()); got != want {
			t.Errorf("%s is %s, want %s", kind, got, want)
		}
	}
}

func TestAFetchedFileIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		given string
		of    MessageType
		is    string
		want  string
	}{
		{"as its sender called it", "Plan.pdf", TypeDocument, "application/pdf", "Plan.pdf"},
		{"cleaned", "../Plan.pdf", TypeDocument, "application/pdf", "Plan.pdf"},
		{"else by what it is", "", TypeImage, "image/jpeg", "image.jpg"},
		{"a voice too", "", TypeVoice, "audio/ogg", "voice.ogg"},
		{"without an ending where none is known", "", TypeDocument, "application/x-unknown", "document"},
	} {
		m := &Message{Type: c.of, Content: &Content{Media: &wire.Media{FileName: c.given}}}
		if got := fetchedName(m, c.is); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
