package models

import (
	"encoding/json"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
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
func (tx *Tx) keepUndo(moves []move) (ID, error) {
	if len(moves) == 0 || tx.actor.Kind != ActorMember {
		return "", nil
	}
	u := &TicketUndo{}
	for _, m := range moves {
		u.Tickets = append(u.Tickets, m.before.former(m.next))
	}
	data, err := json.Marshal(u.Tickets)
	if err != nil {
		return "", err
	}
	now := tx.Now()
	u.ID, u.MemberID, u.Data, u.CreatedAt = NewID(now), tx.actor.ID, string(data), now
	return u.ID, tx.WithoutEvent("the change itself was told", func(db *gorm.DB) error { return db.Create(u).Error })
}

// UndoTickets gives the tickets of a change by UpdateTickets their former
// values; once, within an hour, by who made it. A ticket that was changed since
// stays as it is: left counts those.
func (s *Scope) UndoTickets(id ID) (undone, left int, err error) {
	if err = s.May(rights.WriteTickets); err != nil {
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
		if err != nil || len(all) == 0 {
			left = len(ids)
			return err
		}
		moves, err := tx.movesBack(all, former)
		if err == nil {
			err = tx.saveTickets(moves)
		}
		if err != nil {
			return err
		}
		undone = len(moves)
		left = len(ids) - undone
		return nil
	})
	return undone, left, err
}

// takeUndo reads what is kept and forgets it.
func (tx *Tx) takeUndo(id ID) (*TicketUndo, error) {
	var u TicketUndo
	err := tx.Locking().Where("id = ? AND member_id = ? AND created_at > ?", string(id), string(tx.actor.ID), tx.Now().Add(-undoFor)).
		Limit(1).Find(&u).Error
	if err == nil && u.ID == "" {
		err = problem.Fail(problem.NotFound, "undo_gone", "That can no longer be undone.")
	}
	if err != nil {
		return nil, err
	}
	if err = json.Unmarshal([]byte(u.Data), &u.Tickets); err != nil {
		return nil, err
	}
	return &u, tx.WithoutEvent("what it brings back is told", func(db *gorm.DB) error { return db.Delete(&u).Error })
}

// ticketsStill is ticketsForUpdate of those that are still there.
func (tx *Tx) ticketsStill(ids []ID) ([]*Ticket, error) {
	among, args := store.OneOf("t.id", ids)
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

// movesBack gives the tickets their former values, but those that were changed
// since, or that may not be opened any more.
func (tx *Tx) movesBack(all []*Ticket, former map[ID]FormerTicket) ([]move, error) {
	var categories, members []string
	for _, f := range former {
		categories, members = append(categories, string(f.CategoryID)), append(members, string(f.AssigneeID))
	}
	category, err := store.RowsOf[Category](tx.rows.Reader()).ByID(categories, func(k *Category) ID { return k.ID })
	if err != nil {
		return nil, err
	}
	member, err := store.RowsOf[Member](tx.rows.Reader()).ByID(members, func(m *Member) ID { return m.ID })
	if err != nil {
		return nil, err
	}
	var moves []move
	at := tx.afterAll(all)
	for _, t := range all {
		if f := former[t.ID]; t.Version() == f.Version {
			moves = append(moves, move{t, t.back(f, category[ID(f.CategoryID)], member[ID(f.AssigneeID)], at)})
		}
	}
	crowded, err := tx.crowded(moves)
	return slices.DeleteFunc(moves, func(m move) bool { return crowded[m.next.ID] != nil }), err
}

// back is the ticket with its former values, at the time given.
func (t *Ticket) back(f FormerTicket, category *Category, assignee *Member, at time.Time) *Ticket {
	next := *t
	next.Status, next.ReopenedCount, next.ResolvedAt, next.WaitingSince = f.Status, f.ReopenedCount, f.ResolvedAt, f.WaitingSince
	next.Priority, next.CategoryID, next.AssigneeID, next.UpdatedAt = f.Priority, f.CategoryID, f.AssigneeID, at
	next.Category, next.Assignee = "", ""
	if category != nil {
		next.Category = category.Name
	}
	if assignee != nil {
		next.Assignee = assignee.Name
	}
	return &next
}
