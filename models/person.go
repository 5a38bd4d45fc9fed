package models

import (
	"errors"
	"slices"

	"gorm.io/gorm"

	"mauve/models/phone"
	"mauve/models/problem"
)

// person finds the contact that a channel's sender is, or makes one, and keeps
// every id that the sender goes by.
func (tx *Tx) person(from Sender) (*Contact, error) {
	known, err := tx.knownAs(from)
	if err != nil {
		return nil, err
	}
	if known, err = tx.unite(known, from); err != nil {
		return nil, err
	}
	var c *Contact
	if id := likeliest(known, from.WhatsApp); id != "" {
		c, err = tx.contactForUpdate(id)
		if err == nil {
			err = tx.complete(c, from)
		}
	} else {
		c, err = tx.newContact(from.contact())
	}
	if err != nil {
		return nil, err
	}
	return c, tx.keepIDs(c, from, known)
}

// knownAs returns the identities that are the sender's. Kinds and values are
// asked for apart, because SQLite finds no index for pairs of them.
func (tx *Tx) knownAs(from Sender) ([]*Identity, error) {
	numbers := spellings(from.WhatsApp)
	values := append(withPlus(numbers), numbers...)
	for _, id := range []string{from.ScopedID, from.LID, from.Group} {
		if id != "" {
			values = append(values, id)
		}
	}
	var found []*Identity
	err := tx.DB.Where("kind IN ('bsuid', 'lid', 'group', 'whatsapp', 'phone') AND value IN ?", values).Find(&found).Error
	return slices.DeleteFunc(found, func(i *Identity) bool {
		switch i.Kind {
		case ByScopedID:
			return i.Value != from.ScopedID
		case ByLID:
			return i.Value != from.LID
		case ByGroup:
			return i.Value != from.Group
		case ByWhatsApp:
			return !slices.Contains(numbers, i.Value)
		}
		return !slices.Contains(withPlus(numbers), i.Value)
	}), err
}

// unite merges the contact known by an id that hides the number, and by no number,
// into the one who has the sender's number: WhatsApp says that they are one
// person. A contact who has a number of their own stays apart; the id then tells who wrote.
func (tx *Tx) unite(known []*Identity, from Sender) ([]*Identity, error) {
	hides := func(i *Identity) bool { return i.Kind == ByLID || i.Kind == ByScopedID }
	number := likeliest(slices.DeleteFunc(slices.Clone(known), hides), from.WhatsApp)
	if number == "" {
		return known, nil
	}
	merged := false
	for _, i := range known {
		if !hides(i) || i.ContactID == number {
			continue
		}
		// A number whose contact has such an id already may have passed to somebody else.
		if other, err := tx.another(i, number); err != nil {
			return nil, err
		} else if other {
			continue
		}
		done, err := tx.absorb(number, i.ContactID)
		if err != nil {
			return nil, err
		}
		merged = merged || done
	}
	if !merged {
		return known, nil
	}
	return tx.knownAs(from)
}

// another reports whether the contact has a business-scoped id that is not the one given.
func (tx *Tx) another(i *Identity, contact ID) (bool, error) {
	if i.Kind != ByScopedID {
		return false, nil
	}
	var ids int64
	err := tx.DB.Model(&Identity{}).Where("contact_id = ? AND kind = 'bsuid' AND value <> ?", string(contact), i.Value).Count(&ids).Error
	return ids > 0, err
}

// absorb merges a contact without a number into the one that turned out to be
// the same person, and reports whether it did. Who is blocked stays apart, for a
// merge would lose the block, and so do two that break a rule together: what
// came is kept all the same. It fails with NotFound if one was merged meanwhile.
func (tx *Tx) absorb(contact, hidden ID) (bool, error) {
	if contact == hidden {
		return false, nil
	}
	c, other, err := tx.pair(contact, hidden)
	if err != nil || other.Blocked {
		return false, err
	}
	var numbers int64
	err = tx.DB.Model(&Identity{}).Where("contact_id = ? AND kind IN ('phone', 'whatsapp')", string(hidden)).Count(&numbers).Error
	if err != nil || numbers > 0 {
		return false, err
	}
	// Tried on a copy: what a merge wrote before it fails would be kept with the message.
	together := *c
	if _, err = tx.applyContact(&together, fillFrom(c, other)); problem.KindOf(err) == problem.Invalid {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if _, err = tx.MergeContacts(contact, hidden); errors.Is(err, errTooManyTickets) {
		return false, nil
	}
	return err == nil, err
}

// likeliest prefers the id that cannot change hands, then the number as it is spelled.
func likeliest(known []*Identity, whatsapp string) ID {
	worth := func(i *Identity) int {
		switch {
		case i.Kind == ByScopedID || i.Kind == ByLID || i.Kind == ByGroup:
			return 3
		case i.Kind == ByWhatsApp && i.Value == whatsapp:
			return 2
		case i.Kind == ByWhatsApp || i.Value == "+"+whatsapp:
			return 1
		}
		return 0
	}
	if len(known) == 0 {
		return ""
	}
	return slices.MaxFunc(known, func(a, b *Identity) int { return worth(a) - worth(b) }).ContactID
}

func spellings(whatsapp string) []string {
	if whatsapp == "" {
		return nil
	}
	all := phone.Spellings("+" + whatsapp)
	for i := range all {
		all[i] = all[i][1:]
	}
	return all
}

func withPlus(numbers []string) []string {
	plus := make([]string, len(numbers))
	for i, n := range numbers {
		plus[i] = "+" + n
	}
	return plus
}

// contact is what a new contact of the sender starts with.
func (f Sender) contact() ContactChange {
	var change ContactChange
	phone, err := phone.Parse("+"+f.WhatsApp, "")
	if f.WhatsApp != "" && err == nil {
		change.Phone = &phone
	}
	name := f.Name
	for _, other := range []string{f.Username, f.WhatsApp, f.ScopedID, f.LID, f.Group} {
		if name == "" {
			name = other
		}
	}
	change.Name = &name
	return change
}

// complete gives a known contact the number and name that it lacks.
func (tx *Tx) complete(c *Contact, from Sender) error {
	want := from.contact()
	if c.Phone != "" {
		want.Phone = nil
	} else if want.Phone != nil {
		if owner, err := tx.owner(ByPhone, *want.Phone); err != nil || owner != "" && owner != c.ID {
			want.Phone = nil
		}
	}
	if c.Name != "" && (from.Group == "" || c.Name != from.Group) || from.Name == "" {
		want.Name = nil
	}
	if want.Name == nil && want.Phone == nil {
		return nil
	}
	return tx.updateContact(c, want)
}

// keepIDs writes the sender's ids that nobody has yet.
func (tx *Tx) keepIDs(c *Contact, from Sender, known []*Identity) error {
	fresh := []*Identity{{Kind: ByWhatsApp, Value: from.WhatsApp}, {Kind: ByScopedID, Value: from.ScopedID}, {Kind: ByLID, Value: from.LID}, {Kind: ByGroup, Value: from.Group}}
	fresh = slices.DeleteFunc(fresh, func(i *Identity) bool {
		return i.Value == "" || slices.ContainsFunc(known, func(k *Identity) bool { return k.Kind == i.Kind && k.Value == i.Value })
	})
	if len(fresh) == 0 {
		return nil
	}
	for _, i := range fresh {
		i.ContactID, i.CreatedAt = c.ID, tx.Now()
	}
	return tx.WithoutEvent("identities are told with their contact", func(db *gorm.DB) error { return db.Create(fresh).Error })
}
