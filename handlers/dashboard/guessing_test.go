package dashboard_test

import (
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/dashboard"
	"mauve/models/modelstest"
	"mauve/models/rights"
	"mauve/web"
	"mauve/web/webtest"
	"mauve/web/window"
)

// guessed is two replicas that share their windows, as they do through Redis.
type guessed struct {
	*modelstest.World
	t    *testing.T
	apps []*fiber.App
}

func eachGuessed(t *testing.T, test func(t *testing.T, g *guessed)) {
	t.Helper()
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		g := &guessed{World: w, t: t}
		shared := window.NewMemory(w.Clock.Now)
		for range 2 {
			h := webtest.ServerWith(t, w, web.Config{Windows: shared, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")}})
			g.apps = append(g.apps, webtest.Open(t, h, dashboard.Static(), dashboard.Group(h)))
		}
		test(t, g)
	})
}

// visitor is a browser at an address.
type visitor struct {
	*guessed
	address string
	cookies map[string]string
	replica int
}

func (g *guessed) at(address string) *visitor {
	return &visitor{guessed: g, address: address, cookies: map[string]string{}}
}

func (v *visitor) post(path string, form url.Values) page {
	v.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Host = "desk.example"
	headers := []string{"Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", v.address, "Origin", webtest.PublicURL}
	var cookies []string
	for name, value := range v.cookies {
		cookies = append(cookies, name+"="+value)
	}
	if len(cookies) > 0 {
		headers = append(headers, "Cookie", strings.Join(cookies, "; "))
	}
	v.replica++
	res, text, _ := webtest.Ask(v.t, v.apps[v.replica%len(v.apps)], r, headers...)
	for _, c := range res.Cookies() {
		v.cookies[c.Name] = c.Value
	}
	return page{res, text}
}

func (v *visitor) signIn(email, password string) page {
	v.t.Helper()
	return v.post("/sign-in", url.Values{"email": {email}, "password": {password}})
}

// tried makes the guesses at once and returns how many were looked at.
func (v *visitor) tried(email string, guesses int) (looked int) {
	v.t.Helper()
	var all sync.WaitGroup
	statuses := make([]int, guesses)
	for i := range guesses {
		all.Go(func() { statuses[i] = v.at(v.address).signIn(email, "wrong password").StatusCode })
	}
	all.Wait()
	for _, status := range statuses {
		switch status {
		case 401:
			looked++
		case 429:
		default:
			v.t.Errorf("a wrong password is answered %d", status)
		}
	}
	return looked
}

const lea = "lea@acme.example"

// TestGuessesMadeAtOnceAreCounted before they are looked at, whichever replica they reach.
func TestGuessesMadeAtOnceAreCounted(t *testing.T) {
	eachGuessed(t, func(t *testing.T, g *guessed) {
		assert.Check(t, is.Equal(g.at("192.0.2.1").tried(lea, 150), 5))
		for _, same := range []string{lea, "LEA@ACME.example", " lea@acme.example "} {
			a := g.at("192.0.2.1").signIn(same, modelstest.Password).want(t, 429)
			wait, err := strconv.Atoi(a.Header.Get("Retry-After"))
			assert.NilError(t, err)
			assert.Check(t, wait > 0 && wait <= 30, wait)
			a.shows(t, "Too many tries")
		}
		// Of IPv6 one customer has 64 bits.
		assert.Check(t, is.Equal(g.at("2001:db8:1:2::1").tried(lea, 8), 5))
		assert.Check(t, is.Equal(g.at("2001:db8:1:2:ffff::7").tried(lea, 8), 0))
		assert.Check(t, is.Equal(g.at("2001:db8:1:3::1").tried(lea, 8), 5))
	})
}

