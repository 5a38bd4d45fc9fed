package models

import (
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// MergeContacts moves everything of the contact from into the contact id:
// conversations, tickets, notes and addresses. Where both have a value, that of
// id stays. Each ticket's own trail tells that it moved.
func (s *Scope) MergeContacts(id, from ID) (*Contact, error) {
	if err := s.May(rights.WriteContacts); err != nil {
		return nil, err
	}
	if id == from {
		return nil, problem.InvalidField("from", "is the contact itself")
	}
	var c *Contact
	err := s.change(func(tx *Tx) (err error) {
		var other *Contact
		if c, other, err = tx.pair(id, from); err != nil {
			if _, here := tx.Contact(id); problem.KindOf(err) == problem.NotFound && here == nil {
				return problem.InvalidField("from", "there is no such contact")
			}
			return err
		}
		if err = tx.onePerson(problem.Fail(problem.Conflict, "contact_is_group", "A group of people cannot be merged with anybody."), string(id), string(from)); err != nil {
			return err
		}
		moved, err := tx.moveTickets(id, from)
		if err != nil {
			return err
		}
		err = tx.WithoutEvent("told as the merge", func(db *gorm.DB) error {
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
		if err = tx.Remove(other, &Event{Kind: ContactMerged, SubjectID: from, ContactID: id,
			Payload: map[string]string{"id": from.With(PrefixContact), "into": id.With(PrefixContact)}}); err != nil {
			return err
		}
		if err = tx.step(Count{What: "contact"}, -1); err != nil {
			return err
		}
		if err = tx.updateContact(c, fillFrom(c, other)); err != nil {
			return err
		}
		return tx.tellMoved(moved, c)
	})
	return c, err
}

// pair locks and reads two contacts that are to be one, in the order of their
// ids, so that two merges cannot wait for each other.
func (tx *Tx) pair(id, from ID) (c, other *Contact, err error) {
	if id > from {
		other, c, err = tx.pair(from, id)
		return c, other, err
	}
	if c, err = tx.contactToRemove(id); err == nil {
		other, err = tx.contactToRemove(from)
	}
	return c, other, err
}

// mostMoved is how many tickets a merge may move: each is an event of its own.
const mostMoved = 10_000

var errTooManyTickets = problem.Fail(problem.Conflict, "too_many_tickets", "The contact has more than %d tickets, too many to move at once.", mostMoved)

// moveTickets gives the tickets of the contact from to the contact id, all at
// once, and returns them as they were; tellMoved tells of them.
func (tx *Tx) moveTickets(id, from ID) ([]*Ticket, error) {
	if tx.Postgres() { // conversations first, as every change of a ticket does
		for _, table := range []string{"conversations", "tickets"} {
			err := tx.QueryEach("SELECT 1 FROM "+table+" WHERE workspace_id = ? AND contact_id = ? ORDER BY id"+store.ForUpdate, []any{string(from)}, func(store.Scan) error { return nil })
			if err != nil {
				return nil, err
			}
		}
	}
	all, err := tx.ticketsUpTo(mostMoved+1, "t.contact_id = ? ORDER BY t.created_at, t.id", string(from))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if len(all) > mostMoved {
		return nil, errTooManyTickets
	}
	return all, tx.WithoutEvent("told by tellMoved", func(db *gorm.DB) error {
		return db.Model(&Ticket{}).Where("contact_id = ?", string(from)).Updates(map[string]any{"contact_id": string(id), "updated_at": tx.afterAll(all)}).Error
	})
}

// afterAll is now, or the millisecond after the last change of any of the tickets.
func (tx *Tx) afterAll(all []*Ticket) time.Time {
	last := slices.MaxFunc(all, func(a, b *Ticket) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	return tx.later(last.UpdatedAt)
}

// tellMoved leaves an audit entry on each ticket that was moved to the contact.
func (tx *Tx) tellMoved(moved []*Ticket, c *Contact) error {
	if len(moved) == 0 {
		return nil
	}
	at := tx.afterAll(moved)
	for _, before := range moved {
		t := *before
		t.ContactID, t.Contact, t.UpdatedAt = Ref(c.ID), ContactBrief{c.Name, c.Phone, c.Email}, at
		if err := tx.Record(t.event(TicketUpdated, before.differences(&t)[0], tx.actor)); err != nil {
			return err
		}
	}
	return nil
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
	change.Attributes, change.carried = Attributes{}, true
	for name, v := range other.Attributes {
		if _, has := c.Attributes[name]; !has {
			change.Attributes[name] = v
		}
	}
	return change
}
