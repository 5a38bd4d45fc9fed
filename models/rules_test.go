package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gotest.tools/v3/assert"

	"mauve/models/channeltype"
	"mauve/models/password"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
	"mauve/models/testpostgres"
)

// What the tables of rules share. A rule that needs no store is asked directly; the
// others share one store for each engine and use people and tickets of their own.

// noon is when the tests' clocks start: every time in a table is told from it.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const anID = ID("6740a1b2c3d4e5f60718293a")

const day = 24 * time.Hour

func ago(d time.Duration) *time.Time {
	at := noon.Add(-d)
	return &at
}

// handClock stands still until it is moved.
type handClock struct {
	sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.now
}

func (c *handClock) pass(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.now = c.now.Add(d)
}

// desk is a workspace on a store of its own, seen by its owner.
type desk struct {
	*Scope
	store *Store
	clock *handClock
	lea   *Member

	address string // of the store
}

// eachDesk runs the test on a desk of each engine.
func eachDesk(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, engine)
			d.Scope, d.lea = d.found(t, "Acme")
			test(t, d)
		})
	}
}

var deskKey = []byte(strings.Repeat("k", 32))

// openDesk opens a store without a workspace, whose clock stands still.
func openDesk(t *testing.T, engine string) *desk {
	t.Helper()
	d := &desk{clock: &handClock{now: noon}}
	d.store, d.address = openStore(t, engine, d.clock.Now)
	return d
}

// openStore opens a store of this program's schema without a row.
func openStore(t testing.TB, engine string, now func() time.Time) (s *Store, address string) {
	t.Helper()
	address = "sqlite:" + filepath.Join(t.TempDir(), "m.db")
	if engine == "postgres" {
		address = testpostgres.Clone(t, migrated)
	} else {
		template, err := migratedFile()
		if err == nil {
			err = os.WriteFile(strings.TrimPrefix(address, "sqlite:"), template, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(t.Context(), Options{URL: address, SecretKey: deskKey, Now: now, MaxConns: 4, Passwords: password.Cost{MemoryKiB: 8, Passes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, address
}

// clockOf is a store without a table, whose clock stands still.
func clockOf(tb testing.TB, at time.Time) *store.Store {
	tb.Helper()
	none := fstest.MapFS{"sqlite/00001_none.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}
	s, err := store.Open(tb.Context(), store.Options{URL: "sqlite:" + filepath.Join(tb.TempDir(), "clock.db"),
		Now: func() time.Time { return at }, Migrations: none})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// migratedFile is an SQLite store of this program's schema.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "mauve-schema")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "m.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// migrated gives an empty database this program's schema.
func migrated(address string) error {
	s, err := Open(context.Background(), Options{URL: address, SecretKey: deskKey})
	if err != nil {
		return err
	}
	return s.Close()
}

// found makes one more workspace in the desk's store.
func (d *desk) found(t *testing.T, name string) (*Scope, *Member) {
	t.Helper()
	w, m, err := d.store.Found(t.Context(), Founder{Workspace: name, Name: "Lea", Email: strings.ToLower(name) + "@desk.example", Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	return d.store.As(t.Context(), w.ID, m.Actor()), m
}

// contact makes a contact.
func (d *desk) contact(t *testing.T, change ContactChange) *Contact {
	t.Helper()
	c, err := d.CreateContact(change)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// channel adds a channel. One for Meta's API is configured, and asks nobody.
func (d *desk) channel(t *testing.T, kind ChannelKind) *Channel {
	t.Helper()
	draft := ChannelDraft{Kind: kind, Name: string(kind)}
	if kind == ChannelWhatsApp {
		draft.Config = channeltype.Settings{"phoneNumberId": "106", "accessToken": "token", "appSecret": "secret", "verifyToken": "word"}
	}
	c, err := d.CreateChannel(draft)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hear takes in a text from a WhatsApp number and returns it.
func (d *desk) hear(t *testing.T, on *Channel, in Incoming) *Message {
	t.Helper()
	if in.ExternalID == "" {
		in.ExternalID = "wamid." + string(NewID(noon))
	}
	if in.Type == "" {
		in.Type, in.Body = TypeText, "hello"
	}
	end, err := d.store.System(t.Context(), d.Workspace()).Receive(on.ID, in)
	if err != nil || end.MessageID == "" {
		t.Fatalf("what came in became %q (%s), %v", end.Became, end.Because, err)
	}
	m, err := d.Message(end.MessageID)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// events returns what was told of a row, oldest first.
func (d *desk) events(t *testing.T, subject ID, kind EventKind) []*Event {
	t.Helper()
	var all []*Event
	if err := d.rows.DB.Where("subject_id = ? AND kind = ?", string(subject), kind).Order("seq").Find(&all).Error; err != nil {
		t.Fatal(err)
	}
	return all
}

// verdict says in a word what an error means: "taken" for none, else what is refused.
func verdict(err error) string {
	e, ok := errors.AsType[*problem.Error](err)
	switch {
	case err == nil:
		return "taken"
	case !ok:
		return "broken: " + err.Error()
	case len(e.Faults) > 0 && e.Kind == problem.Invalid && e.Code == "invalid":
		fields := make([]string, len(e.Faults))
		for i, f := range e.Faults {
			fields[i] = f.Field
		}
		return "refused: " + strings.Join(fields, ", ")
	}
	return "refused: " + e.Code
}

// told spells audit entries, each with its fields in order: status "open" → "waiting"; priority …
func told(entries []Changes) string {
	all := make([]string, len(entries))
	for i, d := range entries {
		var fields []string
		for _, name := range d.Names() {
			fields = append(fields, fmt.Sprintf("%s %q → %q", name, d[name].From, d[name].To))
		}
		all[i] = strings.Join(fields, ", ")
	}
	return strings.Join(all, "; ")
}

// changesOf are the audit entries of events.
func changesOf(events []*Event) []Changes {
	all := make([]Changes, len(events))
	for i, e := range events {
		all[i] = e.Changes
	}
	return all
}

// sorted joins texts in their order.
func sorted[T ~string](all []T) string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = string(v)
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// by is the desk as somebody else sees it, for use beside others.
func (d *desk) by(m *Member) *Scope { return d.store.As(d.rows.Ctx, ID(m.WorkspaceID), m.Actor()) }

// email is an address that nobody has.
func (d *desk) email() string { return string(NewID(noon)) + "@desk.example" }

// joined is somebody new of the team.
func (d *desk) joined(t *testing.T, role rights.Role) *Member {
	t.Helper()
	_, token, err := d.Invite("Ann", d.email(), role)
	assert.NilError(t, err)
	m, err := d.store.Join(t.Context(), password.Origin{}, token, "correct horse")
	assert.NilError(t, err)
	return m
}

// session signs Lea in.
func (d *desk) session(t *testing.T) ID {
	t.Helper()
	token, err := d.store.StartSession(t.Context(), d.lea, "", "")
	assert.NilError(t, err)
	session, _, err := d.store.SessionByToken(t.Context(), token)
	assert.NilError(t, err)
	return session.ID
}

func (d *desk) tag(t *testing.T, name string) ID {
	t.Helper()
	tag, err := d.CreateTag(TagChange{Name: &name})
	assert.NilError(t, err)
	return tag.ID
}
