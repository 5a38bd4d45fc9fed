package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server"
	"mauve/cmd/server/isolation"
	"mauve/models"
	"mauve/models/backup"
	"mauve/models/modelstest"
	"mauve/models/search"
	"mauve/models/seed"
)

// TestABackupIsTheWholeStore backs up a store of each engine and restores it
// into each: every row of every table, the files, the order of the events.
func TestABackupIsTheWholeStore(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		source, home := filled(t, w), settingsOf(t, w.URL)
		assert.NilError(t, seed.Sow(t.Context(), w.Store, w.Acme.ID, seed.Plan{Contacts: 500, Conversations: 500, Messages: 5000, Seed: 1}))
		blob := filepath.Join(home.DataDir, blobFolder, "ab", "cd.png")
		assert.NilError(t, os.MkdirAll(filepath.Dir(blob), 0o700))
		assert.NilError(t, os.WriteFile(blob, bytes.Repeat([]byte("file"), 100_000), 0o600))
		file := backedUp(t, home)
		assert.Check(t, backupCmd{File: file}.Run(t.Context(), home) != nil, "a backup was written over another")
		info, err := os.Stat(file)
		assert.NilError(t, err)
		assert.Check(t, is.Equal(info.Mode().Perm(), fs.FileMode(0o600)), "others may read the backup")
		for _, engine := range modelstest.Engines {
			t.Run("into "+engine, func(t *testing.T) { restored(t, source, home, engine, file) })
		}
	})
}

// settingsOf are of a program on the store, with a folder of its own.
func settingsOf(t *testing.T, address string) *settings {
	return &settings{Config: server.Config{DatabaseURL: address, DataDir: t.TempDir(), SecretKey: string(modelstest.Secret), MaxConns: 4, Passwords: modelstest.CheapPasswords}}
}

// backedUp returns the file of a backup.
func backedUp(t *testing.T, home *settings) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mauve.tar.gz")
	assert.NilError(t, backupCmd{File: file}.Run(t.Context(), home))
	return file
}

// filled is the world with rows in every table.
func filled(t *testing.T, w *modelstest.World) *isolation.Site {
	s := isolation.Open(t, w)
	s.Fill()
	// The order by transaction is not the order by number: who began first may have written last.
	_, err := s.DB.Exec("UPDATE events SET txid = -seq")
	assert.NilError(t, err)
	return s
}

func restored(t *testing.T, source *isolation.Site, home *settings, engine, file string) {
	there := settingsOf(t, modelstest.Unmigrated(t, engine))
	assert.NilError(t, restoreCmd{File: file, Release: true}.Run(t.Context(), there))
	store, err := there.OpenStore(t.Context())
	assert.NilError(t, err)
	defer store.Close()
	w := &modelstest.World{Store: store, Clock: source.Clock, Engine: engine, URL: there.DatabaseURL}
	target := isolation.Open(t, w)
	target.Stop()
	for table := range source.Tables() {
		was, is := wholeTable(t, source, table), wholeTable(t, target, table)
		switch table {
		case "sessions":
			assert.Check(t, len(was) > 0 && len(is) == 0, "sessions end: %d were, %d are", len(was), len(is))
		case "api_keys": // personal ones end with them
			assert.Check(t, len(was) > 0 && len(is) == len(was), "%d keys were, %d are", len(was), len(is))
		default:
			sameRows(t, table, was, is)
		}
	}
	assert.Check(t, len(source.Tables()) >= 15, "the source has %d tables", len(source.Tables()))
	messages := len(wholeTable(t, source, "messages"))
	assert.Check(t, messages >= 5000, "the source has %d messages", messages)
	blob, err := os.ReadFile(filepath.Join(there.DataDir, blobFolder, "ab", "cd.png"))
	assert.Check(t, err)
	assert.Check(t, bytes.Equal(blob, bytes.Repeat([]byte("file"), 100_000)), "the file of %d bytes is another", len(blob))
	works(t, source, store)
}

