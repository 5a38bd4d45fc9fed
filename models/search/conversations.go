package search

import (
	"time"

	"mauve/models"
	"mauve/models/input"
	"mauve/models/rights"
	"mauve/models/store"
)

// ConversationFilter narrows a list of conversations; empty fields match all.
type ConversationFilter struct {
	Status       models.ConversationState
	Channel      models.ChannelKind
	ChannelID    models.ID
	ContactID    models.ID
	AssigneeID   string // an id, or "none"
	Label        string
	Unread       bool
	UpdatedSince time.Time
	Q            string
}

// Conversations returns a page of conversations, newest activity first.
func Conversations(scope *models.Scope, f ConversationFilter, p models.Page) (*models.List[*models.Conversation], error) {
	r, err := scope.Reader(rights.ReadConversations)
	if err != nil {
		return nil, err
	}
	if p, err = p.Settle(); err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "conversations c", Alias: "c", By: "last_activity_at"}
	counted, err := narrowConversations(r, l, f)
	if err != nil {
		return nil, err
	}
	var n int64
	sum := store.Int(&n, l.From("count(*)", ""), l.Args...)
	if counted {
		sum = models.Total(models.Count{What: "conversation", Status: string(f.Status), ChannelKind: string(f.Channel),
			ChannelID: f.ChannelID, AssigneeID: models.ID(f.AssigneeID)}, &n)
	}
	at := func(c *models.Conversation) store.Position { return store.Position{At: c.LastActivityAt, ID: c.ID} }
	if len(l.Where) == 0 {
		return store.PageWith(r, l, p, &n, []store.Query{sum}, at, models.ConversationTable)
	}
	if err = r.Batch(sum); err != nil || n == 0 { // a rare filter would walk the whole index to find nothing
		return store.Empty[*models.Conversation](p), err
	}
	return store.PageOf(r, l, p, n, at, models.ConversationTable)
}

// narrowConversations adds the filter's conditions and reports whether running totals answer for them.
func narrowConversations(r *store.Reader, l *store.Listing, f ConversationFilter) (counted bool, err error) {
	var fs input.Reader
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
	case models.Nobody:
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
			r.Workspace(), fs.Line("label", f.Label, 0, 60))
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
		condition, args := matching(r, "q", "contact_search", q)
		l.And("c.contact_id IN (SELECT q.id FROM contacts q WHERE q.workspace_id = ? AND "+condition+")", append([]any{r.Workspace()}, args...)...)
	}
	return counted, fs.Err()
}

// InboxCounts are open conversations: all, those assigned to whoever asks,
// those of nobody, and those with something unread (counted at most to 100).
type InboxCounts struct{ Open, Mine, Unassigned, Unread int64 }

// CountInbox returns the numbers that stand beside the inbox's views.
func CountInbox(scope *models.Scope) (n InboxCounts, err error) {
	r, err := scope.Reader(rights.ReadConversations)
	if err != nil {
		return n, err
	}
	n.Unread, err = r.QueryInt("SELECT count(*) FROM (SELECT 1 FROM conversations WHERE workspace_id = ? AND status = 'open' AND unread_count > 0 LIMIT 100) t")
	if err != nil {
		return n, err
	}
	const held = "SELECT assignee_id, sum(n) FROM counts WHERE workspace_id = ? AND what = 'conversation' AND status = 'open' GROUP BY assignee_id"
	err = r.QueryEach(held, nil, func(row store.Scan) error {
		var assignee models.ID
		var open int64
		err := row(&assignee, &open)
		n.Open += open
		switch assignee {
		case "":
			n.Unassigned += open
		case scope.Actor().ID:
			n.Mine += open
		}
		return err
	})
	return n, err
}
