package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ownTables are the engine's or goose's, or of a store before it has rows: every store makes them for itself.
var ownTables = []string{"cluster", "goose_db_version", "setup_links", "restore_holds"}

// onlyOnSQLite are references that PostgreSQL does not check (0006) and a restore keeps to all the same.
var onlyOnSQLite = [][2]string{{"events", "workspaces"}, {"key_calls", "api_keys"}}

// tables lists the tables that hold rows of ours (lent tables hold none), each after those it refers to.
func (s *Store) tables(ctx context.Context, tx *sql.Tx) ([]string, error) {
	list := `SELECT name, '' FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
	links := `SELECT t.name, f."table" FROM pragma_table_list t, pragma_foreign_key_list(t.name) f WHERE t.schema = 'main' AND t.type = 'table'`
	if s.db.Postgres() {
		list = `SELECT tablename, '' FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`
		links = `SELECT a.relname, b.relname FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid WHERE c.contype = 'f'`
	}
	all, err := pairs(ctx, tx, list)
	if err != nil {
		return nil, err
	}
	refers, err := pairs(ctx, tx, links)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, row := range all {
		if !slices.Contains(ownTables, row[0]) && !strings.HasPrefix(row[0], LentTables) {
			names = append(names, row[0])
			refers = append(refers, [2]string{row[0], "workspaces"}) // all do, where the engine checks it or not
		}
	}
	return inOrder(names, append(refers, onlyOnSQLite...))
}

// inOrder sorts names so that each comes after those it refers to.
func inOrder(names []string, refers [][2]string) (sorted []string, err error) {
	for len(sorted) < len(names) {
		before := len(sorted)
		for _, name := range names {
			waits := slices.ContainsFunc(refers, func(r [2]string) bool {
				return r[0] == name && r[1] != name && !slices.Contains(sorted, r[1])
			})
			if !waits && !slices.Contains(sorted, name) {
				sorted = append(sorted, name)
			}
		}
		if len(sorted) == before {
			return nil, errors.New("models: tables refer to each other in a circle")
		}
	}
	return sorted, nil
}

func pairs(ctx context.Context, tx *sql.Tx, query string) (all [][2]string, err error) {
	rows, err := tx.QueryContext(ctx, query)
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

// kinds are a table's columns with what they hold, as their engine names it.
func kinds(ctx context.Context, tx *sql.Tx, table string) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM "`+table+`" LIMIT 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, t := range types {
		known[t.Name()] = strings.ToUpper(t.DatabaseTypeName())
	}
	return known, rows.Err()
}

// countOn lets PostgreSQL's counters of rows go on after the rows that were restored with their numbers.
func (s *Store) countOn(ctx context.Context, tx *sql.Tx) error {
	if !s.db.Postgres() {
		return nil
	}
	counters, err := pairs(ctx, tx, `SELECT table_name, column_name FROM information_schema.columns WHERE is_identity = 'YES' AND table_schema = current_schema()`)
	if err != nil {
		return err
	}
	for _, c := range counters {
		q := fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%[1]s', '%[2]s'), coalesce(max("%[2]s"), 0) + 1, false) FROM "%[1]s"`, c[0], c[1])
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
