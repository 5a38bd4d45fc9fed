package models

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/password"
	"mauve/models/problem"
	"mauve/models/store"
)

// SetupLink is the link by which a browser makes the first workspace: one row, of no workspace. A link that is
// printed ends the one before, any replica's.
type SetupLink struct {
	One       int    `gorm:"primaryKey;autoIncrement:false"`
	TokenHash string // of the word in the link, SHA-256
	ExpiresAt time.Time
}

// setupLinkLife is how long a setup link works. Who reads an old log shall not find one that does.
const setupLinkLife = time.Hour

var (
	errNoSetupLink      = problem.Fail(problem.NotFound, "no_such_setup", "This is not the setup link. Take the one that the server printed when it started.")
	errSetupLinkExpired = problem.Fail(problem.NotFound, "setup_expired", "This setup link has expired: it works for an hour. Restart the server, and it prints a new one.")
)

// NewSetupLink makes a new link on a store without a workspace and hands its word to tell, before another
// replica can make one: of several that start at once, the link that is told last is the one that works.
func (s *Store) NewSetupLink(ctx context.Context, tell func(token string)) error {
	err := s.db.WithoutEvent(ctx, store.EveryWorkspace, "a link to set up has no workspace yet", func(db *gorm.DB) error {
		if err := s.lockSetUp(db); err != nil {
			return err
		}
		if err := s.mayBeSetUp(db); err != nil {
			return err
		}
		token, hash := password.NewToken()
		link := &SetupLink{One: 1, TokenHash: hash, ExpiresAt: s.Now().Add(setupLinkLife)}
		if err := errors.Join(db.Where("one = 1").Delete(&SetupLink{}).Error, db.Create(link).Error); err != nil {
			return err
		}
		tell(token)
		return nil
	})
	if errors.Is(err, ErrAlreadySetUp) {
		return nil
	}
	return err
}

// CheckSetupLink reports whether the word opens the set-up now.
func (s *Store) CheckSetupLink(ctx context.Context, token string) error {
	link := s.checkSetupLink(s.db.Across(ctx), token) // first: who used it meanwhile took it away and set up in one
	if err := s.mayBeSetUp(s.db.Across(ctx)); err != nil {
		return err
	}
	return link
}

func (s *Store) checkSetupLink(db *gorm.DB, token string) error {
	var link SetupLink
	if err := db.Limit(1).Find(&link).Error; err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(password.HashToken(token)), []byte(link.TokenHash)) != 1 {
		return errNoSetupLink
	}
	if !s.Now().Before(link.ExpiresAt) {
		return errSetupLinkExpired
	}
	return nil
}

// SetUpByLink is SetUp for who holds the link's word, which ends with it.
func (s *Store) SetUpByLink(ctx context.Context, token string, f Founder) (*Workspace, *Member, error) {
	if err := s.CheckSetupLink(ctx, token); err != nil { // before the password is hashed
		return nil, nil, err
	}
	return s.setUp(ctx, f, func(db *gorm.DB) error { return s.checkSetupLink(db, token) })
}
