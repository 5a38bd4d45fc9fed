package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

	"mauve/models/blob"
)

// Store is the database and the few questions asked of it before a workspace is known.
type Store struct {
	db        *gorm.DB
	pool      *sql.DB
	postgres  bool
	url       string
	now       func() time.Time
	seal      *sealer
	blobs     blob.Store    // nil: no files are kept
	public    string        // what links to files begin with
	turn      chan struct{} // SQLite has one writer; waiting here is fair, its busy polling is not
	writer    writer        // SQLite's, of who has the turn
	wakes     wakes
	lists     lists // SQLite's
	pages     pageStarts
	herald    *herald // nil on SQLite, which has one process
	replica   string  // names this process to others of the store
	closed    sync.Once
	passwords *passwords
	running   sync.Map // idempotency keys being worked on in this process
}

// Options say how to open a store.
type Options struct {
	URL       string           // sqlite:PATH or postgres://…
	SecretKey []byte           // seals stored secrets; 32 random bytes or more
	Now       func() time.Time // the clock; nil is the system's
	MaxConns  int              // connections in the pool; 0 is 16
	Blobs     blob.Store       // where attachments' bytes are; nil: none are taken
	PublicURL string           // what links to files begin with, without a slash at its end
	Passwords PasswordCost     // the zero value is what a program should take
	Schema    int64            // migrate no further, to restore an older backup; 0 is this program's
}

// Open opens the store and migrates it. Several processes may open one store at once.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{url: o.URL, now: o.Now, turn: make(chan struct{}, 1), blobs: o.Blobs, public: o.PublicURL,
		passwords: newPasswords(o.Passwords)}
	if s.now == nil {
		s.now = time.Now
	}
	s.replica = string(NewID(s.Now()))
	if o.MaxConns == 0 {
		o.MaxConns = 16
	}
	var err error
	if s.seal, err = newSealer(o.SecretKey); err != nil {
		return nil, err
	}
	dialector, err := s.dialector(o.URL)
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
	if o.Schema == 0 {
		o.Schema = goose.MaxVersion
	}
	if err = errors.Join(guardWrites(s.db), s.migrateTo(ctx, o.Schema)); err != nil {
		return nil, errors.Join(err, s.pool.Close())
	}
	if s.postgres {
		s.herald = startHerald(s.notify)
	}
	return s, nil
}

func (s *Store) dialector(address string) (gorm.Dialector, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
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
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		s.postgres = true
		return postgres.Open(address), nil
	}
	return nil, errors.New("DATABASE_URL must begin with sqlite: or postgres://")
}

// StoreFiles are the files of the store at the address: none of PostgreSQL's are ours.
func StoreFiles(address string) []string {
	path, ok := strings.CutPrefix(address, "sqlite:")
	if !ok {
		return nil
	}
	return []string{path, path + "-wal", path + "-shm", path + migrateLock}
}

// Now is the store's clock in UTC and whole milliseconds, the precision kept and told.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// Ready reports whether the store answers.
func (s *Store) Ready(ctx context.Context) error { return s.pool.PingContext(ctx) }

// Close tells other replicas the last news and closes the store. Closing twice does nothing.
func (s *Store) Close() (err error) {
	s.closed.Do(func() {
		if s.herald != nil {
			s.herald.close()
		}
		s.turn <- struct{}{}
		s.writer.close()
		err = s.pool.Close()
		<-s.turn
	})
	return err
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
		if try < 3 && ctx.Err() == nil && passes(err) {
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

// translated is an error of a statement that waited as GORM calls it.
func translated(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == uniqueViolation {
		return fmt.Errorf("%w: %w", gorm.ErrDuplicatedKey, err)
	}
	return err
}

// uniqueViolation is PostgreSQL's code for a key that another row has.
const uniqueViolation = "23505"

// passes reports whether the same change may succeed when run again: a deadlock
// or a serialization failure; an endpoint deleted since it was read; a message
// with the vendor's id that another transaction wrote meanwhile.
func passes(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch pg.Code {
	case "40001", "40P01":
		return true
	case "23503":
		return pg.TableName == "deliveries"
	case uniqueViolation:
		return pg.TableName == "messages"
	}
	return false
}

// across is a database handle that sees every workspace; only for the questions of this package's Store.
func (s *Store) across(ctx context.Context) *gorm.DB { return s.db.WithContext(acrossWorkspaces(ctx)) }

// As returns a scope of the workspace for the actor.
func (s *Store) As(ctx context.Context, workspace ID, actor Actor) *Scope {
	in := inWorkspace(ctx, WorkspaceID(workspace))
	return &Scope{store: s, ctx: ctx, db: s.db.WithContext(in), workspace: WorkspaceID(workspace), actor: actor}
}

// System is the actor of what the program does by itself.
var System = Actor{Kind: ActorSystem, Name: "Mauve", Grants: allGrants}
