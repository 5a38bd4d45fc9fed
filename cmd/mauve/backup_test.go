package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mauve/cmd/server"
	"mauve/cmd/server/isolation"
	"mauve/models"
	"mauve/models/modelstest"
)

// TestABackupIsTheWholeStore backs up a store of each engine and restores it
// into each: every row of every table, the files, the order of the events.
func TestABackupIsTheWholeStore(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		source := filled(t, w)
		home := &settings{Config: server.Config{DatabaseURL: w.URL, DataDir: t.TempDir(), SecretKey: string(modelstest.Secret), MaxConns: 4, Passwords: modelstest.CheapPasswords}}
		blob := filepath.Join(home.DataDir, blobFolder, "ab", "cd.png")
		if err := os.MkdirAll(filepath.Dir(blob), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(blob, bytes.Repeat([]byte("file"), 100_000), 0o600); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "mauve.tar.gz")
		if err := (backupCmd{File: file}).Run(t.Context(), home); err != nil {
			t.Fatal(err)
		}
		if err := (backupCmd{File: file}).Run(t.Context(), home); err == nil {
			t.Error("a backup was written over another")
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Error("others may read the backup:", info, err)
		}
		for _, engine := range modelstest.Engines {
			t.Run("into "+engine, func(t *testing.T) { restored(t, source, home, engine, file) })
		}
		t.Run("refused", func(t *testing.T) { refused(t, w, home, file) })
	})
}

