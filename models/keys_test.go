package models_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/testpostgres"
)

// keysOf are the unique keys and foreign keys of PostgreSQL's tables with a workspace: "table (columns)" by their names, those of the
// partitions aside.
func keysOf(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT k.table_name, k.name, k.columns FROM (
			SELECT t.oid, t.relname AS table_name, x.relname AS name, (SELECT string_agg(a.attname, ', ' ORDER BY k.at)
				FROM unnest(i.indkey) WITH ORDINALITY k (n, at) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.n) AS columns
			FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indisunique AND i.indisvalid
			UNION ALL SELECT t.oid, t.relname, c.conname, (SELECT string_agg(a.attname, ', ' ORDER BY k.at)
				FROM unnest(c.conkey) WITH ORDINALITY k (n, at) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.n)
			FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.contype = 'f' AND c.convalidated AND c.conparentid = 0) k
		JOIN pg_class t ON t.oid = k.oid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'workspace_id'
		WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition`)
	assert.NilError(t, err)
	defer rows.Close()
	keys := map[string]string{}
	for rows.Next() {
		var table, name, columns string
		assert.NilError(t, rows.Scan(&table, &name, &columns))
		keys[table+" "+name] = columns
	}
	assert.NilError(t, rows.Err())
	return keys
}

// TestKeysBeginWithTheWorkspace is what PostgreSQL's partitioning and Citus ask of a schema.
func TestKeysBeginWithTheWorkspace(t *testing.T) {
	t.Parallel()
	keys := keysOf(t, beside(t, modelstest.New(t, "postgres")))
	assert.Check(t, len(keys) > 60, "the keys were not read: %v", keys)
	for key, columns := range keys {
		table, name, _ := strings.Cut(key, " ")
		if !slices.Contains(testpostgres.Whole, table) || strings.HasSuffix(name, "_fkey") {
			assert.Check(t, is.Equal(strings.Split(columns, ", ")[0], "workspace_id"), key)
		}
	}
}

// TestKeysChangeBesideAProgramAtWork migrates a store of the old keys under a program that writes, breaking off again and
// again: no write fails, and the keys are those of a new store.
func TestKeysChangeBesideAProgramAtWork(t *testing.T) {
	t.Parallel()
	url := modelstest.Unmigrated(t, "postgres")
	old := modelstest.Open(t, models.Options{URL: url, Schema: 27})
	ws, owner, err := old.Found(t.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
	assert.NilError(t, err)
	var writers sync.WaitGroup
	var over atomic.Bool
	var wrote atomic.Int64
	for i := range 3 {
		writers.Go(func() {
			scope := old.As(t.Context(), ws.ID, owner.Actor())
			for n := 0; !over.Load(); n++ {
				who := fmt.Sprintf("%d-%d", i, n)
				sent, err := scope.SendTo(models.Outgoing{Kind: models.ChannelAPI, To: who + "@example.com", Draft: models.Draft{Body: who, ClientID: who}})
				if !assert.Check(t, err) {
					return
				}
				again, err := scope.SendTo(models.Outgoing{Kind: models.ChannelAPI, To: who + "@example.com", Draft: models.Draft{Body: who, ClientID: who}})
				if assert.Check(t, err) {
					assert.Check(t, is.Equal(again.ID, sent.ID), "one client id is two messages")
				}
				wrote.Add(1)
			}
		})
	}
	broken := 0
	for within := 10 * time.Millisecond; ; within += within / 2 {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		now, err := models.Open(ctx, models.Options{URL: url, SecretKey: modelstest.Secret})
		if until, _ := ctx.Deadline(); time.Now().Before(until) { // a connection may notice its end before the context does
			assert.NilError(t, err)
		}
		cancel()
		if err == nil {
			assert.NilError(t, now.Close())
			break
		}
		broken++
	}
	over.Store(true)
	writers.Wait()
	assert.Check(t, broken > 0, "it was never broken off")
	assert.Check(t, wrote.Load() > 0)
	db, err := sql.Open("pgx", url)
	assert.NilError(t, err)
	defer db.Close()
	assert.Check(t, is.DeepEqual(keysOf(t, db), keysOf(t, beside(t, modelstest.New(t, "postgres")))))
	var messages, left int64
	assert.NilError(t, db.QueryRow("SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_28')").Scan(&messages, &left))
	assert.Check(t, is.Equal(messages, wrote.Load()))
	assert.Check(t, is.Equal(left, int64(0)), "something half made is left")
}

// TestTablesAreDividedAsAsked tells that a run on divided tables, as make check's is, is not a plain one.
func TestTablesAreDividedAsAsked(t *testing.T) {
	t.Parallel()
	db := beside(t, modelstest.New(t, "postgres"))
	var divided, tables int
	assert.NilError(t, db.QueryRow(`SELECT count(*) FILTER (WHERE c.relkind = 'p'), count(*) FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`).Scan(&divided, &tables))
	want := 0
	if parts, _ := strconv.Atoi(os.Getenv(testpostgres.PartitionsVariable)); parts > 0 {
		want = tables - len(testpostgres.Whole)
	}
	assert.Check(t, tables > 25)
	assert.Check(t, is.Equal(divided, want))
}
