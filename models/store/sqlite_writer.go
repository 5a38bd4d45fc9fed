package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"

	"gorm.io/gorm"
)

// writer is the one connection that writes to SQLite. Its statements stay
// prepared: database/sql would compile them anew in every transaction. Only
// who holds the turn in Store.turn may use it.
type writer struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

// mostPrepared bounds the statements kept; the program has fewer.
const mostPrepared = 500

// onWriter runs fn in one transaction of the writer.
func (s *Store) onWriter(ctx context.Context, fn func(db *gorm.DB) error) (err error) {
	if s.writer.conn == nil {
		if s.writer.conn, err = s.pool.Conn(ctx); err != nil {
			return err
		}
	}
	w := &s.writer
	if _, err = w.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		w.rollBack() // a caller who left meanwhile is told that it did not begin, and it may have
		return err
	}
	open := true
	defer func() {
		if open {
			w.rollBack()
		}
	}()
	if err = fn(onConnection(s.db.WithContext(ctx), w)); err != nil {
		return err
	}
	if err = ctx.Err(); err != nil {
		return err
	}
	// Not to be interrupted: nobody could say whether it was done.
	_, err = w.ExecContext(context.WithoutCancel(ctx), "COMMIT")
	open = err != nil
	return err
}

// rollBack ends a transaction, if there is one; a connection that cannot is given up.
func (w *writer) rollBack() {
	if _, err := w.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		w.forget()                                                   // before the connection: a statement cannot be closed after it
		_ = w.conn.Raw(func(any) error { return driver.ErrBadConn }) // or the pool would lend it with what is open on it
		w.close()
	}
}

func (w *writer) close() {
	if w.conn != nil {
		w.forget()
		_ = w.conn.Close()
	}
	w.conn = nil
}

func (w *writer) forget() {
	for _, s := range w.prepared {
		_ = s.Close()
	}
	w.prepared = nil
}

// PrepareContext prepares a statement, or returns the one prepared before.
func (w *writer) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := w.prepared[query]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	if len(w.prepared) >= mostPrepared {
		w.forget()
	}
	if w.prepared == nil {
		w.prepared = map[string]*sql.Stmt{}
	}
	w.prepared[query] = s
	return s, nil
}

// ExecContext runs a statement.
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := w.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext runs a query.
func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := w.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// QueryRowContext runs a query for one row.
func (w *writer) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return w.conn.QueryRowContext(ctx, query, args...)
}

// lists keeps the statements of lists prepared, for the connections that read SQLite.
type lists struct {
	sync.Mutex
	prepared map[string]*sql.Stmt
}

// query runs a list's statement; beyond mostPrepared of them, unprepared.
func (l *lists) query(ctx context.Context, pool *sql.DB, query string, args []any) (*sql.Rows, error) {
	l.Lock()
	s, known := l.prepared[query]
	room := len(l.prepared) < mostPrepared
	l.Unlock()
	switch {
	case known:
		return s.QueryContext(ctx, args...)
	case !room:
		return pool.QueryContext(ctx, query, args...)
	}
	s, err := pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return l.keep(query, s).QueryContext(ctx, args...)
}

// keep remembers a statement; if another caller was faster, theirs is used.
func (l *lists) keep(query string, s *sql.Stmt) *sql.Stmt {
	l.Lock()
	defer l.Unlock()
	if first, twice := l.prepared[query]; twice {
		_ = s.Close()
		return first
	}
	if l.prepared == nil {
		l.prepared = map[string]*sql.Stmt{}
	}
	l.prepared[query] = s
	return s
}
