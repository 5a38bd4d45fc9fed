// Package modelstest is the tests' world: a store on either engine and two
// workspaces with named people. Only tests import it.
package modelstest

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mauve/models"
	"mauve/models/blob"
	"mauve/models/internal/throwaway"
)

// Clock is a clock that tests set; it is safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	shift time.Duration
}

// Now is the time now, moved by what Pass added.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.shift)
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
	ID    models.ID
	Name  string
	Owner *models.Member
	Scope *models.Scope // the owner's
}

// Password is everybody's.
const Password = "correct horse battery"

// Secret is the store's key in tests.
var Secret = []byte("a secret key of the tests, 32 bytes or more")

// Engines are the stores that every test which touches one runs on.
var Engines = []string{"sqlite", "postgres"}

// Each runs the test on a world of each engine.
func Each(t *testing.T, test func(t *testing.T, w *World)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, New(t, engine))
		})
	}
}

// New makes a world on the engine: Acme of Lea and Globex of Gus.
func New(tb testing.TB, engine string) *World {
	tb.Helper()
	w := &World{Clock: &Clock{}, Engine: engine, URL: Address(tb, engine)}
	store, err := models.Open(tb.Context(), models.Options{URL: w.URL, SecretKey: Secret, Now: w.Clock.Now,
		Blobs: blob.Folder(filepath.Join(tb.TempDir(), "blobs")), PublicURL: "http://desk.example"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	w.Store = store
	w.Acme = w.team(tb, "Acme", "Lea", "lea@acme.example")
	w.Globex = w.team(tb, "Globex", "Gus", "gus@globex.example")
	return w
}

// Address returns the URL of a fresh, empty store on the engine.
func Address(tb testing.TB, engine string) string {
	tb.Helper()
	if engine == "postgres" {
		return throwaway.Postgres(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "mauve.db")
}

func (w *World) team(tb testing.TB, name, owner, email string) Team {
	tb.Helper()
	ws, m, err := w.Store.Found(tb.Context(), models.Founder{Workspace: name, Name: owner, Email: email, Password: Password})
	if err != nil {
		tb.Fatal(err)
	}
	return Team{ID: ws.ID, Name: name, Owner: m, Scope: w.Store.As(tb.Context(), ws.ID, m.Actor())}
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

// Stop ends the binary's PostgreSQL; TestMain calls it after the tests.
func Stop() { throwaway.Stop() }
