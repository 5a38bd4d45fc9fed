package models

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// Contact is a person the team talks to.
type Contact struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	Name        string
	Phone       string // E.164
	Email       string
	ExternalID  string // the integrator's own id
	Labels      Words
	Attributes  Attributes
	Blocked     bool
	Search      string // what q looks through, lower case
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// ContactTable is how contacts are read, as c.
var ContactTable = store.Table[Contact]{Columns: store.ColumnsOf[Contact]("c", "search")}

// Called is what people call the contact: the name, else what is known of them; "?" for nothing.
func (c *Contact) Called() string { return called(c.Name, c.Phone, c.Email, c.ExternalID) }

// Called is what people call the contact.
func (b ContactBrief) Called() string { return called(b.Name, b.Phone, b.Email) }

func called(names ...string) string {
	for _, name := range names {
		if name != "" {
			return name
		}
	}
	return "?"
}

// ContactChange says what to set; nil leaves a field as it is and "" clears it.
// Attributes are merged by name, a nil value removes one.
type ContactChange struct {
	Name       *string
	Phone      *string
	Email      *string
	ExternalID *string
	Labels     *[]string
	Attributes Attributes
	Blocked    *bool
	// DefineAttributes defines attributes that nobody defined yet, as texts: how a dialect makes them on first use.
	DefineAttributes bool
	Version          string // of Contact.Version, to refuse a change of what was changed since

	carried bool // the attributes are those of a contact that becomes this one: they stay as they are
}

// Version is a text that changes with the contact, for ETags.
func (c *Contact) Version() string { return version(c.ID, c.UpdatedAt) }

func version(id ID, at time.Time) string { return fmt.Sprintf("%s-%x", id[18:], at.UnixMilli()) }

// checkVersion refuses a change made on an older reading.
func checkVersion(asked, have string) error {
	if asked != "" && asked != have {
		return problem.Fail(problem.Precondition, "changed_meanwhile", "It was changed since you read it. Read it again and repeat your change.")
	}
	return nil
}

// Contact returns one contact.
func (s *Scope) Contact(id ID) (*Contact, error) {
	if err := s.May(rights.ReadContacts); err != nil {
		return nil, err
	}
	var c Contact
	return &c, s.rows.Find(&c, "contact", id)
}

// CreateContact makes a contact. A phone, e-mail or external id that another has is a Conflict naming it.
func (s *Scope) CreateContact(change ContactChange) (*Contact, error) {
	if err := s.May(rights.WriteContacts); err != nil {
		return nil, err
	}
	var c *Contact
	err := s.change(func(tx *Tx) (err error) {
		c, err = tx.newContact(change)
		return err
	})
	return c, err
}

func (tx *Tx) newContact(change ContactChange) (*Contact, error) {
	now := tx.Now()
	c := &Contact{ID: NewID(now), Labels: Words{}, Attributes: Attributes{}, CreatedAt: now, UpdatedAt: now}
	if _, err := tx.applyContact(c, change); err != nil {
		return nil, err
	}
	if c.Name == "" && c.Phone == "" && c.Email == "" && c.ExternalID == "" {
		return nil, problem.InvalidField("name", "is missing: give a name, phone, email or externalId")
	}
	if err := tx.Insert(c, &Event{Kind: ContactCreated, SubjectID: c.ID, ContactID: c.ID, Payload: c.Wire()}); err != nil {
		return nil, err
	}
	if err := tx.identify(c); err != nil {
		return nil, err
	}
	if err := tx.relabel("contact", c.ID, nil, c.Labels); err != nil {
		return nil, err
	}
	return c, tx.step(Count{What: "contact"}, 1)
}

// UpdateContact applies the change. Changing nothing is not an event.
func (s *Scope) UpdateContact(id ID, change ContactChange) (*Contact, error) {
	if err := s.May(rights.WriteContacts); err != nil {
		return nil, err
	}
	var c *Contact
	err := s.change(func(tx *Tx) (err error) {
		if c, err = tx.contactForUpdate(id); err != nil {
			return err
		}
		if err = checkVersion(change.Version, c.Version()); err != nil {
			return err
		}
		return tx.updateContact(c, change)
	})
	return c, err
}

func (tx *Tx) contactForUpdate(id ID) (*Contact, error) {
	return locked[Contact](tx, "contact", id)
}

func (tx *Tx) contactToRemove(id ID) (*Contact, error) {
	return leaving[Contact](tx, "contact", id)
}

