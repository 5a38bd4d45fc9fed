package testpostgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// PartitionsVariable names the environment's word for how many partitions the template's tables are divided into; empty or 0
// is none.
const PartitionsVariable = "TEST_PARTITIONS"

// Whole are the tables of a workspace that are read before it is known, so that they are not divided by it.
var Whole = []string{"workspaces", "members", "sessions", "api_keys", "channels"}

const column = "workspace_id"

// partitionAsAsked divides the tables of an empty database as the environment says.
func partitionAsAsked(address string) error {
	asked := os.Getenv(PartitionsVariable)
	if asked == "" || asked == "0" {
		return nil
	}
	parts, err := strconv.Atoi(asked)
	if err != nil {
		return fmt.Errorf("%s: %w", PartitionsVariable, err)
	}
	return Partition(address, parts)
}

// Partition divides each table of an empty database that has a workspace, and is not among those that stay whole, by hash of
// it. PostgreSQL refuses a table with a unique key that lacks it. Names of keys and indexes stay.
func Partition(address string, parts int) error {
	ctx, cancel := bound()
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	tables, err := texts(ctx, conn, `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = $1
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND NOT c.relispartition ORDER BY 1`, column)
	if err != nil {
		return err
	}
	tables = slices.DeleteFunc(tables, func(table string) bool { return slices.Contains(Whole, table) })
	references, err := texts(ctx, conn, `SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE contype = 'f' AND (conrelid = ANY ($1::regclass[]) OR confrelid = ANY ($1::regclass[]))`, tables)
	for _, table := range tables {
		err = errors.Join(err, partition(ctx, conn, table, parts))
	}
	for _, reference := range references {
		_, bad := conn.Exec(ctx, reference)
		err = errors.Join(err, bad)
	}
	return err
}

// partition puts a divided table into the place of one.
func partition(ctx context.Context, conn *pgx.Conn, table string, parts int) error {
	keys, err := texts(ctx, conn, `SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('p', 'u')`, table)
	if err != nil {
		return err
	}
	indexes, err := texts(ctx, conn, `SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::regclass
		AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))`, table)
	if err != nil {
		return err
	}
	steps := []string{
		fmt.Sprintf("CREATE TABLE divided (LIKE %s INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING CONSTRAINTS) PARTITION BY HASH (%s)", table, column),
		fmt.Sprintf("DROP TABLE %s CASCADE", table),
		"ALTER TABLE divided RENAME TO " + table,
	}
	steps = append(append(steps, keys...), indexes...)
	for i := range parts {
		steps = append(steps, fmt.Sprintf("CREATE TABLE %[1]s_p%[2]d PARTITION OF %[1]s FOR VALUES WITH (MODULUS %[3]d, REMAINDER %[2]d)", table, i, parts))
	}
	if _, err = conn.Exec(ctx, strings.Join(steps, ";\n")); err != nil {
		return fmt.Errorf("divide %s: %w", table, err)
	}
	return nil
}

func texts(ctx context.Context, conn *pgx.Conn, query string, args ...any) ([]string, error) {
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
