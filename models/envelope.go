package models

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"mauve/models/column"
	"mauve/models/pace"
	"mauve/models/reason"
	"mauve/models/store"
	"mauve/models/wire"
)

// The states of an envelope.
const (
	EnvelopeWaiting = "waiting"
	EnvelopeRead    = "read"
	EnvelopeFailed  = "failed" // it could not be read in several tries; its body is kept
)

const (
	readingLease = 15 * time.Second
	readingTries = 5
)

// Envelope is one call of a vendor's as it came, stored before it is answered
// and read afterwards. It is kept for 30 days.
type Envelope struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	ChannelID   ID
	Digest      string // of the body: the same body is stored once
	Body        []byte
	State       string
	Tries       int
	RunAt       time.Time
	Outcomes    Endings
	ReceivedAt  time.Time
	ReadAt      *time.Time
}

// What things in an envelope become.
const (
	BecameMessage = "message"
	BecameStatus  = "status"  // a message came further
	BecameUpdate  = "update"  // something known was changed
	BecameRepeat  = "repeat"  // it was here already
	BecameIgnored = "ignored" // with a reason
	BecameFailed  = "failed"  // with a reason; the envelope is kept
)

// Ending is what became of one thing in an envelope.
type Ending struct {
	What      string // for people: message text, status read
	Became    string
	Because   reason.Reason
	MessageID ID
}

// Done reports whether the thing need not be read again.
func (e Ending) Done() bool { return e.Became != "" && e.Became != BecameFailed }

// Endings are what became of the things in an envelope, kept as JSON.
type Endings []Ending

// Value writes the column.
func (e Endings) Value() (driver.Value, error) {
	if len(e) == 0 {
		return "[]", nil
	}
	return column.Text(json.Marshal([]Ending(e)))
}

// Scan reads the column.
func (e *Endings) Scan(v any) error { return column.ScanOrEmpty(v, (*[]Ending)(e)) }

// KeepInbound stores a body for a channel, to be read at the time given. The
// same body again is stored once; it reports whether it is new.
func (s *Store) KeepInbound(ctx context.Context, a *Account, body []byte, at time.Time) (bool, error) {
	fresh, err := s.keepInbound(ctx, a, newEnvelope(a.ID, body, at, s.Now()))
	return fresh > 0, err
}

// KeepPast stores bodies of a history, at most some hundred at once. They are
// read one after another, each so long after the one before it, so that what is
// said now does not wait for what was said long ago.
func (s *Store) KeepPast(ctx context.Context, a *Account, bodies [][]byte, at time.Time, apart time.Duration) error {
	all := make([]*Envelope, len(bodies))
	for i, body := range bodies {
		all[i] = newEnvelope(a.ID, body, at.Add(time.Duration(i)*apart), s.Now())
	}
	_, err := s.keepInbound(ctx, a, all...)
	return err
}

func newEnvelope(channel ID, body []byte, at, now time.Time) *Envelope {
	sum := sha256.Sum256(body)
	return &Envelope{ID: NewID(at), ChannelID: channel, Digest: hex.EncodeToString(sum[:]), Body: body,
		State: EnvelopeWaiting, RunAt: at, ReceivedAt: now}
}

// keepInbound writes the envelopes in one commit and returns how many of them are new.
func (s *Store) keepInbound(ctx context.Context, a *Account, all ...*Envelope) (fresh int64, err error) {
	err = s.db.WithoutEvent(ctx, a.WorkspaceID, "an envelope is news when it is read", func(db *gorm.DB) error {
		q := keepEnvelopes(db, all...)
		fresh = q.RowsAffected
		return q.Error
	})
	return fresh, err
}

func keepEnvelopes(db *gorm.DB, all ...*Envelope) *gorm.DB {
	return db.Clauses(clause.OnConflict{DoNothing: true}).Create(all)
}

// follow stores the envelopes that a message of the sandbox will cause.
func (tx *Tx) follow(m *Message, t Tried) error {
	if len(t.Follow) == 0 {
		return nil
	}
	now := tx.Now()
	all := make([]*Envelope, len(t.Follow))
	for i, f := range t.Follow {
		at := now.Add(f.After)
		all[i] = newEnvelope(m.ChannelID, f.Body, at, at)
	}
	return tx.WithoutEvent("an envelope is news when it is read", func(db *gorm.DB) error { return keepEnvelopes(db, all...).Error })
}

