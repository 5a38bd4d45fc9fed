package main

import (
	"database/sql"
	"fmt"
	"testing"

	"mauve/models/modelstest"
)

// TestReplicasStartTogether starts several of the built program at once on one
// empty store: one migrates, the others wait, all serve the same rows.
func TestReplicasStartTogether(t *testing.T) {
	t.Parallel()
	binary := program(t)
	for engine, replicas := range map[string]int{"postgres": 3, "sqlite": 2} {
		for round := range 3 {
			t.Run(fmt.Sprintf("%s %d", engine, round), func(t *testing.T) {
				store, folder := modelstest.Unmigrated(t, engine), t.TempDir()
				var all []*process
				for n := range replicas {
					env := []string{"DATABASE_URL=" + store, "LOG_LEVEL=info", "DATA_DIR=" + folder}
					if engine == "postgres" { // each on a machine of its own, with the key they share
						env = append(env, "SECRET_KEY=one key for all replicas, 32 bytes", fmt.Sprintf("DATA_DIR=%s/%d", folder, n))
					}
					all = append(all, spawn(t, binary, env...))
				}
				for _, p := range all {
					p.ready(t)
				}
				serveTheSame(t, binary, all)
				if engine == "postgres" {
					migratedOnce(t, store)
				}
			})
		}
	}
}

func serveTheSame(t *testing.T, binary string, all []*process) {
	t.Helper()
	run(t, binary, all[0].Env, setUpAcme...)
	key := run(t, binary, all[0].Env, "key", "create", "--name", "test", "--scopes", "read,write")
	for _, writer := range all {
		var made struct{ ID string }
		if res := writer.call(t, key, "POST", "/contacts", `{"name":"Ada"}`, &made); res.StatusCode != 201 {
			t.Fatalf("%s: %s", res.Status, writer.log)
		}
		for _, reader := range all {
			if res := reader.call(t, key, "GET", "/contacts/"+made.ID, "", nil); res.StatusCode != 200 {
				t.Errorf("a contact made by one is not seen by another: %s", res.Status)
			}
		}
	}
}

func migratedOnce(t *testing.T, store string) {
	t.Helper()
	db, err := sql.Open("pgx", store)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows, versions int
	if err := db.QueryRow("SELECT count(*), count(DISTINCT version_id) FROM goose_db_version").Scan(&rows, &versions); err != nil {
		t.Fatal(err)
	}
	if rows != versions || versions < 2 {
		t.Errorf("%d migrations ran %d times", versions, rows)
	}
}
