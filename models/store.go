package models

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"time"

	"mauve/models/blob"
	"mauve/models/migrations"
	"mauve/models/password"
	"mauve/models/seal"
	"mauve/models/store"
)

// Store is the database and the few questions asked of it before a workspace is known.
type Store struct {
	*seal.Sealer // under SECRET_KEY
	db           *store.Store
	blobs        blob.Store // nil: no files are kept
	public       string     // what links to files begin with
	wakes        wakes
	passwords    *password.Hasher
	running      sync.Map // idempotency keys being worked on in this process
}

// Options say how to open a store.
type Options struct {
	URL       string           // sqlite:PATH or postgres://…
	SecretKey []byte           // seals stored secrets; 32 random bytes or more
	Now       func() time.Time // the clock; nil is the system's
	MaxConns  int              // connections in the pool; 0 is 16
	Blobs     blob.Store       // where attachments' bytes are; nil: none are taken
	PublicURL string           // what links to files begin with, without a slash at its end
	Passwords password.Cost    // the zero value is what a program should take
	Schema    int64            // migrate no further, to restore an older backup; 0 is this program's
}

// Open opens the store and migrates it. Several processes may open one store at once.
func Open(ctx context.Context, o Options) (*Store, error) {
	sealer, err := seal.New(o.SecretKey)
	if err != nil {
		return nil, err
	}
	s := &Store{Sealer: sealer, blobs: o.Blobs, public: o.PublicURL, passwords: password.New(o.Passwords)}
	s.db, err = store.Open(ctx, store.Options{URL: o.URL, Now: o.Now, MaxConns: o.MaxConns, Channel: "mauve",
		Migrations: migrations.Files, Schema: o.Schema, Steps: migrations.Steps,
		Again: writtenMeanwhile, Moment: marked, Since: changedSince})
	if err != nil {
		return nil, err
	}
	if err = s.settleOrder(ctx); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// writtenMeanwhile reports whether a broken key is of a row that another wrote or
// deleted since the change read: an endpoint, or a message by the vendor's id. A partition's name begins with its table's.
func writtenMeanwhile(code, table string) bool {
	return code == store.ForeignKeyViolation && strings.HasPrefix(table, "deliveries") ||
		code == store.UniqueViolation && strings.HasPrefix(table, "messages")
}

// StoreFiles are the files of the store at the address: none of PostgreSQL's are ours.
func StoreFiles(address string) []string { return store.Files(address) }

// Now is the store's clock in UTC and whole milliseconds, the precision kept and told.
func (s *Store) Now() time.Time { return s.db.Now() }

// Ready reports whether the store answers.
func (s *Store) Ready(ctx context.Context) error { return s.db.Ready(ctx) }

// Migrate brings the schema to this program's version, after an older backup was restored.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.db.Migrate(ctx); err != nil {
		return err
	}
	return s.settleOrder(ctx)
}

// Migrated reports the schema version that the store has.
func (s *Store) Migrated(ctx context.Context) (int64, error) { return s.db.Migrated(ctx) }

// Close tells other replicas the last news and closes the store. Closing twice does nothing.
func (s *Store) Close() error { return s.db.Close() }

// Lend gives the database to a library that keeps its own tables in it, whose
// names begin with LentTables. use makes or upgrades them, while no other replica
// does. It is the only way to the database from outside of models: the library
// writes with keys that must be safe before a message goes, by its own statements.
func (s *Store) Lend(ctx context.Context, use func(db *sql.DB, dialect string) error) error {
	return s.db.Lend(ctx, use)
}

// Snapshot lets fn read the rows of every workspace as of one moment, past the fence: for a backup.
func (s *Store) Snapshot(ctx context.Context, fn func(tx *store.Raw) error) error {
	return s.db.Snapshot(ctx, fn)
}

// Fill lets fn write the rows of every workspace as they come, all or none, past
// the fence: for a restore into a store that has none.
func (s *Store) Fill(ctx context.Context, fn func(tx *store.Raw) error) error {
	return s.db.Fill(ctx, fn)
}

// LentTables begin the names of the tables that are not ours: the keys of the
// sessions with WhatsApp Web. They are of no workspace, in no backup, and found
// by ChannelLink.Device alone.
const LentTables = "whatsmeow_"

// As returns a scope of the workspace for the actor.
func (s *Store) As(ctx context.Context, workspace ID, actor Actor) *Scope {
	return &Scope{store: s, rows: s.db.Scope(ctx, WorkspaceID(workspace)), actor: actor}
}
