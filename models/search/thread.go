package search

import (
	"errors"
	"slices"
	"time"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// Line is one line of a thread: what was said, or with Event set what was done.
type Line struct {
	Message *models.Message
	Event   *models.Event
}

// At is when it was said or done.
func (l Line) At() time.Time {
	if l.Message != nil {
		return l.Message.CreatedAt
	}
	return l.Event.CreatedAt
}

// threadEvents are the kinds of event that a thread shows between its messages.
const threadEvents = "kind IN ('conversation.status', 'conversation.assigned', 'conversation.updated')"

// Thread returns a page of a conversation's lines in their order, the newest
// page first, and the cursor of the page before it, empty when there is none.
func Thread(scope *models.Scope, conversation models.ID, p models.Page) (lines []Line, older string, err error) {
	r, err := scope.Reader(rights.ReadMessages)
	if err != nil {
		return nil, "", err
	}
	said, err := LatestMessages(scope, conversation, p)
	if err != nil {
		return nil, "", err
	}
	done := store.RowsOf[models.Event](r).Where("conversation_id = ? AND "+threadEvents, string(conversation))
	if p.Cursor != "" && len(said.Items) > 0 {
		done = done.Where("created_at <= ?", said.Items[0].CreatedAt)
	}
	if said.Next != "" {
		done = done.Where("created_at >= ?", said.Items[len(said.Items)-1].CreatedAt)
	}
	lines, err = merge(said.Items, done)
	return lines, said.Next, err
}

// ThreadSince returns the lines of a conversation from the one named on, the
// named one included; at most 200 messages and 200 events. An id that is
// unknown there is NotFound.
func ThreadSince(scope *models.Scope, conversation, line models.ID) ([]Line, error) {
	r, err := scope.Reader(rights.ReadMessages)
	if err != nil {
		return nil, err
	}
	from, err := lineTime(r, conversation, line)
	if err != nil {
		return nil, err
	}
	said, err := store.RowsOf[models.Message](r).Where("conversation_id = ? AND created_at >= ?", string(conversation), from).Most(200, "created_at, id")
	if err = errors.Join(err, scope.Carry(said...)); err != nil {
		return nil, err
	}
	return merge(said, store.RowsOf[models.Event](r).Where("conversation_id = ? AND created_at >= ? AND "+threadEvents, string(conversation), from))
}

func lineTime(r *store.Reader, conversation, line models.ID) (time.Time, error) {
	const named = "id = ? AND conversation_id = ?"
	m, err := store.RowsOf[models.Message](r).Where(named, string(line), string(conversation)).First("created_at")
	if err != nil {
		return time.Time{}, err
	}
	if m != nil {
		return m.CreatedAt, nil
	}
	e, err := store.RowsOf[models.Event](r).Where(named, string(line), string(conversation)).First("created_at")
	if err == nil && e == nil {
		err = problem.NoSuch("message")
	}
	if err != nil {
		return time.Time{}, err
	}
	return e.CreatedAt, nil
}

func merge(said []*models.Message, done store.Rows[models.Event]) ([]Line, error) {
	events, err := done.Most(200, "created_at DESC, id DESC")
	if err != nil {
		return nil, err
	}
	lines := make([]Line, 0, len(said)+len(events))
	for _, m := range said {
		lines = append(lines, Line{Message: m})
	}
	for _, e := range slices.Backward(events) {
		lines = append(lines, Line{Event: e})
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return a.At().Compare(b.At()) })
	return lines, nil
}
