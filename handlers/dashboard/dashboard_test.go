package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/dashboard"
	"mauve/models"
	"mauve/models/apikey"
	"mauve/models/modelstest"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/web/webtest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// person is a browser without JavaScript.
type person struct {
	t      testing.TB
	app    *fiber.App
	cookie string
}

type page struct {
	*http.Response
	text string
}

func open(t *testing.T, w *modelstest.World) *fiber.App {
	t.Helper()
	h := webtest.Server(t, w)
	return webtest.Open(t, h, dashboard.Static(), dashboard.Group(h))
}

// ask sends a form, or asks for a page when there is none; headers come in pairs.
func (p *person) ask(method, path string, form url.Values, headers ...string) page {
	p.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Host = "desk.example"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if p.cookie != "" {
		r.Header.Set("Cookie", "mauve_session="+p.cookie)
	}
	res, text, _ := webtest.Ask(p.t, p.app, r, headers...)
	for _, c := range res.Cookies() {
		if c.Name == "mauve_session" {
			p.cookie = c.Value
		}
	}
	return page{res, text}
}

var tokens = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// post fills the token of the page at from into the form, as a browser would; headers come in pairs.
func (p *person) post(from, path string, form url.Values, headers ...string) page {
	p.t.Helper()
	found := tokens.FindStringSubmatch(p.ask("GET", from, nil).text)
	if found == nil {
		p.t.Fatal("no form on " + from)
	}
	form.Set("csrf", found[1])
	return p.ask("POST", path, form, headers...)
}

func (p page) want(t testing.TB, status int) page {
	t.Helper()
	if p.StatusCode != status {
		t.Fatalf("%s %s: %d, want %d", p.Request.Method, p.Request.URL.Path, p.StatusCode, status)
	}
	return p
}

func signIn(t testing.TB, app *fiber.App, email string) *person {
	t.Helper()
	p := &person{t: t, app: app}
	p.ask("POST", "/sign-in", url.Values{"email": {email}, "password": {modelstest.Password}}).want(t, 303)
	if p.cookie == "" {
		t.Fatal("no cookie")
	}
	return p
}

func each(t *testing.T, test func(t *testing.T, w *modelstest.World, app *fiber.App)) {
	t.Helper()
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) { test(t, w, open(t, w)) })
}

// agent invites Max to Acme and lets him join.
func agent(t *testing.T, w *modelstest.World, app *fiber.App) *person {
	t.Helper()
	_, token, err := w.Acme.Scope.Invite("Max", "max@acme.example", rights.Agent)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, app: app}
	p.ask("GET", "/join/"+token, nil).want(t, 200)
	p.ask("POST", "/join/"+token, url.Values{"password": {"short"}}).want(t, 422)
	p.ask("POST", "/join/"+token, url.Values{"password": {modelstest.Password}}).want(t, 303)
	p.ask("GET", "/join/"+token, nil).want(t, 404)
	return p
}

