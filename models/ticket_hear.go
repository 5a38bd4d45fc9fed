package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"mauve/models/input"
	"mauve/models/rights"
	"mauve/models/store"
)

// hear brings the conversation's ticket after a message that was just said. The
// caller holds the conversation.
func (tx *Tx) hear(c *Conversation, m *Message) error {
	if !c.ticketed {
		return nil
	}
	t, err := tx.currentTicket(c.ID)
	if err != nil || t == nil {
		return err
	}
	rules, err := ticketRules(tx.DB)
	if err != nil {
		return err
	}
	if m.IsInbound() {
		return tx.customerWrote(t, rules, c, m)
	}
	return tx.teamReplied(t, rules, m)
}

// currentTicket returns the conversation's ticket that is not resolved, else the one resolved last, else nil.
func (tx *Tx) currentTicket(conversation ID) (*Ticket, error) {
	var t Ticket
	err := tx.DB.Select("id").Where("conversation_id = ?", string(conversation)).
		Order("CASE WHEN status = 'resolved' THEN 1 ELSE 0 END, resolved_at DESC, created_at DESC").Limit(1).Find(&t).Error
	if err != nil || t.ID == "" {
		return nil, err
	}
	if err = tx.Lock("tickets", t.ID); err != nil {
		return nil, err
	}
	return tx.Ticket(t.ID)
}

// customerWrote reopens the ticket the message is about, or opens the next one.
func (tx *Tx) customerWrote(t *Ticket, rules *TicketRules, c *Conversation, m *Message) error {
	customer := Actor{Kind: ActorContact, ID: c.ContactID, Name: c.Contact.Name}
	if t.Status == TicketResolved && m.CreatedAt.Sub(*t.ResolvedAt) > time.Duration(rules.ReopenDays)*24*time.Hour {
		if !rules.FollowUp {
			return nil
		}
		subject := input.Preview(m.Body)
		_, err := tx.newTicket(TicketChange{Subject: &subject, Conversation: &c.ID}, customer)
		return err
	}
	next := *t
	next.UpdatedAt = latest(tx.later(t.UpdatedAt), m.CreatedAt.Add(time.Millisecond))
	next.enter(TicketOpen, next.UpdatedAt)
	if t.FirstCustomerAt == nil {
		next.FirstCustomerAt = &m.CreatedAt
	}
	if next.Status == t.Status {
		return tx.mark(t, &next)
	}
	return tx.saveTicket(t, &next, customer)
}

// teamReplied notes the first answer, and that it is the customer's turn.
func (tx *Tx) teamReplied(t *Ticket, rules *TicketRules, m *Message) error {
	if t.Status == TicketResolved {
		return nil
	}
	next := *t
	next.UpdatedAt = latest(tx.later(t.UpdatedAt), m.CreatedAt.Add(time.Millisecond))
	if t.FirstResponseAt == nil {
		next.FirstResponseAt = &m.CreatedAt
	}
	if t.Status == TicketOpen && rules.WaitingOnReply {
		next.enter(TicketWaiting, next.UpdatedAt)
	}
	if next.Status == TicketWaiting {
		next.WaitingSince = &m.CreatedAt
	}
	if next.Status == t.Status && t.FirstResponseAt != nil {
		return tx.mark(t, &next)
	}
	return tx.saveTicket(t, &next, tx.actor)
}

// mark writes the times that follow from a message and that nobody is told of beside it.
func (tx *Tx) mark(t, next *Ticket) error {
	next.UpdatedAt = t.UpdatedAt
	if moment(t.FirstCustomerAt) == moment(next.FirstCustomerAt) && moment(t.WaitingSince) == moment(next.WaitingSince) {
		return nil
	}
	return tx.WithoutEvent("told as the message", func(db *gorm.DB) error { return db.Model(next).Updates(t.columns(next)).Error })
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ResolveQuiet resolves the tickets that have waited for the customer longer
// than their workspace's rule says, at most 100 of each workspace a call. It
// returns how many.
func (s *Store) ResolveQuiet(ctx context.Context) (n int, err error) {
	var rules []*TicketRules
	if err = s.db.Across(ctx).Where("resolve_after_hours > 0").Order("workspace_id").Find(&rules).Error; err != nil {
		return 0, err
	}
	for _, r := range rules {
		rule := Actor{Kind: ActorRule, Name: fmt.Sprintf("No word from the customer for %d h", r.ResolveAfterHours), Grants: rights.All}
		done, e := s.As(ctx, ID(r.WorkspaceID), rule).resolveQuiet(r)
		n, err = n+done, errors.Join(err, e)
	}
	return n, err
}

func (s *Scope) resolveQuiet(r *TicketRules) (n int, err error) {
	err = s.change(func(tx *Tx) error {
		now := tx.Now()
		due, err := tx.quietTickets(now.Add(-time.Duration(r.ResolveAfterHours)*time.Hour), now)
		if err != nil || len(due) == 0 {
			return err
		}
		moves := make([]move, len(due))
		for i, t := range due {
			next := *t
			next.enter(TicketResolved, now)
			next.UpdatedAt = now
			moves[i] = move{t, &next}
		}
		n = len(due)
		return tx.saveTickets(moves)
	})
	return n, err
}

// quietTickets locks and reads the tickets that wait since before then; one that others are changing is left for the next sweep.
func (tx *Tx) quietTickets(since, now time.Time) ([]*Ticket, error) {
	var ids []string
	q := tx.DB.Model(&Ticket{}).Where("status = 'waiting' AND waiting_since <= ? AND updated_at < ?", since, now)
	err := store.SkipLocked(q).Order("waiting_since").Limit(LargestPage).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	condition, args := store.OneOf("t.id", ids)
	return tx.ticketsWhere(condition, args...)
}
