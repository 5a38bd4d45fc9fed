package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/input"
	"mauve/models/pace"
	"mauve/models/problem"
)

// FinishSend records what a try came to.
func (s *Store) FinishSend(ctx context.Context, d *Dispatch, t Tried) error {
	scope := s.System(ctx, ID(d.Message.WorkspaceID))
	return scope.change(func(tx *Tx) error {
		m, err := tx.messageForUpdate(d.Message.ID)
		if problem.KindOf(err) == problem.NotFound {
			return nil // its contact was removed meanwhile
		}
		if err != nil {
			return err
		}
		switch {
		case d.Amends():
			return tx.amendTried(m, d.Message, t)
		case t.Verdict == Accepted:
			return tx.accepted(m, t)
		case !m.heldAs(d.Message):
			return nil // another has it, or a report settled it
		}
		return tx.tryEnded(m, t)
	})
}

// heldAs reports whether a message is still the caller's who claimed it so.
func (m *Message) heldAs(claimed *Message) bool {
	return m.NextAt != nil && claimed.NextAt != nil && m.NextAt.Equal(*claimed.NextAt)
}

// tryEnded records a try that did not bring the message, or its amendment, to the vendor.
func (tx *Tx) tryEnded(m *Message, t Tried) error {
	switch t.Verdict {
	case Refused:
		return tx.fail(m, Report{Status: Failed, Code: t.Code, Detail: t.Detail})
	case Unknown:
		return tx.hold(m, t, SendHanded, tx.Now().Add(10*time.Second), 0)
	case Unauthorized:
		return errors.Join(tx.hold(m, t, SendWaiting, tx.Now(), 0), tx.needsAttention(m.ChannelID, t.Detail))
	}
	return tx.again(m, t)
}

// fail ends what waits in the queue: the message itself, or its amendment.
func (tx *Tx) fail(m *Message, r Report) error {
	if m.Amendment.waits() {
		return tx.amendFailed(m, r.Code, r.Detail)
	}
	_, err := tx.progress(m, r)
	return err
}

// accepted records that the vendor has the message.
func (tx *Tx) accepted(m *Message, t Tried) error {
	if m.ExternalID == nil && t.ExternalID != "" {
		m.ExternalID = &t.ExternalID
		if err := tx.WithoutEvent("told as the message's progress", func(db *gorm.DB) error {
			return db.Model(m).Updates(map[string]any{"external_id": t.ExternalID}).Error
		}); err != nil {
			return err
		}
	}
	if _, err := tx.progress(m, Report{Status: Sent}); err != nil {
		return err
	}
	if err := tx.settle(m); err != nil {
		return err
	}
	if err := tx.follow(m, t); err != nil {
		return err
	}
	if err := tx.spelled(m, t.WhatsApp); err != nil {
		return err
	}
	return tx.strike(m.ChannelID, 0, nil)
}

// spelled keeps how the vendor spells the recipient, where it differs from what is known.
func (tx *Tx) spelled(m *Message, whatsapp string) error {
	if whatsapp == "" || !input.Readable(whatsapp) || len(whatsapp) > 64 {
		return nil
	}
	if owner, err := tx.owner(ByWhatsApp, whatsapp); err != nil || owner != "" {
		return err
	}
	var c Conversation
	if err := tx.DB.Select("contact_id").First(&c, "id = ?", string(m.ConversationID)).Error; err != nil {
		return err
	}
	return tx.WithoutEvent("identities are told with their contact", func(db *gorm.DB) error {
		return db.Create(&Identity{Kind: ByWhatsApp, Value: whatsapp, ContactID: c.ContactID, CreatedAt: tx.Now()}).Error
	})
}

