package models

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"mauve/models/column"
	"mauve/models/input"
	"mauve/models/reason"
	"mauve/models/wire"
)

// MessageType says what a message holds.
type MessageType string

// The types of message. Those after the template only come in.
const (
	TypeText        MessageType = "text"
	TypeImage       MessageType = "image"
	TypeVideo       MessageType = "video"
	TypeAudio       MessageType = "audio"
	TypeVoice       MessageType = "voice"
	TypeDocument    MessageType = "document"
	TypeSticker     MessageType = "sticker"
	TypeLocation    MessageType = "location"
	TypeContacts    MessageType = "contacts"
	TypeReaction    MessageType = "reaction"
	TypeTemplate    MessageType = "template"
	TypeChoice      MessageType = "choice" // of a button, a list or a form
	TypeOrder       MessageType = "order"
	TypeSystem      MessageType = "system"
	TypeUnsupported MessageType = "unsupported"
)

// Content is what a message holds besides its text, kept as JSON in one column.
type Content wire.Content

// Value writes the column; nothing is the empty text.
func (c *Content) Value() (driver.Value, error) {
	if c.empty() {
		return "", nil
	}
	return column.Text(json.Marshal((*wire.Content)(c)))
}

// Scan reads the column.
func (c *Content) Scan(v any) error { return column.ScanOrEmpty(v, (*wire.Content)(c)) }

// GormDataType names the column's type to GORM.
func (Content) GormDataType() string { return "text" }

func (c *Content) empty() bool {
	if c == nil {
		return true
	}
	return c.Media == nil && c.Location == nil && len(c.Contacts) == 0 && c.Reaction == nil && c.Template == nil && c.Choice == nil &&
		c.Order == nil && c.Product == nil && c.Referral == nil && c.System == nil && c.QuotedID == "" && !c.Forwarded && !c.Often && !c.NoPreview && !c.History && c.Participant == nil &&
		c.Problem == "" && c.Raw == nil
}

func (c *Content) wire() *wire.Content {
	if c.empty() {
		return nil
	}
	w := wire.Content(*c)
	w.Problem = reason.Kept(w.Problem).String()
	if w.Media != nil && w.Media.Problem != "" {
		media := *w.Media
		media.Problem = reason.Kept(media.Problem).String()
		w.Media = &media
	}
	return &w
}

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

var (
	mediaTypes  = map[MessageType]bool{TypeImage: true, TypeVideo: true, TypeAudio: true, TypeDocument: true, TypeSticker: true}
	templateIDs = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	languageIDs = regexp.MustCompile(`^[A-Za-z]{2,3}([_-][A-Za-z]{2,4})?$`)
)

// fill checks what a draft holds besides its text and sets the message's type.
func (f *faults) fill(m *Message, d Draft, can Capabilities) {
	c := d.Content
	m.Type, m.Content = TypeText, &c
	if m.Kind == PrivateNote && !c.empty() {
		f.Add("kind", "a note holds text alone")
		return
	}
	found := f.contents(&c, d.MediaType)
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
		f.Add(contentField(m.Type), "this channel cannot carry it")
	}
	f.fits(m.Kind, m.Body, can)
	f.caption(m, d)
}

// fits refuses a text that is too long for its channel; a note leaves by none.
func (f *faults) fits(kind MessageKind, text string, can Capabilities) {
	if n := utf8.RuneCountInString(text); can.LongestText > 0 && kind == Reply && n > can.LongestText {
		f.Add("body", "must have at most %d characters on this channel, has %d", can.LongestText, n)
	}
}

