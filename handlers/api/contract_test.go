package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/api"
	"mauve/models"
)

func TestKeysOpenTheDoorInThreeSpellings(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, h := range [][2]string{{"Authorization", "Bearer " + d.acme}, {"authorization", "bearer " + d.acme}, {"X-API-Key", d.acme}, {"x-auth-token", d.acme}} {
			a := d.call("", "GET", "/me", "", h[0], h[1]).want(t, 200)
			a.has(t, "workspace.name", "Acme", "key.scopes", "[read write]")
			assert.Check(t, strings.HasPrefix(a.at("workspace.id"), "ws_"), "%v %v", a.at("workspace.id"), a.text)
		}
		d.call(d.acme, "GET", "/me", "", "X-API-Key", d.acme).want(t, 200)
		d.call(d.acme, "GET", "/me", "", "X-API-Key", d.glob).want(t, 400).has(t, "code", "two_keys")
		a := d.call("", "GET", "/me?api_key="+d.acme, "").want(t, 401)
		assert.Check(t, is.Equal(a.Header.Get("WWW-Authenticate"), "Bearer"), a.Header)
	})
}

func TestDeadKeysAndMissingScopesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		wrong := "x"
		if d.acme[20] == 'x' {
			wrong = "y"
		}
		typo := d.acme[:20] + wrong + d.acme[21:]
		for _, key := range []string{"", "nonsense", typo, d.acme + "0", strings.ToUpper(d.acme)} {
			a := d.call(key, "GET", "/contacts", "").want(t, 401)
			assert.Check(t, is.Equal(a.Header.Get("WWW-Authenticate"), "Bearer"), "%v %v %v", key, a.Header, a.text)
			a.has(t, "code", map[bool]string{true: "no_key", false: "invalid_key"}[key == ""])
		}
		end := d.Clock.Now().Add(time.Hour)
		_, reader := d.Key(t, d.Acme, models.KeyDraft{Read: true, ExpireAt: &end})
		d.call(reader, "GET", "/contacts", "").want(t, 200)
		a := d.call(reader, "POST", "/contacts", `{"name":"x"}`).want(t, 403)
		assert.Check(t, is.Equal(a.Header.Get("WWW-Authenticate"), `Bearer error="insufficient_scope", scope="write"`), a.Header)
		_, writer := d.Key(t, d.Acme, models.KeyDraft{Write: true})
		d.call(writer, "GET", "/contacts", "").want(t, 403)
		d.call(writer, "POST", "/contacts", `{"name":"x"}`).want(t, 201)
		d.Clock.Pass(2 * time.Hour)
		d.call(reader, "GET", "/contacts", "").want(t, 401)

		k, secret := d.Key(t, d.Acme, models.KeyDraft{Read: true})
		d.call(secret, "GET", "/contacts", "").want(t, 200)
		if err := d.Acme.Scope.RevokeKey(k.ID); err != nil {
			t.Fatal(err)
		}
		d.call(secret, "GET", "/contacts", "").want(t, 401)
	})
}

func TestTheScopeReadOpensHeadAsItDoesGet(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.contact(d.acme, `{"name":"Ada"}`)
		_, reader := d.Key(t, d.Acme, models.KeyDraft{Read: true})
		_, writer := d.Key(t, d.Acme, models.KeyDraft{Write: true})
		for _, path := range []string{"/contacts", "/contacts/" + id, "/channels"} {
			get, head := d.raw(reader, "GET", path, "").want(t, 200), d.raw(reader, "HEAD", path, "").want(t, 200)
			assert.Check(t, is.Equal(head.text, ""), "%v %v", path, head.Header)
			assert.Check(t, is.Equal(head.Header.Get("Content-Type"), get.Header.Get("Content-Type")), "%v %v", path, head.Header)
			assert.Check(t, is.Equal(head.Header.Get("ETag"), get.Header.Get("ETag")), "%v %v", path, head.Header)
			assert.Check(t, head.Header.Get("RateLimit") != "", "%v %v", path, head.Header)
			d.raw(writer, "HEAD", path, "").want(t, 403)
		}
		d.raw("", "HEAD", "/contacts", "").want(t, 401)
		d.raw(reader, "HEAD", "/messages", "").want(t, 404) // it is POST's alone
	})
}

