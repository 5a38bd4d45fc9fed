package models

import (
	"errors"
	"fmt"
	"time"

	"mauve/models/apikey"
	"mauve/models/problem"
	"mauve/models/rights"
)

// APIKey opens the public API. The key itself is shown once; its hash is kept.
type APIKey struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	Name        string
	Prefix      string // the visible start, for leak reports
	Last4       string
	Hash        string // SHA-256 of the whole key, hex
	CanRead     bool
	CanWrite    bool
	Role        rights.Role // caps what the scopes give: the role of who made it
	MemberID    ID          // who answers for it: their present role caps it too; empty: the workspace
	SessionID   ID          // a personal key's: it ends with that session
	Unseen      bool        // its maker was gone before keys had somebody who answers for them, and no owner has seen that yet
	CapCalls    int         // at most so many calls
	CapSeconds  int         // in any window of so many seconds
	ExpireAt    *time.Time
	RevokedAt   *time.Time
	CreatedByID ID
	LastUsedAt  *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time

	answering rights.Role // the present role of the member who answers for it
	held      bool        // its workspace is held, see RestoreHold
}

// KeyDraft is a key to be made.
type KeyDraft struct {
	Name       string
	Read       bool
	Write      bool
	CapCalls   int // 0: 90
	CapSeconds int // 0: 30
	ExpireAt   *time.Time
}

// KeyChange says what to change; nil leaves a field as it is.
type KeyChange struct {
	Name       *string
	CapCalls   *int
	CapSeconds *int
	MemberID   *ID // who is to answer for it
}

// The cap of a key made without one, and the widest caps.
const (
	DefaultCapCalls   = 90
	DefaultCapSeconds = 30
	mostCapCalls      = 100_000
	mostCapSeconds    = 86_400
	mostKeys          = 500 // that live, of a workspace
)

// Live reports whether the key opens anything at the time.
func (k *APIKey) Live(now time.Time) bool {
	return (k.RevokedAt == nil || now.Before(*k.RevokedAt)) && (k.ExpireAt == nil || now.Before(*k.ExpireAt))
}

// keyLives is Live as a condition. It takes the time twice.
const keyLives = "((revoked_at IS NULL OR revoked_at > ?) AND (expire_at IS NULL OR expire_at > ?))"

// Scopes returns the key's scopes as they are written.
func (k *APIKey) Scopes() []string {
	scopes := []string{}
	if k.CanRead {
		scopes = append(scopes, "read")
	}
	if k.CanWrite {
		scopes = append(scopes, "write")
	}
	return scopes
}

// Cap returns the cap as people write it: "90 per 30 s".
func (k APIKey) Cap() string { return fmt.Sprintf("%d per %d s", k.CapCalls, k.CapSeconds) }

// CreateKey makes a key and returns it with its secret, which is not kept. The
// member who makes it answers for it; the workspace does for the command line's.
func (s *Scope) CreateKey(d KeyDraft) (*APIKey, string, error) {
	if err := s.May(rights.WriteKeys); err != nil {
		return nil, "", err
	}
	return s.makeKey(d, func(tx *Tx, k *APIKey) error {
		if tx.actor.Kind != ActorMember {
			k.Role = rights.Owner
			return nil
		}
		if err := tx.answer(k); err != nil {
			return err
		}
		k.Role = k.answering
		return tx.stillMay(rights.WriteKeys)
	})
}

// makeKey makes a key; rights says, in the same change, whose and of which role.
func (s *Scope) makeKey(d KeyDraft, rights func(*Tx, *APIKey) error) (*APIKey, string, error) {
	now := s.Now()
	secret := apikey.New()
	k := &APIKey{ID: NewID(now), Prefix: secret[:len(apikey.Prefix)+4], Last4: secret[apikey.Length-4:], Hash: apikey.Hash(secret),
		CanRead: d.Read, CanWrite: d.Write, ExpireAt: d.ExpireAt, CreatedByID: s.actor.ID, CreatedAt: now, UpdatedAt: now}
	var fs faults
	k.Name = fs.Line("name", d.Name, 1, 80)
	if !d.Read && !d.Write {
		fs.Add("scopes", "choose read, write or both")
	}
	k.CapCalls, k.CapSeconds = fs.cap(d.CapCalls, d.CapSeconds)
	if d.ExpireAt != nil && !d.ExpireAt.After(now) {
		fs.Add("expiresAt", "must lie in the future")
	}
	if err := fs.Err(); err != nil {
		return nil, "", err
	}
	err := s.change(func(tx *Tx) error {
		if err := tx.lockWorkspace(); err != nil { // before any member, as whoever demotes one does
			return err
		}
		if err := rights(tx, k); err != nil {
			return err
		}
		if _, err := tx.room(&APIKey{}, mostKeys, "revoked_at IS NULL AND (expire_at IS NULL OR expire_at > ?)", now); err != nil {
			return err
		}
		return tx.Insert(k, &Event{Kind: KeyCreated, SubjectID: k.ID, Payload: k.Wire()})
	})
	return k, secret, err
}

