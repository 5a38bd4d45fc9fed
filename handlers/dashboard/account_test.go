package dashboard_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/rights"
)

func cookie(p page, name string) *http.Cookie {
	for _, c := range p.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return &http.Cookie{}
}

func TestPreferencesStayInTheBrowser(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		for _, row := range []struct {
			form            url.Values
			lang, shortcuts string
		}{
			{url.Values{"language": {"fr"}}, "fr", "off"},
			{url.Values{"language": {"id"}, "shortcuts": {"on"}}, "id", ""},
			{url.Values{"language": {"../../xx"}, "shortcuts": {"on"}}, "", ""},
			{url.Values{"shortcuts": {"on"}}, "", ""},
		} {
			a := lea.post("/settings/account", "/account/preferences", row.form).want(t, 303)
			lang, shortcuts := cookie(a, "mauve_lang"), cookie(a, "mauve_shortcuts")
			assert.Check(t, is.Equal(lang.Value, row.lang), "%v keeps %v, %v", row.form, lang, shortcuts)
			assert.Check(t, is.Equal(shortcuts.Value, row.shortcuts), "%v keeps %v, %v", row.form, lang, shortcuts)
			assert.Check(t, lang.HttpOnly, "%v keeps %v, %v", row.form, lang, shortcuts)
			assert.Check(t, is.Equal(lang.SameSite, http.SameSiteLaxMode), "%v keeps %v, %v", row.form, lang, shortcuts)
			if row.lang == "" {
				assert.Check(t, lang.Expires.Before(w.Clock.Now()), "what is not chosen is still kept")
			}
		}
		lea.cookie += "; mauve_lang=fr; mauve_shortcuts=off; mauve_theme=dark"
		lea.ask("GET", "/settings/account", nil).want(t, 200).shows(t, `lang="fr"`, `data-theme="dark"`, `data-shortcuts="off"`, "Mot de passe", `value="fr" selected`, "!value=\"on\" checked")
	})
}

func TestTheThemeLeadsBackToItsPage(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		for _, row := range []struct{ theme, referer, kept, leads string }{
			{"dark", "http://desk.example/contacts?q=a&said=saved", "dark", "/contacts?q=a"},
			{"light", "http://desk.example/inbox", "light", "/inbox"},
			{"system", "", "", "/settings/account"},
			{"pink", "https://evil.example/inbox", "", "/settings/account"},
			{"dark", "http://desk.example//evil.example", "dark", "/inbox"},
			{"dark", "http://desk.example", "dark", "/settings/account"},
		} {
			a := lea.ask("POST", "/account/theme", url.Values{"theme": {row.theme}}, "Sec-Fetch-Site", "same-origin", "Referer", row.referer).want(t, 303)
			got := cookie(a, "mauve_theme")
			assert.Check(t, is.Equal(got.Value, row.kept), "%v keeps %q and leads to %s", row, got.Value, a.Header.Get("Location"))
			assert.Check(t, is.Equal(a.Header.Get("Location"), row.leads), "%v keeps %q and leads to %s", row, got.Value, a.Header.Get("Location"))
		}
		lea.ask("POST", "/account/theme", url.Values{"theme": {"dark"}}, "Origin", "https://evil.example").want(t, 403)
		(&person{t: t, app: app}).ask("POST", "/account/preferences", url.Values{}, "Sec-Fetch-Site", "same-origin").want(t, 401)
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, there, gus := signIn(t, app, "lea@acme.example"), signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example")
		list := lea.ask("GET", "/settings/sessions", nil).want(t, 200)
		ends := regexp.MustCompile(`/settings/account/sessions/\w+/end`).FindAllString(list.text, -1)
		assert.Assert(t, is.Len(ends, 1), "two sessions, one of them this one, and the page ends")
		assert.Equal(t, strings.Count(list.text, "This one"), 1, "two sessions, one of them this one, and the page ends")
		gus.post("/settings/sessions", ends[0], url.Values{}).want(t, 303)
		there.ask("GET", "/inbox", nil).want(t, 200)
		lea.post("/settings/sessions", ends[0], url.Values{}).want(t, 303)
		there.ask("GET", "/inbox", nil).want(t, 303)
		lea.ask("GET", "/settings/sessions?said=ended", nil).want(t, 200).shows(t, "That session is over.", "!"+ends[0])
	})
}