// uploads checks which messages may carry uploaded files.
func (f *faults) uploads(m *Message, d Draft, can Capabilities) {
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

// contents checks each member that is there and returns the types they make.
func (f *faults) contents(c *Content, media MessageType) (found []MessageType) {
	if c.Media != nil {
		found = append(found, f.media(c.Media, media))
	}
	if c.Location != nil {
		f.location(c.Location)
		found = append(found, TypeLocation)
	}
	if len(c.Contacts) > 0 {
		f.cards(c.Contacts)
		found = append(found, TypeContacts)
	}
	if c.Reaction != nil {
		f.emoji(c.Reaction.Emoji)
		found = append(found, TypeReaction)
	}
	if c.Template != nil {
		f.template(c.Template)
		found = append(found, TypeTemplate)
	}
	return found
}

func contentField(t MessageType) string {
	if mediaTypes[t] {
		return "media"
	}
	return string(t)
}

// caption says which messages need, may have, or have no text.
func (f *faults) caption(m *Message, d Draft) {
	switch m.Type {
	case TypeText:
		if m.Body = ""; len(d.Attachments) == 0 || strings.TrimSpace(d.Body) != "" {
			m.Body = f.Text("body", d.Body, LongestMessage)
		}
	case TypeImage, TypeVideo, TypeDocument:
		if d.Body != "" {
			m.Body = f.Text("body", d.Body, longestCaption)
		}
	default:
		if strings.TrimSpace(d.Body) != "" {
			f.Add("body", "a message of type %s has no text of its own", m.Type)
		}
		m.Body = m.inWords()
	}
}

// inWords is the text of a message that has none of its own.
func (m *Message) inWords() string {
	switch c := m.Content; m.Type {
	case TypeLocation:
		return strings.TrimSpace(c.Location.Name + "\n" + c.Location.Address)
	case TypeContacts:
		names := make([]string, len(c.Contacts))
		for i, card := range c.Contacts {
			names[i] = card.Name
		}
		return strings.Join(names, ", ")
	case TypeReaction:
		return c.Reaction.Emoji
	}
	return ""
}

func (f *faults) media(m *wire.Media, t MessageType) MessageType {
	if t == "" {
		t = typeOfMedia(m.MIMEType, m.FileName, m.URL)
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

// typeOfMedia guesses from what is said of the file; a file of which nothing is known is a document.
func typeOfMedia(mime, name, link string) MessageType {
	kind, _, _ := strings.Cut(mime, "/")
	if t := MessageType(kind); t == TypeImage || t == TypeVideo || t == TypeAudio {
		return t
	}
	if u, err := url.Parse(link); err == nil && name == "" {
		name = u.Path
	}
	switch ending := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]); ending {
	case "jpg", "jpeg", "png":
		return TypeImage
	case "mp4", "3gp":
		return TypeVideo
	case "mp3", "ogg", "aac", "m4a", "amr", "opus":
		return TypeAudio
	case "webp":
		return TypeSticker
	}
	return TypeDocument
}

// tidy makes what a vendor passed on safe to keep, to look for and to tell.
func (c *Content) tidy() {
	c.QuotedID = input.CleanLine(c.QuotedID, 200)
	if c.Reaction != nil {
		c.Reaction.ExternalID = input.CleanLine(c.Reaction.ExternalID, 200)
	}
	if c.System != nil {
		c.System.NewUserID = input.CleanLine(c.System.NewUserID, 128)
	}
	if c.Choice != nil && !flat(c.Choice.Data) {
		c.Choice.Data = nil
	}
}

// flat reports whether many parsers can read the JSON: it is not long, and not nested deeply.
func flat(data []byte) bool {
	return len(data) <= 64<<10 && bytes.Count(data, []byte("{"))+bytes.Count(data, []byte("[")) <= 200
}

func onEarth(l *wire.Location) bool {
	return l.Latitude >= -90 && l.Latitude <= 90 && l.Longitude >= -180 && l.Longitude <= 180
}

func (f *faults) location(l *wire.Location) {
	if l.Latitude < -90 || l.Latitude > 90 {
		f.Add("location.latitude", "is a number from -90 to 90")
	}
	if l.Longitude < -180 || l.Longitude > 180 {
		f.Add("location.longitude", "is a number from -180 to 180")
	}
	l.Name, l.Address = f.Line("location.name", l.Name, 0, 200), f.Line("location.address", l.Address, 0, 500)
}

func (f *faults) cards(all []wire.VCard) {
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

func (f *faults) emoji(text string) {
	if utf8.RuneCountInString(text) > 16 || !input.Readable(text) || strings.ContainsAny(text, " \n\t") {
		f.Add("reaction.emoji", "is one emoji, or empty to take a reaction back")
	}
}

func (f *faults) template(t *wire.TemplateUse) {
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
