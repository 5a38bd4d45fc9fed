package content

import (
	"testing"

	"mauve/models/wire"
)

func TestTheTypeOfMediaIsGuessed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		mime, file, link string
		want             Type
	}{
		{"by its media type", "image/heic", "a.pdf", "", Image},
		{"by a sound's", "audio/ogg; codecs=opus", "", "", Audio},
		{"another media type says nothing", "application/pdf", "a.png", "", Image},
		{"by its name", "", "A.MP4", "", Video},
		{"by its address", "", "", "https://x.example/a/b.mp3?x=.png", Audio},
		{"its name is stronger than its address", "", "a.pdf", "https://x.example/b.png", Document},
		{"what nothing is said of is a document", "", "", "https://x.example/", Document},
		{"nothing is a document", "", "", "", Document},
	} {
		if got := TypeOfMedia(c.mime, c.file, c.link); got != c.want {
			t.Errorf("%s: it is %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAFetchedFileIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		given string
		of    Type
		is    string
		want  string
	}{
		{"as its sender called it", "Plan.pdf", Document, "application/pdf", "Plan.pdf"},
		{"cleaned", "../Plan.pdf", Document, "application/pdf", "Plan.pdf"},
		{"else by what it is", "", Image, "image/jpeg", "image.jpg"},
		{"a voice too", "", Voice, "audio/ogg", "voice.ogg"},
		{"without an ending where none is known", "", Document, "application/x-unknown", "document"},
	} {
		m := &Content{Media: &wire.Media{FileName: c.given}}
		if got := m.FileName(c.of, c.is); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
