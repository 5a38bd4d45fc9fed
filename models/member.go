package models

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Member is a person of the team. The e-mail address is theirs in the whole store.
type Member struct {
	ID             ID `gorm:"primaryKey"`
	WorkspaceID    WorkspaceID
	Name           string
	Email          string
	PasswordHash   string // argon2id; empty until an invitation is accepted
	Role           Role
	InviteHash     *string // SHA-256 of the open invitation's token
	InviteExpireAt *time.Time
	RemovedAt      *time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// MemberChange says what to change; nil leaves a field as it is.
type MemberChange struct {
	Name    *string
	Role    *Role
	Removed *bool
}

var errSignIn = Fail(SignedOut, "wrong_sign_in", "That e-mail address and password do not fit together.")

// SignIn returns the member with that address and password. Unknown address,
// wrong password and removed member are one answer that takes one time.
func (s *Store) SignIn(ctx context.Context, email, password string) (*Member, error) {
	var fs faults
	email = fs.email("email", email, true)
	if fs.err() != nil || len(password) > 1000 {
		return nil, errSignIn
	}
	var m Member
	err := s.across(ctx).First(&m, "email = ? AND removed_at IS NULL", email).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	match, err := s.passwords.match(ctx, password, m.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !match {
		return nil, errSignIn
	}
	return &m, nil
}

// Actor returns the member as somebody who acts.
func (m *Member) Actor() Actor {
	return Actor{Kind: ActorMember, ID: m.ID, Name: m.Name, Role: m.Role, Grants: m.Role.Grants()}
}

// Members returns the workspace's people who were not removed, by name; at most 500.
func (s *Scope) Members() ([]*Member, error) {
	if err := s.may(ReadDesk); err != nil {
		return nil, err
	}
	return s.team()
}

func (s *Scope) team() ([]*Member, error) {
	var all []*Member
	return all, s.db.Where("removed_at IS NULL").Order("lower(name), id").Limit(500).Find(&all).Error
}

// Member returns one of the workspace's people.
func (s *Scope) Member(id ID) (*Member, error) {
	var m Member
	return &m, s.find(&m, "member", id)
}

// Invite adds a person who may join with the token returned, once, within a week.
func (s *Scope) Invite(name, email string, role Role) (m *Member, token string, err error) {
	if err = s.mayGive(role); err != nil {
		return nil, "", err
	}
	now := s.Now()
	week := now.Add(7 * 24 * time.Hour)
	token, hash := newToken()
	var fs faults
	m = &Member{ID: NewID(now), Role: role, InviteHash: &hash, InviteExpireAt: &week, CreatedAt: now, UpdatedAt: now}
	m.Name, m.Email = fs.line("name", name, 1, 80), fs.email("email", email, true)
	if !role.Valid() {
		fs.add("role", "is one of owner, admin, agent")
	}
	if err = fs.err(); err != nil {
		return nil, "", err
	}
	err = s.change(func(tx *Tx) error {
		err := tx.insert(m, &Event{Kind: MemberAdded, SubjectID: m.ID})
		return duplicate(err, "email", "Somebody has that e-mail address already.")
	})
	return m, token, err
}

// Join sets the invited person's password. The token works once.
func (s *Store) Join(ctx context.Context, token, password string) (*Member, error) {
	m, err := s.Invited(ctx, token)
	if err != nil {
		return nil, err
	}
	if err = checkPassword("password", password); err != nil {
		return nil, err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	err = s.As(ctx, ID(m.WorkspaceID), m.Actor()).change(func(tx *Tx) error {
		return tx.update(m, map[string]any{"password_hash": hash, "invite_hash": nil, "invite_expire_at": nil},
			&Event{Kind: MemberUpdated, SubjectID: m.ID})
	})
	return m, err
}

// Invited returns the person an open invitation is for.
func (s *Store) Invited(ctx context.Context, token string) (*Member, error) {
	var m Member
	err := s.across(ctx).First(&m, "invite_hash = ? AND invite_expire_at > ? AND removed_at IS NULL", hashToken(token), s.Now()).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, notFound("open invitation")
	}
	return &m, err
}

// UpdateMember changes a person's name or role, or removes them; a removal or a
// new role ends their sessions. The last owner stays.
func (s *Scope) UpdateMember(id ID, c MemberChange) (*Member, error) {
	self := s.actor.Kind == ActorMember && s.actor.ID == id && c.Role == nil && c.Removed == nil
	if !self {
		if err := s.may(ManageMembers); err != nil {
			return nil, err
		}
	}
	var m *Member
	err := s.change(func(tx *Tx) (err error) {
		if m, err = tx.Member(id); err != nil {
			return err
		}
		var fs faults
		var d Changes
		columns := map[string]any{}
		if c.Name != nil {
			name := fs.line("name", *c.Name, 1, 80)
			differ(&d, columns, "name", m.Name, name)
			m.Name = name
		}
		leaves := c.Removed != nil && *c.Removed && m.RemovedAt == nil
		if c.Role != nil && *c.Role != m.Role || leaves {
			if err := tx.mayRegrade(m, c.Role); err != nil {
				return err
			}
		}
		if c.Role != nil {
			differ(&d, columns, "role", string(m.Role), string(*c.Role))
			m.Role = *c.Role
		}
		if leaves {
			now := tx.Now()
			d.note("removed", "", Stamp(now))
			columns["removed_at"], m.RemovedAt = now, &now
		}
		if err := fs.err(); err != nil || len(d) == 0 {
			return err
		}
		if err := tx.update(m, columns, &Event{Kind: MemberUpdated, SubjectID: m.ID, Changes: d}); err != nil {
			return err
		}
		if _, role := columns["role"]; role || leaves {
			return tx.endSessions(m.ID, "")
		}
		return nil
	})
	return m, err
}

// mayRegrade guards owners: only an owner touches one, and one always remains.
func (tx *Tx) mayRegrade(m *Member, role *Role) error {
	if role != nil {
		if err := tx.mayGive(*role); err != nil {
			return err
		}
	}
	if m.Role != RoleOwner {
		return nil
	}
	if err := tx.may(ManageOwners); err != nil {
		return err
	}
	var owners int64
	err := tx.db.Model(&Member{}).Where("role = ? AND removed_at IS NULL AND id <> ?", RoleOwner, string(m.ID)).Count(&owners).Error
	if err == nil && owners == 0 {
		return Fail(Conflict, "last_owner", "A workspace keeps at least one owner. Make somebody else an owner first.")
	}
	return err
}

func (s *Scope) mayGive(role Role) error {
	if role == RoleOwner {
		return s.may(ManageOwners)
	}
	return s.may(ManageMembers)
}

// ChangePassword sets the acting member's password and ends their other sessions.
func (s *Scope) ChangePassword(old, fresh string, keep ID) error {
	m, err := s.Member(s.actor.ID)
	if err != nil {
		return err
	}
	match, err := s.store.passwords.match(s.ctx, old, m.PasswordHash)
	if err != nil {
		return err
	}
	if !match {
		return InvalidField("current", "is not your present password")
	}
	if err = checkPassword("password", fresh); err != nil {
		return err
	}
	hash, err := s.store.passwords.hash(s.ctx, fresh)
	if err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		if err := tx.update(m, map[string]any{"password_hash": hash}, &Event{Kind: MemberUpdated, SubjectID: m.ID}); err != nil {
			return err
		}
		return tx.endSessions(m.ID, keep)
	})
}

// newToken returns a token of 160 random bits and the hash it is stored as.
func newToken() (token, hash string) {
	b := make([]byte, 20)
	rand.Read(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, hashToken(token)
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
