package models

import (
	"time"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// WorkspaceID is the column that says whose a row is, and the fence around it.
type WorkspaceID = store.WorkspaceID

// Scope is somebody acting in one workspace: the only door to its rows. It is
// made for one request or one job and is not safe for concurrent use.
type Scope struct {
	store *Store
	rows  *store.Scope // the workspace's
	actor Actor
	tx    *Tx // set while a change is open; a change inside joins it
}

// ActorKind says what sort of somebody acts.
type ActorKind string

// The kinds of actor, as events and the timeline name them.
const (
	ActorMember  ActorKind = "member"
	ActorKey     ActorKind = "api_key"
	ActorContact ActorKind = "contact"
	ActorRule    ActorKind = "rule" // a rule that the workspace set
	ActorSystem  ActorKind = "system"
)

// Actor is who acts, as events remember them.
type Actor struct {
	Kind   ActorKind
	ID     ID
	Name   string
	Role   rights.Role
	Grants rights.Grants
	Lost   rights.Grants // what a key had but for the present role of who answers for it
	Member ID            // who answers for what is done: the member, or a key's; empty: the workspace
}

// Workspace returns the id of the workspace the scope is of.
func (s *Scope) Workspace() ID { return ID(s.rows.Workspace) }

// Actor returns who acts.
func (s *Scope) Actor() Actor { return s.actor }

// Reader returns what may read the workspace's rows and no more, to an actor with the right. It is for the packages above
// models that read much: models decides whose rows and who may, they what to ask. Each statement is bound to the workspace,
// and inside a change it is the change's own.
func (s *Scope) Reader(need rights.Grant) (*store.Reader, error) {
	if err := s.May(need); err != nil {
		return nil, err
	}
	return s.rows.Reader(), nil
}

// Now returns the store's clock, in UTC and whole milliseconds.
func (s *Scope) Now() time.Time { return s.store.Now() }

// May refuses an actor without the right: with Forbidden, and a code that says
// whether the role or the key's scope lacks it. Inside a change who may write rows may also read them: a key with the
// scope write alone changes what it could not have listed.
func (s *Scope) May(need rights.Grant) error {
	granted := s.actor.Grants
	switch {
	case granted.Has(need), s.tx != nil && granted.Reading().Has(need):
		return nil
	case s.actor.Lost.Has(need):
		return errRoleReduced
	case s.actor.Kind == ActorKey && rights.OfKey(s.actor.Role, true, true).Has(need): // it has not the scope
		return problem.Fail(problem.Forbidden, "insufficient_scope", "This key may not do that: it lacks the scope %q.", need.KeyScope())
	}
	return problem.Fail(problem.Forbidden, "forbidden", "Your role does not allow that. Ask an admin of the workspace.")
}

var errRoleReduced = problem.Fail(problem.Forbidden, "role_reduced",
	"The member who answers for this key has a smaller role than when it was made. An owner can hand the key to somebody else.")

// Answering returns the scope for telling the caller what they just wrote: it
// may read the desk, which a key that only writes may not.
func (s *Scope) Answering() *Scope {
	own := *s
	own.actor.Grants = own.actor.Grants.Plus(rights.DeskReads)
	return &own
}
