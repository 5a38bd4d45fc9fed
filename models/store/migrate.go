package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrateLock is what the lock of one SQLite store is called, after its file's name.
const migrateLock = ".migrate.lock"

// Migrate brings the schema to this program's version. Replicas that start at
// once wait for each other: by a session lock on PostgreSQL, by a file lock
// beside the file on SQLite, where goose has none.
func (s *Store) Migrate(ctx context.Context) error { return s.migrate(ctx, goose.MaxVersion) }

// migrate goes no further than the version given, for the rows of an older backup.
func (s *Store) migrate(ctx context.Context, version int64) error {
	dialect, folder := goose.DialectSQLite3, "sqlite"
	// A store that ran a version of this program without some older migration gets it now; none rebuilds a table.
	options := []goose.ProviderOption{goose.WithAllowOutofOrder(true)}
	if s.o.Steps != nil {
		options = append(options, goose.WithGoMigrations(s.o.Steps(s.postgres)...))
	}
	if s.postgres {
		dialect, folder = goose.DialectPostgres, "postgres"
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600)) // asks each second; goose itself each fifth
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		unlock, err := s.lockFile()
		if err != nil {
			return fmt.Errorf("lock the store for migration: %w", err)
		}
		defer unlock()
	}
	files, err := fs.Sub(s.o.Migrations, folder)
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
	return nil
}

// Migrated reports the schema version that the store has.
func (s *Store) Migrated(ctx context.Context) (version int64, err error) {
	err = s.pool.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&version)
	return version, err
}

// lockFile lets one process alone change the schema of a SQLite store.
func (s *Store) lockFile() (unlock func(), err error) {
	path, _ := s.file()
	f, err := os.OpenFile(path+migrateLock, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}
