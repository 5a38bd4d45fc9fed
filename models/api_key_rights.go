package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/apikey"
	"mauve/models/problem"
	"mauve/models/rights"
)

// Actor returns the key as somebody who acts: what its scopes, the role that it
// was made with and the present role of who answers for it all allow.
func (k *APIKey) Actor() Actor {
	a := Actor{Kind: ActorKey, ID: k.ID, Name: k.Name, Role: k.Role, Grants: rights.OfKey(k.Role, k.CanRead, k.CanWrite), Member: k.MemberID}
	if k.MemberID != "" && k.answering != k.Role {
		made, present := a.Grants, k.answering.Grants()
		a.Grants, a.Lost = made.And(present), made.Minus(present)
	}
	return a
}

// Held reports whether the key's workspace was restored and was not released when
// the key was looked up: it takes no writes.
func (k *APIKey) Held() bool { return k.held }

var errKey = problem.Fail(problem.SignedOut, "invalid_key", "That API key is unknown, revoked or expired.")

// KeyBySecret returns the live key with that secret; else SignedOut, whatever the reason.
func (s *Store) KeyBySecret(ctx context.Context, secret string) (*APIKey, error) {
	if !apikey.WellFormed(secret) {
		return nil, errKey
	}
	var row struct {
		APIKey
		Answering *rights.Role // NULL: nobody answers for it any more
		Session   *string      // NULL: it has ended
		Held      bool
	}
	// By a unique hash of 256 bits: what the time of this look-up tells is of no use.
	err := s.db.Across(ctx).Model(&APIKey{}).
		Select("api_keys.*, members.role AS answering, sessions.id AS session, NOT "+released("api_keys")+" AS held").
		Joins("LEFT JOIN members ON members.id = api_keys.member_id AND members.removed_at IS NULL").
		Joins("LEFT JOIN sessions ON sessions.id = api_keys.session_id AND sessions.expire_at > ?", s.Now()).
		Where("api_keys.hash = ?", apikey.Hash(secret)).Take(&row).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	k := &row.APIKey
	if err != nil || !k.Live(s.Now()) || k.MemberID != "" && row.Answering == nil || k.SessionID != "" && row.Session == nil {
		return nil, errKey
	}
	if k.held = row.Held; row.Answering != nil {
		k.answering = *row.Answering
	}
	return k, nil
}

// CreateOwnKey makes a key of the acting member's own role for trying the API
// out. It lives for an hour and ends with the session; the member's last one ends
// now.
func (s *Scope) CreateOwnKey(session ID) (*APIKey, string, error) {
	if s.actor.Kind != ActorMember {
		return nil, "", s.May(rights.WriteKeys)
	}
	hour := s.Now().Add(time.Hour)
	d := KeyDraft{Name: "Try it out: " + s.actor.Name, Read: true, Write: true, ExpireAt: &hour}
	return s.makeKey(d, func(tx *Tx, k *APIKey) error {
		if err := tx.answer(k); err != nil {
			return err
		}
		k.Role, k.SessionID = k.answering, session
		var here Session
		err := tx.Locking().First(&here, "id = ? AND member_id = ? AND expire_at > ?", string(session), string(tx.actor.ID), tx.Now()).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return errSignedOut
		}
		if err != nil {
			return err
		}
		return tx.endPersonalKeys(tx.actor.ID)
	})
}

// answer makes the acting member answer for the key, if they are there still.
func (tx *Tx) answer(k *APIKey) error {
	m, err := locked[Member](tx, "member", tx.actor.ID)
	if err == nil && m.RemovedAt != nil {
		err = problem.NoSuch("member")
	}
	if err == nil {
		k.MemberID, k.answering = m.ID, m.Role
	}
	return err
}

// heir returns the locked member who is to answer for keys and webhooks from now
// on; field is what names them.
func (tx *Tx) heir(field string, member ID) (*Member, error) {
	m, err := locked[Member](tx, "member", member)
	switch {
	case problem.KindOf(err) == problem.NotFound || err == nil && m.RemovedAt != nil:
		return nil, problem.InvalidField(field, "is nobody of this workspace")
	case err == nil && m.Role == rights.Agent:
		return nil, problem.InvalidField(field, "is an agent, who cannot answer for keys and webhooks")
	}
	return m, err
}

// handKey makes the member answer for a locked key, whose rights stay what its role and theirs allow.
func (tx *Tx) handKey(k *APIKey, member ID, d *Changes, columns map[string]any) error {
	if k.SessionID != "" {
		return problem.InvalidField("member", "cannot be changed: a personal key ends with its member's session")
	}
	heir, err := tx.heir("member", member)
	if err != nil {
		return err
	}
	d.Note("member", k.MemberID.With(PrefixMember), heir.ID.With(PrefixMember))
	k.MemberID, k.answering, k.Unseen = heir.ID, heir.Role, false
	columns["member_id"], columns["unseen"] = k.MemberID, false
	return nil
}

// endPersonalKeys ends the member's personal keys, or which of them a condition names.
func (tx *Tx) endPersonalKeys(member ID, which ...any) error {
	rows := tx.Locking().Where("member_id = ? AND session_id <> ''", string(member)).Where(keyLives, tx.Now(), tx.Now())
	if len(which) > 0 {
		rows = rows.Where(which[0], which[1:]...)
	}
	var keys []*APIKey
	err := rows.Order("id").Find(&keys).Error
	for _, k := range keys {
		if err == nil {
			err = tx.endKey(k, tx.Now())
		}
	}
	return err
}

// SeeKeys notes that an owner saw which keys nobody of the team answers for.
func (s *Scope) SeeKeys() error {
	if err := s.May(rights.WriteOwners); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		return tx.WithoutEvent("the keys stay as they are", func(db *gorm.DB) error {
			return db.Model(&APIKey{}).Where("unseen = ?", true).Updates(map[string]any{"unseen": false}).Error
		})
	})
}
