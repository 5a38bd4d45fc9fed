// Package content is what a message holds besides its text: of which type that
// makes it, how it is kept in one column, and what a location, a contact card, a
// reaction, a template or media must look like to be sent. It reads its fields
// with models/input, spells them with models/wire, and knows no row, no channel
// and no rule of sending. Start with Content; check.go is for what people and
// programs send, media.go for the types of files.
package content

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"strings"

	"mauve/models/column"
	"mauve/models/input"
	"mauve/models/reason"
	"mauve/models/wire"
)

// Type says what a message holds.
type Type string

// The types of message. Those after the template only come in.
const (
	Text        Type = "text"
	Image       Type = "image"
	Video       Type = "video"
	Audio       Type = "audio"
	Voice       Type = "voice"
	Document    Type = "document"
	Sticker     Type = "sticker"
	Location    Type = "location"
	Contacts    Type = "contacts"
	Reaction    Type = "reaction"
	Template    Type = "template"
	Choice      Type = "choice" // of a button, a list or a form
	Order       Type = "order"
	System      Type = "system"
	Unsupported Type = "unsupported"
)

// LongestText is the most characters a message's text has.
const LongestText = 10_000

// MostAttachments is how many attachments a message carries at most.
const MostAttachments = 10

// Content is what a message holds besides its text, kept as JSON in one column.
type Content wire.Content

// Value writes the column; nothing is the empty text.
func (c *Content) Value() (driver.Value, error) {
	if c.Empty() {
		return "", nil
	}
	return column.Text(json.Marshal((*wire.Content)(c)))
}

// Scan reads the column.
func (c *Content) Scan(v any) error { return column.ScanOrEmpty(v, (*wire.Content)(c)) }

// GormDataType names the column's type to GORM.
func (Content) GormDataType() string { return "text" }

// Empty reports whether there is nothing besides a text.
func (c *Content) Empty() bool {
	if c == nil {
		return true
	}
	return c.Media == nil && c.Location == nil && len(c.Contacts) == 0 && c.Reaction == nil && c.Template == nil && c.Choice == nil &&
		c.Order == nil && c.Product == nil && c.Referral == nil && c.System == nil && c.QuotedID == "" && !c.Forwarded && !c.Often && !c.NoPreview && !c.History && c.Participant == nil &&
		c.Problem == "" && c.Raw == nil
}

// Wire returns the content as the outside reads it, nil if there is none.
func (c *Content) Wire() *wire.Content {
	if c.Empty() {
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

// InWords is the text of a message of the type that has none of its own.
func (c *Content) InWords(t Type) string {
	switch t {
	case Location:
		return strings.TrimSpace(c.Location.Name + "\n" + c.Location.Address)
	case Contacts:
		names := make([]string, len(c.Contacts))
		for i, card := range c.Contacts {
			names[i] = card.Name
		}
		return strings.Join(names, ", ")
	case Reaction:
		return c.Reaction.Emoji
	}
	return ""
}

// Tidy makes what a vendor passed on safe to keep, to look for and to tell.
func (c *Content) Tidy() {
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
