package models

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrateLock is what the lock of one SQLite store is called, after its file's name.
const migrateLock = ".migrate.lock"

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema to this program's version. Replicas that start at
// once wait for each other: by a session lock on PostgreSQL, by a file lock
// beside the file on SQLite, where goose has none.
func (s *Store) Migrate(ctx context.Context) error { return s.migrateTo(ctx, goose.MaxVersion) }

// migrateTo goes no further than the version given, for the rows of an older backup.
func (s *Store) migrateTo(ctx context.Context, version int64) error {
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	// A store that ran a version of this program without some older migration gets it now; none rebuilds a table.
	options := []goose.ProviderOption{goose.WithAllowOutofOrder(true), goose.WithGoMigrations(s.reasonsMigration())}
	if s.postgres {
		dialect, folder = goose.DialectPostgres, "migrations/postgres"
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600)) // asks each second; goose itself each fifth
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		unlock, err := lockFile(strings.TrimPrefix(s.url, "sqlite:") + migrateLock)
		if err != nil {
			return fmt.Errorf("lock the store for migration: %w", err)
		}
		defer unlock()
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, s.pool, files, options...)
	if err != nil {
		return err
	}
	pending, err := provider.HasPending(ctx)
	if err != nil || pending {
		if _, err = provider.UpTo(ctx, version); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	return s.settleOrder(ctx)
}

// Migrated reports the schema version that the store has.
func (s *Store) Migrated(ctx context.Context) (version int64, err error) {
	err = s.pool.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&version)
	return version, err
}

// settleOrder keeps the event order true when a dump was restored into another
// PostgreSQL cluster, whose transaction ids start anew: the old events get
// numbers below all of them, in the order they had. Their seq alone would not
// do: who began first may have written last.
func (s *Store) settleOrder(ctx context.Context) error {
	if !s.postgres {
		return nil
	}
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	const steps = `UPDATE events SET txid = o.place - o.total
		FROM (SELECT seq AS n, row_number() OVER (ORDER BY txid, seq) AS place, count(*) OVER () AS total FROM events) o
		WHERE o.n = events.seq AND EXISTS (
		SELECT 1 FROM cluster WHERE system_id <> (SELECT system_identifier FROM pg_control_system()))`
	const keep = `INSERT INTO cluster (one, system_id) SELECT 1, system_identifier FROM pg_control_system()
		ON CONFLICT (one) DO UPDATE SET system_id = excluded.system_id WHERE cluster.system_id <> excluded.system_id`
	if _, err = tx.ExecContext(ctx, steps); err == nil {
		_, err = tx.ExecContext(ctx, keep)
	}
	return errors.Join(err, tx.Commit())
}

func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}
