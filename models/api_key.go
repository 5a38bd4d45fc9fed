package models

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"gorm.io/gorm"
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
	Role        Role // caps what the scopes give: the role of who made it
	MemberID    ID   // who answers for it: their present role caps it too; empty: the workspace
	SessionID   ID   // a personal key's: it ends with that session
	Unseen      bool // its maker was gone before keys had somebody who answers for them, and no owner has seen that yet
	CapCalls    int  // at most so many calls
	CapSeconds  int  // in any window of so many seconds
	ExpireAt    *time.Time
	RevokedAt   *time.Time
	CreatedByID ID
	LastUsedAt  *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time

	answering Role // the present role of the member who answers for it
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

const (
	keyPrefix = "mauve_live_"
	keyLength = len(keyPrefix) + 36
	base62    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newKey returns a key: the prefix, 30 random base62 digits and 6 that are their CRC-32.
func newKey() string {
	digits := make([]byte, 0, 30)
	for buffer := make([]byte, 64); len(digits) < 30; {
		rand.Read(buffer)
		for _, b := range buffer {
			// Bytes of 248 and above would make the first digits likelier.
			if b < 248 && len(digits) < 30 {
				digits = append(digits, base62[b%62])
			}
		}
	}
	return keyPrefix + string(digits) + checksum(string(digits))
}

func checksum(digits string) string {
	sum := crc32.ChecksumIEEE([]byte(digits))
	var out [6]byte
	for i := 5; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}

// LooksLikeKey reports whether the text is formed like a key, checksum
// included: a typo needs no database.
func LooksLikeKey(text string) bool {
	digits, ok := strings.CutPrefix(text, keyPrefix)
	if !ok || len(text) != keyLength {
		return false
	}
	for i := range len(digits) {
		if strings.IndexByte(base62, digits[i]) < 0 {
			return false
		}
	}
	return checksum(digits[:30]) == digits[30:]
}

func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// Live reports whether the key opens anything at the time.
func (k *APIKey) Live(now time.Time) bool {
	return (k.RevokedAt == nil || now.Before(*k.RevokedAt)) && (k.ExpireAt == nil || now.Before(*k.ExpireAt))
}

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

// Actor returns the key as somebody who acts: what its scopes, the role that it
// was made with and the present role of who answers for it all allow.
func (k *APIKey) Actor() Actor {
	made := keyGrants(k.Role, k.CanRead, k.CanWrite)
	now := made
	if k.MemberID != "" {
		now &= k.answering.Grants()
	}
	return Actor{Kind: ActorKey, ID: k.ID, Name: k.Name, Role: k.Role, Grants: now, Lost: made &^ now, Member: k.MemberID}
}

// Cap returns the cap as people write it: "90 per 30 s".
func (k APIKey) Cap() string { return fmt.Sprintf("%d per %d s", k.CapCalls, k.CapSeconds) }

var errKey = Fail(SignedOut, "invalid_key", "That API key is unknown, revoked or expired.")

// KeyBySecret returns the live key with that secret; else SignedOut, whatever the reason.
func (s *Store) KeyBySecret(ctx context.Context, secret string) (*APIKey, error) {
	if !LooksLikeKey(secret) {
		return nil, errKey
	}
	var row struct {
		APIKey
		Answering *Role   // NULL: nobody answers for it any more
		Session   *string // NULL: it has ended
	}
	// By a unique hash of 256 bits: what the time of this look-up tells is of no use.
	err := s.across(ctx).Model(&APIKey{}).
		Select("api_keys.*, members.role AS answering, sessions.id AS session").
		Joins("LEFT JOIN members ON members.id = api_keys.member_id AND members.removed_at IS NULL").
		Joins("LEFT JOIN sessions ON sessions.id = api_keys.session_id AND sessions.expire_at > ?", s.Now()).
		Where("api_keys.hash = ?", hashKey(secret)).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	k := &row.APIKey
	if err != nil || !k.Live(s.Now()) || k.MemberID != "" && row.Answering == nil || k.SessionID != "" && row.Session == nil {
		return nil, errKey
	}
	if row.Answering != nil {
		k.answering = *row.Answering
	}
	return k, nil
}

// CreateKey makes a key and returns it with its secret, which is not kept. The
// member who makes it answers for it; the workspace does for the command line's.
func (s *Scope) CreateKey(d KeyDraft) (*APIKey, string, error) {
	if err := s.may(ManageKeys); err != nil {
		return nil, "", err
	}
	return s.makeKey(d, func(tx *Tx, k *APIKey) error {
		if tx.actor.Kind != ActorMember {
			k.Role = RoleOwner
			return nil
		}
		if err := tx.answer(k, tx.actor.ID); err != nil {
			return err
		}
		k.Role = k.answering
		return tx.stillMay(ManageKeys)
	})
}

// CreateOwnKey makes a key of the acting member's own role for trying the API
// out. It lives for an hour and ends with the session; the member's last one ends
// now.
func (s *Scope) CreateOwnKey(session ID) (*APIKey, string, error) {
	if s.actor.Kind != ActorMember {
		return nil, "", s.may(ManageKeys)
	}
	hour := s.Now().Add(time.Hour)
	d := KeyDraft{Name: "Try it out: " + s.actor.Name, Read: true, Write: true, ExpireAt: &hour}
	return s.makeKey(d, func(tx *Tx, k *APIKey) error {
		if err := tx.answer(k, tx.actor.ID); err != nil {
			return err
		}
		k.Role, k.SessionID = k.answering, session
		var here Session
		err := tx.locking().First(&here, "id = ? AND member_id = ? AND expire_at > ?", string(session), string(tx.actor.ID), tx.Now()).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return errSignedOut
		}
		return errors.Join(err, tx.endPersonalKeys(tx.actor.ID, "1 = 1"))
	})
}

