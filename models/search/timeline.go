package search

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mauve/models"
	"mauve/models/rights"
	"mauve/models/store"
	"mauve/models/wire"
)

// TimelineEntry is one thing said, noted or done on a ticket; Kind names the one of the three that is set.
type TimelineEntry struct {
	Kind    string // message, note or audit
	Message *models.Message
	Note    *models.TicketNote
	Event   *models.Event

	id models.ID
	at time.Time
}

// ID names the message, note or event.
func (e *TimelineEntry) ID() models.ID { return e.id }

// At is when it was said or done.
func (e *TimelineEntry) At() time.Time { return e.at }

// A timeline is three tables in one order. Each part is fenced by itself, the
// first by the reader.
const timelineOfThree = `(SELECT 'message' AS kind, workspace_id, id, created_at FROM messages WHERE workspace_id = ? AND conversation_id = ?
	UNION ALL SELECT 'note', workspace_id, id, created_at FROM ticket_notes WHERE workspace_id = ? AND ticket_id = ?
	UNION ALL SELECT 'audit', workspace_id, id, created_at FROM events WHERE workspace_id = ? AND subject_id = ? AND kind IN ('ticket.created', 'ticket.updated')) e`

// Timeline returns a page of a ticket's timeline: messages of its conversation,
// notes and audit entries in the order they came.
func Timeline(scope *models.Scope, ticket models.ID, p models.Page) (*models.List[*TimelineEntry], error) {
	return timeline(scope, ticket, p, true)
}

// LatestTimeline returns a page of a ticket's timeline from its end: the newest
// entry first, and the cursor leads to older ones.
func LatestTimeline(scope *models.Scope, ticket models.ID, p models.Page) (*models.List[*TimelineEntry], error) {
	return timeline(scope, ticket, p, false)
}

func timeline(scope *models.Scope, ticket models.ID, p models.Page, old bool) (*models.List[*TimelineEntry], error) {
	r, err := scope.Reader(rights.ReadMessages)
	if err != nil {
		return nil, err
	}
	t, err := scope.Ticket(ticket)
	if err != nil {
		return nil, err
	}
	w := r.Workspace()
	l := &store.Listing{Table: timelineOfThree, Alias: "e", By: "created_at", Oldest: old,
		Args: []any{string(t.ConversationID), w, string(ticket), w, string(ticket), w}}
	at := func(e *TimelineEntry) store.Position { return store.Position{At: e.at, ID: e.id} }
	list, err := store.CountedPage(r, l, p, at, timelineTable)
	if err != nil {
		return nil, err
	}
	return list, fillTimeline(scope, r, list.Items)
}

var timelineTable = store.Table[TimelineEntry]{Columns: store.Columns[TimelineEntry]{}.
	And("e.kind", func(e *TimelineEntry) any { return &e.Kind }).
	And("e.id", func(e *TimelineEntry) any { return &e.id }).
	And("e.created_at", func(e *TimelineEntry) any { return &e.at })}

// fillTimeline loads what the entries name: four look-ups for any number of entries.
func fillTimeline(scope *models.Scope, r *store.Reader, entries []*TimelineEntry) error {
	ids := map[string][]string{}
	for _, e := range entries {
		ids[e.Kind] = append(ids[e.Kind], string(e.id))
	}
	messages, err := store.RowsOf[models.Message](r).ByID(ids["message"], func(m *models.Message) models.ID { return m.ID })
	err = errors.Join(err, scope.Carry(slices.Collect(maps.Values(messages))...))
	notes, err2 := store.RowsOf[models.TicketNote](r).ByID(ids["note"], func(n *models.TicketNote) models.ID { return n.ID })
	events, err3 := store.RowsOf[models.Event](r).ByID(ids["audit"], func(e *models.Event) models.ID { return e.ID })
	for _, e := range entries {
		e.Message, e.Note, e.Event = messages[e.id], notes[e.id], events[e.id]
	}
	return errors.Join(err, err2, err3)
}

// Talk returns the timelines of several tickets, by ticket, oldest first: of
// each the newest most messages, notes and audit entries.
func Talk(scope *models.Scope, tickets []*models.Ticket, most int) (map[models.ID][]*TimelineEntry, error) {
	r, err := scope.Reader(rights.ReadMessages)
	if err != nil {
		return nil, err
	}
	var ids, talks []string
	for _, t := range tickets {
		ids = append(ids, string(t.ID))
		if t.ConversationID != "" {
			talks = append(talks, string(t.ConversationID))
		}
	}
	said, err := newest(r, "message", "conversation_id", "SELECT id, conversation_id, created_at, row_number() OVER (PARTITION BY conversation_id ORDER BY created_at DESC, id DESC) AS nth "+
		"FROM messages WHERE workspace_id = ?", talks, most)
	noted, err2 := newest(r, "note", "ticket_id", "SELECT id, ticket_id, created_at, row_number() OVER (PARTITION BY ticket_id ORDER BY created_at DESC, id DESC) AS nth "+
		"FROM ticket_notes WHERE workspace_id = ?", ids, most)
	done, err3 := newest(r, "audit", "subject_id", "SELECT id, subject_id, created_at, row_number() OVER (PARTITION BY subject_id ORDER BY created_at DESC, id DESC) AS nth "+
		"FROM events WHERE workspace_id = ? AND kind IN ('ticket.created', 'ticket.updated')", ids, most)
	if err = errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	var all []*TimelineEntry
	talk := map[models.ID][]*TimelineEntry{}
	for _, t := range tickets {
		mine := slices.Concat(said[models.ID(t.ConversationID)], noted[t.ID], done[t.ID])
		slices.SortFunc(mine, func(a, b *TimelineEntry) int {
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id))
		})
		talk[t.ID] = mine
		all = append(all, mine...)
	}
	return talk, fillTimeline(scope, r, all)
}

// newest reads the newest entries of one table, by what they belong to.
func newest(r *store.Reader, kind, owner, query string, of []string, most int) (map[models.ID][]*TimelineEntry, error) {
	if len(of) == 0 {
		return nil, nil
	}
	found := map[models.ID][]*TimelineEntry{}
	among, args := store.OneOf(owner, of)
	err := r.QueryEach(fmt.Sprintf("SELECT * FROM (%s AND %s) x WHERE nth <= %d", query, among, most), args, func(row store.Scan) error {
		var whose models.ID
		var nth int
		e := &TimelineEntry{Kind: kind}
		if err := row(&e.id, &whose, &e.at, &nth); err != nil {
			return err
		}
		found[whose] = append(found[whose], e)
		return nil
	})
	return found, err
}

// Wire returns the entry as the outside reads it.
func (e *TimelineEntry) Wire() wire.TimelineEntry {
	w := wire.TimelineEntry{Kind: e.Kind}
	switch {
	case e.Message != nil:
		m := e.Message.Wire()
		w.Message = &m
	case e.Note != nil:
		n := e.Note.Wire()
		w.Note = &n
	case e.Event != nil:
		w.Audit = e.Event.Audit()
	}
	return w
}
