package models

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// mostBulk is how many tickets one change may be of.
const mostBulk = 100

// UpdateTickets applies one change to several tickets, to all of them or to
// none; at most 100. It returns how many really changed, and the id by which
// UndoTickets takes it back, empty if nothing changed. Of a change only status,
// priority, category and assignee are for several tickets.
func (s *Scope) UpdateTickets(ids []ID, change TicketChange) (changed int, undo ID, err error) {
	if err = s.May(rights.WriteTickets); err != nil {
		return 0, "", err
	}
	if err = checkBulk(ids, change); err != nil {
		return 0, "", err
	}
	err = s.change(func(tx *Tx) error {
		all, err := tx.ticketsForUpdate(ids)
		if err != nil {
			return err
		}
		wish, err := tx.lookUp(&Ticket{}, change)
		if err != nil {
			return err
		}
		moves, err := movesOf(all, wish, tx.afterAll(all))
		if err == nil {
			err = tx.aloneAll(moves)
		}
		if err == nil {
			err = tx.saveTickets(moves)
		}
		if err != nil {
			return err
		}
		changed = len(moves)
		undo, err = tx.keepUndo(moves)
		return err
	})
	return changed, undo, err
}

func checkBulk(ids []ID, change TicketChange) error {
	switch {
	case len(ids) == 0:
		return problem.InvalidField("ticket", "is missing: name at least one")
	case len(ids) > mostBulk:
		return problem.InvalidField("ticket", "names %d tickets, at most %d are changed at once", len(ids), mostBulk)
	case change.Status == nil && change.Priority == nil && change.Category == nil && change.Assignee == nil:
		return problem.InvalidField("body", "holds nothing to change")
	case change.Subject != nil || change.Contact != nil || change.Conversation != nil || change.Tags != nil || len(change.Attributes) > 0 || change.Version != "":
		return problem.InvalidField("body", "holds a field that cannot be set on several tickets at once")
	}
	return nil
}

// ticketsForUpdate locks the tickets' conversations and then the tickets, each
// in the order of their ids, and reads them. One that is missing is NotFound.
func (tx *Tx) ticketsForUpdate(ids []ID) ([]*Ticket, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	among, args := store.OneOf("t.id", ids)
	if tx.Postgres() {
		ignore := func(store.Scan) error { return nil }
		err := tx.QueryEach("SELECT 1 FROM conversations c WHERE c.workspace_id = ? AND c.id IN (SELECT t.conversation_id FROM tickets t WHERE t.workspace_id = ? AND "+
			among+") ORDER BY c.id"+store.ForUpdate, append([]any{string(tx.Workspace())}, args...), ignore)
		if err == nil {
			err = tx.QueryEach("SELECT 1 FROM tickets t WHERE t.workspace_id = ? AND "+among+" ORDER BY t.id"+store.ForUpdate, args, ignore)
		}
		if err != nil {
			return nil, err
		}
	}
	all, err := tx.ticketsWhere(among+" ORDER BY t.id", args...)
	if err == nil && len(all) < len(ids) {
		err = problem.NoSuch("ticket")
	}
	return all, err
}

// move is a ticket before and after a change.
type move struct{ before, next *Ticket }

// movesOf applies the wish to the tickets and leaves out those that it does not change.
func movesOf(all []*Ticket, wish *wish, at time.Time) (moves []move, err error) {
	for _, before := range all {
		next, err := before.apply(wish, at)
		if err != nil {
			return nil, ofTicket(before, err)
		}
		if len(before.differences(next)) > 0 {
			moves = append(moves, move{before, next})
		}
	}
	return moves, nil
}

// aloneAll is alone for several tickets: the first that may not be opened is told.
func (tx *Tx) aloneAll(moves []move) error {
	crowded, err := tx.crowded(moves)
	for _, m := range moves {
		if other := crowded[m.next.ID]; err == nil && other != nil {
			return ofTicket(m.next, other.isOpen())
		}
	}
	return err
}

