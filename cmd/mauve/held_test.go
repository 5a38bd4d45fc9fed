package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
)

// TestARestoredStoreIsHeld until it is released: what waited in the backup does not leave a second time by itself.
func TestARestoredStoreIsHeld(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		var told atomic.Int64
		var away atomic.Bool
		away.Store(true)
		shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if away.Load() {
				w.WriteHeader(503)
				return
			}
			told.Add(1)
		}))
		t.Cleanup(shop.Close)
		env := func() []string {
			return []string{"DATABASE_URL=" + modelstest.Unmigrated(t, engine), "DATA_DIR=" + t.TempDir(), "SECRET_KEY=" + string(modelstest.Secret), "ALLOW_PRIVATE_WEBHOOKS=true"}
		}
		first := newProcess(t, env()...)
		first.start(t)
		first.ready(t)
		first.run(t, setUpAcme...)
		key := first.run(t, "key", "create", "--name", "shop", "--scopes", "read,write")
		first.call(t, key, "POST", "/webhooks", `{"url":"`+shop.URL+`","events":["contact.created"]}`, nil)
		first.call(t, key, "POST", "/contacts", `{"name":"Ada"}`, nil)
		_, open := first.signedIn(t, "lea@acme.example") // a session that the backup holds
		assert.Check(t, is.Contains(open("/settings/workspace"), "Acme"))
		backup := filepath.Join(t.TempDir(), "backup")
		first.run(t, "backup", backup)
		first.stop(t)

		held := spawnAfter(t, env(), func(p *process) { p.run(t, "restore", backup) })
		away.Store(false)
		var contacts struct{ Meta struct{ Total int } }
		held.read(t, key, "/contacts", &contacts)
		assert.Check(t, is.Equal(contacts.Meta.Total, 1))
		var problem struct{ Code string }
		res := held.call(t, key, "POST", "/contacts", `{"name":"Bo"}`, &problem)
		assert.Check(t, res.StatusCode == 503 && problem.Code == "held" && res.Header.Get("Retry-After") != "", "%d %s", res.StatusCode, problem.Code)
		first.url = held.url
		assert.Check(t, !strings.Contains(open("/settings/workspace"), "Acme"), "an old session lives again")
		post, page := held.signedIn(t, "lea@acme.example") // anew
		assert.Check(t, is.Equal(post("/contacts", url.Values{"name": {"Cy"}}), 303), "people work on")
		assert.Check(t, strings.Contains(page("/settings/workspace"), "shop"), "keys that live are listed")
		assert.Check(t, is.Equal(told.Load(), int64(0)), "deliveries left a store that is held")

		assert.Check(t, is.Equal(post("/settings/workspace/release", url.Values{}), 303))
		modelstest.Eventually(t, "what waited leaves", func() bool { return told.Load() >= 1 })
		modelstest.Eventually(t, "the API takes writes", func() bool {
			return held.call(t, key, "POST", "/contacts", `{"name":"Bo"}`, nil).StatusCode == 201
		})

		byCommand := spawnAfter(t, env(), func(p *process) {
			p.run(t, "restore", backup)
			assert.Check(t, is.Contains(p.run(t, "release"), "1 held"))
			assert.Check(t, is.Contains(p.run(t, "release"), "0 held"))
		})
		byFlag := spawnAfter(t, env(), func(p *process) { p.run(t, "restore", backup, "--release") })
		for _, p := range []*process{byCommand, byFlag} {
			assert.Check(t, is.Equal(p.call(t, key, "POST", "/contacts", `{"name":"Bo"}`, nil).StatusCode, 201))
		}
	})
}

// spawnAfter prepares a store by commands, then serves it.
func spawnAfter(t *testing.T, env []string, prepare func(p *process)) *process {
	t.Helper()
	prepare(newProcess(t, env...))
	served := spawn(t, env...)
	served.ready(t)
	return served
}
