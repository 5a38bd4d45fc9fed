package models

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"
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

// IdentityKind says by what a channel knows a person.
type IdentityKind string

// The kinds of identity. A WhatsApp user may have no phone number but only a
// business-scoped user id or a LID.
const (
	ByPhone    IdentityKind = "phone"
	ByEmail    IdentityKind = "email"
	ByExternal IdentityKind = "externalId"
	ByWhatsApp IdentityKind = "whatsapp"
	ByScopedID IdentityKind = "bsuid"
	ByLID      IdentityKind = "lid"
	ByVisitor  IdentityKind = "visitor"
)

// Identity is one address of a contact, unique in the workspace.
type Identity struct {
	WorkspaceID WorkspaceID
	Kind        IdentityKind
	Value       string
	ContactID   ID
	CreatedAt   time.Time
}

// TableName names the table.
func (Identity) TableName() string { return "contact_identities" }

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
	Version    string // of Contact.Version, to refuse a change of what was changed since
}

// ContactFilter narrows a list of contacts; empty fields match all.
type ContactFilter struct {
	Q            string
	Phone        string
	Email        string
	ExternalID   string
	Label        string
	UpdatedSince time.Time
}

// Version is a text that changes with the contact, for ETags.
func (c *Contact) Version() string { return version(c.ID, c.UpdatedAt) }

func version(id ID, at time.Time) string { return fmt.Sprintf("%s-%x", id[18:], at.UnixMilli()) }

// checkVersion refuses a change made on an older reading.
func checkVersion(asked, have string) error {
	if asked != "" && asked != have {
		return Fail(Precondition, "changed_meanwhile", "It was changed since you read it. Read it again and repeat your change.")
	}
	return nil
}

// Contact returns one contact.
func (s *Scope) Contact(id ID) (*Contact, error) {
	if err := s.may(ReadDesk); err != nil {
		return nil, err
	}
	var c Contact
	return &c, s.find(&c, "contact", id)
}

