package models

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// contest is an operation that looks before it writes, tried side by side.
type contest struct {
	name string
	// open makes what is fought over, and returns the tries. judge looks at what is
	// left; it may be nil.
	open func(t *testing.T, d *desk) (tries []func() error, judge func(t *testing.T))
	wins int    // of the tries
	told string // what the others are told
}

// TestWhoLooksBeforeWritingHoldsALock lets each operation that decides by what it
// reads meet itself. On PostgreSQL nobody may write until all have read, if they
// read without waiting: without its lock each of them fails here.
func TestWhoLooksBeforeWritingHoldsALock(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, c := range contests {
			t.Run(c.name, func(t *testing.T) {
				d.Scope, d.lea = d.found(t, strings.ToLower(strings.NewReplacer(" ", "-", ",", "").Replace(c.name)))
				tries, judge := c.open(t, d)
				verdicts := sideBySide(t, d, tries)
				won := 0
				for _, v := range verdicts {
					if v == "taken" {
						won++
					} else {
						assert.Check(t, strings.Contains(c.told, strings.TrimPrefix(v, "refused: ")), "who lost is told %s, want %s", v, c.told)
					}
				}
				assert.Check(t, is.Equal(won, c.wins), "how many of %d won: %s", len(tries), verdicts)
				if judge != nil {
					judge(t)
				}
			})
		}
	})
}

// sideBySide runs the tries at once and returns what each came to. On PostgreSQL
// it holds every table so that rows can be read and locked, but not written, until
// every try waits for something or is over.
func sideBySide(t *testing.T, d *desk, tries []func() error) []string {
	t.Helper()
	verdicts := make([]string, len(tries))
	var running sync.WaitGroup
	var over atomic.Int64
	release := func() {}
	if d.store.db.Postgres() {
		release = holdWrites(t, d.address, len(tries), &over)
	}
	for i, try := range tries {
		running.Go(func() {
			verdicts[i] = verdict(try())
			over.Add(1)
		})
	}
	release()
	running.Wait()
	return verdicts
}

// holdWrites returns what lets writers go on as soon as all the tries wait or are over.
func holdWrites(t *testing.T, address string, tries int, over *atomic.Int64) (release func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // against a hang
	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(ctx, address)
		assert.NilError(t, err)
		return conn
	}
	holder, watcher := connect(), connect()
	var tables []string
	rows, err := holder.Query(ctx, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
	assert.NilError(t, err)
	tables, err = pgx.CollectRows(rows, pgx.RowTo[string])
	assert.NilError(t, err)
	_, err = holder.Exec(ctx, "BEGIN; LOCK TABLE "+strings.Join(tables, ", ")+" IN SHARE MODE")
	assert.NilError(t, err)
	return func() {
		defer cancel()
		for {
			var waiting int
			err := watcher.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting)
			assert.NilError(t, err)
			if waiting+int(over.Load()) >= tries {
				break
			}
			time.Sleep(2 * time.Millisecond)
		}
		_, err := holder.Exec(ctx, "COMMIT")
		assert.NilError(t, err)
		assert.NilError(t, holder.Close(ctx))
		assert.NilError(t, watcher.Close(ctx))
	}
}

// TestTheLinkToldLastWorks starts replicas at once on a store without a row.
func TestTheLinkToldLastWorks(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, engine)
			var told []string
			var mu sync.Mutex
			var replicas sync.WaitGroup
			for range 8 {
				replicas.Go(func() {
					for range 5 {
						err := d.store.NewSetupLink(t.Context(), func(token string) {
							mu.Lock()
							defer mu.Unlock()
							told = append(told, token)
						})
						assert.Check(t, err)
					}
				})
			}
			replicas.Wait()
			assert.Assert(t, is.Len(told, 40))
			for i, token := range told {
				assert.Check(t, is.Equal(d.store.CheckSetupLink(t.Context(), token) == nil, i == len(told)-1), "link %d of %d", i+1, len(told))
			}
		})
	}
}

// TestOneLinkMakesOneWorkspace uses one link three times at once, on a store without a row.
func TestOneLinkMakesOneWorkspace(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, engine)
			var token string
			assert.NilError(t, d.store.NewSetupLink(t.Context(), func(made string) { token = made }))
			verdicts := sideBySide(t, d, thrice(func() error {
				_, _, err := d.store.SetUpByLink(t.Context(), token, Founder{Workspace: "Acme", Email: d.email(), Password: "correct horse"})
				return err
			}))
			slices.Sort(verdicts)
			assert.Check(t, is.DeepEqual(verdicts, []string{"refused: already_set_up", "refused: already_set_up", "taken"}))
		})
	}
}

// TestOneSetUpMakesOneWorkspace sets up three times at once, on a store without a row.
func TestOneSetUpMakesOneWorkspace(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, engine)
			verdicts := sideBySide(t, d, thrice(func() error {
				_, _, err := d.store.SetUp(t.Context(), Founder{Workspace: "Acme", Email: d.email(), Password: "correct horse"})
				return err
			}))
			slices.Sort(verdicts)
			assert.Check(t, is.DeepEqual(verdicts, []string{"refused: already_set_up", "refused: already_set_up", "taken"}))
		})
	}
}

func thrice(try func() error) []func() error { return []func() error{try, try, try} }