func TestTheTeamIsInvited(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.post("/settings/members", "/settings/members", url.Values{"name": {"Max"}, "email": {"no"}, "role": {"admin"}}).want(t, 422).shows(t, `value="Max"`, "field-email-error", `value="admin" selected`)
		lea.post("/settings/members", "/settings/members", url.Values{"name": {"Lea"}, "email": {"lea@acme.example"}, "role": {"agent"}}).want(t, 409).shows(t, "Somebody has that e-mail address already.")
		made := lea.post("/settings/members", "/settings/members", url.Values{"name": {"Max"}, "email": {"max@acme.example"}, "role": {"admin"}}).want(t, 200)
		link := regexp.MustCompile(`http://desk.example(/join/[\w-]+)`).FindStringSubmatch(made.text)
		assert.Assert(t, link != nil, "no link, or one that is kept: %v", made.Header)
		assert.Equal(t, made.Header.Get("Cache-Control"), "no-store", "no link, or one that is kept: %v", made.Header)
		lea.ask("GET", "/settings/members", nil).want(t, 200).shows(t, "!"+link[1], "Max", "Invited")
		max := &person{t: t, app: app}
		max.ask("GET", link[1], nil).want(t, 200).shows(t, "Welcome, Max", "max@acme.example", `autocomplete="new-password"`)
		max.ask("POST", link[1], url.Values{"password": {modelstest.Password}}).want(t, 303)

		// An admin neither makes owners nor unmakes them.
		max.ask("GET", "/settings/members", nil).want(t, 200).shows(t, "!Invited", `value="agent"`, `!value="owner"`, "!/settings/members/"+string(w.Acme.Owner.ID))
		max.post("/settings/members", "/settings/members/"+string(w.Acme.Owner.ID), url.Values{"role": {"agent"}}).want(t, 403)
		max.post("/settings/members", "/settings/members/"+string(w.Acme.Owner.ID)+"/remove", url.Values{}).want(t, 403)
		lea.post("/settings/members", "/settings/members/"+string(w.Acme.Owner.ID), url.Values{"role": {"agent"}}).want(t, 409).shows(t, `role="alert"`, "Max")
		signIn(t, app, "gus@globex.example").ask("GET", "/settings/members", nil).want(t, 200).shows(t, "!Max", "!lea@acme.example")
	})
}

func TestTheWorkspaceIsNamed(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.post("/settings/workspace", "/settings/workspace", url.Values{"name": {"Harbour"}, "defaultCountry": {"XX"}}).want(t, 422).shows(t, `value="Harbour"`, `value="XX"`, "field-defaultCountry-error")
		lea.post("/settings/workspace", "/settings/workspace", url.Values{"name": {"Harbour"}, "defaultCountry": {"fr"}}).want(t, 303)
		lea.ask("GET", "/settings/workspace", nil).want(t, 200).shows(t, `value="Harbour"`, `value="FR"`)
		lea.ask("GET", "/settings/channels", nil).want(t, 200).shows(t, "Connected", models.PrefixChannel, "curl http://desk.example/api/v2/public/conversations")
	})
}

// TestBeforeSomebodyGoesTheirKeysAreHandedOver asks, and does nothing until it is answered.
func TestBeforeSomebodyGoesTheirKeysAreHandedOver(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		for _, c := range []struct {
			name, path string
			form       url.Values
			says       string
			live       bool
		}{
			{"removed, handed over", "/remove", url.Values{}, string(w.Acme.Owner.ID), true},
			{"removed, ended", "/remove", url.Values{}, "end", false},
			{"an agent, kept", "", url.Values{"role": {"agent"}}, "keep", true},
			{"an agent, ended", "", url.Values{"role": {"agent"}}, "end", false},
		} {
			email := string(models.NewID(time.Now())) + "@acme.example"
			m := w.Join(t, w.Acme, "Max", email, rights.Admin)
			k, _, err := w.Store.As(t.Context(), w.Acme.ID, m.Actor()).CreateKey(models.KeyDraft{Name: "Till", Read: true})
			assert.NilError(t, err, c.name)
			to := "/settings/members/" + string(m.ID) + c.path
			asked := lea.post("/settings/members", to, c.form).want(t, 200)
			asked.shows(t, "Before Max", "Till", "Lea answers for them", `value="end"`)
			assert.Check(t, is.Equal(strings.Contains(asked.text, `value="keep"`), c.path == ""), c.name)
			lea.ask("GET", "/settings/members", nil).want(t, 200).shows(t, email)
			c.form.Set("handTo", "nobody")
			lea.post("/settings/members", to, c.form).want(t, 422).shows(t, "is nobody of this workspace")
			c.form.Set("handTo", c.says)
			lea.post("/settings/members", to, c.form).want(t, 303)
			k, err = w.Acme.Scope.Key(k.ID)
			assert.NilError(t, err, c.name)
			assert.Check(t, is.Equal(k.Live(w.Clock.Now()), c.live), c.name)
		}
	})
}

// TestAKeyIsHandedOverOnItsPage says who answers for it, and what it cannot any more.
func TestAKeyIsHandedOverOnItsPage(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		k, _, err := w.Store.System(t.Context(), w.Acme.ID).CreateKey(models.KeyDraft{Name: "Line", Read: true})
		assert.NilError(t, err)
		page := "/settings/api-keys/" + string(k.ID)
		lea.ask("GET", page, nil).want(t, 200).shows(t, "Answers for it", "The workspace")
		fields := url.Values{"name": {"Line"}, "capCalls": {"90"}, "capSeconds": {"30"}, "member": {""}}
		lea.post(page, page, fields).want(t, 303)
		fields.Set("member", "nobody")
		lea.post(page, page, fields).want(t, 422).shows(t, "is nobody of this workspace")
		fields.Set("member", string(w.Acme.Owner.ID))
		lea.post(page, page, fields).want(t, 303)
		lea.ask("GET", page, nil).want(t, 200).shows(t, "!The workspace", "<dd>Lea</dd>")
	})
}
