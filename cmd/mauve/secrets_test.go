package main

import (
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
)

// TestNoSecretLiesInClear runs a desk through everything that makes or takes a secret, and looks for each in the
// store, in SQLite's log beside it, in a backup and in what the program wrote.
func TestNoSecretLiesInClear(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		store, data := modelstest.Address(t, engine), t.TempDir()
		address := freeAddress(t)
		p := &process{url: "http://" + address, log: &journal{}, Cmd: &exec.Cmd{Env: append(os.Environ(), "ADDR="+address, "DATA_DIR="+data, "DATABASE_URL="+store, "LOG_LEVEL=debug")}}
		p.start(t)
		t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
		p.ready(t)
		secrets := map[string]string{"password": modelstest.Password}

		jar, err := cookiejar.New(nil)
		assert.NilError(t, err)
		client := &http.Client{Jar: jar}
		page := func(path string, form url.Values) string {
			t.Helper()
			method := "GET"
			if form != nil {
				method = "POST"
			}
			r, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(form.Encode()))
			assert.NilError(t, err)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			res, err := client.Do(r)
			assert.NilError(t, err)
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			assert.NilError(t, err)
			assert.Check(t, res.StatusCode < 300, "%s %s: %d", method, path, res.StatusCode)
			return string(text)
		}
		find := func(name, pattern, text string) string {
			t.Helper()
			found := regexp.MustCompile(pattern).FindStringSubmatch(text)
			assert.Assert(t, found != nil, "no %s", name)
			secrets[name] = found[1]
			return found[1]
		}
		modelstest.Eventually(t, "a setup link", func() bool { return strings.Contains(p.log.String(), "/setup?token=") })
		link := regexp.MustCompile(`/setup\?token=(\S+)`).FindStringSubmatch(p.log.String())[1] // the log tells it: it is spent
		page("/setup?token="+link, nil)
		page("/setup", url.Values{"token": {link}, "workspace": {"Acme"}, "name": {"Lea"}, "email": {"lea@acme.example"}, "password": {modelstest.Password}})
		page("/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}})
		at, _ := url.Parse(p.url)
		secrets["session"] = jar.Cookies(at)[0].Value
		key := find("key of a page", `(mauve_live_\w{36})`, page("/settings/api-keys", url.Values{"name": {"k"}, "scopes": {"read", "write"}, "capCalls": {"90"}, "capSeconds": {"30"}}))
		invitation := find("invitation", `/join/([\w-]{20,})`, page("/settings/members", url.Values{"name": {"Max"}, "email": {"max@acme.example"}, "role": {"agent"}}))
		secrets["key of the command line"] = p.run(t, "key", "create", "--name", "k", "--scopes", "read,write")
		call := func(path, body, name string) (text string) {
			t.Helper()
			for range 2 { // the repeat is told from the store
				r, err := http.NewRequestWithContext(t.Context(), "POST", p.api(path), strings.NewReader(body))
				assert.NilError(t, err)
				r.Header.Set("X-API-Key", key)
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Idempotency-Key", name)
				res, err := http.DefaultClient.Do(r)
				assert.NilError(t, err)
				all, err := io.ReadAll(res.Body)
				res.Body.Close()
				assert.NilError(t, err)
				assert.Check(t, res.StatusCode < 300 && (text == "" || text == string(all)), "%s %s", res.Status, all)
				text = string(all)
			}
			return text
		}
		made := call("/webhooks", `{"url":"https://example.com/hook","events":["contact.created"]}`, "one")
		find("webhook's secret", `"secret":"whsec_([^"]+)"`, made)
		id := regexp.MustCompile(`hook_\w+`).FindString(made)
		find("webhook's new secret", `"secret":"whsec_([^"]+)"`, call("/webhooks/"+id+"/rotate-secret", "", "two"))
		secrets["access token"], secrets["app secret"], secrets["verify token"] = "EAAGzqtokenofyours", "zqsecretofyourapp", "zqsesameopen"
		call("/channels", `{"kind":"whatsapp","name":"Shop","sessionId":"s","config":{"phoneNumberId":"1122334455667","wabaId":"998877","accessToken":"EAAGzqtokenofyours","appSecret":"zqsecretofyourapp","verifyToken":"zqsesameopen"}}`, "three")
		jar, err = cookiejar.New(nil)
		assert.NilError(t, err)
		client.Jar = jar
		page("/join/"+invitation, nil)
		page("/join/"+invitation, url.Values{"password": {"another " + modelstest.Password}})
		secrets["session of who joined"] = jar.Cookies(at)[0].Value

		file := filepath.Join(t.TempDir(), "b.tar.gz")
		p.run(t, "backup", file)
		secrets["secret key"] = keyIn(t, data)
		places := map[string]string{"the log": p.log.String(), "the backup": unzipped(t, file)}
		if path, lite := strings.CutPrefix(store, "sqlite:"); lite {
			for _, name := range []string{path, path + "-wal"} {
				held, err := os.ReadFile(name)
				assert.NilError(t, err)
				places[filepath.Base(name)] = string(held)
			}
			assert.Check(t, len(places["mauve.db-wal"]) > 0, "nothing was written to the log of SQLite")
		} else {
			places["the store"] = everyCell(t, store)
		}
		secrets["setup link"] = link
		for where, held := range places {
			assert.Check(t, len(held) > 1000 && (where == "the log" || where == "mauve.db" || strings.Contains(held, "Acme")), "%s was not read", where)
			for name, secret := range secrets {
				if name == "setup link" && where == "the log" {
					continue
				}
				assert.Check(t, !strings.Contains(held, secret), "the %s lies in clear in %s", name, where)
			}
		}
		assert.Check(t, is.Len(secrets, 13))
	})
}

func unzipped(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	assert.NilError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	assert.NilError(t, err)
	text, err := io.ReadAll(z)
	assert.NilError(t, err)
	return string(text)
}

// everyCell is all that PostgreSQL holds, as text.
func everyCell(t *testing.T, address string) string {
	t.Helper()
	db, err := sql.Open("pgx", address)
	assert.NilError(t, err)
	defer db.Close()
	rows, err := db.Query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
	assert.NilError(t, err)
	var tables []string
	for rows.Next() {
		var name string
		assert.NilError(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	assert.NilError(t, rows.Err())
	var all strings.Builder
	for _, name := range tables {
		var text sql.NullString
		assert.NilError(t, db.QueryRow(fmt.Sprintf(`SELECT string_agg(t::text, E'\n') FROM %q t`, name)).Scan(&text))
		all.WriteString(text.String)
	}
	return all.String()
}