// TestWaitingGrowsWithTheMistakes and ends: nobody is locked out for good.
func TestWaitingGrowsWithTheMistakes(t *testing.T) {
	eachGuessed(t, func(t *testing.T, g *guessed) {
		for round, want := range []struct {
			looked int
			wait   time.Duration
		}{{5, 30 * time.Second}, {3, 5 * time.Minute}, {4, time.Hour}, {5, 30 * time.Second}, {3, 24 * time.Hour}} {
			assert.Check(t, is.Equal(g.at("192.0.2.1").tried(lea, 12), want.looked), "round %d", round)
			text := g.at("192.0.2.1").signIn(lea, "wrong password").want(t, 429).Header.Get("Retry-After")
			wait, err := time.ParseDuration(text + "s")
			assert.NilError(t, err)
			assert.Check(t, wait <= want.wait && wait > want.wait*9/10-time.Minute, "round %d: %s", round, wait)
			g.Clock.Pass(wait)
		}
		g.at("192.0.2.1").signIn(lea, modelstest.Password).want(t, 303)
	})
}

// TestNobodyIsKeptOutOfTheirOwnBrowser by what others try at their account, even from the same address.
func TestNobodyIsKeptOutOfTheirOwnBrowser(t *testing.T) {
	eachGuessed(t, func(t *testing.T, g *guessed) {
		own := g.at("192.0.2.1")
		own.signIn(lea, modelstest.Password).want(t, 303)
		delete(own.cookies, "mauve_session")
		for i := range 40 {
			g.at("198.51.100."+strconv.Itoa(i)).tried(lea, 5)
		}
		g.at("192.0.2.1").tried(lea, 150)
		g.at("203.0.113.9").signIn(lea, modelstest.Password).want(t, 429) // a browser that the account does not know
		own.signIn(lea, modelstest.Password).want(t, 303)

		// What is tried in it counts, and for this account alone.
		other := g.at("203.0.113.10")
		other.cookies["mauve_browser"] = own.cookies["mauve_browser"]
		for range 5 {
			other.signIn(lea, "wrong password").want(t, 401)
		}
		other.signIn(lea, "wrong password").want(t, 429)
		forged := g.at("203.0.113.11")
		for _, cookie := range []string{"x", "AAAAAAAAAAAAAAAAAAAAAAAAAA.x", own.cookies["mauve_browser"] + "x", strings.Repeat("a.", 2000)} {
			forged.cookies["mauve_browser"] = cookie
			forged.signIn(lea, modelstest.Password).want(t, 429)
		}
	})
}

// TestRightTriesAreGivenBack: an office of a hundred signs in at one moment.
func TestRightTriesAreGivenBack(t *testing.T) {
	eachGuessed(t, func(t *testing.T, g *guessed) {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { g.at("192.0.2.1").signIn("gus@globex.example", modelstest.Password) })
		}
		all.Wait()
		for range 20 {
			g.at("192.0.2.1").signIn(lea, modelstest.Password).want(t, 303)
		}
	})
}

// TestThePresentPasswordIsNotGuessed by somebody at an open screen.
func TestThePresentPasswordIsNotGuessed(t *testing.T) {
	eachGuessed(t, func(t *testing.T, g *guessed) {
		own := g.at("192.0.2.1")
		own.signIn(lea, modelstest.Password).want(t, 303)
		guess := func(current, fresh string) page {
			return own.post("/settings/account/password", url.Values{"current": {current}, "password": {fresh}})
		}
		guess(modelstest.Password, "short").want(t, 422) // no guess
		for range 5 {
			guess("wrong password", "another good one").want(t, 422)
		}
		guess(modelstest.Password, "another good one").want(t, 429)
		again := g.at("192.0.2.1")
		again.signIn(lea, modelstest.Password).want(t, 303)
	})
}

// TestInvitationsAreNotGuessed without end from one address.
func TestInvitationsAreNotGuessed(t *testing.T) {
	eachGuessed(t, func(t *testing.T, g *guessed) {
		_, token, err := g.Acme.Scope.Invite("Max", "max@acme.example", rights.Agent)
		assert.NilError(t, err)
		for range 150 {
			g.at("192.0.2.1").post("/join/nonsense", url.Values{"password": {modelstest.Password}}).want(t, 404)
		}
		g.at("192.0.2.1").post("/join/nonsense", url.Values{"password": {modelstest.Password}}).want(t, 429)
		g.at("192.0.2.2").post("/join/"+token, url.Values{"password": {"short"}}).want(t, 422)
		g.at("192.0.2.2").post("/join/"+token, url.Values{"password": {modelstest.Password}}).want(t, 303)
	})
}
