package models

import (
	"encoding/json"
	"time"

	"gorm.io/gorm"
)

// undoFor is how long a change of tickets can be taken back.
const undoFor = time.Hour

// TicketUndo is what tickets were before a change, for the one who changed them.
type TicketUndo struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	MemberID    ID
	Data        string // Tickets, JSON
	CreatedAt   time.Time

	Tickets []FormerTicket `gorm:"-"`
}

// keepUndo keeps what a member's change was made of; keys have no undo.
func (tx *Tx) keepUndo(u *TicketUndo) (ID, error) {
	if len(u.Tickets) == 0 || tx.actor.Kind != ActorMember {
		return "", nil
	}
	data, err := json.Marshal(u.Tickets)
	if err != nil {
		return "", err
	}
	now := tx.Now()
	u.ID, u.MemberID, u.Data, u.CreatedAt = NewID(now), tx.actor.ID, string(data), now
	return u.ID, tx.quietly("the change itself was told", func(db *gorm.DB) error { return db.Create(u).Error })
}

// UndoTickets gives the tickets of a change by UpdateTickets their former
// values; once, within an hour, by who made it. A ticket that was changed since
// stays as it is: left counts those.
func (s *Scope) UndoTickets(id ID) (undone, left int, err error) {
	if err = s.may(WriteDesk); err != nil {
		return 0, 0, err
	}
	err = s.change(func(tx *Tx) error {
		u, err := tx.takeUndo(id)
		if err != nil {
			return err
		}
		ids := make([]ID, len(u.Tickets))
		former := map[ID]FormerTicket{}
		for i, t := range u.Tickets {
			ids[i], former[t.ID] = t.ID, t
		}
		all, err := tx.ticketsStill(ids)
		if err != nil {
			return err
		}
		for _, t := range all {
			back, err := tx.restore(t, former[t.ID])
			if err != nil {
				return err
			}
			if back {
				undone++
			}
		}
		left = len(ids) - undone
		return nil
	})
	return undone, left, err
}

// takeUndo reads what is kept and forgets it.
func (tx *Tx) takeUndo(id ID) (*TicketUndo, error) {
	var u TicketUndo
	err := tx.locking().Where("id = ? AND member_id = ? AND created_at > ?", string(id), string(tx.actor.ID), tx.Now().Add(-undoFor)).
		Limit(1).Find(&u).Error
	if err == nil && u.ID == "" {
		err = Fail(NotFound, "undo_gone", "That can no longer be undone.")
	}
	if err != nil {
		return nil, err
	}
	if err = json.Unmarshal([]byte(u.Data), &u.Tickets); err != nil {
		return nil, err
	}
	return &u, tx.quietly("what it brings back is told", func(db *gorm.DB) error { return db.Delete(&u).Error })
}

// ticketsStill is ticketsForUpdate of those that are still there.
func (tx *Tx) ticketsStill(ids []ID) ([]*Ticket, error) {
	among, args := oneOf("t.id", ids)
	there, err := tx.ticketsWhere(among, args...)
	if err != nil || len(there) == 0 {
		return nil, err
	}
	found := make([]ID, len(there))
	for i, t := range there {
		found[i] = t.ID
	}
	return tx.ticketsForUpdate(found)
}

// restore gives a ticket its former values, unless it was changed since or they
// are not possible any more.
func (tx *Tx) restore(t *Ticket, former FormerTicket) (bool, error) {
	if t.Version() != former.Version {
		return false, nil
	}
	was := &Ticket{CategoryID: former.CategoryID, AssigneeID: former.AssigneeID}
	w, err := tx.lookUp(was, TicketChange{Category: new(ID(former.CategoryID)), Assignee: new(ID(former.AssigneeID)), Priority: &former.Priority})
	if err != nil {
		return false, err
	}
	next, err := t.apply(w, tx.later(t.UpdatedAt))
	if err != nil {
		return false, impossible(err)
	}
	next.Status, next.ReopenedCount, next.ResolvedAt, next.WaitingSince = former.Status, former.ReopenedCount, former.ResolvedAt, former.WaitingSince
	if err = tx.alone(t, next); err != nil {
		return false, impossible(err)
	}
	return true, tx.saveTicket(t, next, tx.actor)
}

// impossible lets through what is no rule's word.
func impossible(err error) error {
	if k := KindOf(err); k == Invalid || k == Conflict {
		return nil
	}
	return err
}
