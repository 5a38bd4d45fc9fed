package models

import (
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
// the fence and counted by the tally, or is a question that Scope.bind bound.
type pipeline struct {
	conn  *sql.Conn
	wait  *pgx.Batch
	begun bool // BEGIN was sent
}

// openPipeline takes a connection of the pool; close gives it back.
func (s *Store) openPipeline(ctx context.Context) (*pipeline, error) {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	p := &pipeline{conn: conn, wait: &pgx.Batch{}}
	p.wait.Queue("BEGIN")
	return p, nil
}

// send sends what waits and reads the answers. The first failure is returned;
// what followed it was not run.
func (p *pipeline) send(ctx context.Context) error {
	if p.wait.Len() == 0 {
		return nil
	}
	batch := p.wait
	p.wait, p.begun = &pgx.Batch{}, true
	return p.conn.Raw(func(c any) error { return c.(*stdlib.Conn).Conn().SendBatch(ctx, batch).Close() })
}

// commit sends what waits and COMMIT in one go. COMMIT is not run if any of it fails.
func (p *pipeline) commit(ctx context.Context) error {
	if !p.begun && p.wait.Len() == 1 { // BEGIN alone: nothing was asked
		return nil
	}
	rolledBack := errors.New("models: the commit was turned into a rollback")
	p.wait.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return rolledBack
		}
		return nil
	})
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
	return nil, errors.New("models: a pipeline prepares nothing for others")
}

// ExecContext runs a statement after those that wait.
func (p *pipeline) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	var n driver.RowsAffected
	p.wait.Queue(query, args...).Exec(func(tag pgconn.CommandTag) error {
		n = driver.RowsAffected(tag.RowsAffected())
		return nil
	})
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

// ask adds a query to what waits; take gets its rows when that is sent.
func ask(batch *pgx.Batch, query string, args []any, take func(scan) error) {
	batch.Queue(dollars(query), args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := take(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// byPgx asks questions in one round trip: in a change with what waits there,
// else by pgx itself, which spares what database/sql costs a row.
func (s *Scope) byPgx(questions []question) error {
	batch := &pgx.Batch{}
	if s.tx != nil && s.tx.pipe != nil {
		batch = s.tx.pipe.wait
	}
	for _, q := range questions {
		args, err := s.bind(q.query, q.args)
		if err != nil {
			return err
		}
		ask(batch, q.query, args, q.take)
	}
	if s.tx != nil && s.tx.pipe != nil {
		return s.tx.pipe.send(s.ctx)
	}
	conn, err := s.store.pool.Conn(s.ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error { return c.(*stdlib.Conn).Conn().SendBatch(s.ctx, batch).Close() })
}

// dollars spells a statement's placeholders as PostgreSQL wants them.
func dollars(query string) string {
	var b strings.Builder
	b.Grow(len(query) + 16)
	for n := 1; ; n++ {
		before, after, more := strings.Cut(query, "?")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

// withCommit is the connection as statements see it whose outcome nobody waits for.
type withCommit struct{ *pipeline }

// ExecContext lets the statement wait. How many rows it writes is not known yet:
// the tally counts what it was given instead, see written.
func (w withCommit) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	w.wait.Queue(query, args...)
	return driver.RowsAffected(0), nil
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
