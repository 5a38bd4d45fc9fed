package models

import (
	"errors"

	"gorm.io/gorm"
)

// MergeContacts moves everything of the contact from into the contact id:
// conversations, tickets, notes and addresses. Where both have a value, that of id stays.
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
				db.Model(&Ticket{}).Where("contact_id = ?", string(from)).Updates(map[string]any{"contact_id": string(id), "updated_at": tx.Now()}).Error,
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
