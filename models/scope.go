package models

import (
	"context"
	"database/sql"
	"errors"
	"mauve/models/problem"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Scope is somebody acting in one workspace: the only door to its rows. It is
// made for one request or one job and is not safe for concurrent use.
type Scope struct {
	store     *Store
	ctx       context.Context
	db        *gorm.DB // carries the workspace in its context
	workspace WorkspaceID
	actor     Actor
	tx        *Tx // set while a change is open; a change inside joins it
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
	Role   Role
	Grants Grants
	Lost   Grants // what a key had but for the present role of who answers for it
	Member ID     // who answers for what is done: the member, or a key's; empty: the workspace
}

// Workspace returns the id of the workspace the scope is of.
func (s *Scope) Workspace() ID { return ID(s.workspace) }

// Actor returns who acts.
func (s *Scope) Actor() Actor { return s.actor }

// Now returns the store's clock, in UTC and whole milliseconds.
func (s *Scope) Now() time.Time { return s.store.Now() }

// May refuses an actor without the right: with Forbidden, and a code that says
// whether the role or the key's scope lacks it. Inside a change who may write rows may also read them: a key with the
// scope write alone changes what it could not have listed.
func (s *Scope) May(need Grant) error {
	granted := s.actor.Grants
	switch {
	case granted.Has(need), s.tx != nil && granted.reading().Has(need):
		return nil
	case s.actor.Lost.Has(need):
		return errRoleReduced
	case s.actor.Kind == ActorKey && keyGrants(s.actor.Role, true, true).Has(need): // it has not the scope
		return problem.Fail(problem.Forbidden, "insufficient_scope", "This key may not do that: it lacks the scope %q.", need.scope())
	}
	return problem.Fail(problem.Forbidden, "forbidden", "Your role does not allow that. Ask an admin of the workspace.")
}

var errRoleReduced = problem.Fail(problem.Forbidden, "role_reduced",
	"The member who answers for this key has a smaller role than when it was made. An owner can hand the key to somebody else.")

// Answering returns the scope for telling the caller what they just wrote: it
// may read the desk, which a key that only writes may not.
func (s *Scope) Answering() *Scope {
	own := *s
	own.actor.Grants = own.actor.Grants.Plus(deskReads)
	return &own
}

// find loads one row of this workspace by id; missing and foreign are the same NotFound.
func (s *Scope) find(row any, noun string, id ID) error { return find(s.db, row, noun, id) }

func find(rows *gorm.DB, row any, noun string, id ID) error {
	err := rows.First(row, "id = ?", string(id)).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return problem.NoSuch(noun)
	}
	return err
}

// question is raw SQL for the lists people wait for, and what takes its rows one
// by one; take must not ask the store anything. The first placeholder must be the
// workspace, which is bound when it is asked: no raw statement goes without it.
type question struct {
	query string
	args  []any
	take  func(scan) error
}

// scan reads the columns of one row.
type scan func(into ...any) error

// number is the question for one number.
func number(into *int64, query string, args ...any) question {
	return question{query, args, func(row scan) error { return row(into) }}
}

// each asks one question.
func (s *Scope) each(query string, args []any, take func(scan) error) error {
	return s.together(question{query, args, take})
}

// count asks for one number.
func (s *Scope) count(query string, args ...any) (n int64, err error) {
	err = s.together(number(&n, query, args...))
	return n, err
}

// together asks several questions: of PostgreSQL in one round trip, of SQLite in turn.
func (s *Scope) together(questions ...question) error {
	if s.store.postgres {
		return s.byPgx(questions)
	}
	for _, q := range questions {
		rows, err := s.rows(q.query, q.args...)
		if err != nil {
			return err
		}
		if err = takeRows(rows, q.take); err != nil {
			return err
		}
	}
	return nil
}

// rows is each for a caller who walks the rows himself.
func (s *Scope) rows(query string, args ...any) (*sql.Rows, error) {
	args, err := s.bind(query, args)
	switch {
	case err != nil:
		return nil, err
	case s.store.postgres:
		return s.db.Raw(query, args...).Rows()
	case s.tx != nil:
		return s.store.writer.QueryContext(s.ctx, query, args...)
	}
	return s.store.lists.query(s.ctx, s.store.pool, query, args)
}

func takeRows(rows *sql.Rows, take func(scan) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// bind puts the workspace before the arguments of a raw statement that asks for it first.
func (s *Scope) bind(query string, args []any) ([]any, error) {
	if first := placeholder(query); first < 0 || !strings.HasSuffix(query[:first], "workspace_id = ") {
		return nil, errNoWorkspace
	}
	return append([]any{string(s.workspace)}, args...), nil
}
