package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// pipeline is one PostgreSQL connection in a transaction. Statements that need
// no answer at once wait in it and travel together with the next one that does
// (or with COMMIT), so that a change costs round trips for what it reads alone.
// BEGIN is the first that waits. Whatever reads sends what waits first: a
// change always sees its own writes.
//
// GORM sees it as its connection, so every statement is built by GORM, behind
// the fence, or is a query that Scope.bind bound.
type pipeline struct {
	conn  *sql.Conn
	wait  []waiting
	begun bool // BEGIN was sent
}

// waiting is a statement that was not sent yet.
type waiting struct {
	query  string
	args   []any
	rows   func(pgx.Rows) error          // takes what it answers
	done   func(pgconn.CommandTag) error // or what it did; nil: nobody asks
	failed func(error) error             // what an error means; nil: itself
}

// take reads the answer to one statement.
func (w *waiting) take(answers pgx.BatchResults) error {
	if w.rows != nil {
		rows, err := answers.Query()
		if err == nil {
			err = w.rows(rows)
			rows.Close()
			err = errors.Join(err, rows.Err())
		}
		return err
	}
	tag, err := answers.Exec()
	switch {
	case err != nil && w.failed != nil:
		return w.failed(err)
	case err != nil || w.done == nil:
		return err
	}
	return w.done(tag)
}

// exchange sends statements in one round trip and reads what they answer. The
// first failure is returned; what followed it was not run.
func exchange(ctx context.Context, conn *sql.Conn, all []waiting) error {
	batch := &pgx.Batch{}
	for _, w := range all {
		batch.Queue(w.query, w.args...)
	}
	return conn.Raw(func(c any) error {
		answers := c.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
		for i := range all {
			if err := all[i].take(answers); err != nil {
				_ = answers.Close()
				return err
			}
		}
		return answers.Close()
	})
}

// openPipeline takes a connection of the pool; close gives it back.
func (s *Store) openPipeline(ctx context.Context) (*pipeline, error) {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &pipeline{conn: conn, wait: []waiting{{query: "BEGIN"}}}, nil
}

// send sends what waits.
func (p *pipeline) send(ctx context.Context) error {
	all := p.wait
	if len(all) == 0 {
		return nil
	}
	p.wait, p.begun = nil, true
	return exchange(ctx, p.conn, all)
}

// commit sends what waits and COMMIT in one go. COMMIT is not run if any of it fails.
func (p *pipeline) commit(ctx context.Context) error {
	if !p.begun && len(p.wait) == 1 { // BEGIN alone: nothing was asked
		return nil
	}
	rolledBack := errors.New("store: the commit was turned into a rollback")
	p.wait = append(p.wait, waiting{query: "COMMIT", done: func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return rolledBack
		}
		return nil
	}})
	return p.send(ctx)
}

// close rolls back what was not committed and gives the connection back. A
// connection that cannot be rolled back is thrown away by the pool.
func (p *pipeline) close() {
	_ = p.conn.Raw(func(c any) error {
		conn := c.(*stdlib.Conn).Conn()
		if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
			return driver.ErrBadConn
		}
		return nil
	})
	_ = p.conn.Close()
}

// PrepareContext makes pipeline a gorm.ConnPool; pgx keeps prepared statements by itself.
func (p *pipeline) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	return nil, errors.New("store: a pipeline prepares nothing for others")
}

// ExecContext runs a statement after those that wait.
func (p *pipeline) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	var n driver.RowsAffected
	p.wait = append(p.wait, waiting{query: query, args: args, done: func(tag pgconn.CommandTag) error {
		n = driver.RowsAffected(tag.RowsAffected())
		return nil
	}})
	err := p.send(ctx)
	return n, err
}

// QueryContext runs a query after the statements that wait.
func (p *pipeline) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a query for one row. What waits fails here through the
// query itself: the transaction it would run in is aborted.
func (p *pipeline) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = p.send(ctx)
	return p.conn.QueryRowContext(ctx, query, args...)
}

// asked is a query as PostgreSQL is asked it.
func (s *Scope) asked(q Query) (waiting, error) {
	args, err := s.bind(q)
	return waiting{query: dollars(q.SQL), args: args, rows: func(rows pgx.Rows) error {
		for rows.Next() {
			if err := q.Take(rows.Scan); err != nil {
				return err
			}
		}
		return nil
	}}, err
}

// byPgx asks queries in one round trip: in a change with what waits there,
// else by pgx itself, which spares what database/sql costs a row.
func (s *Scope) byPgx(queries []Query) error {
	all := make([]waiting, len(queries))
	for i, q := range queries {
		var err error
		if all[i], err = s.asked(q); err != nil {
			return err
		}
	}
	if s.pipe != nil {
		s.pipe.wait = append(s.pipe.wait, all...)
		return s.pipe.send(s.Ctx)
	}
	conn, err := s.store.pool.Conn(s.Ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return exchange(s.Ctx, conn, all)
}

// dollars spells a statement's placeholders as PostgreSQL wants them.
func dollars(query string) string {
	var b strings.Builder
	b.Grow(len(query) + 16)
	for n := 1; ; n++ {
		at := placeholder(query)
		if at < 0 {
			b.WriteString(query)
			return b.String()
		}
		b.WriteString(query[:at] + "$" + strconv.Itoa(n))
		query = query[at+1:]
	}
}

// placeholder is where the first one of a statement is, -1 without one: a
// question mark in a text or in a quoted name is none.
func placeholder(query string) int {
	for i := 0; i < len(query); i++ {
		switch c := query[i]; c {
		case '?':
			return i
		case '\'', '"', '`':
			end := strings.IndexByte(query[i+1:], c)
			if end < 0 {
				return -1
			}
			i += end + 1 // a doubled quote ends one text and begins the next
		}
	}
	return -1
}

// unanswered is the connection as statements see it whose outcome nobody waits for.
type unanswered struct {
	*pipeline
	row Unique // what is written, if its key may be taken
}

// ExecContext lets the statement wait. How many rows it writes is not known yet.
func (u unanswered) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	args, err := values(args)
	w := waiting{query: query, args: args}
	if row := u.row; row != nil {
		w.failed = func(err error) error {
			if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == UniqueViolation {
				return row.Taken().By(err)
			}
			return err
		}
	}
	u.wait = append(u.wait, w)
	return driver.ResultNoRows, err
}

// values are the arguments as they are now: a statement that waits must not see
// what becomes of a row after it.
func values(args []any) ([]any, error) {
	all := make([]any, len(args))
	for i, arg := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}
		if b, ok := v.([]byte); ok {
			v = bytes.Clone(b)
		}
		all[i] = v
	}
	return all, nil
}

// pipelined runs fn in one transaction on a pipeline.
func (s *Store) pipelined(ctx context.Context, fn func(db *gorm.DB) error) error {
	p, err := s.openPipeline(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	if err = fn(onConnection(s.db.WithContext(ctx), p)); err != nil {
		return err
	}
	return p.commit(ctx)
}

// onConnection returns a handle like db whose statements go to the connection.
func onConnection(db *gorm.DB, pool gorm.ConnPool) *gorm.DB {
	db = db.Session(&gorm.Session{Context: db.Statement.Context})
	db.Statement.ConnPool = pool
	return db
}