// DueReaders returns the channels with an envelope to read and nobody reading, at most limit.
func (s *Store) DueReaders(ctx context.Context, limit int) ([]ID, error) {
	var ids []ID
	now := s.Now()
	return ids, s.db.Across(ctx).Model(&ChannelQueue{}).Where("reading_until <= ? AND EXISTS (SELECT 1 FROM envelopes e "+
		"WHERE e.workspace_id = channel_queues.workspace_id AND e.channel_id = channel_queues.channel_id AND e.state = 'waiting' AND e.run_at <= ?)", now, now).
		Limit(limit).Pluck("channel_id", &ids).Error
}

// ClaimInbound makes the caller the one reader of a channel's envelopes for a
// while and returns the oldest due ones; none when another reads.
func (s *Store) ClaimInbound(ctx context.Context, channel ID, limit int) ([]*Envelope, error) {
	now := s.Now()
	var due []*Envelope
	err := s.db.WithoutEvent(ctx, store.EveryWorkspace, "a lease is nobody's news", func(db *gorm.DB) error {
		q := db.Model(&ChannelQueue{}).Where("channel_id = ? AND reading_until <= ?", string(channel), now).
			Updates(map[string]any{"reading_until": now.Add(readingLease)})
		if q.Error != nil || q.RowsAffected == 0 {
			return q.Error
		}
		err := db.Where("channel_id = ? AND state = 'waiting' AND run_at <= ?", string(channel), now).Order("run_at, id").Limit(limit).Find(&due).Error
		if err != nil || len(due) > 0 {
			return err
		}
		return db.Model(&ChannelQueue{}).Where("channel_id = ?", string(channel)).Updates(map[string]any{"reading_until": now}).Error
	})
	return due, err
}

// FinishInbound writes what became of the envelopes and lets another read the
// channel. An envelope with a failed outcome waits for another try, five in all;
// one that was not read to its end waits in its place.
func (s *Store) FinishInbound(ctx context.Context, channel ID, read []*Envelope) error {
	now := s.Now()
	return s.db.WithoutEvent(ctx, store.EveryWorkspace, "a lease is nobody's news", func(db *gorm.DB) error {
		var err error
		for _, e := range read {
			e.conclude(now)
			err = errors.Join(err, db.Model(e).Where("workspace_id = ? AND state = 'waiting'", e.WorkspaceID).Updates(map[string]any{"state": e.State, "tries": e.Tries,
				"run_at": e.RunAt, "outcomes": e.Outcomes, "read_at": e.ReadAt}).Error)
		}
		return errors.Join(err, db.Model(&ChannelQueue{}).Where("channel_id = ?", string(channel)).Updates(map[string]any{"reading_until": now}).Error)
	})
}

// conclude decides from the outcomes whether the envelope is done with.
func (e *Envelope) conclude(now time.Time) {
	if slices.ContainsFunc(e.Outcomes, func(o Ending) bool { return o.Became == "" }) {
		return
	}
	e.Tries++
	e.State, e.ReadAt = EnvelopeRead, &now
	for _, o := range e.Outcomes {
		if o.Became == BecameFailed {
			e.State = EnvelopeFailed
		}
	}
	if e.State == EnvelopeFailed && e.Tries < readingTries {
		e.State, e.ReadAt, e.RunAt = EnvelopeWaiting, nil, now.Add(pace.Backoff(e.Tries))
	}
}

// EnvelopeTable is how envelopes are read, as e, without their bodies.
var EnvelopeTable = store.Table[Envelope]{Columns: store.ColumnsOf[Envelope]("e", "body")}

// mostOutcomes is how many outcomes of an envelope are told; Meta puts at most 1000 updates into a call.
const mostOutcomes = 1000

// Wire returns the envelope as the outside reads it.
func (e *Envelope) Wire() wire.Envelope {
	w := wire.Envelope{ID: string(e.ID), State: e.State, ReceivedAt: wire.Stamp(e.ReceivedAt), ReadAt: wire.StampOrNil(e.ReadAt),
		Things: len(e.Outcomes), Outcomes: []wire.EnvelopeOutcome{}}
	for _, o := range e.Outcomes[:min(len(e.Outcomes), mostOutcomes)] {
		if o.Became == "" {
			continue // not read yet
		}
		w.Outcomes = append(w.Outcomes, wire.EnvelopeOutcome{What: o.What, Became: o.Became, Because: o.Because.String(), MessageID: wire.TextOrNil(o.MessageID.With(PrefixMessage))})
	}
	return w
}
