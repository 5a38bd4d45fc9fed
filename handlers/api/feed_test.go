package api_test

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"gotest.tools/v3/assert"

	"mauve/models/modelstest"
)

// TestTheFeedWaitsForWhoBeganEarlier: on PostgreSQL an event's place is final when all who began before it have ended. A
// client that reads right after it wrote sees what it wrote if they end soon, and is not kept waiting if they do not.
func TestTheFeedWaitsForWhoBeganEarlier(t *testing.T) {
	t.Parallel()
	d := open(t, modelstest.New(t, "postgres"))
	db, err := sql.Open("pgx", d.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	began := func() *sql.Tx {
		tx, err := db.Begin()
		if err == nil {
			_, err = tx.Exec("SELECT pg_current_xact_id()")
		}
		if err != nil {
			t.Fatal(err)
		}
		return tx
	}
	told := func(name string) bool {
		return strings.Contains(d.call(d.acme, "GET", "/events?perPage=100", "").want(t, 200).text, `"name":"`+name+`"`)
	}

	// Whether somebody has looked at the feed since then, as the server's own list of what was asked last tells.
	looked := func(since time.Time) bool {
		n := 0
		err := db.QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
			AND query LIKE '%pg_current_snapshot%' AND query_start > $1`, since).Scan(&n)
		assert.Check(t, err)
		return n > 0 || err != nil
	}
	// Who began earlier ends when the feed was looked at once, never before: a feed that does not wait never tells.
	// One call waits for about a second, which may be over before the end is heard of; then another is asked.
	round := 0
	modelstest.Eventually(t, "the feed waits for who ends soon", func() bool {
		round++
		name := fmt.Sprint("Brief ", round)
		brief := began()
		d.call(d.acme, "POST", "/contacts", `{"name":"`+name+`"}`).want(t, 201)
		var since time.Time
		assert.NilError(t, db.QueryRow("SELECT clock_timestamp()").Scan(&since))
		answered := make(chan struct{})
		var ending sync.WaitGroup
		ending.Go(func() {
			for !looked(since) {
				select {
				case <-answered:
				case <-time.After(5 * time.Millisecond):
					continue
				}
				break
			}
			assert.Check(t, brief.Rollback())
		})
		waited := told(name)
		close(answered)
		ending.Wait()
		return waited
	})

	long := began()
	d.call(d.acme, "POST", "/contacts", `{"name":"Long"}`).want(t, 201)
	assert.Check(t, !told("Long"), "its place is not final")
	assert.NilError(t, long.Rollback())
	assert.Check(t, told("Long"))
}