// works holds what no comparison of rows can: order, search, counters, secrets.
func works(t *testing.T, source *isolation.Site, store *models.Store) {
	old := source.Acme.Scope
	scope := store.As(t.Context(), source.Acme.ID, source.Acme.Owner.Actor())
	name := "Zanzibar"
	c, err := scope.CreateContact(models.ContactChange{Name: &name})
	assert.NilError(t, err, "the counter of rows did not go on")
	was, now := eventIDs(t, old), eventIDs(t, scope)
	if assert.Check(t, len(now) > len(was), "%d events were, %d are", len(was), len(now)) {
		assert.Check(t, is.DeepEqual(now[:len(was)], was), "the events' order")
	}
	found := func(s *models.Scope, query string) (ids []models.ID, total int64) {
		t.Helper()
		l, err := search.Contacts(s, search.ContactFilter{Q: query}, models.Page{})
		assert.NilError(t, err, query)
		for _, c := range l.Items {
			ids = append(ids, c.ID)
		}
		return ids, l.Total
	}
	ids, _ := found(scope, name)
	assert.Check(t, is.DeepEqual(ids, []models.ID{c.ID}), "searching what came after")
	known, total := found(old, "amara")
	assert.Check(t, len(known) > 0, "nobody of the source is found")
	ids, again := found(scope, "amara")
	assert.Check(t, is.DeepEqual(ids, known), "searching what was")
	assert.Check(t, is.Equal(again, total), "searching what was")
	for _, h := range webhooks(t, scope) {
		assert.Check(t, store.CheckSecret(h))
	}
}

// webhooks are the endpoints of a workspace that has some.
func webhooks(t *testing.T, s *models.Scope) []*models.Webhook {
	t.Helper()
	hooks, err := s.Webhooks()
	assert.NilError(t, err)
	assert.Assert(t, len(hooks) > 0, "there are no webhooks")
	return hooks
}

func eventIDs(t *testing.T, s *models.Scope) (ids []models.ID) {
	t.Helper()
	events, err := s.EventsAfter("", 100_000)
	assert.NilError(t, err)
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

// wholeTable is every row of a table, spelled the same for both engines, in an order of its own.
func wholeTable(t *testing.T, s *isolation.Site, table string) []string {
	t.Helper()
	rows, err := s.DB.QueryContext(t.Context(), "SELECT * FROM "+table)
	assert.NilError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	assert.NilError(t, err)
	types, err := rows.ColumnTypes()
	assert.NilError(t, err)
	var all []string
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		assert.NilError(t, rows.Scan(into...))
		var line strings.Builder
		for i, v := range cells {
			if at, ok := v.(time.Time); ok {
				v = at.UTC().Format(time.RFC3339Nano)
			}
			if n, ok := v.(int64); ok && types[i].DatabaseTypeName() == "BOOLEAN" {
				v = n != 0
			}
			if table == "events" && (columns[i] == "seq" || columns[i] == "txid") {
				continue // the place is kept, its spelling is the store's
			}
			fmt.Fprintf(&line, "%s=%T:%v|", columns[i], v, v)
		}
		all = append(all, line.String())
	}
	assert.NilError(t, rows.Err())
	slices.Sort(all)
	return all
}

func sameRows(t *testing.T, table string, a, b []string) {
	t.Helper()
	if slices.Equal(a, b) {
		return
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Errorf("%s: %d rows were\n%s\nand %d are\n%s", table, len(a), a[i], len(b), b[i])
			return
		}
	}
	t.Errorf("%s: %d rows were, %d are", table, len(a), len(b))
}

// TestAnEmptyStoreStaysEmptyWhenItsRestoreFails restores what is broken, and what is whole where it must not go.
func TestAnEmptyStoreStaysEmptyWhenItsRestoreFails(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		_, _, err := w.Acme.Scope.CreateWebhook(models.WebhookChange{URL: new("https://example.com/hooks"), Events: &[]string{"message.created"}})
		assert.NilError(t, err)
		home := settingsOf(t, w.URL)
		refused(t, w, home, backedUp(t, home))
	})
}

