package models

import (
	"slices"

	"mauve/models/input"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// TicketValue is a ticket's value of an attribute as lists filter by it; the
// ticket repeats its values in a column, for showing.
type TicketValue struct {
	WorkspaceID WorkspaceID
	AttributeID ID
	TicketID    ID
	Value       string // folded and cut: what is compared
}

// definitions returns the attributes of a subject by their folded names,
// archived ones too. With define, names that have none get one, a text.
func (tx *Tx) definitions(subject string, values map[string]any, define bool) (map[string]*Attribute, error) {
	all, err := tx.Scope.Attributes(subject, true)
	if err != nil {
		return nil, err
	}
	known := map[string]*Attribute{}
	for _, a := range all {
		known[a.Folded] = a
	}
	if !define {
		return known, nil
	}
	for _, name := range sortedNames(values) {
		if known[input.Fold(name)] != nil || values[name] == nil || values[name] == "" {
			continue
		}
		a, err := tx.defineText(subject, name)
		if err != nil {
			return nil, Within("attributes."+input.Cut(name, 80), err)
		}
		known[a.Folded] = a
	}
	return known, nil
}

// defineText defines a text attribute, or returns the one that somebody else
// defined in this moment.
func (tx *Tx) defineText(subject, name string) (*Attribute, error) {
	a, err := tx.draftAttribute(AttributeChange{Subject: &subject, Name: &name})
	if err != nil {
		return nil, err
	}
	made := false
	err = tx.WithoutEvent("told if it was made", func(db *gorm.DB) error {
		q := db.Clauses(clause.OnConflict{DoNothing: true}).Create(a)
		made = q.RowsAffected == 1
		return q.Error
	})
	if err != nil {
		return nil, err
	}
	if made {
		return a, tx.Record(&Event{Kind: AttributeCreated, SubjectID: a.ID})
	}
	var other Attribute
	return &other, tx.DB.First(&other, "subject = ? AND folded = ?", subject, a.Folded).Error
}

func sortedNames(values map[string]any) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// wanted reads a change of a ticket's attributes, by name, into values by
// attribute; nil clears one. An archived one may only be cleared or stay.
func (f *faults) wanted(values map[string]any, known map[string]*Attribute, have Attributes, loose bool) map[*Attribute]any {
	out := map[*Attribute]any{}
	if len(values) > 100 {
		f.Add("attributes", "holds %d attributes, at most 100 are allowed", len(values))
		return out
	}
	for _, name := range sortedNames(values) {
		a, field := known[input.Fold(name)], "attributes."+input.Cut(name, 80)
		if a == nil {
			f.Add(field, "is not defined for tickets")
			continue
		}
		v := values[name]
		if loose {
			v = a.Kind.FromText(v)
		}
		if v != nil && v == have[string(a.ID)] {
			continue // stays, though it may be archived or a choice no more
		}
		if v = f.Value(field, v, a.Kind, a.Choices); v != nil && a.ArchivedAt != nil {
			f.Add(field, "is archived and cannot be set")
		}
		out[a] = v
	}
	return out
}

// revalue makes the rows of a ticket's values what its column says now.
func (tx *Tx) revalue(ticket ID, old, fresh Attributes) error {
	var gone []string
	var add []TicketValue
	for id, v := range old {
		if fresh[id] != v {
			gone = append(gone, id)
		}
	}
	for id, v := range fresh {
		if old[id] != v {
			add = append(add, TicketValue{AttributeID: ID(id), TicketID: ticket, Value: input.Compared(v)})
		}
	}
	return tx.WithoutEvent("told with the ticket", func(db *gorm.DB) error {
		if len(gone) > 0 {
			if err := db.Where("ticket_id = ? AND attribute_id IN ?", string(ticket), gone).Delete(&TicketValue{}).Error; err != nil {
				return err
			}
		}
		if len(add) == 0 {
			return nil
		}
		return db.Create(&add).Error
	})
}

// checkContact holds a contact's attributes against their definitions. A name
// that nobody defined is a free field, as ever. What a merge brings was checked
// when it was set, and may be of an attribute that is archived since.
func (tx *Tx) checkContact(f *faults, change ContactChange, have Attributes) (Attributes, error) {
	if len(change.Attributes) == 0 || change.carried {
		return change.Attributes, nil
	}
	known, err := tx.definitions(AttributeOfContact, change.Attributes, change.DefineAttributes)
	if err != nil {
		return nil, err
	}
	out := Attributes{}
	for name, v := range change.Attributes {
		a := known[input.Fold(name)]
		if a == nil {
			out[name] = v
			continue
		}
		if change.DefineAttributes {
			v = a.Kind.FromText(v)
		}
		v = f.Value("attributes."+name, v, a.Kind, a.Choices)
		if a.ArchivedAt != nil && v != nil && v != have[a.Name] {
			f.Add("attributes."+name, "is archived and cannot be set")
		}
		if _, stray := have[name]; stray && name != a.Name {
			out[name] = nil // kept under another spelling before the attribute was defined
		}
		out[a.Name] = v
	}
	return out, nil
}
