package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"mauve/models/password"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/wire"
)

// Member is a person of the team. The e-mail address is theirs in the whole store.
type Member struct {
	ID             ID `gorm:"primaryKey"`
	WorkspaceID    WorkspaceID
	Name           string
	Email          string
	PasswordHash   string // argon2id; empty until an invitation is accepted
	Role           rights.Role
	InviteHash     *string // SHA-256 of the open invitation's token
	InviteExpireAt *time.Time
	RemovedAt      *time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// mostMembers is how many people a workspace has, those invited included.
const mostMembers = 500

// MemberChange says what to change; nil leaves a field as it is.
type MemberChange struct {
	Name    *string
	Role    *rights.Role
	Removed *bool
	HandTo  *ID // who answers from now on for the keys and webhooks that they do not any more; empty: these end
}

var errSignIn = problem.Fail(problem.SignedOut, "wrong_sign_in", "That e-mail address and password do not fit together.")

// SignIn returns the member with that address and password. Unknown address,
// wrong password and removed member are one answer that takes one time.
func (s *Store) SignIn(ctx context.Context, from password.Origin, email, password string) (*Member, error) {
	var fs faults
	email = fs.Email("email", email, true)
	if fs.Err() != nil || len(password) > 1000 {
		return nil, errSignIn
	}
	var m Member
	err := s.db.Across(ctx).First(&m, "email = ? AND removed_at IS NULL", email).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	match, err := s.passwords.Match(ctx, from, password, m.PasswordHash)
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
	return Actor{Kind: ActorMember, ID: m.ID, Name: m.Name, Role: m.Role, Grants: m.Role.Grants(), Member: m.ID}
}

// Members returns the workspace's people who were not removed, by name; at most 500.
func (s *Scope) Members() ([]*Member, error) {
	if err := s.May(rights.ReadMembers); err != nil {
		return nil, err
	}
	return s.team()
}

func (s *Scope) team() ([]*Member, error) {
	var all []*Member
	return all, s.rows.DB.Where("removed_at IS NULL").Order("lower(name), id").Limit(mostMembers).Find(&all).Error
}

// Member returns one of the workspace's people.
func (s *Scope) Member(id ID) (*Member, error) {
	var m Member
	return &m, s.rows.Find(&m, "member", id)
}

// Invite adds a person who may join with the token returned, once, within a
// week. One who was removed from this workspace comes back as who they were,
// with the new name and role; their old password is gone.
func (s *Scope) Invite(name, email string, role rights.Role) (m *Member, token string, err error) {
	if err = s.mayGive(role); err != nil {
		return nil, "", err
	}
	now := s.Now()
	week := now.Add(7 * 24 * time.Hour)
	token, hash := password.NewToken()
	var fs faults
	m = &Member{ID: NewID(now), Role: role, InviteHash: &hash, InviteExpireAt: &week, CreatedAt: now, UpdatedAt: now}
	m.Name, m.Email = fs.Line("name", name, 1, 80), fs.Email("email", email, true)
	if !role.Valid() {
		fs.Add("role", "is one of owner, admin, agent")
	}
	if err = fs.Err(); err != nil {
		return nil, "", err
	}
	err = s.change(func(tx *Tx) error {
		if _, err := tx.room(&Member{}, mostMembers, "removed_at IS NULL"); err != nil {
			return err
		}
		back, err := tx.returning(m)
		if err != nil || back {
			return err
		}
		return tx.Insert(m, &Event{Kind: MemberAdded, SubjectID: m.ID})
	})
	return m, token, err
}

// Taken is that another member has the address.
func (*Member) Taken() *problem.Error {
	return taken("email", "Somebody has that e-mail address already.")
}

// returning makes the invited m of the row of somebody who was removed, if one has the address.
func (tx *Tx) returning(m *Member) (bool, error) {
	var old Member
	err := tx.Locking().Where("email = ? AND removed_at IS NOT NULL", m.Email).Limit(1).Find(&old).Error
	if err != nil || old.ID == "" {
		return false, err
	}
	m.ID, m.CreatedAt = old.ID, old.CreatedAt
	columns := map[string]any{"name": m.Name, "role": m.Role, "password_hash": "", "invite_hash": m.InviteHash,
		"invite_expire_at": m.InviteExpireAt, "removed_at": nil, "updated_at": m.UpdatedAt}
	return true, tx.Update(m, columns, &Event{Kind: MemberAdded, SubjectID: m.ID})
}

// Join sets the invited person's password. The token works once.
func (s *Store) Join(ctx context.Context, from password.Origin, token, chosen string) (*Member, error) {
	m, err := s.Invited(ctx, token)
	if err != nil {
		return nil, err
	}
	if err = password.Check("password", chosen, m.Email, m.Name); err != nil {
		return nil, err
	}
	hash, err := s.passwords.Hash(ctx, from, chosen)
	if err != nil {
		return nil, err
	}
	err = s.As(ctx, ID(m.WorkspaceID), m.Actor()).change(func(tx *Tx) error {
		if m, err = invited(tx.Locking(), token, tx.Now()); err != nil { // the link may have been used meanwhile
			return err
		}
		return tx.Update(m, map[string]any{"password_hash": hash, "invite_hash": nil, "invite_expire_at": nil},
			&Event{Kind: MemberUpdated, SubjectID: m.ID})
	})
	return m, err
}

// Invited returns the person an open invitation is for.
func (s *Store) Invited(ctx context.Context, token string) (*Member, error) {
	return invited(s.db.Across(ctx), token, s.Now())
}

func invited(rows *gorm.DB, token string, now time.Time) (*Member, error) {
	var m Member
	err := rows.First(&m, "invite_hash = ? AND invite_expire_at > ? AND removed_at IS NULL", password.HashToken(token), now).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, problem.NoSuch("open invitation")
	}
	return &m, err
}

