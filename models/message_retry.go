package models

import (
	"errors"

	"mauve/models/problem"
	"mauve/models/reason"
	"mauve/models/rights"
)

// RetryMessage puts a failed outbound message back into its channel's queue. Of
// one that waits there because the channel needs attention, the channel is
// checked: if it is well again, all that waits for it leaves.
func (s *Scope) RetryMessage(id ID) (*Message, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return nil, err
	}
	var m *Message
	err := s.change(func(tx *Tx) (err error) {
		c, err := tx.turnTo(id, &m)
		if err != nil {
			return err
		}
		if stuck, err := tx.stuck(m); err != nil {
			return err
		} else if stuck {
			return tx.checkSoon(m.ChannelID)
		}
		if !m.repeatable() {
			return problem.Fail(problem.Conflict, "not_failed", "Only a message that failed on its way out can be sent again.")
		}
		if err = errors.Join(tx.maySay(c, m), tx.forgetUploads(m)); err != nil {
			return err
		}
		var d Changes
		d.Note("status", string(m.Status), string(Queued))
		m.Status, m.ErrorCode, m.ErrorDetail, m.Tries, m.ExternalID, m.Amendment = Queued, "", reason.Reason{}, 0, nil, Amendment{}
		return tx.Update(m, map[string]any{"status": Queued, "error_code": "", "error_detail": "", "tries": 0, "external_id": nil, "amendment": m.Amendment,
			"send_state": m.SendState, "next_at": m.NextAt}, m.event(MessageStatusChanged, d))
	})
	return m, err
}

// stuck reports whether the message waits for a channel in trouble that a check may bring back; a phone comes back by being linked.
func (tx *Tx) stuck(m *Message) (bool, error) {
	if m.Status != Queued || m.ChannelKind.Capabilities().Linked {
		return false, nil
	}
	var c Channel
	err := tx.Find(&c, "channel", m.ChannelID)
	return c.Status == NeedsAttention, err
}

// FirstWaiting returns the id of the conversation's oldest message that waits to be sent, empty if none does.
func (s *Scope) FirstWaiting(conversation ID) (ID, error) {
	if err := s.May(rights.ReadMessages); err != nil {
		return "", err
	}
	var m Message
	err := s.rows.DB.Select("id").Where("conversation_id = ? AND next_at IS NOT NULL AND status = ?", string(conversation), Queued).
		Order("created_at, id").Limit(1).Find(&m).Error
	return m.ID, err
}

// repeatable reports whether the message failed and may be sent again.
func (m *Message) repeatable() bool {
	return m.Status == Failed && !m.IsInbound() && m.Kind == Reply && m.DeletedAt == nil && m.ChannelKind.Capabilities().Queued
}
