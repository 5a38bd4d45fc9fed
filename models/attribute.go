package models

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mauve/models/input"
	"mauve/models/rights"
)

// AttributeKind says what values an attribute takes.
type AttributeKind string

// The kinds of attribute.
const (
	TextAttribute   AttributeKind = "text"
	NumberAttribute AttributeKind = "number"
	DateAttribute   AttributeKind = "date" // 2026-11-21
	ChoiceAttribute AttributeKind = "choice"
	YesNoAttribute  AttributeKind = "yes_no"
	URLAttribute    AttributeKind = "url"
)

var attributeKinds = []AttributeKind{TextAttribute, NumberAttribute, DateAttribute, ChoiceAttribute, YesNoAttribute, URLAttribute}

// Attribute is a field that the team defined for its contacts or its tickets.
type Attribute struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	Subject     string // AttributeOfContact or AttributeOfTicket
	Name        string
	Folded      string // the name as it is compared
	Kind        AttributeKind
	Choices     Words // of a choice
	Position    int
	ArchivedAt  *time.Time // stays on old rows and cannot be newly set
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// What an attribute is of.
const (
	AttributeOfContact = "contact"
	AttributeOfTicket  = "ticket"
)

// AttributeChange says what to set; nil leaves a field as it is. Subject and
// Kind are set once, when the attribute is made: values kept under another kind
// would not be of it.
type AttributeChange struct {
	Subject  *string
	Kind     *AttributeKind
	Name     *string
	Choices  *[]string
	Position *int
	Archived *bool
	Version  string
}

// mostAttributes is how many attributes a workspace defines, archived ones included.
const mostAttributes = 500

// Version is a text that changes with the attribute, for ETags.
func (a *Attribute) Version() string { return version(a.ID, a.UpdatedAt) }

// Attributes returns the attributes defined for contacts or tickets, or for both
// if subject is empty, in order; those archived too if asked for.
func (s *Scope) Attributes(subject string, archived bool) ([]*Attribute, error) {
	if err := s.May(rights.ReadCatalogue); err != nil {
		return nil, err
	}
	q := s.kept(archived)
	if subject != "" {
		q = q.Where("subject = ?", subject)
	}
	var all []*Attribute
	return all, q.Order("subject, position, folded").Limit(mostAttributes).Find(&all).Error
}

// Attribute returns one definition, archived or not.
func (s *Scope) Attribute(id ID) (*Attribute, error) {
	if err := s.May(rights.ReadCatalogue); err != nil {
		return nil, err
	}
	var a Attribute
	return &a, s.rows.Find(&a, "attribute", id)
}

// CreateAttribute defines an attribute. A name that another of its subject has is a Conflict.
func (s *Scope) CreateAttribute(change AttributeChange) (*Attribute, error) {
	if err := s.May(rights.WriteCatalogue); err != nil {
		return nil, err
	}
	var a *Attribute
	err := s.change(func(tx *Tx) (err error) {
		if a, err = tx.draftAttribute(change); err != nil {
			return err
		}
		return tx.Insert(a, &Event{Kind: AttributeCreated, SubjectID: a.ID})
	})
	return a, err
}

// draftAttribute makes an attribute that is not written yet.
func (tx *Tx) draftAttribute(change AttributeChange) (*Attribute, error) {
	n, err := tx.room(&Attribute{}, mostAttributes)
	if err != nil {
		return nil, err
	}
	now := tx.Now()
	a := &Attribute{ID: NewID(now), Kind: TextAttribute, Choices: Words{}, Position: n + 1, CreatedAt: now, UpdatedAt: now}
	var fs faults
	if change.Subject != nil {
		a.Subject = *change.Subject
	}
	if a.Subject != AttributeOfContact && a.Subject != AttributeOfTicket {
		fs.Add("subject", "is contact or ticket")
	}
	if change.Kind != nil {
		a.Kind = *change.Kind
	}
	if !slices.Contains(attributeKinds, a.Kind) {
		fs.Add("type", "is one of text, number, date, choice, yes_no, url")
	}
	if change.Name == nil {
		change.Name = new(string)
	}
	change.Subject, change.Kind = nil, nil
	_, err = tx.applyAttribute(a, change, fs)
	return a, err
}