// crowded are the tickets that may not be opened, each with the one that is open
// in its conversation already, or would be by an earlier move.
func (tx *Tx) crowded(moves []move) (map[ID]*Ticket, error) {
	var opened []*Ticket
	var talks []string
	for _, m := range moves {
		if m.next.ConversationID != "" && m.before.Status == TicketResolved && m.next.Status != TicketResolved {
			opened, talks = append(opened, m.next), append(talks, string(m.next.ConversationID))
		}
	}
	if len(opened) == 0 {
		return nil, nil
	}
	rules, err := ticketRules(tx.DB)
	if err != nil || rules.ManyOpen {
		return nil, err
	}
	var present []*Ticket
	if err = tx.DB.Select("id", "number", "conversation_id").Where("conversation_id IN ? AND status <> 'resolved'", talks).Find(&present).Error; err != nil {
		return nil, err
	}
	open, crowded := map[Ref]*Ticket{}, map[ID]*Ticket{}
	for _, t := range present {
		open[t.ConversationID] = t
	}
	for _, t := range opened {
		if other := open[t.ConversationID]; other != nil {
			crowded[t.ID] = other
		} else {
			open[t.ConversationID] = t
		}
	}
	return crowded, nil
}

// saveTickets writes the moves with one event for each difference: one statement
// for those that change alike. None differs in its party, tags or attributes.
func (tx *Tx) saveTickets(moves []move) error {
	totals := map[Count]int64{}
	var sets []*alike
	for _, m := range moves {
		sets = join(sets, m)
		for _, d := range m.before.differences(m.next) {
			if err := tx.Record(m.next.event(TicketUpdated, d, tx.actor)); err != nil {
				return err
			}
		}
		m.before.steps(totals, -1)
		m.next.steps(totals, 1)
	}
	return errors.Join(tx.WithoutEvent("told ticket by ticket", func(db *gorm.DB) error {
		for _, set := range sets {
			if err := db.Model(&Ticket{}).Where("id IN ?", set.ids).Updates(set.columns).Error; err != nil {
				return err
			}
		}
		return nil
	}), tx.steps(totals))
}

// alike are tickets of which the same columns become the same.
type alike struct {
	columns map[string]any
	ids     []string
}

func join(sets []*alike, m move) []*alike {
	columns := m.before.columns(m.next)
	at := slices.IndexFunc(sets, func(s *alike) bool { return reflect.DeepEqual(s.columns, columns) })
	if at < 0 {
		return append(sets, &alike{columns, []string{string(m.next.ID)}})
	}
	sets[at].ids = append(sets[at].ids, string(m.next.ID))
	return sets
}

// ofTicket says which of several tickets an error is about. A value that no
// ticket may have is about none of them.
func ofTicket(t *Ticket, err error) error {
	e, ok := errors.AsType[*problem.Error](err)
	if !ok || e.Said.Form == "" {
		return err
	}
	told := problem.Fail(e.Kind, e.Code, "#%d: %s Nothing was changed.", t.Number, e.Said)
	told.Faults, told.Other = e.Faults, e.Other
	return told
}

// former is what of the ticket an undo brings back, unless it was changed after next.
func (t *Ticket) former(next *Ticket) FormerTicket {
	return FormerTicket{ID: t.ID, Version: next.Version(), Status: t.Status, Priority: t.Priority, CategoryID: t.CategoryID,
		AssigneeID: t.AssigneeID, ReopenedCount: t.ReopenedCount, ResolvedAt: t.ResolvedAt, WaitingSince: t.WaitingSince}
}

// FormerTicket is what a ticket was before a change, and its version after it.
type FormerTicket struct {
	ID                       ID
	Version                  string
	Status                   TicketStatus
	Priority                 int
	CategoryID, AssigneeID   Ref
	ReopenedCount            int
	ResolvedAt, WaitingSince *time.Time
}
