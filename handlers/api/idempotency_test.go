package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/api"
)

func TestARepeatAnswersWhatTheFirstCallDid(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		body := `{"name":"Ada"}`
		first := d.call(d.acme, "POST", "/contacts", body, "Idempotency-Key", "one").want(t, 201)
		again := d.call(d.acme, "POST", "/contacts", body, "Idempotency-Key", `"one"`).want(t, 201)
		assert.Check(t, is.Equal(first.text, again.text), again.Header)
		assert.Check(t, is.Equal(again.Header.Get("Idempotent-Replayed"), "true"), again.Header)
		assert.Check(t, is.Equal(first.Header.Get("Idempotent-Replayed"), ""), again.Header)
		d.call(d.acme, "POST", "/contacts", `{"name":"Eve"}`, "Idempotency-Key", "one").want(t, 422).has(t, "code", "idempotency_key_reused")
		for _, name := range []string{"ETag", "Location"} {
			assert.Check(t, first.Header.Get(name) != "" && again.Header.Get(name) == first.Header.Get(name), "%s: %v", name, again.Header)
		}
		// A refused call is judged anew: what it missed may be there now, and its key is free.
		move := `{"externalId":"x1","name":"Eve"}`
		taken := d.contact(d.acme, move)
		d.call(d.acme, "POST", "/contacts", move, "Idempotency-Key", "two").want(t, 409)
		bad := d.call(d.acme, "POST", "/contacts", `{"phone":"abc"}`, "Idempotency-Key", "two").want(t, 422)
		assert.Check(t, is.Equal(bad.Header.Get("Idempotent-Replayed"), ""), bad.text)
		d.call(d.acme, "DELETE", "/contacts/"+taken, "").want(t, 204)
		now := d.call(d.acme, "POST", "/contacts", move, "Idempotency-Key", "two").want(t, 201)
		assert.Check(t, is.Equal(now.Header.Get("Idempotent-Replayed"), ""), now.text)
		// What changed nothing is an answer like any other.
		at := "/contacts/" + first.at("id")
		d.call(d.acme, "PATCH", at, body, "Idempotency-Key", "three").want(t, 200)
		d.call(d.acme, "PATCH", at, `{"name":"Zoe"}`).want(t, 200)
		a := d.call(d.acme, "PATCH", at, body, "Idempotency-Key", "three").want(t, 200)
		assert.Check(t, is.Equal(a.Header.Get("Idempotent-Replayed"), "true"), a.text)
		// Another key's names are its own.
		if a := d.call(d.glob, "POST", "/contacts", body, "Idempotency-Key", "one").want(t, 201); a.at("id") == first.at("id") {
			t.Error("a key was answered with another's answer")
		}
		d.Clock.Pass(25 * time.Hour)
		if a := d.call(d.acme, "POST", "/contacts", body, "Idempotency-Key", "one").want(t, 201); a.at("id") == first.at("id") {
			t.Error("an answer was kept for more than a day")
		}
		var made sync.Map
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				r := httptest.NewRequest("POST", api.Prefix+"/contacts", strings.NewReader(body))
				r.Header.Set("X-API-Key", d.acme)
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Idempotency-Key", "race")
				res, err := d.app.Test(r, 120_000)
				if err != nil {
					t.Error(err)
					return
				}
				var got struct{ ID string }
				if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
					t.Error(err)
				}
				switch res.StatusCode {
				case 201:
					made.Store(got.ID, true)
				case 409:
				default:
					t.Errorf("status %d", res.StatusCode)
				}
			})
		}
		all.Wait()
		n := 0
		made.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("one name made %d contacts", n)
		}
		for _, name := range []string{strings.Repeat("x", 256), `"open`, `""`, "a\u00e9"} {
			d.call(d.acme, "POST", "/contacts", body, "Idempotency-Key", name).want(t, 400)
		}
	})
}

// TestNoCacheKeepsASecret asks for each answer that holds a secret or a signed link, and again by its repeat.
func TestNoCacheKeepsASecret(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		hook := `{"url":"https://example.com/hook","events":["message.created"]}`
		id := d.call(d.acme, "POST", "/webhooks", hook).want(t, 201).at("id")
		file := d.uploaded(d.acme, "a.txt", "a")
		talk := d.call(d.acme, "POST", "/conversations", `{"contact":{"name":"Ada"},"channel":"api"}`).want(t, 201).at("id")
		messages, withFile := "/conversations/"+talk+"/messages", `{"attachments":[{"id":"`+file+`"}]}`
		for _, c := range []struct {
			method, path, body string
			status             int
			secret, kept       bool
		}{
			{"POST", "/webhooks", hook, 201, true, false},
			{"POST", "/webhooks/" + id + "/rotate-secret", "", 200, true, false},
			{"PATCH", "/webhooks/" + id, `{"enabled":true}`, 200, false, true},
			{"GET", "/attachments/" + file, "", 200, false, false},
			{"GET", "/me", "", 200, false, true},
			{"GET", messages, "", 200, false, true},
			{"POST", messages, withFile, 202, false, false},
			{"GET", messages, "", 200, false, false},
		} {
			told := ""
			for _, try := range []string{"", "true"} {
				a := d.call(d.acme, c.method, c.path, c.body, "Idempotency-Key", c.method+c.path).want(t, c.status)
				if c.method != "GET" {
					assert.Check(t, is.Equal(a.Header.Get("Idempotent-Replayed"), try), c.path)
				}
				want := "no-store"
				if c.kept {
					want = "private, no-cache"
				}
				assert.Check(t, is.Equal(a.Header.Get("Cache-Control"), want), "%s %s: %v", c.method, c.path, a.Header)
				assert.Check(t, is.Equal(strings.HasPrefix(a.at("secret"), "whsec_"), c.secret), "%s %s: %s", c.method, c.path, a.text)
				assert.Check(t, told == "" || told == a.at("secret"), "the repeat of %s tells another secret", c.path)
				told = a.at("secret")
			}
		}
	})
}
