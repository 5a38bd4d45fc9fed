package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Raw is one transaction over the rows of every workspace, past the fence: for a backup, which reads all of them, and
// for a restore, which writes them into a store that has none. It knows tables by what the engine says of them.
type Raw struct {
	tx       *sql.Tx
	postgres bool
}

// Column is a column of a table. Kind is what it holds as the engine names it, in capitals.
type Column struct{ Name, Kind string }

// Snapshot lets fn read all tables as of one moment. Others may write meanwhile.
func (s *Store) Snapshot(ctx context.Context, fn func(tx *Raw) error) error {
	level := sql.LevelDefault // SQLite's snapshot is the transaction's own; it begins with the first read
	if s.postgres {
		level = sql.LevelRepeatableRead
	}
	tx, err := s.pool.BeginTx(ctx, &sql.TxOptions{Isolation: level, ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(&Raw{tx, s.postgres})
}

// Fill lets fn write rows as they come, with the numbers they have. What fn wrote is committed when it returns nil,
// all of it or nothing; new rows get numbers after those.
func (s *Store) Fill(ctx context.Context, fn func(tx *Raw) error) error {
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	raw := &Raw{tx, s.postgres}
	if err = fn(raw); err != nil {
		return err
	}
	if err = errors.Join(raw.countOn(ctx), tx.Commit()); err != nil {
		return err
	}
	// The planner knows nothing of the new rows.
	_, err = s.pool.ExecContext(ctx, "ANALYZE")
	return err
}

// Postgres reports which of the two engines it is.
func (r *Raw) Postgres() bool { return r.postgres }

// Tables lists all tables, goose's and lent ones too, by name; one that is divided is one. refers are those that have a foreign key: the table, and
// the one that it refers to.
func (r *Raw) Tables(ctx context.Context) (names []string, refers [][2]string, err error) {
	list := `SELECT name, '' FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
	links := `SELECT t.name, f."table" FROM pragma_table_list t, pragma_foreign_key_list(t.name) f WHERE t.schema = 'main' AND t.type = 'table'`
	if r.postgres {
		list = `SELECT relname, '' FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname`
		links = `SELECT a.relname, b.relname FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid WHERE c.contype = 'f' AND NOT a.relispartition AND NOT b.relispartition`
	}
	all, err := r.pairs(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range all {
		names = append(names, row[0])
	}
	refers, err = r.pairs(ctx, links)
	return names, refers, err
}

// Columns are a table's, in their order.
func (r *Raw) Columns(ctx context.Context, table string) ([]Column, error) {
	rows, err := r.tx.QueryContext(ctx, `SELECT * FROM "`+table+`" LIMIT 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := readColumns(rows)
	return columns, errors.Join(err, rows.Err())
}

func readColumns(rows *sql.Rows) ([]Column, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	columns := make([]Column, len(types))
	for i, t := range types {
		columns[i] = Column{t.Name(), strings.ToUpper(t.DatabaseTypeName())}
	}
	return columns, nil
}

// Empty reports whether the table holds no row.
func (r *Raw) Empty(ctx context.Context, table string) (bool, error) {
	var empty bool
	err := r.tx.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM "`+table+`")`).Scan(&empty)
	return empty, err
}

// Each passes the rows of a table to take, in the order of the columns named, or in none. The cells are what the
// engine's driver reads, and take's until it returns.
func (r *Raw) Each(ctx context.Context, table string, order []string, take func(columns []Column, cells []any) error) error {
	query := `SELECT * FROM "` + table + `"`
	if len(order) > 0 {
		query += " ORDER BY " + strings.Join(order, ", ")
	}
	rows, err := r.tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := readColumns(rows)
	if err != nil {
		return err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err = rows.Scan(into...); err != nil {
			return err
		}
		if err = take(columns, cells); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Insert writes rows in one statement. cells are their values, row after row, each in the order of the columns.
func (r *Raw) Insert(ctx context.Context, table string, columns []string, cells []any) error {
	var q strings.Builder
	fmt.Fprintf(&q, `INSERT INTO "%s" ("%s")`, table, strings.Join(columns, `", "`))
	if r.postgres {
		q.WriteString(" OVERRIDING SYSTEM VALUE") // a row keeps the number it had
	}
	q.WriteString(" VALUES ")
	for i := range cells {
		switch {
		case i == 0:
			q.WriteString("(")
		case i%len(columns) == 0:
			q.WriteString("), (")
		default:
			q.WriteString(", ")
		}
		if r.postgres {
			fmt.Fprintf(&q, "$%d", i+1)
		} else {
			q.WriteString("?")
		}
	}
	q.WriteString(")")
	_, err := r.tx.ExecContext(ctx, q.String(), cells...)
	return err
}

// Exec runs one statement, with ? for each of its arguments.
func (r *Raw) Exec(ctx context.Context, query string, args ...any) error {
	if r.postgres {
		query = dollars(query)
	}
	_, err := r.tx.ExecContext(ctx, query, args...)
	return err
}

// countOn lets PostgreSQL's counters of rows go on after the rows that were written with their numbers.
func (r *Raw) countOn(ctx context.Context) error {
	if !r.postgres {
		return nil
	}
	counters, err := r.pairs(ctx, `SELECT table_name, column_name FROM information_schema.columns WHERE is_identity = 'YES' AND table_schema = current_schema()`)
	if err != nil {
		return err
	}
	for _, c := range counters {
		q := fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%[1]s', '%[2]s'), coalesce(max("%[2]s"), 0) + 1, false) FROM "%[1]s"`, c[0], c[1])
		if _, err := r.tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (r *Raw) pairs(ctx context.Context, query string) (all [][2]string, err error) {
	rows, err := r.tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p [2]string
		if err = rows.Scan(&p[0], &p[1]); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}
