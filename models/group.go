package models

import (
	"mauve/models/problem"
	"mauve/models/wire"
)

// GroupNews is what a vendor says of a group of people.
type GroupNews struct {
	Group string // the vendor's id of it
	Name  string
}

// NoteGroup gives the contact that stands for the group its new name. A group in which nobody wrote is no contact yet.
func (s System) NoteGroup(n GroupNews) (Ending, error) {
	o := Ending{Became: BecameIgnored, Because: groupUnknown.With()}
	err := s.change(func(tx *Tx) error {
		id, err := tx.owner(ByGroup, n.Group)
		if err != nil || id == "" {
			return err
		}
		c, err := tx.contactForUpdate(id)
		if err != nil {
			return err
		}
		if o = (Ending{Became: BecameUpdate}); c.Name == n.Name {
			o = Ending{Became: BecameRepeat, Because: groupCalledSo.With()}
			return nil
		}
		return tx.updateContact(c, ContactChange{Name: &n.Name})
	})
	return o, err
}

// onePerson fails with bad if one of the contacts stands for a group.
func (tx *Tx) onePerson(bad *problem.Error, contacts ...string) error {
	var n int64
	err := tx.DB.Model(&Identity{}).Where("contact_id IN ? AND kind = ?", contacts, ByGroup).Count(&n).Error
	if err == nil && n > 0 {
		err = bad
	}
	return err
}

// Participant is who of a group wrote the message, nil where the contact is one person or the business wrote it.
func (m *Message) Participant() *wire.Participant {
	if m.Content == nil {
		return nil
	}
	return m.Content.Participant
}

// sameWriter reports whether both are one person of a group: people there go by a number or a LID, not always by both.
func sameWriter(a, b *wire.Participant) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ExternalID == b.ExternalID || a.Phone != "" && a.Phone == b.Phone
}