func TestGuessingIsSlowedButNeverAGoodKey(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for range 60 { // no key is no guess: whoever walks all routes without one is told the same everywhere
			d.call("", "GET", "/me", "").want(t, 401)
		}
		last := 0
		for range 25 {
			last = d.call("nonsense", "GET", "/me", "").StatusCode
		}
		if last != 429 {
			t.Errorf("after 25 bad keys the answer is %d", last)
		}
		d.call(d.acme, "GET", "/me", "").want(t, 200)
		d.call("", "GET", "/me", "").want(t, 401)
	})
}

func TestTheCapIsExactAndSaysSo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		_, key := d.Key(t, d.Acme, models.KeyDraft{Read: true, CapCalls: 5, CapSeconds: 10})
		a := d.call(key, "GET", "/me", "").want(t, 200)
		assert.Check(t, is.Equal(a.Header.Get("RateLimit-Policy"), `"key";q=5;w=10`), a.Header)
		assert.Check(t, strings.HasPrefix(a.Header.Get("RateLimit"), `"key";r=4;t=`), "%v %v", a.Header.Get("RateLimit"), a.Header)
		a.has(t, "window.used", "1", "window.left", "4")
		assert.Check(t, is.Equal(a.Header.Get("X-RateLimit-Limit"), "5"), a.Header)
		assert.Check(t, is.Equal(a.Header.Get("X-RateLimit-Remaining"), "4"), a.Header)
		assert.Check(t, a.Header.Get("X-RateLimit-Reset") != "", a.Header)
		var accepted, refused atomic.Int64
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				r := httptest.NewRequest("GET", api.Prefix+"/me", nil)
				r.Header.Set("X-API-Key", key)
				res, err := d.app.Test(r, 120_000)
				if err != nil {
					t.Error(err)
					return
				}
				switch res.StatusCode {
				case 200:
					accepted.Add(1)
				case 429:
					refused.Add(1)
					if res.Header.Get("Retry-After") == "" {
						t.Error("a 429 without Retry-After")
					}
				}
			})
		}
		all.Wait()
		assert.Check(t, is.Equal(accepted.Load(), int64(4)), "%d accepted, %d refused; want 4 and 26", accepted.Load(), refused.Load())
		assert.Check(t, is.Equal(refused.Load(), int64(26)), "%d accepted, %d refused; want 4 and 26", accepted.Load(), refused.Load())
		wait := d.call(key, "GET", "/me", "").want(t, 429).Header.Get("Retry-After")
		seconds, err := time.ParseDuration(wait + "s")
		if err != nil {
			t.Fatal(err)
		}
		d.Clock.Pass(seconds)
		d.call(key, "GET", "/me", "").want(t, 200)
	})
}

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
		for _, c := range []struct {
			method, path, body string
			secret, kept       bool
		}{
			{"POST", "/webhooks", hook, true, false},
			{"POST", "/webhooks/" + id + "/rotate-secret", "", true, false},
			{"PATCH", "/webhooks/" + id, `{"enabled":true}`, false, true},
			{"GET", "/attachments/" + file, "", false, false},
		} {
			told := ""
			for _, try := range []string{"", "true"} {
				a := d.call(d.acme, c.method, c.path, c.body, "Idempotency-Key", c.method+c.path).want(t, map[bool]int{true: 201, false: 200}[c.path == "/webhooks"])
				if c.method != "GET" {
					assert.Check(t, is.Equal(a.Header.Get("Idempotent-Replayed"), try), c.path)
				}
				want := "no-store"
				if c.kept {
					want = ""
				}
				assert.Check(t, is.Equal(a.Header.Get("Cache-Control"), want), "%s %s: %v", c.method, c.path, a.Header)
				assert.Check(t, is.Equal(strings.HasPrefix(a.at("secret"), "whsec_"), c.secret), "%s %s: %s", c.method, c.path, a.text)
				assert.Check(t, told == "" || told == a.at("secret"), "the repeat of %s tells another secret", c.path)
				told = a.at("secret")
			}
		}
	})
}

