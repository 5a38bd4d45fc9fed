// Package store keeps rows in SQLite or PostgreSQL and knows none of them by
// name. It opens and migrates either engine, puts the workspace into every
// statement (fence.go), lets nothing be written without its event or a reason
// (change.go, guard.go), sends statements in as few round trips as it can
// (pipeline.go) and reads lists by pages (list.go). It may be used by
// mauve/models, and its raw rows (raw.go) by mauve/models/backup. Start with
// store.go, scope.go and change.go.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	o        Options
	db       *gorm.DB
	pool     *sql.DB
	postgres bool
	turn     chan struct{} // SQLite has one writer; waiting here is fair, its busy polling is not
	writer   writer        // SQLite's, of who has the turn
	lists    lists         // SQLite's
	pages    pageStarts
	notifier *notifier // nil on SQLite, which has one process
	replica  string
	closed   sync.Once
}

// Options say how to open a store, and what its rows are like as far as it has to know.
type Options struct {
	URL      string           // sqlite:PATH or postgres://…
	Now      func() time.Time // the clock; nil is the system's
	MaxConns int              // connections in the pool; 0 is 16
	Channel  string           // PostgreSQL's, over which replicas tell each other of their commits

	Migrations fs.FS                                  // the folders sqlite and postgres, of goose's files
	Steps      func(postgres bool) []*goose.Migration // migrations written in Go; may be nil
	Schema     int64                                  // migrate no further; 0 is all of them

	// Again reports whether a change that broke a key of the table may succeed
	// when it is run again; code is PostgreSQL's. May be nil.
	Again func(code, table string) bool
	// Moment is the question for a moment in the workspace, and Since the one
	// whether anything of the workspace was committed after it. Numbered pages are
	// found again by them.
	Moment func(s *Scope, into *string) Query
	Since  func(s *Scope, moment string, into *bool) Query
}

// Open opens the store and migrates it. Several processes may open one store at once.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxConns == 0 {
		o.MaxConns = 16
	}
	if o.Schema == 0 {
		o.Schema = goose.MaxVersion
	}
	s := &Store{o: o, turn: make(chan struct{}, 1)}
	s.replica = string(NewID(s.Now()))
	dialector, err := s.dialector()
	if err != nil {
		return nil, err
	}
	s.db, err = gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		PrepareStmt:            !s.postgres, // pgx keeps its own per connection
		TranslateError:         true,
		NowFunc:                s.Now,
		Logger:                 logger.New(slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn), logger.Config{LogLevel: logger.Silent}),
	})
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if s.pool, err = s.db.DB(); err != nil {
		return nil, err
	}
	s.pool.SetMaxOpenConns(o.MaxConns)
	s.pool.SetMaxIdleConns(o.MaxConns)
	if err = errors.Join(guardWrites(s.db), s.migrate(ctx, o.Schema)); err != nil {
		return nil, errors.Join(err, s.pool.Close())
	}
	if s.postgres {
		s.notifier = startNotifier(s.notify)
	}
	return s, nil
}

func (s *Store) dialector() (gorm.Dialector, error) {
	if path, ok := s.file(); ok {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("make the store's folder: %w", err)
		}
		// SQLite would make the file as the umask lets it, and its log beside it in the file's mode.
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("make the store's file: %w", err)
		}
		// _txlock: a read-then-write transaction must not lose its turn to another.
		// _time_format and UTC: times must sort as text.
		dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)" +
			"&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)" +
			"&_txlock=immediate&_time_format=sqlite&_timezone=UTC"
		return &sqliteDialector{dsn: dsn}, nil
	}
	if strings.HasPrefix(s.o.URL, "postgres://") || strings.HasPrefix(s.o.URL, "postgresql://") {
		s.postgres = true
		return postgres.Open(s.o.URL), nil
	}
	return nil, errors.New("DATABASE_URL must begin with sqlite: or postgres://")
}

// file is SQLite's.
func (s *Store) file() (path string, ok bool) { return strings.CutPrefix(s.o.URL, "sqlite:") }

// Files are the files of the store at the address: none of PostgreSQL's are ours.
func Files(address string) []string {
	path, ok := strings.CutPrefix(address, "sqlite:")
	if !ok {
		return nil
	}
	return []string{path, path + "-wal", path + "-shm", path + migrateLock}
}

// Postgres reports which of the two engines it is.
func (s *Store) Postgres() bool { return s.postgres }

// Replica names this process to others of the store.
func (s *Store) Replica() string { return s.replica }

// SQL is the pool of connections, for statements over the whole store. The
// fence does not see them: each use stands in the list of the house test.
func (s *Store) SQL() *sql.DB { return s.pool }

// Now is the store's clock in UTC and whole milliseconds, the precision kept and told.
func (s *Store) Now() time.Time { return s.o.Now().UTC().Truncate(time.Millisecond) }

// Ready reports whether the store answers.
func (s *Store) Ready(ctx context.Context) error { return s.pool.PingContext(ctx) }

// Close tells other replicas the last news and closes the store. Closing twice does nothing.
func (s *Store) Close() (err error) {
	s.closed.Do(func() {
		if s.notifier != nil {
			s.notifier.close()
		}
		s.turn <- struct{}{}
		s.writer.close()
		err = s.pool.Close()
		<-s.turn
	})
	return err
}

// Across is for reading the rows of every workspace: for the few questions asked
// before one is known.
func (s *Store) Across(ctx context.Context) *gorm.DB {
	return s.db.WithContext(inWorkspace(ctx, EveryWorkspace))
}

// WithoutEvent runs fn in one transaction outside of a change: it writes rows of
// the workspace, or of every workspace, that nobody is told of. why is for the
// reader. fn may run more than once.
func (s *Store) WithoutEvent(ctx context.Context, workspace WorkspaceID, why string, fn func(db *gorm.DB) error) error {
	return because(why, s.write(inWorkspace(ctx, workspace), func(db *gorm.DB) error { return fn(writing(db)) }))
}

// write runs fn in one transaction, again when PostgreSQL asks for a retry.
func (s *Store) write(ctx context.Context, fn func(db *gorm.DB) error) error {
	if !s.postgres {
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for try := 0; ; try++ {
		err := s.transaction(ctx, fn)
		if try < 3 && ctx.Err() == nil && s.passes(err) {
			continue
		}
		return translated(err)
	}
}

func (s *Store) transaction(ctx context.Context, fn func(db *gorm.DB) error) error {
	if s.postgres {
		return s.pipelined(ctx, fn)
	}
	return s.onWriter(ctx, fn)
}

// PostgreSQL's codes, https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"

	// ForeignKeyViolation is that a row refers to none.
	ForeignKeyViolation = "23503"
	// UniqueViolation is that another row has the key.
	UniqueViolation = "23505"
)

// passes reports whether the same change may succeed when run again: a deadlock,
// a serialization failure, or what Options.Again says.
func (s *Store) passes(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == serializationFailure || pg.Code == deadlockDetected || s.o.Again != nil && s.o.Again(pg.Code, pg.TableName))
}

// Contended reports whether a statement of PostgreSQL's failed only because others held what it wanted to lock.
func Contended(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == lockNotAvailable || pg.Code == deadlockDetected)
}

// translated is an error of a statement that waited as GORM calls it.
func translated(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == UniqueViolation {
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	}
	return err
}