// again lets a message wait for its next try, or fails it when patience ends.
func (tx *Tx) again(m *Message, t Tried) error {
	tries := m.Tries + 1
	wait := max(pace.Backoff(tries), t.Wait)
	if t.Verdict == RetryChannel {
		var q ChannelQueue
		if err := tx.DB.First(&q, "channel_id = ?", string(m.ChannelID)).Error; err != nil {
			return err
		}
		tries = m.Tries
		wait = max(pace.Backoff(q.Strikes+1), t.Wait)
		until := tx.Now().Add(wait)
		if err := tx.strike(m.ChannelID, q.Strikes+1, &until); err != nil {
			return err
		}
	}
	since := m.CreatedAt
	if m.Amendment.waits() {
		since = m.Amendment.At
	}
	if tries >= mostTries || tx.Now().Sub(since) > giveUpAfter {
		return tx.fail(m, Report{Status: Failed, Code: t.Code, Detail: t.Detail.Then(lastTry.With())})
	}
	return tx.hold(m, t, SendWaiting, tx.Now().Add(wait), tries)
}

// hold keeps a message in the queue, with the reason for people to read.
func (tx *Tx) hold(m *Message, t Tried, state SendState, next time.Time, tries int) error {
	columns := map[string]any{"send_state": state, "next_at": next, "tries": max(tries, m.Tries)}
	if m.Amendment.waits() {
		m.Amendment.Code, m.Amendment.Detail = t.Code, t.Detail
		columns["amendment"] = m.Amendment
	} else {
		columns["error_code"], columns["error_detail"] = t.Code, t.Detail
	}
	return tx.WithoutEvent("a message that waits is no news", func(db *gorm.DB) error { return db.Model(m).Updates(columns).Error })
}

// strike counts the vendor's failures in a row; none clears them and the pause.
func (tx *Tx) strike(channel ID, strikes int, until *time.Time) error {
	return tx.WithoutEvent("the pace of a queue is its own record", func(db *gorm.DB) error {
		q := db.Model(&ChannelQueue{}).Where("channel_id = ?", string(channel))
		if strikes == 0 {
			q = q.Where("strikes > 0")
		}
		return q.Updates(map[string]any{"strikes": strikes, "paused_until": until}).Error
	})
}

// FailUnconfirmed fails the messages whose handing over nobody confirmed in
// time, in every workspace; at most 200 a call. A report that comes later still
// proves them sent.
func (s *Store) FailUnconfirmed(ctx context.Context) error {
	var lost []*Message
	now := s.Now()
	err := s.db.Across(ctx).Select("id", "workspace_id").Where("send_state = 'handed' AND next_at <= ?", now).Limit(200).Find(&lost).Error
	return errors.Join(err, s.failAll(ctx, lost, func(m *Message) bool { return m.SendState == SendHanded && m.NextAt != nil && !m.NextAt.After(now) },
		Report{Status: Failed, Code: Unconfirmed,
			Detail: handOverUnknown.With()}))
}

// FailStranded fails the messages that wait on a channel that was removed, in
// every workspace; at most 200 a call.
func (s *Store) FailStranded(ctx context.Context) error {
	var stranded []*Message
	err := s.db.Across(ctx).Select("id", "workspace_id").
		Where("next_at IS NOT NULL AND channel_id IN (SELECT c.id FROM channels c WHERE c.removed_at IS NOT NULL)").Limit(200).Find(&stranded).Error
	return errors.Join(err, s.failAll(ctx, stranded, func(m *Message) bool { return m.NextAt != nil && m.SendState != SendHanded },
		Report{Status: Failed, Code: "channel_removed", Detail: removedUnsent.With()}))
}

// failAll gives each message that still is as it was found its end.
func (s *Store) failAll(ctx context.Context, found []*Message, still func(*Message) bool, end Report) (err error) {
	for _, f := range found {
		scope := s.System(ctx, ID(f.WorkspaceID))
		err = errors.Join(err, scope.change(func(tx *Tx) error {
			m, err := tx.messageForUpdate(f.ID)
			if err != nil || !still(m) {
				return err
			}
			return tx.fail(m, end)
		}))
	}
	return err
}
