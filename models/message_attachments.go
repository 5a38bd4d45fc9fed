package models

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"mauve/models/channeltype"
	"mauve/models/content"
	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/rights"
)

// picked finds the attachments a message is to carry, in the order given, and
// holds them until the change ends.
func (tx *Tx) picked(ids []ID) ([]*Attachment, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var fs faults
	if len(ids) > content.MostAttachments {
		return nil, problem.InvalidField("attachments", "holds %d, at most %d are allowed", len(ids), content.MostAttachments)
	}
	var found []*Attachment
	if err := tx.Locking().Where("id IN ?", plain(ids)).Order("id").Find(&found).Error; err != nil {
		return nil, err
	}
	byID := map[ID]*Attachment{}
	for _, a := range found {
		byID[a.ID] = a
	}
	all := make([]*Attachment, len(ids))
	for i, id := range ids {
		field, a := fmt.Sprintf("attachments.%d.id", i), byID[id]
		switch {
		case slices.Contains(ids[:i], id):
			fs.Add(field, "is named twice")
		case a == nil || !a.there(tx.Now()):
			fs.Add(field, "there is no such attachment")
		case a.MessageID != nil:
			return nil, problem.Fail(problem.Conflict, "attachment_used", "That attachment is on another message already. Upload the file again.").
				At(field, "is on another message already").Collides(a.MessageID.With(PrefixMessage))
		default:
			tx.link(a)
		}
		all[i] = a
	}
	return all, fs.Err()
}

// loaded checks whether the message's channel carries what the message is to carry, and makes a message that a file says
// the kind of what its file is. A note leaves by no channel.
func (f *faults) loaded(m *Message) {
	if m.Kind == PrivateNote {
		return
	}
	files := make([]channeltype.File, len(m.Attachments))
	for i, a := range m.Attachments {
		files[i] = a.file()
	}
	m.Type = m.ChannelKind.Capabilities().CheckFiles(&f.Reader, m.Type, m.Body, files)
}

// attach puts the picked attachments on the message, which is written already.
func (tx *Tx) attach(m *Message) error {
	if len(m.Attachments) == 0 {
		return nil
	}
	var place strings.Builder
	place.WriteString("CASE id")
	var ids []ID
	var args []any
	for i, a := range m.Attachments {
		a.MessageID, a.Place, a.SweepAt = &m.ID, i, nil
		fmt.Fprintf(&place, " WHEN ? THEN %d", i)
		ids, args = append(ids, a.ID), append(args, string(a.ID))
	}
	columns := map[string]any{"message_id": string(m.ID), "sweep_at": nil, "place": clause.Expr{SQL: place.String() + " END", Vars: args}}
	return tx.WithoutEvent("told as the message", func(db *gorm.DB) error {
		done := db.Model(&Attachment{}).Where("id IN ? AND message_id IS NULL", plain(ids)).Updates(columns)
		if done.Error == nil && done.RowsAffected != int64(len(ids)) {
			return fmt.Errorf("models: %d attachments were held and %d written", len(ids), done.RowsAffected)
		}
		return done.Error
	})
}

// Carry loads what messages that were read by MessageTable carry, with fresh links.
func (s *Scope) Carry(messages ...*Message) error {
	if err := s.May(rights.ReadMessages); err != nil {
		return err
	}
	return s.carry(messages...)
}

// carry loads what the messages carry, with fresh links, in one question.
func (s *Scope) carry(messages ...*Message) error {
	by := map[ID]*Message{}
	var ids []ID
	for _, m := range messages {
		m.Attachments = nil
		by[m.ID], ids = m, append(ids, m.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	var all []*Attachment
	err := s.rows.DB.Where("message_id IN ?", plain(ids)).Order("message_id, place").Find(&all).Error
	for _, a := range all {
		s.link(a)
		by[*a.MessageID].Attachments = append(by[*a.MessageID].Attachments, a)
	}
	return err
}

// loosen takes the attachments off the messages of conversations that are being
// removed; the sweeper removes them once that is final.
func (tx *Tx) loosen(conversations []string) error {
	carriers := tx.DB.Model(&Message{}).Select("id").Where("conversation_id IN ?", conversations)
	return errors.Join(tx.forgetFetch(carriers), tx.unload(carriers))
}

// unload takes the attachments off messages, given by id or as a question for them.
func (tx *Tx) unload(messages any) error {
	return tx.WithoutEvent("told as the messages' end", func(db *gorm.DB) error {
		return db.Model(&Attachment{}).Where("message_id IN (?)", messages).
			Updates(map[string]any{"message_id": nil, "sweep_at": tx.Now()}).Error
	})
}

// carried names what the message carries, for lists.
func (m *Message) carried() string {
	first := m.Attachments[0].FileName
	if more := len(m.Attachments) - 1; more > 0 {
		first += fmt.Sprintf(" and %d more", more)
	}
	return input.Preview(first)
}

func plain(ids []ID) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return texts
}
