package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"gorm.io/gorm"

	"mauve/models/problem"
)

// Scope is one workspace's rows. It is made for one request or one job and is
// not safe for concurrent use.
type Scope struct {
	Ctx       context.Context
	DB        *gorm.DB // carries the workspace in its context
	Workspace WorkspaceID

	store *Store
	open  bool      // in a change
	pipe  *pipeline // the change's on PostgreSQL, else nil
}

// Scope returns the workspace's rows.
func (s *Store) Scope(ctx context.Context, workspace WorkspaceID) *Scope {
	return &Scope{Ctx: ctx, DB: s.db.WithContext(inWorkspace(ctx, workspace)), Workspace: workspace, store: s}
}

// Postgres reports which of the two engines it is.
func (s *Scope) Postgres() bool { return s.store.postgres }

// Find loads one row of this workspace by id; missing and foreign are the same NotFound.
func (s *Scope) Find(row any, noun string, id ID) error { return find(s.DB, row, noun, id) }

func find(rows *gorm.DB, row any, noun string, id ID) error {
	err := rows.First(row, "id = ?", string(id)).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return problem.NoSuch(noun)
	}
	return err
}

// Query is raw SQL for the lists people wait for, and what takes its rows one by
// one; Take must not ask the store anything. The first placeholder must be the
// workspace, which is bound when it is asked: no raw statement goes without it.
type Query struct {
	SQL  string
	Args []any
	Take func(Scan) error
}

// Scan reads the columns of one row.
type Scan func(into ...any) error

// Int is the query for one number.
func Int(into *int64, query string, args ...any) Query {
	return Query{query, args, func(row Scan) error { return row(into) }}
}

// QueryEach asks one query.
func (s *Scope) QueryEach(query string, args []any, take func(Scan) error) error {
	return s.Batch(Query{query, args, take})
}

// QueryInt asks for one number.
func (s *Scope) QueryInt(query string, args ...any) (n int64, err error) {
	err = s.Batch(Int(&n, query, args...))
	return n, err
}

// Batch asks several queries: of PostgreSQL in one round trip, of SQLite in turn.
func (s *Scope) Batch(queries ...Query) error {
	if s.store.postgres {
		return s.byPgx(queries)
	}
	for _, q := range queries {
		rows, err := s.rows(q)
		if err != nil {
			return err
		}
		if err = takeRows(rows, q.Take); err != nil {
			return err
		}
	}
	return nil
}

// rows asks SQLite.
func (s *Scope) rows(q Query) (*sql.Rows, error) {
	args, err := s.bind(q)
	switch {
	case err != nil:
		return nil, err
	case s.open:
		return s.store.writer.QueryContext(s.Ctx, q.SQL, args...)
	}
	return s.store.lists.query(s.Ctx, s.store.pool, q.SQL, args)
}

func takeRows(rows *sql.Rows, take func(Scan) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// bind puts the workspace before the arguments of a raw statement that asks for it first.
func (s *Scope) bind(q Query) ([]any, error) {
	if first := placeholder(q.SQL); first < 0 || !strings.HasSuffix(q.SQL[:first], "workspace_id = ") {
		return nil, ErrNoWorkspace
	}
	return append([]any{string(s.Workspace)}, q.Args...), nil
}
