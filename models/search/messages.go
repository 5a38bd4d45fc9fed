package search

import (
	"maps"
	"slices"
	"time"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// MessagesByID returns those messages of a conversation that have one of the
// ids, with what they carry; ids that are unknown there are absent. At most 400 ids.
func MessagesByID(scope *models.Scope, conversation models.ID, ids []models.ID) (map[models.ID]*models.Message, error) {
	r, err := scope.Reader(rights.ReadMessages)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	wanted := make([]string, 0, len(ids))
	for _, id := range ids[:min(len(ids), 400)] {
		wanted = append(wanted, string(id))
	}
	known, err := store.RowsOf[models.Message](r).Where("conversation_id = ?", string(conversation)).
		ByID(wanted, func(m *models.Message) models.ID { return m.ID })
	if err != nil {
		return nil, err
	}
	return known, scope.Carry(slices.Collect(maps.Values(known))...)
}

// Reactions returns the reactions said in a conversation since a time, in their
// order; the newest 500 if there are more.
func Reactions(scope *models.Scope, conversation models.ID, since time.Time) ([]*models.Message, error) {
	r, err := scope.Reader(rights.ReadMessages)
	if err != nil {
		return nil, err
	}
	all, err := store.RowsOf[models.Message](r).Where("conversation_id = ? AND type = ? AND created_at >= ?", string(conversation), models.TypeReaction, since).
		Most(500, "created_at DESC, id DESC")
	slices.Reverse(all)
	return all, err
}

// Messages returns a page of a conversation's messages in the order they were said.
func Messages(scope *models.Scope, conversation models.ID, p models.Page) (*models.List[*models.Message], error) {
	return said(scope, conversation, p, true)
}

// LatestMessages returns a page of a conversation's messages, newest first.
func LatestMessages(scope *models.Scope, conversation models.ID, p models.Page) (*models.List[*models.Message], error) {
	return said(scope, conversation, p, false)
}

func said(scope *models.Scope, conversation models.ID, p models.Page, old bool) (*models.List[*models.Message], error) {
	r, err := scope.Reader(rights.ReadMessages)
	if err != nil {
		return nil, err
	}
	if p, err = p.Settle(); err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "messages g", Alias: "g", By: "created_at", Oldest: old}
	l.And("g.conversation_id = ?", string(conversation))
	var known, n int64
	beside := []store.Query{store.Int(&known, "SELECT count(*) FROM conversations WHERE workspace_id = ? AND id = ?", string(conversation)),
		store.Int(&n, l.From("count(*)", ""), l.Args...)}
	at := func(m *models.Message) store.Position { return store.Position{At: m.CreatedAt, ID: m.ID} }
	list, err := store.PageWith(r, l, p, &n, beside, at, models.MessageTable)
	if err == nil && known == 0 {
		err = problem.NoSuch("conversation")
	}
	if err != nil {
		return nil, err
	}
	return list, scope.Carry(list.Items...)
}

// TicketMessages returns a page of what was said in the ticket's conversation, in order; nothing without one.
func TicketMessages(scope *models.Scope, ticket models.ID, p models.Page) (*models.List[*models.Message], error) {
	if err := scope.May(rights.ReadMessages); err != nil {
		return nil, err
	}
	t, err := scope.Ticket(ticket)
	if err != nil {
		return nil, err
	}
	if t.ConversationID != "" {
		return Messages(scope, models.ID(t.ConversationID), p)
	}
	p, err = p.Settle()
	return store.Empty[*models.Message](p), err
}
