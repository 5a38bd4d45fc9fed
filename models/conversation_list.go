package models

import "time"

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
	if err := s.May(ReadConversations); err != nil {
		return nil, err
	}
	p, err := p.settle()
	if err != nil {
		return nil, err
	}
	l := &listing{table: "conversations c", alias: "c", by: "last_activity_at"}
	counted, err := s.narrowConversations(l, f)
	if err != nil {
		return nil, err
	}
	var n int64
	sum := number(&n, l.from("count(*)", ""), l.args...)
	if counted {
		sum = total(Count{What: "conversation", Status: string(f.Status), ChannelKind: string(f.Channel), ChannelID: f.ChannelID, AssigneeID: ID(f.AssigneeID)}, &n)
	}
	at := func(c *Conversation) position { return position{c.LastActivityAt, c.ID} }
	if len(l.where) == 0 {
		return pageWith(s, l, p, &n, []question{sum}, at, (*Conversation).fields, conversationColumns, conversationJoins)
	}
	if err = s.together(sum); err != nil || n == 0 { // a rare filter would walk the whole index to find nothing
		return finish([]*Conversation{}, 0, p, at), err
	}
	return pageOf(s, l, p, n, at, (*Conversation).fields, conversationColumns, conversationJoins)
}

// narrowConversations adds the filter's conditions and reports whether running totals answer for them.
func (s *Scope) narrowConversations(l *listing, f ConversationFilter) (counted bool, err error) {
	var fs faults
	counted = true
	if f.Status != "" {
		if !f.Status.Valid() {
			fs.Add("status", "is one of open, snoozed, closed")
		}
		l.and("c.status = ?", string(f.Status))
	}
	if f.Channel != "" {
		l.and("c.channel_kind = ?", fs.line("channel", string(f.Channel), 0, 40))
	}
	if f.ChannelID != "" {
		l.and("c.channel_id = ?", string(f.ChannelID))
	}
	switch f.AssigneeID {
	case "":
	case nobody:
		l.and("c.assignee_id = ''")
	default:
		l.and("c.assignee_id = ?", f.AssigneeID)
	}
	if f.ContactID != "" {
		counted = false
		l.and("c.contact_id = ?", string(f.ContactID))
	}
	if f.Label != "" {
		counted = false
		l.and("c.id IN (SELECT subject_id FROM labelings WHERE workspace_id = ? AND kind = 'conversation' AND name = ?)",
			string(s.workspace), fs.line("label", f.Label, 0, 60))
	}
	if f.Unread {
		counted = false
		l.and("c.unread_count > 0")
	}
	if !f.UpdatedSince.IsZero() {
		counted = false
		l.and("c.updated_at >= ?", f.UpdatedSince.UTC())
	}
	if q := fs.line("q", f.Q, 0, 200); q != "" && len(fs.Faults) == 0 {
		counted = false
		condition, args := s.matching("q", q)
		l.and("c.contact_id IN (SELECT q.id FROM contacts q WHERE q.workspace_id = ? AND "+condition+")", append([]any{string(s.workspace)}, args...)...)
	}
	return counted, fs.Err()
}