// templates adds n channels, one of which has n templates, and returns where those are listed.
func (d *desk) templates(n int) string {
	d.t.Helper()
	for i := range n - 1 {
		d.call(d.acme, "POST", "/channels", fmt.Sprintf(`{"kind":"api","name":"C%02d"}`, i)).want(d.t, 201)
	}
	id := d.call(d.acme, "POST", "/channels", cloud).want(d.t, 201).at("id")
	found := models.Finding{Listed: true}
	for i := range n {
		found.Templates = append(found.Templates, &models.Template{Name: fmt.Sprintf("t%02d", i), Language: "en", Status: "APPROVED", Category: "UTILITY", Components: "[]"})
	}
	account, err := d.Store.Account(d.t.Context(), models.ID(strings.TrimPrefix(id, "chan_")))
	if err == nil {
		err = d.Store.FinishCheck(d.t.Context(), account, found)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return "/channels/" + id + "/templates"
}

func TestPagesAreTheSameByNumberAndByCursor(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i := range 23 {
			d.contact(d.acme, fmt.Sprintf(`{"name":"C%02d"}`, i))
			d.conversation(d.acme)
		}
		for i := range 12 {
			d.made("/tags", fmt.Sprintf(`{"name":"t%d"}`, i))
			d.made("/categories", fmt.Sprintf(`{"name":"c%d"}`, i))
			d.made("/attributes", fmt.Sprintf(`{"name":"a%d","subject":"contact"}`, i))
			d.made("/webhooks", fmt.Sprintf(`{"url":"https://example.com/%d","events":["message.created"]}`, i))
		}
		templates := d.templates(23)
		for _, list := range []string{"/contacts", "/conversations", "/channels", templates, "/tags", "/categories", "/attributes", "/webhooks", "/agents"} {
			var byNumber, byCursor []string
			for n := 1; n < 20; n++ {
				a := d.call(d.acme, "GET", fmt.Sprintf("%s?perPage=5&page=%d", list, n), "").want(t, 200)
				rows := a.body["data"].([]any)
				for i := range rows {
					byNumber = append(byNumber, a.at(fmt.Sprintf("data.%d.id", i)))
				}
				a.has(t, "meta.page", fmt.Sprint(n), "meta.perPage", "5")
				assert.Check(t, len(rows) <= 5, "%s: %d rows, %s", list, len(rows), a.at("meta"))
				if len(rows) == 0 {
					break
				}
			}
			cursor := ""
			for {
				a := d.call(d.acme, "GET", list+"?perPage=5&cursor="+cursor, "").want(t, 200)
				for i := range a.body["data"].([]any) {
					byCursor = append(byCursor, a.at(fmt.Sprintf("data.%d.id", i)))
				}
				if a.body["meta"].(map[string]any)["nextCursor"] == nil {
					break
				}
				cursor = a.at("meta.nextCursor")
				link := a.Header.Get("Link")
				assert.Check(t, is.Contains(link, api.Prefix+list+"?"), "no Link to the next page")
				assert.Check(t, is.Contains(link, `rel="next"`), "no Link to the next page")
			}
			for _, bad := range []string{"page=0", "page=-1", "page=x", "perPage=0", "perPage=101", "cursor=nonsense"} {
				field, _, _ := strings.Cut(bad, "=")
				if !d.call(d.acme, "GET", list+"?"+bad, "").want(t, 422).has(t, "errors.0.field", field) {
					t.Log(list, bad)
				}
			}
			total := d.call(d.acme, "GET", list, "").at("meta.total")
			assert.Check(t, is.Equal(strings.Join(byNumber, " "), strings.Join(byCursor, " ")), "%s: %d by number, %d by cursor, total %s", list, len(byNumber), len(byCursor), total)
			assert.Check(t, is.Equal(total, fmt.Sprint(len(byCursor))), "%s: %d by number, %d by cursor, total %s", list, len(byNumber), len(byCursor), total)
		}
		other := d.call(d.acme, "GET", "/contacts?perPage=1", "").at("meta.nextCursor")
		d.call(d.acme, "GET", "/tags?cursor="+other, "").want(t, 422) // of another list
		assert.Check(t, is.Contains(d.call(d.acme, "GET", "/attributes?subject=contact&archived=true&perPage=1", "").Header.Get("Link"), "archived=true&subject=contact&perPage=1&cursor="))
		a := d.call(d.acme, "GET", templates+"?perPage=1&page=7", "").want(t, 200)
		a.has(t, "data.0.name", "t06") // in the order of their names
		d.call(d.acme, "GET", templates+"?cursor="+other, "").want(t, 422)
		if err := d.Store.CompactCounts(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.call(d.acme, "GET", "/contacts", "").has(t, "meta.total", "46") // adding up the totals changes none
	})
}

