package testpostgres

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// copied is a copy of the template, with a connection that empties it after each
// test: one that has planned its statements already needs a tenth of the time.
type copied struct {
	name string
	conn *pgx.Conn
}

// spare are copies that tests have given back. Making and dropping one takes
// longer than most tests; emptying it takes a few statements.
var spare struct {
	sync.Mutex
	copies []*copied
}

// pristine is what a copy of the template is like before its test.
var pristine struct {
	sync.Once
	shape string         // its tables and their columns
	empty []string       // the tables without a row
	rows  map[string]int // of the others
	err   error
}

// borrow returns a copy that is as the template is.
func borrow(template string) (*copied, error) {
	spare.Lock()
	defer spare.Unlock()
	if n := len(spare.copies); n > 0 {
		c := spare.copies[n-1]
		spare.copies = spare.copies[:n-1]
		return c, nil
	}
	c := &copied{name: newName()}
	// By the files: twice as fast as by the log, and with what the first connection wrote down.
	if err := execute("CREATE DATABASE " + c.name + " TEMPLATE " + template + " STRATEGY file_copy"); err != nil {
		return nil, err
	}
	ctx, cancel := bound()
	defer cancel()
	var err error
	if c.conn, err = pgx.Connect(ctx, at(c.name)); err != nil {
		return nil, err
	}
	pristine.Do(func() { pristine.err = look(ctx, c.conn) })
	return c, pristine.err
}

// look learns what an untouched copy is like.
func look(ctx context.Context, conn *pgx.Conn) (err error) {
	if pristine.shape, err = shape(ctx, conn); err != nil {
		return err
	}
	tables, err := texts(ctx, conn, `SELECT quote_ident(relname) FROM pg_class
		WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`)
	if err != nil {
		return err
	}
	pristine.rows = map[string]int{}
	for _, table := range tables {
		n, err := count(ctx, conn, table)
		if err != nil {
			return err
		}
		if n > 0 {
			pristine.rows[table] = n
		} else {
			pristine.empty = append(pristine.empty, table)
		}
	}
	return nil
}

func count(ctx context.Context, conn *pgx.Conn, table string) (n int, err error) {
	err = conn.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n)
	return n, err
}

// shape tells tables and columns apart from others.
func shape(ctx context.Context, conn *pgx.Conn) (sum string, err error) {
	const columns = `SELECT md5(string_agg(concat(c.relname, '.', a.attname, ' ', a.atttypid), ',' ORDER BY c.relname, a.attnum))
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped`
	err = conn.QueryRow(ctx, columns).Scan(&sum)
	return sum, err
}

// errChanged says that a test gave its database another shape.
var errChanged = errors.New("the test changed the schema")

// giveBack empties the copy for the next test; one that cannot be emptied is dropped.
func giveBack(c *copied) error {
	ctx, cancel := bound()
	defer cancel()
	if err := empty(ctx, c.conn); err != nil {
		return c.drop()
	}
	spare.Lock()
	defer spare.Unlock()
	spare.copies = append(spare.copies, c)
	return nil
}

func (c *copied) drop() error {
	ctx, cancel := bound()
	defer cancel()
	_ = c.conn.Close(ctx)
	return drop(c.name)
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
	for table, rows := range pristine.rows { // which migrations ran is part of the shape
		if n, err := count(ctx, conn, table); err != nil || n != rows {
			return errors.Join(errChanged, err)
		}
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