// CreateContact makes a contact. A phone, e-mail or external id that another has is a Conflict naming it.
func (s *Scope) CreateContact(change ContactChange) (*Contact, error) {
	if err := s.may(WriteDesk); err != nil {
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
		return nil, InvalidField("name", "is missing: give a name, phone, email or externalId")
	}
	if err := tx.insert(c, &Event{Kind: ContactCreated, SubjectID: c.ID, ContactID: c.ID, Payload: c.Wire()}); err != nil {
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
	if err := s.may(WriteDesk); err != nil {
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
	var c Contact
	return &c, (&Scope{store: tx.store, db: tx.locking(), workspace: tx.workspace}).find(&c, "contact", id)
}

func (tx *Tx) updateContact(c *Contact, change ContactChange) error {
	labels := c.Labels
	d, err := tx.applyContact(c, change)
	if err != nil || len(d) == 0 {
		return err
	}
	if err = tx.identify(c); err != nil {
		return err
	}
	c.UpdatedAt = tx.later(c.UpdatedAt)
	columns := map[string]any{
		"name": c.Name, "phone": c.Phone, "email": c.Email, "external_id": c.ExternalID, "labels": c.Labels,
		"attributes": c.Attributes, "blocked": c.Blocked, "search": c.Search, "updated_at": c.UpdatedAt,
	}
	if err = tx.update(c, columns, &Event{Kind: ContactUpdated, SubjectID: c.ID, ContactID: c.ID, Changes: d, Payload: c.Wire()}); err != nil {
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
			d.note(field, *into, v)
			*into = v
		}
	}
	set("name", change.Name, &c.Name, func(v string) string { return fs.line("name", v, 0, 200) })
	set("phone", change.Phone, &c.Phone, func(v string) string { return fs.phone("phone", v, home.DefaultCountry) })
	set("email", change.Email, &c.Email, func(v string) string { return fs.email("email", v, false) })
	set("externalId", change.ExternalID, &c.ExternalID, func(v string) string { return fs.line("externalId", v, 0, 200) })
	if change.Labels != nil {
		if labels := fs.words("labels", *change.Labels, 50, 60); !reflect.DeepEqual(labels, c.Labels) {
			d.note("labels", strings.Join(c.Labels, ", "), strings.Join(labels, ", "))
			c.Labels = labels
		}
	}
	for name, v := range fs.attributes("attributes", change.Attributes) {
		old, had := c.Attributes[name]
		if had == (v != nil) && (!had || old == v) {
			continue
		}
		d.note("attributes."+name, fmt.Sprint(old), fmt.Sprint(v))
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
	fs.attributes("attributes", c.Attributes)
	if change.Blocked != nil && *change.Blocked != c.Blocked {
		d.note("blocked", fmt.Sprint(c.Blocked), fmt.Sprint(*change.Blocked))
		c.Blocked = *change.Blocked
	}
	c.Search = strings.ToLower(strings.Join([]string{c.Name, c.Phone, c.Email, c.ExternalID}, " "))
	return d, fs.err()
}

// identify claims the contact's own addresses and lets go of those it had
// before, but not of the ones channels or merges gave it.
func (tx *Tx) identify(c *Contact) error {
	var have []Identity
	if err := tx.db.Where("contact_id = ?", string(c.ID)).Find(&have).Error; err != nil {
		return err
	}
	own := map[IdentityKind]string{ByPhone: c.Phone, ByEmail: c.Email, ByExternal: c.ExternalID}
	for _, i := range have {
		if v, ok := own[i.Kind]; ok && v == i.Value {
			delete(own, i.Kind)
		}
	}
	var old Contact
	err := tx.db.Select("phone", "email", "external_id").First(&old, "id = ?", string(c.ID)).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	gone := map[IdentityKind]string{ByPhone: old.Phone, ByEmail: old.Email, ByExternal: old.ExternalID}
	return tx.quietly("identities are told with their contact", func(db *gorm.DB) error {
		for _, kind := range []IdentityKind{ByPhone, ByEmail, ByExternal} {
			fresh, changed := own[kind]
			if !changed {
				continue
			}
			if gone[kind] != "" {
				if err := db.Where("contact_id = ? AND kind = ? AND value = ?", string(c.ID), kind, gone[kind]).Delete(&Identity{}).Error; err != nil {
					return err
				}
			}
			if fresh == "" {
				continue
			}
			if err := tx.claim(db, kind, fresh, c.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *Tx) claim(db *gorm.DB, kind IdentityKind, value string, contact ID) error {
	owner, err := tx.owner(kind, value)
	if err != nil {
		return err
	}
	if owner == "" {
		err = db.Create(&Identity{Kind: kind, Value: value, ContactID: contact, CreatedAt: tx.Now()}).Error
		if !errors.Is(err, gorm.ErrDuplicatedKey) {
			return err
		}
	}
	if owner == contact {
		return nil
	}
	field := string(kind)
	return &Error{
		Kind: Conflict, Code: "contact_exists", Message: "Another contact has that " + field + " already.",
		Faults: []Fault{{field, "belongs to another contact"}}, Other: owner.With(PrefixContact),
	}
}

// owner returns the contact with that address, empty if nobody has it.
func (s *Scope) owner(kind IdentityKind, value string) (ID, error) {
	var i Identity
	err := s.db.Select("contact_id").Where("kind = ? AND value = ?", kind, value).Limit(1).Find(&i).Error
	return i.ContactID, err
}

// Identify finds the contact by id, externalId, email or phone in that order,
// else makes one, and merges the given fields in. It reports whether it made one.
func (s *Scope) Identify(id ID, change ContactChange) (c *Contact, made bool, err error) {
	if err = s.may(WriteDesk); err != nil {
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

// known finds whom the change is about by the strongest address it names.
func (tx *Tx) known(id ID, change ContactChange) (ID, error) {
	if id != "" {
		c, err := tx.Contact(id)
		return c.ID, err
	}
	home, err := tx.Home()
	if err != nil {
		return "", err
	}
	var fs faults
	for _, by := range []struct {
		kind  IdentityKind
		value *string
		read  func(string) string
	}{
		{ByExternal, change.ExternalID, strings.TrimSpace},
		{ByEmail, change.Email, func(v string) string { return fs.email("email", v, false) }},
		{ByPhone, change.Phone, func(v string) string { return fs.phone("phone", v, home.DefaultCountry) }},
	} {
		if by.value == nil {
			continue
		}
		value := by.read(*by.value)
		if err := fs.err(); err != nil {
			return "", err
		}
		if value == "" || !readable(value) {
			continue
		}
		if owner, err := tx.owner(by.kind, value); err != nil || owner != "" {
			return owner, err
		}
	}
	return "", nil
}

// DeleteContact removes a contact with everything said to and by them.
func (s *Scope) DeleteContact(id ID) error {
	if err := s.may(WriteDesk); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		c, err := tx.contactForUpdate(id)
		if err != nil {
			return err
		}
		if err = tx.dropConversations(id); err != nil {
			return err
		}
		err = tx.quietly("told as the contact's removal", func(db *gorm.DB) error {
			return errors.Join(
				db.Where("contact_id = ?", string(id)).Delete(&Identity{}).Error,
				db.Where("contact_id = ?", string(id)).Delete(&Note{}).Error,
				db.Where("kind = 'contact' AND subject_id = ?", string(id)).Delete(&Labeling{}).Error,
			)
		})
		if err != nil {
			return err
		}
		if err = tx.remove(c, &Event{Kind: ContactDeleted, SubjectID: id, Payload: map[string]string{"id": id.With(PrefixContact)}}); err != nil {
			return err
		}
		return tx.step(Count{What: "contact"}, -1)
	})
}

// MergeContacts moves everything of the contact from into the contact id:
// conversations, notes and addresses. Where both have a value, that of id stays.
func (s *Scope) MergeContacts(id, from ID) (*Contact, error) {
	if err := s.may(WriteDesk); err != nil {
		return nil, err
	}
	if id == from {
		return nil, InvalidField("from", "is the contact itself")
	}
	var c *Contact
	err := s.change(func(tx *Tx) (err error) {
		// Locked in the order of their ids, so that two merges cannot wait for each other.
		for _, next := range []ID{min(id, from), max(id, from)} {
			if _, err = tx.contactForUpdate(next); err != nil {
				if next == from && KindOf(err) == NotFound {
					return InvalidField("from", "there is no such contact")
				}
				return err
			}
		}
		var other *Contact
		if other, err = tx.Contact(from); err != nil {
			return err
		}
		if c, err = tx.Contact(id); err != nil {
			return err
		}
		err = tx.quietly("told as the merge", func(db *gorm.DB) error {
			to := map[string]any{"contact_id": string(id)}
			return errors.Join(
				db.Model(&Identity{}).Where("contact_id = ?", string(from)).Updates(to).Error,
				db.Model(&Note{}).Where("contact_id = ?", string(from)).Updates(to).Error,
				db.Model(&Conversation{}).Where("contact_id = ?", string(from)).Updates(to).Error,
				db.Where("kind = 'contact' AND subject_id = ?", string(from)).Delete(&Labeling{}).Error,
			)
		})
		if err != nil {
			return err
		}
		if err = tx.remove(other, &Event{Kind: ContactMerged, SubjectID: from, ContactID: id,
			Payload: map[string]string{"id": from.With(PrefixContact), "into": id.With(PrefixContact)}}); err != nil {
			return err
		}
		if err = tx.step(Count{What: "contact"}, -1); err != nil {
			return err
		}
		return tx.updateContact(c, fillFrom(c, other))
	})
	return c, err
}

// fillFrom is the change that gives c what only other has.
func fillFrom(c, other *Contact) ContactChange {
	var change ContactChange
	fill := func(have, give string) *string {
		if have == "" && give != "" {
			return &give
		}
		return nil
	}
	change.Name, change.Phone = fill(c.Name, other.Name), fill(c.Phone, other.Phone)
	change.Email, change.ExternalID = fill(c.Email, other.Email), fill(c.ExternalID, other.ExternalID)
	labels := append(append([]string{}, c.Labels...), other.Labels...)
	change.Labels = &labels
	change.Attributes = Attributes{}
	for name, v := range other.Attributes {
		if _, has := c.Attributes[name]; !has {
			change.Attributes[name] = v
		}
	}
	return change
}

// Contacts returns a page of contacts, newest first.
func (s *Scope) Contacts(f ContactFilter, p Page) (*List[*Contact], error) {
	if err := s.may(ReadDesk); err != nil {
		return nil, err
	}
	p, err := p.settle()
	if err != nil {
		return nil, err
	}
	l := &listing{table: "contacts c", alias: "c"}
	if err = s.narrowContacts(l, f); err != nil {
		return nil, err
	}
	var total int64
	if len(l.where) == 0 {
		total, err = s.total(Count{What: "contact"})
	} else {
		total, err = s.count(l.from("count(*)", ""), l.args...)
	}
	if err != nil {
		return nil, err
	}
	return pageOf(s, l, p, total, func(c *Contact) position { return position{id: c.ID} }, func(c *Contact) []any {
		return []any{&c.ID, &c.Name, &c.Phone, &c.Email, &c.ExternalID, &c.Labels, &c.Attributes, &c.Blocked, &c.CreatedAt, &c.UpdatedAt}
	}, "c.id, c.name, c.phone, c.email, c.external_id, c.labels, c.attributes, c.blocked, c.created_at, c.updated_at", "")
}

func (s *Scope) narrowContacts(l *listing, f ContactFilter) error {
	var fs faults
	if q := fs.line("q", f.Q, 0, 200); q != "" && len(fs) == 0 {
		condition, args := s.matching("c", q)
		l.and(condition, args...)
	}
	if f.Phone != "" {
		home, err := s.Home()
		if err != nil {
			return err
		}
		s.byIdentity(l, ByPhone, fs.phone("phone", f.Phone, home.DefaultCountry))
	}
	if f.Email != "" {
		s.byIdentity(l, ByEmail, fs.line("email", strings.ToLower(f.Email), 0, 254))
	}
	if f.ExternalID != "" {
		s.byIdentity(l, ByExternal, fs.line("externalId", f.ExternalID, 0, 200))
	}
	if f.Label != "" {
		l.and("c.id IN (SELECT subject_id FROM labelings WHERE workspace_id = ? AND kind = 'contact' AND name = ?)",
			string(s.workspace), fs.line("label", f.Label, 0, 60))
	}
	if !f.UpdatedSince.IsZero() {
		l.and("c.updated_at >= ?", f.UpdatedSince.UTC())
	}
	return fs.err()
}

func (s *Scope) byIdentity(l *listing, kind IdentityKind, value string) {
	l.and("c.id IN (SELECT contact_id FROM contact_identities WHERE workspace_id = ? AND kind = ? AND value = ?)",
		string(s.workspace), string(kind), value)
}

// matching is the condition that a contact holds the text somewhere. Three
// characters or more go through the trigram index of either store.
func (s *Scope) matching(alias, q string) (condition string, args []any) {
	q = strings.ToLower(q)
	if !s.store.postgres && len([]rune(q)) >= 3 {
		return alias + ".n IN (SELECT rowid FROM contact_search WHERE contact_search MATCH ?)",
			[]any{`"` + strings.ReplaceAll(q, `"`, `""`) + `"`}
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q) + "%"
	return alias + `.search LIKE ? ESCAPE '\'`, []any{pattern}
}
