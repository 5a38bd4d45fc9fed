package models

import (
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
)

// Line is one line of a thread: what was said, or with Event set what was done.
type Line struct {
	Message *Message
	Event   *Event
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
func (s *Scope) Thread(conversation ID, p Page) (lines []Line, older string, err error) {
	said, err := s.LatestMessages(conversation, p)
	if err != nil {
		return nil, "", err
	}
	done := s.rows.DB.Where("conversation_id = ? AND "+threadEvents, string(conversation))
	if p.Cursor != "" && len(said.Items) > 0 {
		done = done.Where("created_at <= ?", said.Items[0].CreatedAt)
	}
	if said.Next != "" {
		done = done.Where("created_at >= ?", said.Items[len(said.Items)-1].CreatedAt)
	}
	lines, err = braid(said.Items, done)
	return lines, said.Next, err
}

// ThreadSince returns the lines of a conversation from the one named on, the
// named one included; at most 200 messages and 200 events. An id that is
// unknown there is NotFound.
func (s *Scope) ThreadSince(conversation, line ID) ([]Line, error) {
	if err := s.May(rights.ReadMessages); err != nil {
		return nil, err
	}
	from, err := s.lineTime(conversation, line)
	if err != nil {
		return nil, err
	}
	var said []*Message
	err = s.rows.DB.Where("conversation_id = ? AND created_at >= ?", string(conversation), from).Order("created_at, id").Limit(200).Find(&said).Error
	if err = errors.Join(err, s.carry(said...)); err != nil {
		return nil, err
	}
	return braid(said, s.rows.DB.Where("conversation_id = ? AND created_at >= ? AND "+threadEvents, string(conversation), from))
}

func (s *Scope) lineTime(conversation, line ID) (time.Time, error) {
	var m Message
	err := s.rows.DB.Select("created_at").First(&m, "id = ? AND conversation_id = ?", string(line), string(conversation)).Error
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return m.CreatedAt, err
	}
	var e Event
	err = s.rows.DB.Select("created_at").First(&e, "id = ? AND conversation_id = ?", string(line), string(conversation)).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = problem.NoSuch("message")
	}
	return e.CreatedAt, err
}

func braid(said []*Message, done *gorm.DB) ([]Line, error) {
	var events []*Event
	if err := done.Order("created_at DESC, id DESC").Limit(200).Find(&events).Error; err != nil {
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
