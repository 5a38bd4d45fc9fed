package content

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"mauve/models/input"
	"mauve/models/wire"
)

var (
	templateIDs = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	languageIDs = regexp.MustCompile(`^[A-Za-z]{2,3}([_-][A-Za-z]{2,4})?$`)
)

// Check checks each member that is there and returns the types they make. The type
// given is the one of the media; if it is empty, the file tells.
func Check(f *input.Reader, c *Content, ofMedia Type) (found []Type) {
	if c.Media != nil {
		found = append(found, checkMedia(f, c.Media, ofMedia))
	}
	if c.Location != nil {
		location(f, c.Location)
		found = append(found, Location)
	}
	if len(c.Contacts) > 0 {
		cards(f, c.Contacts)
		found = append(found, Contacts)
	}
	if c.Reaction != nil {
		emoji(f, c.Reaction.Emoji)
		found = append(found, Reaction)
	}
	if c.Template != nil {
		template(f, c.Template)
		found = append(found, Template)
	}
	return found
}

// Field is the member of a message that makes it of the type.
func Field(t Type) string {
	if mediaTypes[t] {
		return "media"
	}
	return string(t)
}

func checkMedia(f *input.Reader, m *wire.Media, t Type) Type {
	if t == "" {
		t = TypeOfMedia(m.MIMEType, m.FileName, m.URL)
	}
	if !mediaTypes[t] {
		f.Add("media.type", "is one of image, video, audio, document, sticker")
	}
	switch {
	case m.ID == "" && m.URL == "":
		f.Add("media.url", "is missing: give url or id")
	case m.ID != "" && m.URL != "":
		f.Add("media.id", "give either url or id")
	case m.URL != "":
		f.Link("media.url", m.URL)
		m.MIMEType = f.Line("media.mimeType", m.MIMEType, 0, 100)
	default:
		m.ID = f.Line("media.id", m.ID, 1, 200)
	}
	m.FileName = f.Line("media.fileName", m.FileName, 0, 240)
	return t
}

// OnEarth reports whether there is such a place.
func OnEarth(l *wire.Location) bool {
	return l.Latitude >= -90 && l.Latitude <= 90 && l.Longitude >= -180 && l.Longitude <= 180
}

func location(f *input.Reader, l *wire.Location) {
	if l.Latitude < -90 || l.Latitude > 90 {
		f.Add("location.latitude", "is a number from -90 to 90")
	}
	if l.Longitude < -180 || l.Longitude > 180 {
		f.Add("location.longitude", "is a number from -180 to 180")
	}
	l.Name, l.Address = f.Line("location.name", l.Name, 0, 200), f.Line("location.address", l.Address, 0, 500)
}

func cards(f *input.Reader, all []wire.VCard) {
	if len(all) > 50 {
		f.Add("contacts", "holds %d people, at most 50 are allowed", len(all))
	}
	for i := range all {
		at := fmt.Sprintf("contacts.%d.", i)
		all[i].Name = f.Line(at+"name", all[i].Name, 1, 200)
		for j := range all[i].Phones {
			all[i].Phones[j] = f.Line(at+"phones", all[i].Phones[j], 1, 40)
		}
		for j := range all[i].Emails {
			all[i].Emails[j] = f.Line(at+"emails", all[i].Emails[j], 1, 254)
		}
	}
}

func emoji(f *input.Reader, text string) {
	if utf8.RuneCountInString(text) > 16 || !input.Readable(text) || strings.ContainsAny(text, " \n\t") {
		f.Add("reaction.emoji", "is one emoji, or empty to take a reaction back")
	}
}

func template(f *input.Reader, t *wire.TemplateUse) {
	if !templateIDs.MatchString(t.Name) {
		f.Add("template.name", "has 1 to 512 lower-case letters, digits and underscores")
	}
	if !languageIDs.MatchString(t.Language) {
		f.Add("template.language", "is a language like en or en_US")
	}
	if len(t.Components) > 32<<10 {
		f.Add("template.components", "is larger than 32 KiB")
	}
	if first := strings.TrimSpace(string(t.Components)); first != "" && first != "null" && first[0] != '[' {
		f.Add("template.components", "is a list")
	}
}