// TestBadInput sends what no client should; every answer is a 4xx that names the field.
func TestBadInput(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		conv := d.conversation(d.acme)
		deep := strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)
		long := strings.Repeat("é", 20_000)
		for _, c := range []struct {
			method, path, body string
			status             int
			field              string
		}{
			{"POST", "/contacts", ``, 400, ""}, {"POST", "/contacts", `{`, 400, ""}, {"POST", "/contacts", `{} {}`, 400, ""}, {"POST", "/contacts", `[]`, 422, ""},
			{"POST", "/contacts", `null`, 422, ""}, {"POST", "/contacts", `{}`, 422, "name"}, {"POST", "/contacts", `{"name":1}`, 422, "name"},
			{"POST", "/contacts", `{"name":"a","name":"b"}`, 400, ""}, {"POST", "/contacts", `{"name":"a\u0000b"}`, 400, ""}, {"POST", "/contacts", `{"name":"\ud800"}`, 400, ""},
			{"POST", "/contacts", "{\"name\":\"\xff\"}", 400, ""}, {"POST", "/contacts", deep, 400, ""}, {"POST", "/contacts", `{"name":"a","shoe":1}`, 422, "shoe"},
			{"POST", "/contacts", `{"NAME":"a"}`, 422, "NAME"}, {"POST", "/contacts", `{"name":"` + long + `"}`, 422, "name"}, {"POST", "/contacts", `{"name":"a\nb"}`, 422, "name"},
			{"POST", "/contacts", `{"phone":"12"}`, 422, "phone"}, {"POST", "/contacts", `{"phone":"0612345678"}`, 422, "phone"}, {"POST", "/contacts", `{"phone":"+33 6 12 34 56 78; DROP TABLE"}`, 422, "phone"},
			{"POST", "/contacts", `{"email":"nobody"}`, 422, "email"}, {"POST", "/contacts", `{"labels":5,"name":"x"}`, 422, "labels"}, {"POST", "/contacts", `{"name":"x","labels":[1]}`, 422, ""},
			{"POST", "/contacts", `{"name":"x","attributes":{"a":{"b":1}}}`, 422, "attributes.a"}, {"POST", "/contacts", `{"name":"x","attributes":[]}`, 422, "attributes"}, {"POST", "/contacts", `{"name":"x","blocked":"yes"}`, 422, "blocked"},
			{"GET", "/contacts?page=0", "", 422, "page"}, {"GET", "/contacts?page=99999999999999999999", "", 422, "page"}, {"GET", "/contacts?page=-1", "", 422, "page"},
			{"GET", "/contacts?perPage=101", "", 422, "perPage"}, {"GET", "/contacts?perPage=x", "", 422, "perPage"}, {"GET", "/contacts?cursor=nonsense", "", 422, "cursor"},
			{"GET", "/contacts?cursor=" + strings.Repeat("x", 500), "", 422, "cursor"}, {"GET", "/contacts?updatedSince=yesterday", "", 422, "updatedSince"}, {"GET", "/contacts?q=%00", "", 422, "q"},
			{"GET", "/contacts?q=%ff", "", 422, "q"}, {"GET", "/contacts?q=%27%20OR%201=1%20--", "", 200, ""}, {"GET", "/contacts?q=%22%25_", "", 200, ""}, {"GET", "/contacts?label=%00", "", 422, "label"},
			{"GET", "/contacts?externalId=%ff", "", 422, "externalId"}, {"GET", "/contacts?email=%00", "", 422, "email"}, {"GET", "/conversations?channel=%00", "", 422, "channel"},
			{"GET", "/conversations?status=shut", "", 422, "status"}, {"GET", "/conversations?assigneeId=me", "", 422, "assigneeId"}, {"GET", "/contacts/con_1", "", 404, ""},
			{"GET", "/contacts/%00", "", 404, ""}, {"GET", "/nowhere", "", 404, ""}, {"PUT", "/contacts", `{}`, 404, ""}, {"DELETE", "/contacts", "", 404, ""},
			{"POST", "/conversations", `{"channel":"api"}`, 422, "contactId"}, {"POST", "/conversations", `{"contact":{"name":"a"}}`, 422, "channelId"}, {"POST", "/conversations", `{"contact":{"name":"a"},"channel":"pigeon"}`, 422, "channel"},
			{"POST", "/conversations", `{"contact":{"phone":"x"},"channel":"api"}`, 422, "contact.phone"}, {"POST", "/conversations", `{"contact":{"name":"a"},"channel":"api","message":{"body":""}}`, 422, "message.body"},
			{"POST", "/conversations/" + conv + "/messages", `{"body":"  "}`, 422, "body"}, {"POST", "/conversations/" + conv + "/messages", `{"body":"` + long + `"}`, 422, "body"}, {"POST", "/conversations/" + conv + "/messages", `{}`, 422, "body"},
			{"POST", "/conversations/" + conv + "/messages", `{"body":"x","direction":"up"}`, 422, "direction"}, {"PATCH", "/conversations/" + conv, `{"status":null}`, 200, ""}, {"PATCH", "/conversations/" + conv, `{"status":"shut"}`, 422, "status"}, {"PATCH", "/conversations/" + conv, `{"assigneeId":"user_000000000000000000000000"}`, 422, "assigneeId"},
			{"PATCH", "/conversations/" + conv, `{"status":"snoozed","snoozedUntil":"2001-01-01T00:00:00Z"}`, 422, "snoozedUntil"}, {"PATCH", "/conversations/" + conv, `{"labels":["` + strings.Repeat("x", 61) + `"]}`, 422, "labels"},
			{"POST", "/webhooks", `{"url":"ftp://x","events":["message.created"]}`, 422, "url"}, {"POST", "/webhooks", `{"url":"https://a:b@x","events":["message.created"]}`, 422, "url"}, {"POST", "/webhooks", `{"url":"https://x","events":[]}`, 422, "events"},
			{"POST", "/webhooks", `{"url":"https://x","events":["moon.landed"]}`, 422, "events"}, {"POST", "/webhooks", `{"url":"https://x","events":["message.created"],"channelIds":["chan_1"]}`, 422, "channelIds"},
			{"POST", "/channels", `{"kind":"api","name":""}`, 422, "name"}, {"POST", "/channels", `{"kind":"pigeon","name":"x"}`, 422, "kind"}, {"POST", "/channels", `{"kind":"api","name":"x","sessionId":"a b"}`, 422, "sessionId"},
			{"GET", "/events?cursor=evt_000000000000000000000000", "", 404, ""}, {"GET", "/events?cursor=x", "", 422, "cursor"},
		} {
			a := d.call(d.acme, c.method, c.path, c.body)
			if a.StatusCode != c.status {
				t.Errorf("%s %s %.60s: %d, want %d: %.300s", c.method, c.path, c.body, a.StatusCode, c.status, a.text)
				continue
			}
			if c.status >= 400 {
				assert.Check(t, is.Equal(a.Header.Get("Content-Type"), "application/problem+json"), "%s %s: %s", c.method, c.path, a.text)
				assert.Check(t, a.at("code") != "", "%s %s: %s", c.method, c.path, a.text)
				assert.Check(t, a.at("requestId") != "<nil>", "%s %s: %s", c.method, c.path, a.text)
			}
			if c.field != "" && a.at("errors.0.field") != c.field {
				t.Errorf("%s %s %.60s: names %q, want %q: %s", c.method, c.path, c.body, a.at("errors.0.field"), c.field, a.text)
			}
		}
		a := d.call(d.acme, "POST", "/contacts", "name=x", "Content-Type", "application/x-www-form-urlencoded").want(t, 415)
		a.has(t, "code", "not_json")
		var bomb bytes.Buffer // a few KiB that would unpack to 16 MiB of a body limited to one
		packed := gzip.NewWriter(&bomb)
		_, _ = packed.Write(bytes.Repeat([]byte(" "), 16<<20))
		_, _ = packed.Write([]byte(`{"name":"x"}`))
		_ = packed.Close()
		for _, encoding := range []string{"gzip", "deflate, gzip", "br", "nonsense"} {
			a := d.call(d.acme, "POST", "/contacts", bomb.String(), "Content-Encoding", encoding).want(t, 415)
			a.has(t, "code", "unsupported_encoding")
			assert.Check(t, is.Equal(a.Header.Get("Accept-Encoding"), "identity"), "%v %v %v", encoding, a.Header, a.text)
		}
		for _, name := range []string{"😀 Ωmega", "مرحبا بالعالم", "<script>alert(1)</script>", `Robert'); DROP TABLE contacts;--`} {
			body, _ := json.Marshal(map[string]string{"name": name})
			d.call(d.acme, "POST", "/contacts", string(body)).want(t, 201).has(t, "name", name)
		}
	})
}

func TestRequestIDs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.call(d.acme, "GET", "/nowhere", "", "X-Request-Id", "abc-1")
		assert.Check(t, is.Equal(a.Header.Get("X-Request-Id"), "abc-1"), "%v %v", a.Header, a.text)
		a.has(t, "requestId", "abc-1")
		a = d.call(d.acme, "GET", "/me", "", "X-Request-Id", "a b<")
		assert.Check(t, a.Header.Get("X-Request-Id") != "a b<", a.Header)
		assert.Check(t, a.Header.Get("X-Request-Id") != "", a.Header)
	})
}