// answer makes the member answer for the key. One who is not there any more cannot.
func (tx *Tx) answer(k *APIKey, member ID) error {
	m, err := tx.locked().Member(member)
	if err == nil && m.RemovedAt != nil {
		err = notFound("member")
	}
	if err == nil {
		k.MemberID, k.answering = m.ID, m.Role
	}
	return err
}

// makeKey makes a key; rights says, in the same change, whose and of which role.
func (s *Scope) makeKey(d KeyDraft, rights func(*Tx, *APIKey) error) (*APIKey, string, error) {
	now := s.Now()
	secret := newKey()
	k := &APIKey{ID: NewID(now), Prefix: secret[:len(keyPrefix)+4], Last4: secret[keyLength-4:], Hash: hashKey(secret),
		CanRead: d.Read, CanWrite: d.Write, ExpireAt: d.ExpireAt, CreatedByID: s.actor.ID, CreatedAt: now, UpdatedAt: now}
	var fs faults
	k.Name = fs.line("name", d.Name, 1, 80)
	if !d.Read && !d.Write {
		fs.add("scopes", "choose read, write or both")
	}
	k.CapCalls, k.CapSeconds = fs.cap(d.CapCalls, d.CapSeconds)
	if d.ExpireAt != nil && !d.ExpireAt.After(now) {
		fs.add("expiresAt", "must lie in the future")
	}
	if err := fs.err(); err != nil {
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
		return tx.insert(k, &Event{Kind: KeyCreated, SubjectID: k.ID, Payload: k.Wire()})
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
		f.add("capCalls", "is a number of calls from 1 to %d", mostCapCalls)
	}
	if seconds < 1 || seconds > mostCapSeconds {
		f.add("capSeconds", "is a number of seconds from 1 to %d", mostCapSeconds)
	}
	return calls, seconds
}

// Key returns one key.
func (s *Scope) Key(id ID) (*APIKey, error) {
	var k APIKey
	if s.actor.ID != id {
		if err := s.may(ManageKeys); err != nil {
			return nil, err
		}
	}
	return &k, s.find(&k, "API key", id)
}

// Keys returns the workspace's keys that live, newest first, then the newest of those that ended, as many of each as may live.
func (s *Scope) Keys() ([]*APIKey, error) {
	if err := s.may(ManageKeys); err != nil {
		return nil, err
	}
	const ended = "((revoked_at IS NOT NULL AND revoked_at <= ?) OR (expire_at IS NOT NULL AND expire_at <= ?))"
	var live, over []*APIKey
	now := s.Now()
	err := errors.Join(s.db.Where("NOT "+ended, now, now).Order("id DESC").Find(&live).Error,
		s.db.Where(ended, now, now).Order("id DESC").Limit(mostKeys).Find(&over).Error)
	return append(live, over...), err
}

