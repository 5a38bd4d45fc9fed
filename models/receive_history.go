package models

import (
	"time"

	"gorm.io/gorm"
)

// firstTalk is before WhatsApp was (February 2009): nothing was said on it earlier.
var firstTalk = time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC)

// longAgo is when something of a history was said, now where that cannot be true.
func (tx *Tx) longAgo(at time.Time) time.Time {
	now := tx.Now()
	if at = at.UTC().Truncate(time.Millisecond); at.After(now) || at.Before(firstTalk) {
		return now
	}
	return at
}

// shelve writes a message of a history at its time, with the event that tells
// so. The conversation shows it only if nothing newer was said; it is not
// unread, opens no conversation, window or ticket, and no receipt names it.
func (tx *Tx) shelve(c *Conversation, m *Message) error {
	if err := tx.Insert(m, m.event(MessageRecalled, nil)); err != nil {
		return err
	}
	columns := map[string]any{}
	if m.IsInbound() {
		columns["receipt_after"] = gorm.Expr("CASE WHEN receipt_after > ? THEN receipt_after ELSE ? END", m.CreatedAt, m.CreatedAt)
	}
	if c.LastAt == nil || m.CreatedAt.After(*c.LastAt) {
		columns["last_body"], columns["last_direction"], columns["last_at"] = m.Gist(), m.Direction, m.CreatedAt
		columns["last_activity_at"], columns["updated_at"] = latest(c.LastActivityAt, m.CreatedAt), tx.later(c.UpdatedAt)
	}
	if len(columns) == 0 {
		return nil
	}
	return tx.WithoutEvent("told as the message", func(db *gorm.DB) error {
		return db.Model(&Conversation{}).Where("id = ?", string(c.ID)).Updates(columns).Error
	})
}
