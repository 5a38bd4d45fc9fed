package models

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/password"
	"mauve/models/phone"
	"mauve/models/problem"
	"mauve/models/rights"
)

// Workspace is one team's house. Its row is its own fence: the id is the workspace.
type Workspace struct {
	ID             ID          `gorm:"primaryKey"`
	WorkspaceID    WorkspaceID // always equal to ID
	Name           string
	DefaultCountry string // ISO 3166 alpha-2; empty: a phone without a country code is refused
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// WorkspaceChange says what to change; nil leaves a field as it is.
type WorkspaceChange struct {
	Name           *string
	DefaultCountry *string
}

// Founder is what the first workspace needs.
type Founder struct {
	Workspace, Name, Email, Password string
}

// ErrAlreadySetUp is returned when a store has its first workspace already.
var ErrAlreadySetUp = problem.Fail(problem.Conflict, "already_set_up", "This store has a workspace already. Sign in, or ask its owner for an invitation.")

// Empty reports whether the store has no workspace yet.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	var n int64
	err := s.db.Across(ctx).Model(&Workspace{}).Limit(1).Count(&n).Error
	return n == 0, err
}

// SetUp makes the first workspace with its owner and its api channel. It fails
// with ErrAlreadySetUp when there is one.
func (s *Store) SetUp(ctx context.Context, f Founder) (*Workspace, *Member, error) {
	if err := s.mayBeSetUp(s.db.Across(ctx)); err != nil { // before the password is hashed
		return nil, nil, err
	}
	return s.setUp(ctx, f, func(*gorm.DB) error { return nil })
}

// setUp makes the first workspace if may, asked while no other is made and no setup link is, allows it.
func (s *Store) setUp(ctx context.Context, f Founder, may func(*gorm.DB) error) (*Workspace, *Member, error) {
	return s.found(ctx, f, func(tx *Tx) error {
		if err := s.lockSetUp(tx.DB); err != nil {
			return err
		}
		db := tx.Across()
		err := s.mayBeSetUp(db)
		if err == nil {
			err = may(db)
		}
		if err != nil {
			return err
		}
		return tx.WithoutEvent("a setup link ends unseen", func(db *gorm.DB) error { return db.Where("one = 1").Delete(&SetupLink{}).Error })
	})
}

func (s *Store) mayBeSetUp(db *gorm.DB) error {
	var n int64
	err := db.Model(&Workspace{}).Limit(1).Count(&n).Error
	if err == nil && n > 0 {
		err = ErrAlreadySetUp
	}
	return err
}

// setUpLock is the number of PostgreSQL's lock that one who makes the first workspace holds.
const setUpLock = 0x6d617576655f7365 // "mauve_se"

// lockSetUp lets one set-up after the other look whether there is a workspace. There is no row to lock yet.
func (s *Store) lockSetUp(db *gorm.DB) error {
	if !s.db.Postgres() {
		return nil
	}
	return db.Exec("SELECT pg_advisory_xact_lock(?)", int64(setUpLock)).Error
}

// Found makes a workspace with its owner and its api channel.
func (s *Store) Found(ctx context.Context, f Founder) (*Workspace, *Member, error) {
	return s.found(ctx, f, func(*Tx) error { return nil })
}

// found makes a workspace if may, asked inside the change, allows it.
func (s *Store) found(ctx context.Context, f Founder, may func(*Tx) error) (*Workspace, *Member, error) {
	now := s.Now()
	id := NewID(now)
	w := &Workspace{ID: id, WorkspaceID: WorkspaceID(id), CreatedAt: now, UpdatedAt: now}
	var fs faults
	w.Name = fs.Line("workspace", f.Workspace, 1, 80)
	owner := &Member{ID: NewID(now), Role: rights.Owner, CreatedAt: now, UpdatedAt: now}
	owner.Email = fs.Email("email", f.Email, true)
	if f.Name == "" {
		f.Name, _, _ = strings.Cut(f.Email, "@")
	}
	owner.Name = fs.Line("name", f.Name, 1, 80)
	if err := errors.Join(fs.Take(password.Check("password", f.Password, owner.Email, owner.Name, w.Name)), fs.Err()); err != nil {
		return nil, nil, err
	}
	var err error
	if owner.PasswordHash, err = s.passwords.Hash(ctx, password.Origin{}, f.Password); err != nil {
		return nil, nil, err
	}
	scope := s.As(ctx, id, owner.Actor())
	err = scope.change(func(tx *Tx) error {
		if err := may(tx); err != nil {
			return err
		}
		if err := tx.Insert(w, &Event{Kind: WorkspaceCreated, SubjectID: id}); err != nil {
			return err
		}
		if err := tx.Insert(owner, &Event{Kind: MemberAdded, SubjectID: owner.ID}); err != nil {
			return err
		}
		err := tx.WithoutEvent("told as the workspace", func(db *gorm.DB) error {
			rules := DefaultTicketRules()
			return db.Create(&rules).Error
		})
		if err != nil {
			return err
		}
		_, err = tx.addChannel(ChannelDraft{Kind: ChannelAPI, Name: "API"})
		return err
	})
	return w, owner, err
}

// Home returns the scope's workspace.
func (s *Scope) Home() (*Workspace, error) {
	var w Workspace
	return &w, s.rows.Find(&w, "workspace", ID(s.rows.Workspace))
}

// WorkspaceNamed returns the only workspace when name is empty, else the one so named or with that id.
func (s *Store) WorkspaceNamed(ctx context.Context, name string) (*Workspace, error) {
	var all []Workspace
	q := s.db.Across(ctx).Limit(2)
	if name != "" {
		id, _ := ParseID(PrefixWorkspace, name)
		q = q.Where("name = ? OR id = ?", name, string(id))
	}
	if err := q.Find(&all).Error; err != nil {
		return nil, err
	}
	switch {
	case len(all) == 0:
		return nil, problem.NoSuch("workspace")
	case len(all) > 1:
		return nil, problem.Fail(problem.Conflict, "ambiguous_workspace", "There are several workspaces; say which.")
	}
	return &all[0], nil
}

// UpdateWorkspace applies the change.
func (s *Scope) UpdateWorkspace(c WorkspaceChange) (*Workspace, error) {
	if err := s.May(rights.WriteWorkspace); err != nil {
		return nil, err
	}
	var w *Workspace
	err := s.change(func(tx *Tx) (err error) {
		if w, err = locked[Workspace](tx, "workspace", tx.Workspace()); err != nil {
			return err
		}
		var fs faults
		var d Changes
		columns := map[string]any{}
		if c.Name != nil {
			name := fs.Line("name", *c.Name, 1, 80)
			differ(&d, columns, "name", w.Name, name)
			w.Name = name
		}
		if c.DefaultCountry != nil {
			country := strings.ToUpper(strings.TrimSpace(*c.DefaultCountry))
			if country != "" && !phone.IsCountry(country) {
				fs.Add("defaultCountry", "is not a country's two-letter code")
			}
			differ(&d, columns, "default_country", w.DefaultCountry, country)
			w.DefaultCountry = country
		}
		if err := fs.Err(); err != nil || len(d) == 0 {
			return err
		}
		return tx.Update(w, columns, &Event{Kind: WorkspaceUpdated, SubjectID: w.ID, Changes: d})
	})
	return w, err
}

// differ notes a changed text column; equal values change nothing.
func differ(d *Changes, columns map[string]any, column, from, to string) {
	if from != to {
		d.Note(column, from, to)
		columns[column] = to
	}
}
