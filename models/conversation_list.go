package models

import (
	"time"

	"mauve/models/rights"
	"mauve/models/store"
)

// ConversationFilter narrows a list of conversations; empty fields match all.
type ConversationFilter struct {
	Status       ConversationState
	Channel      ChannelKind
	ChannelID    ID
	ContactID    ID
	AssigneeID   string // an id, or "none"
	Label        string
	Unread       bool
	UpdatedSince time.Time
	Q            string
}

// Conversations returns a page of conversations, newest activity first.
func (s *Scope) Conversations(f ConversationFilter, p Page) (*List[*Conversation], error) {
	if err := s.May(rights.ReadConversations); err != nil {
		return nil, err
	}
	p, err := p.Settle()
	if err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "conversations c", Alias: "c", By: "last_activity_at"}
	counted, err := s.narrowConversations(l, f)
	if err != nil {
		return nil, err
	}
	var n int64
	sum := store.Int(&n, l.From("count(*)", ""), l.Args...)
	if counted {
		sum = Total(Count{What: "conversation", Status: string(f.Status), ChannelKind: string(f.Channel), ChannelID: f.ChannelID, AssigneeID: ID(f.AssigneeID)}, &n)
	}
	at := func(c *Conversation) store.Position { return store.Position{At: c.LastActivityAt, ID: c.ID} }
	if len(l.Where) == 0 {
		return store.PageWith(s.rows.Reader(), l, p, &n, []store.Query{sum}, at, ConversationTable)
	}
	if err = s.rows.Batch(sum); err != nil || n == 0 { // a rare filter would walk the whole index to find nothing
		return store.Empty[*Conversation](p), err
	}
	return store.PageOf(s.rows.Reader(), l, p, n, at, ConversationTable)
}

// narrowConversations adds the filter's conditions and reports whether running totals answer for them.
func (s *Scope) narrowConversations(l *store.Listing, f ConversationFilter) (counted bool, err error) {
	var fs faults
	counted = true
	if f.Status != "" {
		if !f.Status.Valid() {
			fs.Add("status", "is one of open, snoozed, closed")
		}
		l.And("c.status = ?", string(f.Status))
	}
	if f.Channel != "" {
		l.And("c.channel_kind = ?", fs.Line("channel", string(f.Channel), 0, 40))
	}
	if f.ChannelID != "" {
		l.And("c.channel_id = ?", string(f.ChannelID))
	}
	switch f.AssigneeID {
	case "":
	case Nobody:
		l.And("c.assignee_id = ''")
	default:
		l.And("c.assignee_id = ?", f.AssigneeID)
	}
	if f.ContactID != "" {
		counted = false
		l.And("c.contact_id = ?", string(f.ContactID))
	}
	if f.Label != "" {
		counted = false
		l.And("c.id IN (SELECT subject_id FROM labelings WHERE workspace_id = ? AND kind = 'conversation' AND name = ?)",
			string(s.rows.Workspace), fs.Line("label", f.Label, 0, 60))
	}
	if f.Unread {
		counted = false
		l.And("c.unread_count > 0")
	}
	if !f.UpdatedSince.IsZero() {
		counted = false
		l.And("c.updated_at >= ?", f.UpdatedSince.UTC())
	}
	if q := fs.Line("q", f.Q, 0, 200); q != "" && len(fs.Faults) == 0 {
		counted = false
		condition, args := s.matching("q", q)
		l.And("c.contact_id IN (SELECT q.id FROM contacts q WHERE q.workspace_id = ? AND "+condition+")", append([]any{string(s.rows.Workspace)}, args...)...)
	}
	return counted, fs.Err()
}
