// Package modelstest is the tests' world: a store on either engine and two
// workspaces with named people. Only tests import it.
package modelstest

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mauve/models"
	"mauve/models/blob"
	"mauve/models/password"
	"mauve/models/rights"
	"mauve/models/testpostgres"
)

// Clock is a clock that tests set; it is safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	shift time.Duration
	held  time.Time // where it stands still, if it does
}

// Now is the time now, moved by what Pass added.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.held.IsZero() {
		return time.Now().Add(c.shift)
	}
	return c.held.Add(c.shift)
}

// Hold stops the clock: from now on only Pass moves it.
func (c *Clock) Hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held, c.shift = c.now(), 0
}

// Pass lets time pass.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift += d
}

// World is a store with two workspaces that know nothing of each other.
type World struct {
	Store  *models.Store
	Clock  *Clock
	Engine string
	URL    string // of the store
	Acme   Team
	Globex Team
}

// Team is a workspace of the world.
type Team struct {
	ID     models.ID
	Name   string
	Owner  *models.Member
	Scope  *models.Scope // the owner's
	System models.System
}

// Password is everybody's.
const Password = "correct horse battery"

// Secret is the store's key in tests.
var Secret = []byte("a secret key of the tests, 32 bytes or more")

// CheapPasswords hashes in microseconds what takes a program tens of milliseconds.
var CheapPasswords = password.Cost{MemoryKiB: 8, Passes: 1}

// Engines are the stores that every test which touches one runs on.
var Engines = []string{"sqlite", "postgres"}

// EachEngine runs the test once for each engine, side by side.
func EachEngine(t *testing.T, test func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, engine)
		})
	}
}

// Each runs the test on a world of each engine.
func Each(t *testing.T, test func(t *testing.T, w *World)) {
	t.Helper()
	EachEngine(t, func(t *testing.T, engine string) { test(t, New(t, engine)) })
}

// New makes a world on the engine: Acme of Lea and Globex of Gus.
func New(tb testing.TB, engine string) *World {
	tb.Helper()
	w := &World{Clock: &Clock{}, Engine: engine, URL: Address(tb, engine)}
	w.Store = Open(tb, models.Options{URL: w.URL, Now: w.Clock.Now, PublicURL: "http://desk.example"})
	w.Acme = w.team(tb, "Acme", "Lea", "lea@acme.example")
	w.Globex = w.team(tb, "Globex", "Gus", "gus@globex.example")
	return w
}

// SQL is the world's database, reached around the store. It is closed when the test ends.
func (w *World) SQL(tb testing.TB) *sql.DB {
	tb.Helper()
	driver, source := "pgx", w.URL
	if path, lite := strings.CutPrefix(w.URL, "sqlite:"); lite {
		driver, source = "sqlite", "file:"+path+"?_pragma=secure_delete(1)" // going back must leave no copy of its own
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

// Open opens the store that the options name, with the tests' key and a folder
// for files where none is given; it is closed when the test ends.
func Open(tb testing.TB, o models.Options) *models.Store {
	tb.Helper()
	if o.SecretKey == nil {
		o.SecretKey = Secret
	}
	if o.Passwords == (password.Cost{}) {
		o.Passwords = CheapPasswords
	}
	if o.MaxConns == 0 {
		o.MaxConns = 4 // a new connection to PostgreSQL takes longer than most tests' statements together
	}
	if o.Blobs == nil {
		o.Blobs = blob.Folder(filepath.Join(tb.TempDir(), "blobs"))
	}
	store, err := models.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return store
}

// Address returns the URL of a fresh store on the engine, of this program's
// schema and without a row. Migrating takes longer than most tests, so it is
// done once and copied.
func Address(tb testing.TB, engine string) string {
	tb.Helper()
	if engine == "postgres" {
		return testpostgres.Clone(tb, migrate)
	}
	template, err := migratedFile()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "mauve.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		tb.Fatal(err)
	}
	return "sqlite:" + path
}

// Unmigrated returns the URL of a fresh store without a schema, for tests of what makes one.
func Unmigrated(tb testing.TB, engine string) string {
	tb.Helper()
	if engine == "postgres" {
		return testpostgres.Database(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "mauve.db")
}

func migrate(address string) error {
	store, err := models.Open(context.Background(), models.Options{URL: address, SecretKey: Secret})
	if err != nil {
		return err
	}
	return store.Close()
}

// migratedFile is the content of an SQLite store of this program's schema.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "mauve-schema")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mauve.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // whole: the last connection wrote the log back when it closed
})

func (w *World) team(tb testing.TB, name, owner, email string) Team {
	tb.Helper()
	ws, m, err := w.Store.Found(tb.Context(), models.Founder{Workspace: name, Name: owner, Email: email, Password: Password})
	if err != nil {
		tb.Fatal(err)
	}
	return Team{ID: ws.ID, Name: name, Owner: m, Scope: w.Store.As(tb.Context(), ws.ID, m.Actor()), System: w.Store.System(tb.Context(), ws.ID)}
}

// Key makes a key of the team and returns its secret.
func (w *World) Key(tb testing.TB, team Team, d models.KeyDraft) (*models.APIKey, string) {
	tb.Helper()
	if d.Name == "" {
		d.Name = "test"
	}
	k, secret, err := team.Scope.CreateKey(d)
	if err != nil {
		tb.Fatal(err)
	}
	return k, secret
}

// Join adds somebody to the team, who joins at once with Password.
func (w *World) Join(tb testing.TB, team Team, name, email string, role rights.Role) *models.Member {
	tb.Helper()
	_, token, err := team.Scope.Invite(name, email, role)
	if err != nil {
		tb.Fatal(err)
	}
	m, err := w.Store.Join(tb.Context(), password.Origin{}, token, Password)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// Session signs the member in.
func (w *World) Session(tb testing.TB, m *models.Member) *models.Session {
	tb.Helper()
	token, err := w.Store.StartSession(tb.Context(), m, "192.0.2.1", "")
	if err != nil {
		tb.Fatal(err)
	}
	session, _, err := w.Store.SessionByToken(tb.Context(), token)
	if err != nil {
		tb.Fatal(err)
	}
	return session
}

// Patience ends what hangs; no machine is so slow.
const Patience = 5 * time.Minute

// Eventually waits until it is so, and ends the test when it never is.
func Eventually(tb testing.TB, what string, is func() bool) {
	tb.Helper()
	for began := time.Now(); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > Patience {
			tb.Fatalf("never: %s", what)
		}
	}
}

// Told returns how many events the scope's workspace has.
func Told(tb testing.TB, scope *models.Scope) int {
	tb.Helper()
	const most = 10_000
	events, err := scope.EventsAfter("", most)
	if err != nil {
		tb.Fatal(err)
	}
	if len(events) == most {
		tb.Fatalf("there are %d events or more", most)
	}
	return len(events)
}

// Run runs a binary's tests, which TestMain is to do, ends their PostgreSQL and returns the tests' exit code.
func Run(m *testing.M) int {
	defer testpostgres.Stop()
	return m.Run()
}