func (f *faults) cap(calls, seconds int) (int, int) {
	if calls == 0 {
		calls = DefaultCapCalls
	}
	if seconds == 0 {
		seconds = DefaultCapSeconds
	}
	if calls < 1 || calls > mostCapCalls {
		f.Add("capCalls", "is a number of calls from 1 to %d", mostCapCalls)
	}
	if seconds < 1 || seconds > mostCapSeconds {
		f.Add("capSeconds", "is a number of seconds from 1 to %d", mostCapSeconds)
	}
	return calls, seconds
}

// Key returns one key.
func (s *Scope) Key(id ID) (*APIKey, error) {
	var k APIKey
	if s.actor.ID != id {
		if err := s.May(rights.WriteKeys); err != nil {
			return nil, err
		}
	}
	return &k, s.rows.Find(&k, "API key", id)
}

// Keys returns the workspace's keys that live, newest first, then the newest of those that ended, as many of each as may live.
func (s *Scope) Keys() ([]*APIKey, error) {
	if err := s.May(rights.WriteKeys); err != nil {
		return nil, err
	}
	var live, over []*APIKey
	now := s.Now()
	err := errors.Join(s.rows.DB.Where(keyLives, now, now).Order("id DESC").Find(&live).Error,
		s.rows.DB.Where("NOT "+keyLives, now, now).Order("id DESC").Limit(mostKeys).Find(&over).Error)
	return append(live, over...), err
}

// UpdateKey applies the change.
func (s *Scope) UpdateKey(id ID, c KeyChange) (*APIKey, error) {
	if err := s.May(rights.WriteKeys); err != nil {
		return nil, err
	}
	var k *APIKey
	err := s.change(func(tx *Tx) (err error) {
		if err = tx.lockWorkspace(); err != nil { // before the key, as whoever removes its member does
			return err
		}
		if k, err = locked[APIKey](tx, "API key", id); err != nil {
			return err
		}
		var fs faults
		var d Changes
		columns := map[string]any{}
		if c.Name != nil {
			name := fs.Line("name", *c.Name, 1, 80)
			differ(&d, columns, "name", k.Name, name)
			k.Name = name
		}
		calls, seconds := k.CapCalls, k.CapSeconds
		if c.CapCalls != nil {
			calls = *c.CapCalls
		}
		if c.CapSeconds != nil {
			seconds = *c.CapSeconds
		}
		calls, seconds = fs.cap(calls, seconds)
		if calls != k.CapCalls || seconds != k.CapSeconds {
			d.Note("cap", k.Cap(), APIKey{CapCalls: calls, CapSeconds: seconds}.Cap())
			columns["cap_calls"], columns["cap_seconds"] = calls, seconds
			k.CapCalls, k.CapSeconds = calls, seconds
		}
		if err = fs.Err(); err != nil {
			return err
		}
		if c.MemberID != nil && *c.MemberID != k.MemberID {
			if err = tx.handKey(k, *c.MemberID, &d, columns); err != nil {
				return err
			}
		}
		if len(d) == 0 {
			return nil
		}
		return tx.Update(k, columns, &Event{Kind: KeyUpdated, SubjectID: k.ID, Changes: d})
	})
	return k, err
}

// RevokeKey ends a key now, also one whose end is set for later. Revoking twice is not an event.
func (s *Scope) RevokeKey(id ID) error {
	if err := s.May(rights.WriteKeys); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		k, err := locked[APIKey](tx, "API key", id)
		if err != nil || !k.Live(tx.Now()) {
			return err
		}
		return tx.endKey(k, tx.Now())
	})
}

// RotateKey makes a key like this one, of the same rights, and lets the old one
// live for the overlap, 30 days at most. A key is rotated once: one whose end is
// set or past is a Conflict.
func (s *Scope) RotateKey(id ID, overlap time.Duration) (fresh *APIKey, secret string, err error) {
	if err = s.May(rights.WriteKeys); err != nil {
		return nil, "", err
	}
	if overlap < 0 || overlap > 30*24*time.Hour {
		return nil, "", problem.InvalidField("overlap", "is at most 30 days")
	}
	err = s.change(func(tx *Tx) error {
		if err := tx.lockWorkspace(); err != nil { // before the key, as whoever removes its member does
			return err
		}
		old, err := locked[APIKey](tx, "API key", id)
		if err != nil {
			return err
		}
		if old.RevokedAt != nil || !old.Live(tx.Now()) {
			return problem.Fail(problem.Conflict, "key_revoked", "This key has ended, or was rotated already.")
		}
		if err = tx.endKey(old, tx.Now().Add(overlap)); err != nil {
			return err
		}
		fresh, secret, err = tx.makeKey(KeyDraft{Name: old.Name, Read: old.CanRead, Write: old.CanWrite, CapCalls: old.CapCalls,
			CapSeconds: old.CapSeconds, ExpireAt: old.ExpireAt}, func(_ *Tx, k *APIKey) error {
			k.Role, k.MemberID, k.SessionID, k.Unseen, k.CreatedByID = old.Role, old.MemberID, old.SessionID, old.Unseen, old.CreatedByID
			return nil
		})
		return err
	})
	return fresh, secret, err
}

// endKey sets the end of a locked key.
func (tx *Tx) endKey(k *APIKey, at time.Time) error {
	k.RevokedAt = &at
	return tx.Update(k, map[string]any{"revoked_at": at}, &Event{Kind: KeyRevoked, SubjectID: k.ID, Payload: k.Wire()})
}