// UpdateAttribute applies the change. Changing nothing is not an event.
func (s *Scope) UpdateAttribute(id ID, change AttributeChange) (*Attribute, error) {
	if err := s.May(rights.WriteCatalogue); err != nil {
		return nil, err
	}
	var a *Attribute
	err := s.change(func(tx *Tx) (err error) {
		if a, err = locked[Attribute](tx, "attribute", id); err != nil {
			return err
		}
		if err = checkVersion(change.Version, a.Version()); err != nil {
			return err
		}
		d, err := tx.applyAttribute(a, change, faults{})
		if err != nil || len(d) == 0 {
			return err
		}
		a.UpdatedAt = tx.later(a.UpdatedAt)
		return tx.Update(a, map[string]any{"name": a.Name, "folded": a.Folded, "choices": a.Choices, "position": a.Position,
			"archived_at": a.ArchivedAt, "updated_at": a.UpdatedAt}, &Event{Kind: AttributeUpdated, SubjectID: a.ID, Changes: d})
	})
	return a, err
}

func (tx *Tx) applyAttribute(a *Attribute, change AttributeChange, fs faults) (d Changes, err error) {
	if change.Subject != nil && *change.Subject != a.Subject {
		fs.Add("subject", "cannot be changed; define another attribute")
	}
	if change.Kind != nil && *change.Kind != a.Kind {
		fs.Add("type", "cannot be changed; define another attribute")
	}
	if change.Name != nil && a.Name != "" && a.Subject == AttributeOfContact && fold(*change.Name) != a.Folded {
		fs.Add("name", "cannot be changed: contacts keep their values under it")
	}
	fs.rename(&d, change.Name, &a.Name, &a.Folded)
	if change.Choices != nil {
		setWords(&d, "choices", &a.Choices, fs.choices(*change.Choices))
	}
	if (a.Kind == ChoiceAttribute) != (len(a.Choices) > 0) {
		fs.Add("choices", "belong to type choice, at least one")
	}
	fs.place(&d, change.Position, &a.Position)
	tx.archive(&d, change.Archived, &a.ArchivedAt)
	return d, fs.Err()
}

// choices reads the values of a choice in the order given, without doubles.
func (f *faults) choices(list []string) Words {
	if len(list) > 100 {
		f.Add("choices", "holds %d choices, at most 100 are allowed", len(list))
		return nil
	}
	out := Words{}
	for _, c := range list {
		if c = f.Line("choices", c, 1, 80); !out.Has(c) {
			out = append(out, c)
		}
	}
	return out
}

// read checks a value of the attribute. It returns nil for a value that clears
// it, and else what is kept: a text, a number or a boolean.
func (a *Attribute) read(f *faults, field string, v any) any {
	if v == nil || v == "" {
		return nil
	}
	switch a.Kind {
	case NumberAttribute:
		if n, ok := v.(float64); ok && !math.IsInf(n, 0) && !math.IsNaN(n) {
			return n
		}
		f.Add(field, "must be a number")
	case YesNoAttribute:
		if _, ok := v.(bool); !ok {
			f.Add(field, "must be true or false")
		}
	default:
		a.readText(f, field, v)
	}
	return v
}

func (a *Attribute) readText(f *faults, field string, v any) {
	text, ok := v.(string)
	switch {
	case !ok:
		f.Add(field, "must be a text")
	case utf8.RuneCountInString(text) > 2000 || !input.Readable(text):
		f.Add(field, "must be a text of at most 2000 characters")
	case a.Kind == DateAttribute:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			f.Add(field, "must be a date, written as 2026-11-21")
		}
	case a.Kind == ChoiceAttribute && !a.Choices.Has(text):
		f.Add(field, "is one of %s", strings.Join(a.Choices, ", "))
	case a.Kind == URLAttribute:
		f.WebAddress(field, text)
	}
}

// fromText reads what a dialect sends as text into the attribute's kind; a value
// that does not fit is returned as it is, for read to refuse.
func (a *Attribute) fromText(v any) any {
	text, isText := v.(string)
	switch a.Kind {
	case NumberAttribute:
		if n, err := strconv.ParseFloat(text, 64); isText && err == nil {
			return n
		}
	case YesNoAttribute:
		if b, err := strconv.ParseBool(strings.ToLower(text)); isText && err == nil {
			return b
		}
	default:
		if text := valueText(v); text != "" {
			return text
		}
	}
	return v
}

// valueText writes a value as people read it; a reader who knows the kind gets the value back.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func decimal(n int) string { return strconv.Itoa(n) }

// fold is a name as it is compared: case and spaces do not tell two apart.
func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