// UpdateMember changes a person's name or role, or removes them; a removal or a
// new role ends their sessions and personal keys, and hands over or ends what
// they do not answer for any more. The last owner stays.
func (s *Scope) UpdateMember(id ID, c MemberChange) (*Member, error) {
	need := rights.WriteMembers
	if s.actor.Kind == ActorMember && s.actor.ID == id && c.Role == nil && c.Removed == nil {
		need = rights.Known // one's own name
	}
	if err := s.May(need); err != nil {
		return nil, err
	}
	var m *Member
	err := s.change(func(tx *Tx) (err error) {
		if err = tx.lockWorkspace(); err != nil { // who may, and who is the last owner, depends on others, too
			return err
		}
		if m, err = locked[Member](tx, "member", id); err != nil {
			return err
		}
		if err = tx.stillMay(need); err != nil {
			return err
		}
		var fs faults
		var d Changes
		columns := map[string]any{}
		if c.Name != nil {
			name := fs.Line("name", *c.Name, 1, 80)
			differ(&d, columns, "name", m.Name, name)
			m.Name = name
		}
		former := m.Role
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
			d.Note("removed", "", wire.Stamp(now))
			columns["removed_at"], m.RemovedAt = now, &now
		}
		if err := fs.Err(); err != nil || len(d) == 0 {
			return err
		}
		if err := tx.Update(m, columns, &Event{Kind: MemberUpdated, SubjectID: m.ID, Changes: d}); err != nil {
			return err
		}
		if m.Role == former && !leaves {
			return nil
		}
		return errors.Join(tx.endSessions(m.ID, ""), tx.letGo(m, former, c.HandTo))
	})
	return m, err
}

// mayRegrade guards owners: only an owner touches one, and one always remains.
func (tx *Tx) mayRegrade(m *Member, role *rights.Role) error {
	if role != nil {
		if err := tx.mayGive(*role); err != nil {
			return err
		}
	}
	if m.Role != rights.Owner {
		return nil
	}
	if err := tx.May(rights.WriteOwners); err != nil {
		return err
	}
	var owners int64
	err := tx.DB.Model(&Member{}).Where("role = ? AND removed_at IS NULL AND id <> ?", rights.Owner, string(m.ID)).Count(&owners).Error
	if err == nil && owners == 0 {
		return problem.Fail(problem.Conflict, "last_owner", "A workspace keeps at least one owner. Make somebody else an owner first.")
	}
	return err
}

// stillMay refuses a member who was removed or demoted while the change waited for its lock.
func (tx *Tx) stillMay(need rights.Grant) error {
	if tx.actor.Kind != ActorMember {
		return nil
	}
	now, err := tx.Member(tx.actor.ID)
	if err != nil {
		return err
	}
	tx.actor = now.Actor()
	if now.RemovedAt != nil {
		tx.actor.Grants, need = nil, rights.WriteMembers
	}
	return tx.May(need)
}

func (s *Scope) mayGive(role rights.Role) error {
	if role == rights.Owner {
		return s.May(rights.WriteOwners)
	}
	return s.May(rights.WriteMembers)
}

// ErrNotCurrent is returned for a present password that is not the member's.
var ErrNotCurrent = problem.InvalidField("current", "is not your present password")

// ChangePassword sets the acting member's password, ends their other sessions,
// and returns them as they are now.
func (s *Scope) ChangePassword(from password.Origin, old, fresh string, keep ID) (*Member, error) {
	m, err := s.Member(s.actor.ID)
	if err != nil {
		return nil, err
	}
	match, err := s.store.passwords.Match(s.rows.Ctx, from, old, m.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !match {
		return nil, ErrNotCurrent
	}
	if err = password.Check("password", fresh, m.Email, m.Name); err != nil {
		return nil, err
	}
	hash, err := s.store.passwords.Hash(s.rows.Ctx, from, fresh)
	if err != nil {
		return nil, err
	}
	return m, s.change(func(tx *Tx) error {
		if err := tx.same(m, ErrNotCurrent); err != nil {
			return err
		}
		if err := tx.Update(m, map[string]any{"password_hash": hash}, &Event{Kind: MemberUpdated, SubjectID: m.ID}); err != nil {
			return err
		}
		return tx.endSessions(m.ID, keep)
	})
}

// same locks the member's row. It fails with otherwise if they are not there any
// more with the password that they had when m was read: what it proved is not so.
func (tx *Tx) same(m *Member, otherwise error) error {
	now, err := locked[Member](tx, "member", m.ID)
	if err == nil && (now.RemovedAt != nil || now.PasswordHash != m.PasswordHash) {
		err = otherwise
	}
	return err
}
