package testpostgres

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// spare are copies of the template that tests have given back. Making and
// dropping one takes longer than most tests; emptying it takes a few statements.
var spare struct {
	sync.Mutex
	names []string
}

// pristine is what a copy of the template is like before its test.
var pristine struct {
	sync.Once
	shape string   // its tables and their columns
	empty []string // the tables without a row
	err   error
}

// borrow returns the name of a copy that is as the template is.
func borrow(template string) (name string, err error) {
	spare.Lock()
	if n := len(spare.names); n > 0 {
		name, spare.names = spare.names[n-1], spare.names[:n-1]
	}
	spare.Unlock()
	if name != "" {
		return name, nil
	}
	name = newName()
	// By the files: twice as fast as by the log, and with what the first connection wrote down.
	if err = execute("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY file_copy"); err != nil {
		return "", err
	}
	pristine.Do(func() { pristine.err = with(name, look) })
	return name, pristine.err
}

// look learns what an untouched copy is like.
func look(ctx context.Context, conn *pgx.Conn) (err error) {
	if pristine.shape, err = shape(ctx, conn); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, table := range tables {
		var filled bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+table+")").Scan(&filled); err != nil {
			return err
		}
		if !filled {
			pristine.empty = append(pristine.empty, table)
		}
	}
	return nil
}

// shape tells tables and columns apart from others.
func shape(ctx context.Context, conn *pgx.Conn) (sum string, err error) {
	const columns = `SELECT md5(string_agg(table_name || '.' || column_name || ' ' || data_type, ',' ORDER BY table_name, column_name))
		FROM information_schema.columns WHERE table_schema = current_schema()`
	err = conn.QueryRow(ctx, columns).Scan(&sum)
	return sum, err
}

// errChanged says that a test gave its database another shape.
var errChanged = errors.New("the test changed the schema")

// giveBack empties the copy for the next test; one that cannot be emptied is dropped.
func giveBack(name string) error {
	if err := with(name, empty); err != nil {
		return drop(name)
	}
	spare.Lock()
	defer spare.Unlock()
	spare.names = append(spare.names, name)
	return nil
}

func empty(ctx context.Context, conn *pgx.Conn) error {
	if err := alone(ctx, conn); err != nil {
		return err
	}
	now, err := shape(ctx, conn)
	if err != nil {
		return err
	}
	if now != pristine.shape {
		return errChanged
	}
	batch := &pgx.Batch{}
	batch.Queue("SET session_replication_role = replica") // tables in any order
	for _, table := range pristine.empty {
		batch.Queue("DELETE FROM " + table)
	}
	return conn.SendBatch(ctx, batch).Close()
}

// alone ends whoever the test left connected, and waits until they are gone: nothing is written after it.
func alone(ctx context.Context, conn *pgx.Conn) error {
	for {
		var others int
		err := conn.QueryRow(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&others)
		if err != nil || others == 0 {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