func (tx *Tx) updateContact(c *Contact, change ContactChange) error {
	labels := c.Labels
	d, err := tx.applyContact(c, change)
	if err != nil || len(d) == 0 {
		return err
	}
	if _, numbered := d["phone"]; numbered && c.Phone != "" {
		if err = tx.onePerson(problem.Fail(problem.Conflict, "contact_is_group", "A group of people has no number."), string(c.ID)); err != nil {
			return err
		}
	}
	if err = tx.identify(c); err != nil {
		return err
	}
	c.UpdatedAt = tx.later(c.UpdatedAt)
	columns := map[string]any{
		"name": c.Name, "phone": c.Phone, "email": c.Email, "external_id": c.ExternalID, "labels": c.Labels,
		"attributes": c.Attributes, "blocked": c.Blocked, "search": c.Search, "updated_at": c.UpdatedAt,
	}
	if err = tx.Update(c, columns, &Event{Kind: ContactUpdated, SubjectID: c.ID, ContactID: c.ID, Changes: d, Payload: c.Wire()}); err != nil {
		return err
	}
	return tx.relabel("contact", c.ID, labels, c.Labels)
}

// applyContact sets the fields on c and returns what differs.
func (tx *Tx) applyContact(c *Contact, change ContactChange) (Changes, error) {
	home, err := tx.Home()
	if err != nil {
		return nil, err
	}
	var fs faults
	var d Changes
	set := func(field string, to *string, into *string, read func(string) string) {
		if to == nil {
			return
		}
		if v := read(*to); v != *into {
			d.Note(field, *into, v)
			*into = v
		}
	}
	set("name", change.Name, &c.Name, func(v string) string { return fs.Line("name", v, 0, 200) })
	set("phone", change.Phone, &c.Phone, func(v string) string { return fs.Phone("phone", v, home.DefaultCountry) })
	set("email", change.Email, &c.Email, func(v string) string { return fs.Email("email", v, false) })
	set("externalId", change.ExternalID, &c.ExternalID, func(v string) string { return fs.Line("externalId", v, 0, 200) })
	if change.Labels != nil {
		if labels := Words(fs.Labels("labels", *change.Labels, 50, 60)); !reflect.DeepEqual(labels, c.Labels) {
			d.Note("labels", strings.Join(c.Labels, ", "), strings.Join(labels, ", "))
			c.Labels = labels
		}
	}
	if change.Attributes, err = tx.checkContact(&fs, change, c.Attributes); err != nil {
		return nil, err
	}
	for name, v := range fs.FreeFields("attributes", change.Attributes) {
		old, had := c.Attributes[name]
		if had == (v != nil) && (!had || old == v) {
			continue
		}
		d.Note("attributes."+name, fmt.Sprint(old), fmt.Sprint(v))
		c.Attributes = maps.Clone(c.Attributes)
		if c.Attributes == nil {
			c.Attributes = Attributes{}
		}
		if v == nil {
			delete(c.Attributes, name)
		} else {
			c.Attributes[name] = v
		}
	}
	fs.FreeFields("attributes", c.Attributes)
	if change.Blocked != nil && *change.Blocked != c.Blocked {
		d.Note("blocked", fmt.Sprint(c.Blocked), fmt.Sprint(*change.Blocked))
		c.Blocked = *change.Blocked
	}
	c.Search = c.searched()
	return d, fs.Err()
}

// searched is what q looks through.
func (c *Contact) searched() string {
	return strings.ToLower(strings.Join([]string{c.Name, c.Phone, c.Email, c.ExternalID}, " "))
}

// Identify finds the contact by id, externalId, email or phone in that order,
// else makes one, and merges the given fields in. It reports whether it made one.
func (s *Scope) Identify(id ID, change ContactChange) (c *Contact, made bool, err error) {
	if err = s.May(rights.WriteContacts); err != nil {
		return nil, false, err
	}
	err = s.change(func(tx *Tx) error {
		found, err := tx.known(id, change)
		if err != nil {
			return err
		}
		if found == "" {
			made = true
			c, err = tx.newContact(change)
			return err
		}
		if c, err = tx.contactForUpdate(found); err != nil {
			return err
		}
		return tx.updateContact(c, change)
	})
	return c, made, err
}

// DeleteContact removes a contact with everything said to and by them.
func (s *Scope) DeleteContact(id ID) error {
	if err := s.May(rights.DeleteContacts); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		c, err := tx.contactToRemove(id)
		if err != nil {
			return err
		}
		if err = errors.Join(tx.dropTickets(id), tx.dropConversations(id)); err != nil {
			return err
		}
		err = tx.WithoutEvent("told as the contact's removal", func(db *gorm.DB) error {
			return errors.Join(
				db.Where("contact_id = ?", string(id)).Delete(&Identity{}).Error,
				db.Where("contact_id = ?", string(id)).Delete(&Note{}).Error,
				db.Where("kind = 'contact' AND subject_id = ?", string(id)).Delete(&Labeling{}).Error,
			)
		})
		if err != nil {
			return err
		}
		if err = tx.Remove(c, &Event{Kind: ContactDeleted, SubjectID: id, Payload: map[string]string{"id": id.With(PrefixContact)}}); err != nil {
			return err
		}
		return tx.step(Count{What: "contact"}, -1)
	})
}
