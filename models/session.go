package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/input"
	"mauve/models/password"
	"mauve/models/problem"
	"mauve/models/rights"
)

// Session is one signed-in browser. The cookie holds a token; the row its hash.
type Session struct {
	ID          ID `gorm:"primaryKey"`
	WorkspaceID WorkspaceID
	MemberID    ID
	TokenHash   string
	Address     string
	Browser     string // the User-Agent it signed in with
	CreatedAt   time.Time
	SeenAt      time.Time
	ExpireAt    time.Time
}

// SessionLife is how long a session lasts without being used.
const SessionLife = 14 * 24 * time.Hour

var errSignedOut = problem.Fail(problem.SignedOut, "signed_out", "Sign in first.")

// StartSession signs the member in and returns the token for their cookie. One
// who was removed, or whose password changed, since m was read is SignedOut.
func (s *Store) StartSession(ctx context.Context, m *Member, address, browser string) (token string, err error) {
	token, hash := password.NewToken()
	now := s.Now()
	row := &Session{ID: NewID(now), MemberID: m.ID, TokenHash: hash, Address: input.Cut(address, 64), Browser: input.Cut(browser, 300),
		CreatedAt: now, SeenAt: now, ExpireAt: now.Add(SessionLife)}
	return token, s.As(ctx, ID(m.WorkspaceID), m.Actor()).change(func(tx *Tx) error {
		if err := tx.same(m, errSignIn); err != nil { // a password that was changed meanwhile starts no session
			return err
		}
		return tx.WithoutEvent("a session is its member's own", func(db *gorm.DB) error { return db.Create(row).Error })
	})
}

// SessionByToken returns the live session with that token and its member; a
// dead one, or one of a removed member, is SignedOut.
func (s *Store) SessionByToken(ctx context.Context, token string) (*Session, *Member, error) {
	if len(token) < 20 || len(token) > 64 {
		return nil, nil, errSignedOut
	}
	var row Session
	err := s.db.Across(ctx).First(&row, "token_hash = ? AND expire_at > ?", password.HashToken(token), s.Now()).Error
	var m Member
	if err == nil {
		err = s.db.Across(ctx).First(&m, "id = ? AND removed_at IS NULL", string(row.MemberID)).Error
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, errSignedOut
	}
	return &row, &m, err
}

// Seen keeps a session alive; it writes at most once in five minutes.
func (s *Scope) Seen(row *Session) error {
	now := s.Now()
	if now.Sub(row.SeenAt) < 5*time.Minute {
		return nil
	}
	return s.change(func(tx *Tx) error {
		return tx.WithoutEvent("last seen is nobody's news", func(db *gorm.DB) error {
			return db.Model(row).Updates(map[string]any{"seen_at": now, "expire_at": now.Add(SessionLife)}).Error
		})
	})
}

// Sessions returns the acting member's live sessions, newest first; at most 100.
func (s *Scope) Sessions() ([]*Session, error) {
	var all []*Session
	return all, s.rows.DB.Where("member_id = ? AND expire_at > ?", string(s.actor.ID), s.Now()).
		Order("seen_at DESC").Limit(100).Find(&all).Error
}

// EndSession ends one of the acting member's sessions, with its personal key.
func (s *Scope) EndSession(id ID) error {
	return s.change(func(tx *Tx) error {
		tx.rights = true
		err := tx.WithoutEvent("a session is its member's own", func(db *gorm.DB) error {
			return db.Where("member_id = ? AND id = ?", string(s.actor.ID), string(id)).Delete(&Session{}).Error
		})
		if err != nil {
			return err
		}
		return tx.endPersonalKeys(s.actor.ID, "session_id = ?", string(id))
	})
}

// endSessions ends a member's sessions but the one to keep, with their personal keys.
func (tx *Tx) endSessions(member, keep ID) error {
	tx.rights = true
	err := tx.WithoutEvent("told by the change that ends them", func(db *gorm.DB) error {
		return db.Where("member_id = ? AND id <> ?", string(member), string(keep)).Delete(&Session{}).Error
	})
	if err != nil {
		return err
	}
	return tx.endPersonalKeys(member, "session_id <> ?", string(keep))
}

// SessionRoles returns the present role of the member behind each of the
// sessions that still live.
func (s System) SessionRoles(sessions []ID) (map[ID]rights.Role, error) {
	var rows []struct {
		ID   ID
		Role rights.Role
	}
	err := s.rows.DB.Model(&Session{}).Select("sessions.id", "members.role").
		Joins("JOIN members ON members.id = sessions.member_id AND members.removed_at IS NULL").
		Where("sessions.id IN ? AND sessions.expire_at > ?", sessions, s.Now()).Find(&rows).Error
	live := make(map[ID]rights.Role, len(rows))
	for _, r := range rows {
		live[r.ID] = r.Role
	}
	return live, err
}
