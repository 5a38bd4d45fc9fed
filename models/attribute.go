package models

import (
	"strconv"
	"time"

	"mauve/models/input"
	"mauve/models/rights"
)

// AttributeKind says what values an attribute takes.
type AttributeKind = input.ValueKind

// The kinds of attribute.
const (
	TextAttribute   = input.TextValue
	NumberAttribute = input.NumberValue
	DateAttribute   = input.DateValue
	ChoiceAttribute = input.ChoiceValue
	YesNoAttribute  = input.YesNoValue
	URLAttribute    = input.URLValue
)

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
	if !a.Kind.Valid() {
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
	if change.Name != nil && a.Name != "" && a.Subject == AttributeOfContact && input.Fold(*change.Name) != a.Folded {
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

func decimal(n int) string { return strconv.Itoa(n) }
