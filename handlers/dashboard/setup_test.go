package dashboard_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/dashboard"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/web"
	"mauve/web/webtest"
	"mauve/web/window"
)

// TestTheSetupLink opens links of an empty store: the last one works, for an hour and once.
func TestTheSetupLink(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		w := &modelstest.World{Clock: &modelstest.Clock{}, Engine: engine, URL: modelstest.Address(t, engine)}
		w.Clock.Hold()
		w.Store = modelstest.Open(t, models.Options{URL: w.URL, Now: w.Clock.Now})
		p := &person{t: t, app: open(t, w)}
		fresh := func(s *models.Store) (at string) {
			t.Helper()
			assert.NilError(t, s.NewSetupLink(t.Context(), func(token string) { at = "/setup?token=" + token }))
			return at
		}
		const noLink = "This is not the setup link."
		p.ask("GET", "/setup?token=", nil).want(t, 404).shows(t, noLink)
		first := fresh(w.Store)
		p.ask("GET", first, nil).want(t, 200)
		// Another replica starts: its link ends this one's.
		other := modelstest.Open(t, models.Options{URL: w.URL, Now: w.Clock.Now})
		second := fresh(other)
		p.ask("GET", first, nil).want(t, 404).shows(t, noLink)
		p.ask("GET", second, nil).want(t, 200)
		form := url.Values{"workspace": {"Acme"}, "name": {"Lea"}, "email": {"lea@acme.example"}, "password": {modelstest.Password}}
		with := func(at string) url.Values {
			form.Set("token", strings.TrimPrefix(at, "/setup?token="))
			return form
		}
		p.ask("POST", "/setup", with(first)).want(t, 404).shows(t, noLink)
		w.Clock.Pass(time.Hour)
		p.ask("GET", second, nil).want(t, 404).shows(t, "expired", "Restart the server")
		p.ask("POST", "/setup", with(second)).want(t, 404).shows(t, "expired")
		third := fresh(w.Store)
		w.Clock.Pass(time.Hour - time.Millisecond)
		p.ask("GET", third, nil).want(t, 200)
		p.ask("POST", "/setup", with(third)).want(t, 303)
		p.ask("GET", third, nil).want(t, 409)
		p.ask("POST", "/setup", with(third)).want(t, 409)
		assert.Check(t, is.Equal(fresh(w.Store), ""), "a link is made for a store with a workspace")
	})
}

// TestNoPageIsShownInClear asks for every page by plain HTTP where the program is reached by https.
func TestNoPageIsShownInClear(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		h, err := web.New(web.Config{Store: w.Store, Windows: window.NewMemory(w.Clock.Now), PublicURL: "https://desk.example",
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")}}) // where the tests' calls come from
		assert.NilError(t, err)
		t.Cleanup(h.Close)
		app := webtest.Open(t, h, dashboard.Static(), dashboard.Group(h))
		p := &person{t: t, app: app}
		secure := []string{"X-Forwarded-Proto", "https"}
		p.ask("POST", "/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}}, secure...).want(t, 303)
		p.ask("GET", "/inbox", nil, secure...).want(t, 200)
		lines := append(h.Routes(), web.Route{Method: "GET", Path: "/nothing"}, web.Route{Method: "HEAD", Path: "/inbox"})
		assert.Check(t, len(lines) > 80, "%d pages", len(lines))
		for _, line := range lines {
			if strings.HasPrefix(line.Path, "/files/") || strings.HasPrefix(line.Path, "/static/") {
				continue // a signed link is its own key, and the program's own files are nobody's
			}
			a := p.ask(line.Method, strings.NewReplacer(":id", "x").Replace(line.Path), nil)
			assert.Check(t, is.Equal(a.StatusCode, http.StatusForbidden), "%s %s", line.Method, line.Path)
			assert.Check(t, is.Equal(a.Header.Get("Set-Cookie"), ""), line.Path)
			if line.Method == "HEAD" {
				continue
			}
			assert.Check(t, !strings.Contains(a.text, "<") && strings.Count(a.text, ".") == 1, "%s %s: %s", line.Method, line.Path, a.text)
			assert.Check(t, strings.Contains(a.text, "PUBLIC_URL") && strings.Contains(a.text, "TRUSTED_PROXIES"), a.text)
		}
		french := p.ask("GET", "/sign-in", nil, "Accept-Language", "fr").want(t, 403)
		assert.Check(t, is.Contains(french.text, "HTTP simple"))
		for _, path := range []string{"/healthz", "/readyz"} {
			p.ask("GET", path, nil).want(t, 200)
		}
	})
}
