package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"mauve/models/input"
	"mauve/models/reason"
	"mauve/models/wire"
)

// rank orders the states that a message passes, so that a late report never takes one back.
var rank = map[MessageState]int{Queued: 0, Sent: 1, Delivered: 2, ReadState: 3, Played: 4, Failed: 5}

// Unconfirmed is the error code of a message that was handed to the vendor by a
// program that died, or lost the line, before it heard the answer. It was most
// likely sent; a later report of the vendor's proves it.
const Unconfirmed = "unconfirmed"

// Report is what a vendor says of an outbound message.
type Report struct {
	ExternalID string // the vendor's id of the message
	MessageID  ID     // ours, where the vendor gives it back
	ScopedID   string // of whom it went to, where the vendor tells it
	Status     MessageState
	Code       string        // of a failure
	Detail     reason.Reason // with what to do about it
	At         time.Time
}

// EarlyReport is a report that came before its message was known by the vendor's id.
type EarlyReport struct {
	WorkspaceID WorkspaceID
	ChannelID   ID
	ExternalID  string
	Status      MessageState
	ErrorCode   string
	ErrorDetail reason.Reason
	At          time.Time
	CreatedAt   time.Time
}

// Progress records how far an outbound message came. The highest state wins;
// a failure counts only before delivery. It reports whether anything changed.
func (s System) Progress(id ID, to MessageState, code string, detail reason.Reason) (bool, error) {
	changed := false
	err := s.change(func(tx *Tx) (err error) {
		changed, err = tx.progressOf(id, Report{Status: to, Code: code, Detail: detail})
		return err
	})
	return changed, err
}

func (tx *Tx) progressOf(id ID, r Report) (bool, error) {
	m, err := tx.messageForUpdate(id)
	if err != nil {
		return false, err
	}
	return tx.progress(m, r)
}

func (tx *Tx) messageForUpdate(id ID) (*Message, error) {
	return locked[Message](tx, "message", id)
}

// advances reports whether the report tells more than is known of the message.
func (m *Message) advances(to MessageState) bool {
	if m.IsInbound() || m.Kind != Reply {
		return false
	}
	if m.Status == Failed && m.ErrorCode == Unconfirmed {
		return to != Queued
	}
	reached := m.Status
	if m.PlayedAt != nil {
		reached = Played
	}
	return rank[to] > rank[reached] && (to != Failed || rank[reached] < rank[Delivered])
}

// means is how far a report says that the message came: only a sound is played, all else is read.
func (m *Message) means(reported MessageState) MessageState {
	if reported == Played && m.Type != TypeAudio && m.Type != TypeVoice {
		return ReadState
	}
	return reported
}

// progress writes what the report tells of a locked message and takes it out of the queue.
func (tx *Tx) progress(m *Message, r Report) (bool, error) {
	reached := m.means(r.Status)
	if !m.advances(reached) {
		return false, nil
	}
	at := m.sane(r.At, tx.Now())
	var d Changes
	if r.Status = reached; reached == Played {
		d.Note("playedAt", "", wire.Stamp(at))
		r.Status, m.PlayedAt = ReadState, &at
	}
	if m.Status != r.Status {
		d.Note("status", string(m.Status), string(r.Status))
	}
	m.Status, m.ErrorCode, m.ErrorDetail = r.Status, r.Code, r.Detail
	columns := map[string]any{"status": r.Status, "error_code": r.Code, "error_detail": r.Detail, "played_at": m.PlayedAt}
	if !m.Amendment.waits() {
		m.NextAt, m.SendState = nil, ""
		columns["next_at"], columns["send_state"] = nil, ""
	}
	if r.Status != Failed && m.SentAt == nil {
		columns["sent_at"], m.SentAt = at, &at
	}
	if rank[r.Status] >= rank[Delivered] && r.Status != Failed && m.DeliveredAt == nil {
		columns["delivered_at"], m.DeliveredAt = at, &at
	}
	if r.Status == ReadState && m.ReadAt == nil {
		columns["read_at"], m.ReadAt = at, &at
	}
	if r.ExternalID != "" && m.ExternalID == nil {
		columns["external_id"], m.ExternalID = r.ExternalID, &r.ExternalID
	}
	if m.ChannelKind.Capabilities().Uploads {
		if err := tx.carry(m); err != nil {
			return false, err
		}
	}
	return true, tx.Update(m, columns, m.event(MessageStatusChanged, d))
}

func (m *Message) event(kind EventKind, d Changes) *Event {
	return &Event{Kind: kind, SubjectID: m.ID, ConversationID: m.ConversationID, ContactID: m.ContactID, ChannelID: m.ChannelID,
		Changes: d, Payload: m.Wire()}
}