func refused(t *testing.T, w *modelstest.World, home *settings, file string) {
	whole, err := os.ReadFile(file)
	assert.NilError(t, err)
	bent := bytes.Clone(whole)
	bent[len(bent)/2] ^= 1
	for _, c := range []struct {
		name, says, key string
		content         []byte
	}{
		{"another key", "another SECRET_KEY", "another key of 32 bytes or more..", whole},
		{"cut in half", "cut off", "", whole[:len(whole)/2]},
		{"cut at its last bytes", "cut off", "", whole[:len(whole)-4]},
		{"one bit", "", "", bent},
		{"no backup", "not a backup", "", []byte("hello")},
		{"a newer format", "format 9", "", packed(t, "manifest.json", `{"Format":9}`)},
		{"without an end", "no end", "", packed(t, firstPiece(t, whole)...)},
		{"a file that climbs out", "has the name", "", packed(t, append(firstPiece(t, whole), "blobs/../../evil", "x")...)},
		{"an unknown table", "no such table", "", packed(t, append(firstPiece(t, whole), "rows/moons/000001.jsonl", "x")...)},
		{"an unknown column", "no column", "", packed(t, append(firstPiece(t, whole), "rows/notes/000001.jsonl", "[\"id\",\"mass\"]\n[\"1\",\"2\"]")...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			there := settingsOf(t, modelstest.Address(t, w.Engine))
			if c.key != "" {
				there.SecretKey = c.key
			}
			bad := filepath.Join(t.TempDir(), "bad.tar.gz")
			assert.NilError(t, os.WriteFile(bad, c.content, 0o600))
			assert.Check(t, is.ErrorContains(restoreCmd{File: bad}.Run(t.Context(), there), c.says))
			store, err := there.OpenStore(t.Context())
			assert.NilError(t, err)
			defer store.Close()
			empty, err := store.Empty(t.Context())
			assert.Check(t, err)
			assert.Check(t, empty, "rows were left behind")
			if c.key == "" {
				return
			}
			assert.Check(t, restoreCmd{File: bad, LostKey: true}.Run(t.Context(), there))
			rotates(t, w, store)
		})
	}
	t.Run("a store with rows", func(t *testing.T) {
		assert.Check(t, is.ErrorContains(restoreCmd{File: file}.Run(t.Context(), home), "not empty"))
	})
}

// rotates makes the secrets good again whose key is lost.
func rotates(t *testing.T, w *modelstest.World, store *models.Store) {
	t.Helper()
	scope := store.As(t.Context(), w.Acme.ID, w.Acme.Owner.Actor())
	hooks := webhooks(t, scope)
	assert.Check(t, store.CheckSecret(hooks[0]) != nil, "a secret is open without its key")
	fresh, _, err := scope.RotateSecret(hooks[0].ID)
	if assert.Check(t, err) {
		assert.Check(t, store.CheckSecret(fresh))
	}
}

// packed is a backup of the pieces, names and contents in turn.
func packed(t *testing.T, pieces ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	squeezed := gzip.NewWriter(&b)
	archive := tar.NewWriter(squeezed)
	for i := 0; i < len(pieces); i += 2 {
		assert.NilError(t, archive.WriteHeader(&tar.Header{Name: pieces[i], Mode: 0o600, Size: int64(len(pieces[i+1]))}))
		_, err := archive.Write([]byte(pieces[i+1]))
		assert.NilError(t, err)
	}
	assert.NilError(t, archive.Close())
	assert.NilError(t, squeezed.Close())
	return b.Bytes()
}

func firstPiece(t *testing.T, backup []byte) []string {
	t.Helper()
	u, _, err := unpack(bytes.NewReader(backup), "")
	assert.NilError(t, err)
	return []string{"manifest.json", string(u.manifest)}
}

// TestAnOlderBackupIsMigrated restores the rows of the first schema into this program's.
func TestAnOlderBackupIsMigrated(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		old := settingsOf(t, modelstest.Unmigrated(t, engine))
		store, err := old.OpenStoreAt(t.Context(), 1)
		assert.NilError(t, err)
		driver, source := "pgx", old.DatabaseURL
		if path, ok := strings.CutPrefix(source, "sqlite:"); ok {
			driver, source = "sqlite", "file:"+path
		}
		db, err := sql.Open(driver, source)
		assert.NilError(t, err)
		defer db.Close()
		_, err = db.Exec("INSERT INTO workspaces (id, workspace_id, name, created_at, updated_at) VALUES ('a', 'a', 'Acme', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00')")
		assert.NilError(t, err)
		var pieces []string
		_, err = backup.Write(t.Context(), store, func(name string, piece []byte) error {
			pieces = append(pieces, name, string(piece))
			return nil
		})
		assert.NilError(t, err)
		assert.NilError(t, store.Close())
		file := filepath.Join(t.TempDir(), "old.tar.gz")
		assert.NilError(t, os.WriteFile(file, packed(t, pieces...), 0o600))
		there := *old
		there.DatabaseURL = modelstest.Unmigrated(t, engine)
		assert.NilError(t, restoreCmd{File: file}.Run(t.Context(), &there))
		fresh, err := there.OpenStore(t.Context())
		assert.NilError(t, err)
		defer fresh.Close()
		w, err := fresh.WorkspaceNamed(t.Context(), "Acme")
		assert.NilError(t, err)
		assert.Check(t, is.Equal(w.Name, "Acme"))
	})
}
