package api_test

import (
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
