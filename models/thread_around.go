package models

import (
	"slices"
	"time"

	"mauve/models/rights"
)

// MessagesByID returns those messages of a conversation that have one of the
// ids, with what they carry; ids that are unknown there are absent. At most 400 ids.
func (s *Scope) MessagesByID(conversation ID, ids []ID) (map[ID]*Message, error) {
	if err := s.May(rights.ReadMessages); err != nil || len(ids) == 0 {
		return nil, err
	}
	wanted := make([]string, 0, len(ids))
	for _, id := range ids[:min(len(ids), 400)] {
		wanted = append(wanted, string(id))
	}
	var all []*Message
	if err := s.rows.DB.Where("conversation_id = ? AND id IN ?", string(conversation), wanted).Find(&all).Error; err != nil {
		return nil, err
	}
	known := make(map[ID]*Message, len(all))
	for _, m := range all {
		known[m.ID] = m
	}
	return known, s.carry(all...)
}

// Reactions returns the reactions said in a conversation since a time, in their
// order; the newest 500 if there are more.
func (s *Scope) Reactions(conversation ID, since time.Time) ([]*Message, error) {
	if err := s.May(rights.ReadMessages); err != nil {
		return nil, err
	}
	var all []*Message
	err := s.rows.DB.Where("conversation_id = ? AND type = ? AND created_at >= ?", string(conversation), TypeReaction, since).
		Order("created_at DESC, id DESC").Limit(500).Find(&all).Error
	slices.Reverse(all)
	return all, err
}

// ReactsTo is the message that a reaction is about, empty when it is no
// reaction or that message is not here.
func (m *Message) ReactsTo() ID {
	if m.Type != TypeReaction || m.Content == nil || m.Content.Reaction == nil {
		return ""
	}
	id, _ := ParseID(PrefixMessage, m.Content.Reaction.MessageID)
	return id
}