// UpdateKey applies the change.
func (s *Scope) UpdateKey(id ID, c KeyChange) (*APIKey, error) {
	if err := s.may(ManageKeys); err != nil {
		return nil, err
	}
	var k *APIKey
	err := s.change(func(tx *Tx) (err error) {
		if err = tx.lockWorkspace(); err != nil { // before the key, as whoever removes its member does
			return err
		}
		if k, err = tx.locked().Key(id); err != nil {
			return err
		}
		var fs faults
		var d Changes
		columns := map[string]any{}
		if c.Name != nil {
			name := fs.line("name", *c.Name, 1, 80)
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
			d.note("cap", k.Cap(), APIKey{CapCalls: calls, CapSeconds: seconds}.Cap())
			columns["cap_calls"], columns["cap_seconds"] = calls, seconds
			k.CapCalls, k.CapSeconds = calls, seconds
		}
		if err = fs.err(); err != nil {
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
		return tx.update(k, columns, &Event{Kind: KeyUpdated, SubjectID: k.ID, Changes: d})
	})
	return k, err
}

// SeeKeys notes that an owner saw which keys nobody of the team answers for.
func (s *Scope) SeeKeys() error {
	if err := s.may(ManageOwners); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		return tx.quietly("the keys stay as they are", func(db *gorm.DB) error {
			return db.Model(&APIKey{}).Where("unseen = ?", true).Updates(map[string]any{"unseen": false}).Error
		})
	})
}

// RevokeKey ends a key now, also one whose end is set for later. Revoking twice is not an event.
func (s *Scope) RevokeKey(id ID) error {
	if err := s.may(ManageKeys); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		k, err := tx.locked().Key(id)
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
	if err = s.may(ManageKeys); err != nil {
		return nil, "", err
	}
	if overlap < 0 || overlap > 30*24*time.Hour {
		return nil, "", InvalidField("overlap", "is at most 30 days")
	}
	err = s.change(func(tx *Tx) error {
		if err := tx.lockWorkspace(); err != nil { // before the key, as whoever removes its member does
			return err
		}
		old, err := tx.locked().Key(id)
		if err != nil {
			return err
		}
		if old.RevokedAt != nil || !old.Live(tx.Now()) {
			return Fail(Conflict, "key_revoked", "This key has ended, or was rotated already.")
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

// handKey makes the member answer for a locked key, whose rights stay what its role and theirs allow.
func (tx *Tx) handKey(k *APIKey, member ID, d *Changes, columns map[string]any) error {
	if k.SessionID != "" {
		return InvalidField("member", "cannot be changed: a personal key ends with its member's session")
	}
	err := tx.answer(k, member)
	if KindOf(err) == NotFound {
		return InvalidField("member", "is nobody of this workspace")
	}
	if err != nil {
		return err
	}
	d.note("member", "", k.MemberID.With(PrefixMember))
	k.Unseen = false
	columns["member_id"], columns["unseen"] = k.MemberID, false
	return nil
}

// endPersonalKeys ends those personal keys of the member for which the condition on the session holds.
func (tx *Tx) endPersonalKeys(member ID, which string, args ...any) error {
	var keys []*APIKey
	err := tx.locking().Where("member_id = ? AND session_id <> '' AND revoked_at IS NULL", string(member)).Where(which, args...).
		Order("id").Find(&keys).Error
	for _, k := range keys {
		if err == nil && k.Live(tx.Now()) {
			err = tx.endKey(k, tx.Now())
		}
	}
	return err
}

// endKey sets the end of a locked key.
func (tx *Tx) endKey(k *APIKey, at time.Time) error {
	k.RevokedAt = &at
	return tx.update(k, map[string]any{"revoked_at": at}, &Event{Kind: KeyRevoked, SubjectID: k.ID, Payload: k.Wire()})
}
