package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// lentLock is the number of PostgreSQL's lock under which lent tables are made.
const lentLock = 0x6d61757665 // "mauve"

// LentTables begin the names of the tables that are not ours: the keys of the
// sessions with WhatsApp Web. They are of no workspace, in no backup, and found
// by ChannelLink.Device alone.
const LentTables = "whatsmeow_"

// Lend gives the database to a library that keeps its own tables in it, whose
// names begin with LentTables. use makes or upgrades them, while no other replica
// does. It is the only way to the database from outside this package: the library
// writes with keys that must be safe before a message goes, by its own statements.
func (s *Store) Lend(ctx context.Context, use func(db *sql.DB, dialect string) error) error {
	if !s.postgres {
		unlock, err := s.lockFile()
		if err != nil {
			return fmt.Errorf("lock the store for its lent tables: %w", err)
		}
		defer unlock()
		return use(s.pool, "sqlite3")
	}
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(lentLock)); err != nil {
		return err
	}
	err = use(s.pool, "postgres")
	_, unlocked := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(lentLock))
	return errors.Join(err, unlocked)
}
