package channeltype

import (
	"strings"
	"testing"

	"mauve/models/content"
	"mauve/models/input"
	"mauve/models/wire"
)

// refused names what is wrong with the fields that were read.
func refused(f input.Reader) string {
	if len(f.Faults) == 0 {
		return "taken"
	}
	fields := make([]string, len(f.Faults))
	for i, fault := range f.Faults {
		fields[i] = fault.Field
	}
	return "refused: " + strings.Join(fields, ", ")
}

func fits(can Capabilities, text string, files ...File) string {
	var f input.Reader
	can.CheckFiles(&f, content.Text, text, files)
	return refused(f)
}

func TestWhatADraftMakes(t *testing.T) {
	t.Parallel()
	meta, api := WhatsApp.Capabilities(), API.Capabilities()
	picture := content.Content{Media: &wire.Media{URL: "https://x.example/a.png"}}
	place := content.Content{Location: &wire.Location{Latitude: 1, Longitude: 2, Name: "Home"}}
	both := content.Content{Media: picture.Media, Location: place.Location}
	for _, c := range []struct {
		name string
		can  Capabilities
		d    Draft
		want string
		of   content.Type
		text string
	}{
		{"a text", meta, Draft{Text: "hello"}, "taken", content.Text, "hello"},
		{"nothing", meta, Draft{Text: " "}, "refused: body", content.Text, " "},
		{"a file alone", meta, Draft{Text: " ", Files: 1}, "taken", content.Text, ""},
		{"a long text", meta, Draft{Text: strings.Repeat("x", 4097)}, "refused: body", content.Text, strings.Repeat("x", 4097)},
		{"a long text where none is too long", api, Draft{Text: strings.Repeat("x", 4097)}, "taken", content.Text, strings.Repeat("x", 4097)},
		{"a long note", meta, Draft{Note: true, Text: strings.Repeat("x", 4097)}, "taken", content.Text, strings.Repeat("x", 4097)},
		{"a note with a place", meta, Draft{Note: true, Text: "x", Content: &place}, "refused: kind", content.Text, "x"},
		{"a note with files", meta, Draft{Note: true, Text: "x", Files: 3}, "taken", content.Text, "x"},
		{"a picture with a text", meta, Draft{Text: "look", Content: &picture}, "taken", content.Image, "look"},
		{"a picture without one", meta, Draft{Content: &picture}, "taken", content.Image, ""},
		{"a picture and a place", meta, Draft{Text: "x", Content: &both}, "refused: location", content.Text, "x"},
		{"a place is told by its name", meta, Draft{Content: &place}, "taken", content.Location, "Home"},
		{"a place with a text", meta, Draft{Text: "here", Content: &place}, "refused: body", content.Location, "Home"},
		{"a place where none is carried", api, Draft{Content: &place}, "refused: location", content.Location, "Home"},
		{"two files on a channel that carries one", meta, Draft{Text: "x", Files: 2}, "refused: attachments", content.Text, "x"},
		{"two files on one that carries more", api, Draft{Text: "x", Files: 2}, "taken", content.Text, "x"},
		{"files where none are carried", Capabilities{}, Draft{Text: "x", Files: 1}, "refused: attachments", content.Text, "x"},
		{"a file beside a place", meta, Draft{Content: &place, Files: 1}, "refused: attachments", content.Location, "Home"},
	} {
		if c.d.Content == nil {
			c.d.Content = &content.Content{}
		}
		var f input.Reader
		of, text := c.can.Read(&f, c.d)
		if got := refused(f); got != c.want || of != c.of || text != c.text {
			t.Errorf("%s: %s, a message of type %s that says %q; want %s, %s, %q", c.name, got, of, text, c.want, c.of, c.text)
		}
	}
}

func TestWhatCarriesAFile(t *testing.T) {
	t.Parallel()
	meta, api := WhatsApp.Capabilities(), API.Capabilities()
	for _, c := range []struct {
		name string
		file File
		body string
		can  Capabilities
		want content.Type
	}{
		{"a JPEG is a picture", File{ContentType: "image/jpeg"}, "", meta, content.Image},
		{"a PNG is a picture, with a text too", File{ContentType: "image/png"}, "look", meta, content.Image},
		{"a GIF is a document: WhatsApp has no such picture", File{ContentType: "image/gif"}, "", meta, content.Document},
		{"an MP4 is a film", File{ContentType: "video/mp4"}, "", meta, content.Video},
		{"an OGG is a sound", File{ContentType: "audio/ogg"}, "", meta, content.Audio},
		{"a small WebP is a sticker", File{ContentType: "image/webp", Size: 500 << 10}, "", meta, content.Sticker},
		{"a PDF is a document", File{ContentType: "application/pdf"}, "", meta, content.Document},
		{"what is not known is a document", File{ContentType: ""}, "", meta, content.Document},
		{"what the channel does not know is a document", File{ContentType: "image/jpeg"}, "", Capabilities{}, content.Document},
		{"an api channel knows pictures", File{ContentType: "image/jpeg"}, "", api, content.Image},
	} {
		if got := c.can.Carrier(c.file, c.body); got != c.want {
			t.Errorf("%s: it goes as %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAFileFitsItsChannel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		on    Kind
		files []File
		text  string
		want  string
	}{
		{"a picture of 5 MiB", WhatsApp, []File{{"image/png", 5 << 20}}, "", "taken"},
		{"a picture of a byte more", WhatsApp, []File{{"image/png", 5<<20 + 1}}, "", "refused: attachments.0.id"},
		{"a document of 100 MiB", WhatsApp, []File{{"application/pdf", 100 << 20}}, "", "taken"},
		{"a document of a byte more", WhatsApp, []File{{"application/pdf", 100<<20 + 1}}, "", "refused: attachments.0.id"},
		{"a picture with a text of 1024 characters", WhatsApp, []File{{"image/png", 1}}, strings.Repeat("é", 1024), "taken"},
		{"a picture with one character more", WhatsApp, []File{{"image/png", 1}}, strings.Repeat("é", 1025), "refused: body"},
		{"a sound with a text", WhatsApp, []File{{"audio/ogg", 1}}, "listen", "refused: body"},
		{"a large picture on a channel that takes several files", API, []File{{"image/png", 200 << 20}}, "", "taken"},
		{"a text alone", WhatsApp, nil, strings.Repeat("x", 2000), "taken"},
	} {
		if got := fits(c.on.Capabilities(), c.text, c.files...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A kind may carry pictures alone: what would go as a document elsewhere is refused there.
func TestAFileOfATypeThatIsNotCarriedIsRefused(t *testing.T) {
	t.Parallel()
	pictures := Capabilities{Uploads: true, OneFile: true, Types: []content.Type{content.Image}}
	for kind, want := range map[string]string{"image/png": "taken", "application/pdf": "refused: attachments.0.id", "audio/ogg": "refused: attachments.0.id",
		"image/webp": "refused: attachments.0.id"} {
		if got := fits(pictures, "", File{kind, 1}); got != want {
			t.Errorf("%s is %s, want %s", kind, got, want)
		}
	}
}
