package main

import (
	"database/sql"
	"fmt"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
)

// TestReplicasStartTogether starts several of the built program at once on one
// empty store: one migrates, the others wait, all serve the same rows. KILLS
// says how often.
func TestReplicasStartTogether(t *testing.T) {
	t.Parallel()
	for engine, replicas := range map[string]int{"postgres": 3, "sqlite": 2} {
		for round := range kills() {
			t.Run(fmt.Sprintf("%s %d", engine, round), func(t *testing.T) {
				store, folder := modelstest.Unmigrated(t, engine), t.TempDir()
				var all []*process
				for n := range replicas {
					env := []string{"DATABASE_URL=" + store, "LOG_LEVEL=info", "DATA_DIR=" + folder}
					if engine == "postgres" { // each on a machine of its own, with the key they share
						env = append(env, "SECRET_KEY=one key for all replicas, 32 bytes", fmt.Sprintf("DATA_DIR=%s/%d", folder, n))
					}
					all = append(all, spawn(t, env...))
				}
				for _, p := range all {
					p.ready(t)
				}
				serveTheSame(t, all)
				if engine == "postgres" {
					migratedOnce(t, store)
				}
			})
		}
	}
}

func serveTheSame(t *testing.T, all []*process) {
	t.Helper()
	all[0].run(t, setUpAcme...)
	key := all[0].run(t, "key", "create", "--name", "test", "--scopes", "read,write")
	for _, writer := range all {
		var made struct{ ID string }
		res := writer.call(t, key, "POST", "/contacts", `{"name":"Ada"}`, &made)
		assert.Equal(t, res.StatusCode, 201)
		for _, reader := range all {
			res := reader.call(t, key, "GET", "/contacts/"+made.ID, "", nil)
			assert.Check(t, is.Equal(res.StatusCode, 200), "a contact made by %s is not seen by %s", writer.url, reader.url)
		}
	}
}

func migratedOnce(t *testing.T, store string) {
	t.Helper()
	db, err := sql.Open("pgx", store)
	assert.NilError(t, err)
	defer db.Close()
	var rows, versions int
	assert.NilError(t, db.QueryRow("SELECT count(*), count(DISTINCT version_id) FROM goose_db_version").Scan(&rows, &versions))
	assert.Check(t, is.Equal(rows, versions), "a migration ran more than once")
	assert.Check(t, versions >= 2, "%d migrations ran", versions)
}
