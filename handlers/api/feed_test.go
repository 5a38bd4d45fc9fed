package api_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

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

	brief := began()
	d.call(d.acme, "POST", "/contacts", `{"name":"Brief"}`).want(t, 201)
	ended := time.AfterFunc(60*time.Millisecond, func() { brief.Rollback() })
	if !told("Brief") {
		t.Error("the feed did not wait")
	}
	ended.Stop()

	long := began()
	d.call(d.acme, "POST", "/contacts", `{"name":"Long"}`).want(t, 201)
	if told("Long") {
		t.Error("the feed told an event whose place is not final")
	}
	if err := long.Rollback(); err != nil {
		t.Fatal(err)
	}
	if !told("Long") {
		t.Error("the event never came")
	}
}