func TestSignInAndOut(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		nobody := &person{t: t, app: app}
		assert.Check(t, is.Equal(nobody.ask("GET", "/inbox?status=open", nil).want(t, 303).Header.Get("Location"), "/sign-in?next=%2Finbox%3Fstatus%3Dopen"))
		for _, form := range []url.Values{{"email": {"lea@acme.example"}, "password": {"wrong"}}, {"email": {"nobody@acme.example"}, "password": {modelstest.Password}}, {}} {
			a := nobody.ask("POST", "/sign-in", form).want(t, 401)
			a.shows(t, "do not fit together")
			assert.Check(t, is.Equal(nobody.cookie, ""))
		}
		for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`} {
			a := nobody.ask("POST", "/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}, "next": {next}}).want(t, 303)
			assert.Check(t, is.Equal(a.Header.Get("Location"), "/inbox"), next)
		}
		lea := signIn(t, app, "LEA@acme.example")
		planted := lea.cookie
		lea.ask("POST", "/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}}).want(t, 303)
		if lea.cookie == planted {
			t.Error("a sign-in kept the session it found")
		}
		(&person{t: t, app: app, cookie: planted}).ask("GET", "/inbox", nil).want(t, 303)
		kept := lea.cookie
		lea.post("/inbox", "/sign-out", url.Values{}).want(t, 303)
		(&person{t: t, app: app, cookie: kept}).ask("GET", "/inbox", nil).want(t, 303)
	})
}

func TestAnotherSitesFormIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		form := url.Values{"name": {"Eve"}}
		for _, headers := range [][]string{{}, {"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "null"}, {"Sec-Fetch-Site", "same-site"}} {
			lea.ask("POST", "/contacts", form, headers...).want(t, 403)
		}
		lea.ask("POST", "/contacts", form, "Origin", "http://desk.example").want(t, 303)
		lea.ask("POST", "/contacts", form, "Sec-Fetch-Site", "same-origin").want(t, 303)
		lea.post("/contacts/new", "/contacts", form).want(t, 303)
		// Another session's token is not this one's.
		gus := signIn(t, app, "gus@globex.example")
		theirs := tokens.FindStringSubmatch(gus.ask("GET", "/inbox", nil).text)[1]
		lea.ask("POST", "/contacts", url.Values{"name": {"Eve"}, "csrf": {theirs}}).want(t, 403)
	})
}

func TestAnAgentDoesNotRunTheWorkspace(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		max := agent(t, w, app)
		for _, path := range []string{"/settings/api-keys", "/settings/webhooks", "/settings/members", "/settings/workspace", "/settings/channels"} {
			max.ask("GET", path, nil).want(t, 403)
			if path != "/settings/channels" {
				max.post("/inbox", path, url.Values{"name": {"x"}}).want(t, 403)
			}
		}
		max.ask("GET", "/inbox", nil).want(t, 200)
		max.post("/contacts/new", "/contacts", url.Values{"name": {"Ada"}}).want(t, 303)
		// His own short-lived key does not outgrow his role.
		a := max.post("/docs", "/docs/key", url.Values{}).want(t, 200)
		key := regexp.MustCompile(`mauve_live_\w{36}`).FindString(a.text)
		k, err := w.Store.KeyBySecret(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		scope := w.Store.As(t.Context(), models.ID(k.WorkspaceID), k.Actor())
		_, _, err = scope.CreateWebhook(models.WebhookChange{URL: new("https://a.example"), Events: &[]string{"message.created"}})
		assert.Check(t, is.Equal(problem.KindOf(err), problem.Forbidden), "an agent's key made a webhook: %v", err)
	})
}

func TestARemovedMemberIsOut(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		max := agent(t, w, app)
		lea := signIn(t, app, "lea@acme.example")
		all, err := w.Acme.Scope.Members()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if m.Name == "Max" {
				lea.post("/settings/members", "/settings/members/"+string(m.ID)+"/remove", url.Values{}).want(t, 303)
			}
		}
		max.ask("GET", "/inbox", nil).want(t, 303)
		max.ask("POST", "/sign-in", url.Values{"email": {"max@acme.example"}, "password": {modelstest.Password}}).want(t, 401)
		// The last owner stays.
		lea.post("/settings/members", "/settings/members/"+string(w.Acme.Owner.ID), url.Values{"role": {"agent"}}).want(t, 409)
	})
}

func TestThePasswordChangesAndOtherSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		here, there := signIn(t, app, "lea@acme.example"), signIn(t, app, "lea@acme.example")
		here.post("/settings/account", "/settings/account/password", url.Values{"current": {"wrong"}, "password": {"another good one"}}).want(t, 422)
		here.post("/settings/account", "/settings/account/password", url.Values{"current": {modelstest.Password}, "password": {"another good one"}}).want(t, 303)
		here.ask("GET", "/inbox", nil).want(t, 200)
		there.ask("GET", "/inbox", nil).want(t, 303)
	})
}

func TestTheKeyIsShownOnceAndNeverKept(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		bad := lea.post("/settings/api-keys", "/settings/api-keys", url.Values{"name": {""}, "capCalls": {"-1"}}).want(t, 422)
		for _, field := range []string{"name-error", "capCalls-error", "choose read, write or both"} {
			bad.shows(t, field)
		}
		a := lea.post("/settings/api-keys", "/settings/api-keys", url.Values{"name": {"Shop"}, "scopes": {"read", "write"}, "capCalls": {"10"}, "capSeconds": {"5"}}).want(t, 200)
		key := regexp.MustCompile(`mauve_live_\w{36}`).FindString(a.text)
		assert.Assert(t, apikey.WellFormed(key), a.Header)
		assert.Equal(t, a.Header.Get("Cache-Control"), "no-store", a.Header)
		lea.ask("GET", "/settings/api-keys", nil).want(t, 200).shows(t, "!"+key, key[len(key)-4:])
	})
}

func TestWhatPeopleTypeIsText(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		evil := `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
		at := lea.post("/contacts/new", "/contacts", url.Values{"name": {evil}}).want(t, 303).Header.Get("Location")
		c, err := w.Acme.Scope.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Name: &evil, ExternalID: new("x1")}, Kind: models.ChannelAPI,
			First: &models.Draft{Body: evil, Direction: models.Inbound}})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{at, "/contacts", "/inbox", "/inbox/" + string(c.ID), "/contacts?q=" + url.QueryEscape(evil)} {
			lea.ask("GET", path, nil).want(t, 200).shows(t, "!<script>alert", "!<img src=x")
		}
		// And Globex sees none of it.
		gus := signIn(t, app, "gus@globex.example")
		gus.ask("GET", "/inbox/"+string(c.ID), nil).want(t, 404)
		gus.ask("GET", strings.Split(at, "?")[0], nil).want(t, 404)
		gus.post("/inbox", "/inbox/"+string(c.ID)+"/messages", url.Values{"body": {"x"}}).want(t, 404)
	})
}

// TestARefusalIsAPageOfTheDesk: who is signed in keeps the sidebar where something is not found or not allowed.
func TestARefusalIsAPageOfTheDesk(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		w.Join(t, w.Acme, "Max", "max@acme.example", rights.Agent)
		max := signIn(t, app, "max@acme.example")
		for path, status := range map[string]int{"/tickets/" + strings.Repeat("0", 24): 404, "/nothing": 404, "/settings/api-keys": 403} {
			max.ask("GET", path, nil).want(t, status).shows(t, `action="/sign-out"`, `href="/inbox"`)
		}
		(&person{t: t, app: app}).ask("GET", "/nothing", nil).want(t, 303)
	})
}
