package models

import (
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/input"
	"mauve/models/phone"
	"mauve/models/problem"
)

// IdentityKind says by what a channel knows a person.
type IdentityKind string

// The kinds of identity. A WhatsApp user may have no phone number but only a
// business-scoped user id or a LID; a group of people is a contact too.
const (
	ByPhone    IdentityKind = "phone"
	ByEmail    IdentityKind = "email"
	ByExternal IdentityKind = "externalId"
	ByWhatsApp IdentityKind = "whatsapp"
	ByScopedID IdentityKind = "bsuid"
	ByLID      IdentityKind = "lid"
	ByVisitor  IdentityKind = "visitor"
	ByGroup    IdentityKind = "group" // many people: never merged, and without a number
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

// identify claims the contact's own addresses and lets go of those it had
// before, but not of the ones channels or merges gave it.
func (tx *Tx) identify(c *Contact) error {
	var have []Identity
	if err := tx.DB.Where("contact_id = ?", string(c.ID)).Find(&have).Error; err != nil {
		return err
	}
	own := map[IdentityKind]string{ByPhone: c.Phone, ByEmail: c.Email, ByExternal: c.ExternalID}
	for _, i := range have {
		if v, ok := own[i.Kind]; ok && v == i.Value {
			delete(own, i.Kind)
		}
	}
	var old Contact
	err := tx.DB.Select("phone", "email", "external_id").First(&old, "id = ?", string(c.ID)).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	gone := map[IdentityKind]string{ByPhone: old.Phone, ByEmail: old.Email, ByExternal: old.ExternalID}
	return tx.WithoutEvent("identities are told with their contact", func(db *gorm.DB) error {
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
	i := &Identity{Kind: kind, Value: value, ContactID: contact, CreatedAt: tx.Now()}
	switch owner {
	case "":
		return db.Create(i).Error
	case contact:
		return nil
	}
	return i.Taken().Collides(owner.With(PrefixContact))
}

// Taken is that another contact has the address.
func (i *Identity) Taken() *problem.Error {
	field := string(i.Kind)
	return problem.Fail(problem.Conflict, "contact_exists", "Another contact has that %s already.", problem.Word(field)).
		At(field, "belongs to another contact")
}

// owner returns the contact with that address, empty if nobody has it. A phone
// number is looked for in every spelling that names it.
func (s *Scope) owner(kind IdentityKind, value string) (ID, error) {
	values := []string{value}
	switch kind {
	case ByPhone:
		values = phone.Spellings(value)
	case ByWhatsApp:
		values = spellings(value)
	}
	var found []Identity
	err := s.rows.DB.Select("value", "contact_id").Where("kind = ? AND value IN ?", kind, values).Limit(2).Find(&found).Error
	var owner ID
	for _, i := range found {
		if owner == "" || i.Value == value {
			owner = i.ContactID
		}
	}
	return owner, err
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
		{ByEmail, change.Email, func(v string) string { return fs.Email("email", v, false) }},
		{ByPhone, change.Phone, func(v string) string { return fs.Phone("phone", v, home.DefaultCountry) }},
	} {
		if by.value == nil {
			continue
		}
		value := by.read(*by.value)
		if err := fs.Err(); err != nil {
			return "", err
		}
		if value == "" || !input.Readable(value) {
			continue
		}
		if owner, err := tx.owner(by.kind, value); err != nil || owner != "" {
			return owner, err
		}
	}
	return "", nil
}
