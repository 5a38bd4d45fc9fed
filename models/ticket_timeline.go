package models

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mauve/models/rights"
	"mauve/models/store"
)

// TimelineEntry is one thing said, noted or done on a ticket; Kind names the one of the three that is set.
type TimelineEntry struct {
	Kind    string // message, note or audit
	Message *Message
	Note    *TicketNote
	Event   *Event

	id ID
	at time.Time
}

// ID names the message, note or event.
func (e *TimelineEntry) ID() ID { return e.id }

// At is when it was said or done.
func (e *TimelineEntry) At() time.Time { return e.at }

// A timeline is three tables in one order. Each part is fenced by itself, the
// first by Scope.rows.
const timelineOfThree = `(SELECT 'message' AS kind, workspace_id, id, created_at FROM messages WHERE workspace_id = ? AND conversation_id = ?
	UNION ALL SELECT 'note', workspace_id, id, created_at FROM ticket_notes WHERE workspace_id = ? AND ticket_id = ?
	UNION ALL SELECT 'audit', workspace_id, id, created_at FROM events WHERE workspace_id = ? AND subject_id = ? AND kind IN ('ticket.created', 'ticket.updated')) e`

// Timeline returns a page of a ticket's timeline: messages of its conversation,
// notes and audit entries in the order they came.
func (s *Scope) Timeline(ticket ID, p Page) (*List[*TimelineEntry], error) {
	return s.timeline(ticket, p, true)
}

// LatestTimeline returns a page of a ticket's timeline from its end: the newest
// entry first, and the cursor leads to older ones.
func (s *Scope) LatestTimeline(ticket ID, p Page) (*List[*TimelineEntry], error) {
	return s.timeline(ticket, p, false)
}

func (s *Scope) timeline(ticket ID, p Page, old bool) (*List[*TimelineEntry], error) {
	if err := s.May(rights.ReadMessages); err != nil {
		return nil, err
	}
	t, err := s.Ticket(ticket)
	if err != nil {
		return nil, err
	}
	if p, err = p.Settle(); err != nil {
		return nil, err
	}
	w := string(s.rows.Workspace)
	l := &store.Listing{Table: timelineOfThree, Alias: "e", By: "created_at", Oldest: old,
		Args: []any{string(t.ConversationID), w, string(ticket), w, string(ticket), w}}
	total, err := s.rows.QueryInt(l.From("count(*)", ""), l.Args...)
	if err != nil {
		return nil, err
	}
	at := func(e *TimelineEntry) store.Position { return store.Position{At: e.at, ID: e.id} }
	list, err := store.PageOf(s.rows.Reader(), l, p, total, at, timelineTable)
	if err != nil {
		return nil, err
	}
	return list, s.fillTimeline(list.Items)
}

var timelineTable = store.Table[TimelineEntry]{Columns: store.Columns[TimelineEntry]{}.
	And("e.kind", func(e *TimelineEntry) any { return &e.Kind }).
	And("e.id", func(e *TimelineEntry) any { return &e.id }).
	And("e.created_at", func(e *TimelineEntry) any { return &e.at })}

// fillTimeline loads what the entries name: four look-ups for any number of entries.
func (s *Scope) fillTimeline(entries []*TimelineEntry) error {
	ids := map[string][]string{}
	for _, e := range entries {
		ids[e.Kind] = append(ids[e.Kind], string(e.id))
	}
	messages, err := store.ByID(s.rows.Reader(), ids["message"], func(m *Message) ID { return m.ID })
	err = errors.Join(err, s.carry(slices.Collect(maps.Values(messages))...))
	notes, err2 := store.ByID(s.rows.Reader(), ids["note"], func(n *TicketNote) ID { return n.ID })
	events, err3 := store.ByID(s.rows.Reader(), ids["audit"], func(e *Event) ID { return e.ID })
	for _, e := range entries {
		e.Message, e.Note, e.Event = messages[e.id], notes[e.id], events[e.id]
	}
	return errors.Join(err, err2, err3)
}

// Talk returns the timelines of several tickets, by ticket, oldest first: of
// each the newest most messages, notes and audit entries.
func (s *Scope) Talk(tickets []*Ticket, most int) (map[ID][]*TimelineEntry, error) {
	if err := s.May(rights.ReadMessages); err != nil {
		return nil, err
	}
	var ids, talks []string
	for _, t := range tickets {
		ids = append(ids, string(t.ID))
		if t.ConversationID != "" {
			talks = append(talks, string(t.ConversationID))
		}
	}
	said, err := s.newest("message", "conversation_id", "SELECT id, conversation_id, created_at, row_number() OVER (PARTITION BY conversation_id ORDER BY created_at DESC, id DESC) AS nth "+
		"FROM messages WHERE workspace_id = ?", talks, most)
	noted, err2 := s.newest("note", "ticket_id", "SELECT id, ticket_id, created_at, row_number() OVER (PARTITION BY ticket_id ORDER BY created_at DESC, id DESC) AS nth "+
		"FROM ticket_notes WHERE workspace_id = ?", ids, most)
	done, err3 := s.newest("audit", "subject_id", "SELECT id, subject_id, created_at, row_number() OVER (PARTITION BY subject_id ORDER BY created_at DESC, id DESC) AS nth "+
		"FROM events WHERE workspace_id = ? AND kind IN ('ticket.created', 'ticket.updated')", ids, most)
	if err = errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	var all []*TimelineEntry
	talk := map[ID][]*TimelineEntry{}
	for _, t := range tickets {
		mine := slices.Concat(said[ID(t.ConversationID)], noted[t.ID], done[t.ID])
		slices.SortFunc(mine, func(a, b *TimelineEntry) int {
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id))
		})
		talk[t.ID] = mine
		all = append(all, mine...)
	}
	return talk, s.fillTimeline(all)
}

// newest reads the newest entries of one table, by what they belong to.
func (s *Scope) newest(kind, owner, query string, of []string, most int) (map[ID][]*TimelineEntry, error) {
	if len(of) == 0 {
		return nil, nil
	}
	found := map[ID][]*TimelineEntry{}
	among, args := store.OneOf(owner, of)
	err := s.rows.QueryEach(fmt.Sprintf("SELECT * FROM (%s AND %s) x WHERE nth <= %d", query, among, most), args, func(row store.Scan) error {
		var whose ID
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
