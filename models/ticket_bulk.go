package models

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// mostBulk is how many tickets one change may be of.
const mostBulk = 100

// UpdateTickets applies one change to several tickets, to all of them or to
// none; at most 100. It returns how many really changed, and the id by which
// UndoTickets takes it back, empty if nothing changed. Of a change only status,
// priority, category and assignee are for several tickets.
func (s *Scope) UpdateTickets(ids []ID, change TicketChange) (changed int, undo ID, err error) {
	if err = s.may(WriteDesk); err != nil {
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
		kept := &TicketUndo{}
		for _, before := range all {
			if err = tx.updateOne(before, wish, kept); err != nil {
				return ofTicket(before, err)
			}
		}
		changed = len(kept.Tickets)
		undo, err = tx.keepUndo(kept)
		return err
	})
	return changed, undo, err
}

func checkBulk(ids []ID, change TicketChange) error {
	switch {
	case len(ids) == 0:
		return InvalidField("ticket", "is missing: name at least one")
	case len(ids) > mostBulk:
		return InvalidField("ticket", "names %d tickets, at most %d are changed at once", len(ids), mostBulk)
	case change.Status == nil && change.Priority == nil && change.Category == nil && change.Assignee == nil:
		return InvalidField("body", "holds nothing to change")
	case change.Subject != nil || change.Contact != nil || change.Conversation != nil || change.Tags != nil || len(change.Attributes) > 0 || change.Version != "":
		return InvalidField("body", "holds a field that cannot be set on several tickets at once")
	}
	return nil
}

// ticketsForUpdate locks the tickets' conversations and then the tickets, each
// in the order of their ids, and reads them. One that is missing is NotFound.
func (tx *Tx) ticketsForUpdate(ids []ID) ([]*Ticket, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	among, args := oneOf("t.id", ids)
	if tx.store.postgres {
		ignore := func(scan) error { return nil }
		err := tx.each("SELECT 1 FROM conversations c WHERE c.workspace_id = ? AND c.id IN (SELECT t.conversation_id FROM tickets t WHERE t.workspace_id = ? AND "+
			among+") ORDER BY c.id FOR UPDATE", append([]any{string(tx.workspace)}, args...), ignore)
		if err == nil {
			err = tx.each("SELECT 1 FROM tickets t WHERE t.workspace_id = ? AND "+among+" ORDER BY t.id FOR UPDATE", args, ignore)
		}
		if err != nil {
			return nil, err
		}
	}
	all, err := tx.ticketsWhere(among+" ORDER BY t.id", args...)
	if err == nil && len(all) < len(ids) {
		err = notFound("ticket")
	}
	return all, err
}

// updateOne changes one of several tickets and keeps what it was.
func (tx *Tx) updateOne(before *Ticket, wish *wish, kept *TicketUndo) error {
	next, err := before.apply(wish, tx.later(before.UpdatedAt))
	if err == nil {
		err = tx.alone(before, next)
	}
	if err != nil || len(before.differences(next)) == 0 {
		return err
	}
	if err = tx.saveTicket(before, next, tx.actor); err == nil {
		kept.Tickets = append(kept.Tickets, before.former(next))
	}
	return err
}

// ofTicket says which of several tickets an error is about.
func ofTicket(t *Ticket, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	told := *e
	told.Message = "#" + decimal(int(t.Number)) + ": " + strings.TrimSuffix(e.Message, ".") + ". Nothing was changed."
	return &told
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