// sane is the vendor's time where it can be true: after the message was written and not in the future.
func (m *Message) sane(at, now time.Time) time.Time {
	at = at.UTC()
	if at.Before(m.CreatedAt) || at.After(now) {
		return now
	}
	return at
}

// Report records what a vendor says of a message of the channel. A report for a
// message not yet known by that id is kept and settled when the id is known.
func (s System) Report(channel ID, r Report) (Ending, error) {
	var o Ending
	r.ExternalID, r.Code, r.ScopedID = input.CleanLine(r.ExternalID, 200), input.CleanLine(r.Code, 200), input.CleanLine(r.ScopedID, 128)
	var stranger ID // the conversation of a message that went to an id which is new
	err := s.change(func(tx *Tx) error {
		stranger = ""
		m, err := tx.reported(channel, r)
		if err != nil {
			return err
		}
		if m == nil {
			o = Ending{Became: BecameIgnored, Because: reportedEarly.With()}
			return tx.keepEarly(channel, r)
		}
		if err = tx.stranger(m, r.ScopedID, &stranger); err != nil {
			return err
		}
		changed, err := tx.progress(m, r)
		o = Ending{Became: BecameStatus, MessageID: m.ID}
		if !changed {
			o.Became, o.Because = BecameRepeat, statusReached.With(m.Status)
		}
		return err
	})
	if err == nil && stranger != "" {
		err = s.learn(stranger, r.ScopedID)
	}
	return o, err
}

// reported finds and locks the message that the report is about, nil if it is not here.
func (tx *Tx) reported(channel ID, r Report) (*Message, error) {
	var m Message
	err := tx.Locking().Where("channel_id = ? AND external_id = ? AND direction = 'outbound'", string(channel), r.ExternalID).Limit(1).Find(&m).Error
	if err != nil || m.ID != "" {
		return &m, err
	}
	if r.MessageID == "" {
		return nil, nil
	}
	err = tx.Locking().Where("id = ? AND channel_id = ? AND direction = 'outbound' AND external_id IS NULL", string(r.MessageID), string(channel)).
		Limit(1).Find(&m).Error
	if err != nil || m.ID == "" {
		return nil, err
	}
	return &m, nil
}

func (tx *Tx) keepEarly(channel ID, r Report) error {
	if r.ExternalID == "" {
		return nil
	}
	return tx.WithoutEvent("nobody's news until its message is known", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{DoNothing: true}).Create(&EarlyReport{ChannelID: channel, ExternalID: r.ExternalID, Status: r.Status,
			ErrorCode: r.Code, ErrorDetail: r.Detail, At: r.At, CreatedAt: tx.Now()}).Error
	})
}

// settle applies the reports that came before the message had its vendor's id.
func (tx *Tx) settle(m *Message) error {
	if m.ExternalID == nil {
		return nil
	}
	var early []*EarlyReport
	key := tx.DB.Where("channel_id = ? AND external_id = ?", string(m.ChannelID), *m.ExternalID)
	if err := key.Limit(20).Find(&early).Error; err != nil || len(early) == 0 {
		return err
	}
	var last, failure *EarlyReport
	for _, e := range early {
		if e.Status == Failed {
			failure = e
		} else if last == nil || rank[e.Status] > rank[last.Status] {
			last = e
		}
	}
	if failure != nil && (last == nil || rank[last.Status] < rank[Delivered]) {
		last = failure
	}
	if _, err := tx.progress(m, Report{Status: last.Status, Code: last.ErrorCode, Detail: last.ErrorDetail, At: last.At}); err != nil {
		return err
	}
	return tx.WithoutEvent("settled with its message", func(db *gorm.DB) error {
		return db.Where("channel_id = ? AND external_id = ?", string(m.ChannelID), *m.ExternalID).Delete(&EarlyReport{}).Error
	})
}

// SettleEarly applies reports whose message learned its vendor's id in the same
// moment as they came, in every workspace, and forgets those of messages that
// never came after seven days. At most 200 a call.
func (s *Store) SettleEarly(ctx context.Context) error {
	var waiting []*Message
	now := s.Now()
	err := s.db.Across(ctx).Select("messages.id", "messages.workspace_id").
		Joins("JOIN early_reports e ON e.workspace_id = messages.workspace_id AND e.channel_id = messages.channel_id AND e.external_id = messages.external_id").
		Where("e.created_at > ?", now.Add(-time.Hour)).Limit(200).Find(&waiting).Error
	for _, w := range waiting {
		scope := s.System(ctx, ID(w.WorkspaceID))
		err = errors.Join(err, scope.change(func(tx *Tx) error {
			m, err := tx.messageForUpdate(w.ID)
			if err != nil {
				return err
			}
			return tx.settle(m)
		}))
	}
	return err
}