// filled is the world with rows in every table, some tables larger than a piece of a backup.
func filled(t *testing.T, w *modelstest.World) *isolation.Site {
	s := isolation.Open(t, w)
	s.Fill()
	if err := w.Acme.Scope.Seed(models.SeedPlan{Contacts: 3000, Conversations: 3000, Messages: 6000, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	// The order by transaction is not the order by number: who began first may have written last.
	if _, err := s.DB.Exec("UPDATE events SET txid = -seq"); err != nil {
		t.Fatal(err)
	}
	return s
}

func restored(t *testing.T, source *isolation.Site, home *settings, engine, file string) {
	there := &settings{Config: server.Config{DatabaseURL: modelstest.Unmigrated(t, engine), DataDir: t.TempDir(), SecretKey: home.SecretKey, MaxConns: 4}}
	if err := (restoreCmd{File: file}).Run(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	store, err := there.OpenStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w := &modelstest.World{Store: store, Clock: source.Clock, Engine: engine, URL: there.DatabaseURL}
	target := isolation.Open(t, w)
	target.Stop()
	for table := range source.Tables() {
		sameRows(t, table, wholeTable(t, source, table), wholeTable(t, target, table))
	}
	if len(source.Tables()) < 15 || len(wholeTable(t, source, "messages")) < 6000 {
		t.Error("the source has hardly any rows")
	}
	blob, err := os.ReadFile(filepath.Join(there.DataDir, blobFolder, "ab", "cd.png"))
	if err != nil || len(blob) != 400_000 {
		t.Error("the file is not there:", len(blob), err)
	}
	works(t, source, store)
}

// works holds what no comparison of rows can: order, search, counters, secrets.
func works(t *testing.T, source *isolation.Site, store *models.Store) {
	old := source.Acme.Scope
	scope := store.As(t.Context(), source.Acme.ID, source.Acme.Owner.Actor())
	name := "Zanzibar"
	c, err := scope.CreateContact(models.ContactChange{Name: &name})
	if err != nil {
		t.Fatal("the counter of rows did not go on: ", err)
	}
	was, is := eventIDs(t, old), eventIDs(t, scope)
	if len(is) < len(was)+1 || !slices.Equal(was, is[:len(was)]) {
		t.Errorf("the events' order was %v and is %v", was, is)
	}
	for query, want := range map[string]models.ID{name: c.ID, "lea": ""} {
		l, err := scope.Contacts(models.ContactFilter{Q: query}, models.Page{})
		before, err2 := old.Contacts(models.ContactFilter{Q: query}, models.Page{})
		if err != nil || err2 != nil || want != "" && (len(l.Items) != 1 || l.Items[0].ID != want) || want == "" && l.Total != before.Total {
			t.Errorf("searching %s finds %d: %v %v", query, len(l.Items), err, err2)
		}
	}
	hooks, err := scope.Webhooks()
	if err != nil || len(hooks) == 0 {
		t.Fatal("no webhooks", err)
	}
	for _, h := range hooks {
		if err := store.CheckSecret(h); err != nil {
			t.Error(err)
		}
	}
}

func eventIDs(t *testing.T, s *models.Scope) (ids []models.ID) {
	t.Helper()
	events, err := s.EventsAfter("", 100_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

// wholeTable is every row of a table, spelled the same for both engines, in an order of its own.
func wholeTable(t *testing.T, s *isolation.Site, table string) []string {
	t.Helper()
	rows, err := s.DB.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
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
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
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

// refused are restores that must leave the store as it was.
func refused(t *testing.T, w *modelstest.World, home *settings, file string) {
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
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
			there := &settings{Config: server.Config{DatabaseURL: modelstest.Unmigrated(t, w.Engine), DataDir: t.TempDir(), SecretKey: home.SecretKey, MaxConns: 4}}
			if c.key != "" {
				there.SecretKey = c.key
			}
			bad := filepath.Join(t.TempDir(), "bad.tar.gz")
			if err := os.WriteFile(bad, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			err := restoreCmd{File: bad}.Run(t.Context(), there)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			store, err := there.OpenStore(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			if empty, err := store.Empty(t.Context()); err != nil || !empty {
				t.Error("rows were left behind", err)
			}
			if c.key == "" {
				return
			}
			if err := (restoreCmd{File: bad, LostKey: true}).Run(t.Context(), there); err != nil {
				t.Error(err)
			}
			rotates(t, w, store)
		})
	}
	t.Run("a store with rows", func(t *testing.T) {
		if err := (restoreCmd{File: file}).Run(t.Context(), home); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Error(err)
		}
	})
}

// rotates makes the secrets good again whose key is lost.
func rotates(t *testing.T, w *modelstest.World, store *models.Store) {
	t.Helper()
	scope := store.As(t.Context(), w.Acme.ID, w.Acme.Owner.Actor())
	hooks, err := scope.Webhooks()
	if err != nil || len(hooks) == 0 {
		t.Fatal(hooks, err)
	}
	if store.CheckSecret(hooks[0]) == nil {
		t.Error("a secret is open without its key")
	}
	fresh, _, err := scope.RotateSecret(hooks[0].ID)
	if err == nil {
		err = store.CheckSecret(fresh)
	}
	if err != nil {
		t.Error(err)
	}
}

// packed is a backup of the pieces, names and contents in turn.
func packed(t *testing.T, pieces ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	squeezed := gzip.NewWriter(&b)
	archive := tar.NewWriter(squeezed)
	for i := 0; i < len(pieces); i += 2 {
		if err := archive.WriteHeader(&tar.Header{Name: pieces[i], Mode: 0o600, Size: int64(len(pieces[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(pieces[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := squeezed.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func firstPiece(t *testing.T, backup []byte) []string {
	t.Helper()
	u, _, err := unpack(bytes.NewReader(backup), "")
	if err != nil {
		t.Fatal(err)
	}
	return []string{"manifest.json", string(u.manifest)}
}

// TestAnOlderBackupIsMigrated restores the rows of the first schema into this program's.
func TestAnOlderBackupIsMigrated(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		old := &settings{Config: server.Config{DatabaseURL: modelstest.Unmigrated(t, engine), DataDir: t.TempDir(), SecretKey: string(modelstest.Secret), MaxConns: 4, Passwords: modelstest.CheapPasswords}}
		store, err := old.OpenStoreAt(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		driver, source := "pgx", old.DatabaseURL
		if path, ok := strings.CutPrefix(source, "sqlite:"); ok {
			driver, source = "sqlite", "file:"+path
		}
		db, err := sql.Open(driver, source)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("INSERT INTO workspaces (id, workspace_id, name, created_at, updated_at) VALUES ('a', 'a', 'Acme', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00')"); err != nil {
			t.Fatal(err)
		}
		var pieces []string
		if _, err := store.Backup(t.Context(), func(name string, piece []byte) error {
			pieces = append(pieces, name, string(piece))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "old.tar.gz")
		if err := os.WriteFile(file, packed(t, pieces...), 0o600); err != nil {
			t.Fatal(err)
		}
		there := *old
		there.DatabaseURL = modelstest.Unmigrated(t, engine)
		if err := (restoreCmd{File: file}).Run(t.Context(), &there); err != nil {
			t.Fatal(err)
		}
		fresh, err := there.OpenStore(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer fresh.Close()
		if w, err := fresh.WorkspaceNamed(t.Context(), "Acme"); err != nil || w.Name != "Acme" {
			t.Error(w, err)
		}
	})
}
