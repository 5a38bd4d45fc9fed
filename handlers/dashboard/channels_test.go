package dashboard_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/reason"
)

const channelsPage = "/settings/channels"

// number is what the form for a WhatsApp number sends; pairs replace fields.
func number(pairs ...string) url.Values {
	v := url.Values{"kind": {"whatsapp"}, "name": {"Shop"}, "sessionId": {"shop-fr"}, "config.phoneNumberId": {"106540352242922"}, "config.wabaId": {"102290129340398"},
		"config.accessToken": {"EAAsecrettoken"}, "config.appSecret": {"appsecret"}, "config.verifyToken": {"sesame"}, "config.throughput": {""}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func TestANumbersLife(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, max, gus := signIn(t, app, "lea@acme.example"), agent(t, w, app), signIn(t, app, "gus@globex.example")
		lea.ask("GET", channelsPage, nil).want(t, 200).shows(t, "Add a number", "Add a sandbox", "Never")
		lea.ask("GET", channelsPage+"/new", nil).want(t, 200).shows(t, `name="config.phoneNumberId"`, `name="config.appSecret"`)

		made := lea.post(channelsPage+"/new", channelsPage, number()).want(t, 200).shows(t, "http://desk.example/hooks/whatsapp/chan_", ">sesame<", "!EAAsecrettoken")
		assert.Check(t, is.Equal(made.Header.Get("Cache-Control"), "no-store"), "the page with the verify token is kept by the browser")
		c := theChannel(t, w, models.ChannelWhatsApp)
		at := channelsPage + "/" + string(c.ID)
		page := lea.ask("GET", at, nil).want(t, 200).shows(t, "http://desk.example/hooks/whatsapp/chan_", `value="Shop"`, `value="106540352242922"`, "shop-fr", "No", "None yet. Make one at Meta")
		for _, secret := range []string{"sesame", "appsecret", "EAAsecrettoken"} {
			page.shows(t, "!"+secret)
		}

		// What is left empty of the secrets stays; what is left empty of the rest goes.
		lea.post(at, at, number("name", "Boutique", "sessionId", "", "config.accessToken", "", "config.appSecret", "", "config.verifyToken", "", "config.wabaId", "", "config.throughput", "20")).want(t, 303)
		account, err := w.Store.Account(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		s := account.Settings
		assert.Check(t, is.Equal(account.Name, "Boutique"), s)
		assert.Check(t, is.Nil(account.SessionID), s)
		assert.Check(t, is.Equal(s["accessToken"], "EAAsecrettoken"), s)
		assert.Check(t, is.Equal(s["appSecret"], "appsecret"), s)
		assert.Check(t, is.Equal(s["verifyToken"], "sesame"), s)
		assert.Check(t, is.Equal(s["wabaId"], ""), s)
		assert.Check(t, is.Equal(s["throughput"], "20"), s)
		lea.post(at, at, number("config.verifyToken", "open")).want(t, 200).shows(t, ">open<")

		// It needs attention, and says why on the list and on its page.
		if err := w.Store.FinishCheck(t.Context(), accountOf(t, w, c.ID), models.Finding{Refused: true, Detail: reason.Said("The token has ended. Make a new one.")}); err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", channelsPage+"?fragment=list", nil).want(t, 200).shows(t, "Needs attention", "The token has ended.", "!<html")
		lea.ask("GET", at+"?fragment=state", nil).want(t, 200).shows(t, "The token has ended.", "Messages wait until", "!<html")
		lea.post(at, at+"/check", url.Values{}).want(t, 303)
		if err := w.Store.FinishCheck(t.Context(), accountOf(t, w, c.ID), models.Finding{Listed: true, Facts: models.Facts{Number: "+33 6 12 34 56 78", Name: "Chez Léa", Quality: "RED", Limit: "TIER_1K"},
			Templates: []*models.Template{{Name: "hello", Language: "fr", Status: "REJECTED", Components: `[{"type":"BODY","text":"Bonjour {{1}}"}]`}}}); err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", at, nil).want(t, 200).shows(t, "+33 6 12 34 56 78", "Chez Léa", "Low", "1000 people a day", "Connected", "Bonjour {{1}}", "REJECTED", "!Needs attention")
		lea.ask("GET", at+"?fragment=templates", nil).want(t, 200).shows(t, "Bonjour {{1}}", "!<html")

		// An agent may not see it; the other workspace has none such.
		for _, path := range []string{channelsPage, channelsPage + "/new", at} {
			max.ask("GET", path, nil).want(t, 403)
		}
		max.post("/inbox", channelsPage, number("config.phoneNumberId", "2", "sessionId", "")).want(t, 403)
		gus.ask("GET", at, nil).want(t, 404)
		for _, act := range []string{"", "/check", "/remove", "/write"} {
			if act != "/write" {
				max.post("/inbox", at+act, url.Values{"name": {"x"}}).want(t, 403)
			}
			gus.post("/inbox", at+act, number("name", "x", "to", "+12025550100")).want(t, 404)
		}

		lea.post(at, at+"/remove", url.Values{}).want(t, 303)
		lea.ask("GET", at, nil).want(t, 404)
		lea.ask("GET", channelsPage, nil).want(t, 200).shows(t, "!Boutique")
	})
}

// Ids and secrets are copied from Meta's page with what stands around them; and a number that Meta was not asked about yet
// is not called connected.
func TestANumberIsPastedAndMetaIsAway(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.post(channelsPage+"/new", channelsPage, number("config.phoneNumberId", " 106540352242922\t", "config.accessToken", "EAAtoken ", "config.appSecret", "\u00a0appsecret")).want(t, 200)
		c := theChannel(t, w, models.ChannelWhatsApp)
		account := accountOf(t, w, c.ID)
		s := account.Settings
		assert.Check(t, is.Equal(s["phoneNumberId"], "106540352242922"), s)
		assert.Check(t, is.Equal(s["accessToken"], "EAAtoken"), s)
		assert.Check(t, is.Equal(s["appSecret"], "appsecret"), s)
		at := channelsPage + "/" + string(c.ID)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Not checked yet", "Being checked")
		if err := w.Store.FinishCheck(t.Context(), account, models.Finding{Away: true, Detail: reason.Said("Meta could not be asked.")}); err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", at+"?fragment=state", nil).want(t, 200).shows(t, "Not checked yet", "Meta could not be asked.", "!Being checked")
		if err := w.Store.FinishCheck(t.Context(), accountOf(t, w, c.ID), models.Finding{Facts: models.Facts{Quality: "GREEN"}}); err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", at+"?fragment=state", nil).want(t, 200).shows(t, "Connected", "!Not checked yet", "!Meta could not be asked.")
	})
}

func theChannel(t *testing.T, w *modelstest.World, kind models.ChannelKind) *models.Channel {
	t.Helper()
	all, err := w.Acme.Scope.Channels()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Kind == kind {
			return c
		}
	}
	t.Fatal("no channel of the kind", kind)
	return nil
}

func accountOf(t *testing.T, w *modelstest.World, id models.ID) *models.Account {
	t.Helper()
	a, err := w.Store.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAChannelsFormTellsWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.post(channelsPage+"/new", channelsPage, number()).want(t, 200)
		for name, bad := range map[string]struct {
			form   url.Values
			status int
			field  string
		}{
			"nothing":           {url.Values{"kind": {"whatsapp"}}, 422, "config.accessToken"},
			"no name":           {number("name", " ", "sessionId", ""), 422, "name"},
			"a phone for an id": {number("config.phoneNumberId", "+33 6 12", "sessionId", ""), 422, "config.phoneNumberId"},
			"a spaced token":    {number("config.accessToken", "a b", "sessionId", ""), 422, "config.accessToken"},
			"the same number":   {number("sessionId", "other"), 409, "config.phoneNumberId"},
			"the same session":  {number("config.phoneNumberId", "7"), 409, "sessionId"},
			"too fast":          {number("config.phoneNumberId", "8", "sessionId", "", "config.throughput", "5000"), 422, "config.throughput"},
			"NUL in a name":     {number("config.phoneNumberId", "9", "sessionId", "", "name", "a\x00b"), 422, "name"},
		} {
			a := lea.post(channelsPage+"/new", channelsPage, bad.form).want(t, bad.status)
			if !strings.Contains(a.text, `id="field-`+bad.field+`-error"`) {
				t.Errorf("%s: the form does not mark %s", name, bad.field)
			}
			a.shows(t, "!EAAsecrettoken", "!appsecret")
		}
		lea.post(channelsPage, channelsPage, url.Values{"kind": {"fax"}, "name": {"x"}}).want(t, 422)
		at := channelsPage + "/" + string(theChannel(t, w, models.ChannelWhatsApp).ID)
		lea.post(at, at, number("name", strings.Repeat("x", 81))).want(t, 422).shows(t, "field-name-error", "!EAAsecrettoken")
		api := channelsPage + "/" + string(theChannel(t, w, models.ChannelAPI).ID)
		lea.ask("GET", api, nil).want(t, 200).shows(t, "!Remove the channel", "!Check now")
		lea.post(api, api+"/remove", url.Values{}).want(t, 409)
		lea.ask("GET", channelsPage+"/nonsense", nil).want(t, 404)
	})
}

// TestAPhoneIsItsWorkspaces: nobody else sees the code of a phone, or links one, or logs it out.
func TestAPhoneIsItsWorkspaces(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, max, gus := signIn(t, app, "lea@acme.example"), agent(t, w, app), signIn(t, app, "gus@globex.example")
		at := lea.post(channelsPage, channelsPage, url.Values{"kind": {"whatsapp_web"}}).want(t, 303).Header.Get("Location")
		at, _, _ = strings.Cut(at, "?")
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Waits for a phone", "A code is being fetched", `value="Phone"`, "1 if left empty", "!Callback URL", "!Templates")
		lea.ask("GET", at+"?fragment=link", nil).want(t, 200).shows(t, "Waits for a phone", "!<html")
		max.ask("GET", at+"?fragment=link", nil).want(t, 403)
		gus.ask("GET", at+"?fragment=link", nil).want(t, 404)
		for _, act := range []string{"/link", "/unlink"} {
			max.post("/inbox", at+act, url.Values{}).want(t, 403)
			gus.post("/inbox", at+act, url.Values{}).want(t, 404)
		}
		lea.post(at, at+"/link", url.Values{"phone": {"+33612345678"}}).want(t, 303)
		lea.post(at, at+"/unlink", url.Values{}).want(t, 303)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "It is being logged out")

		// What has no phone has no such page, and none can be linked to it.
		api := channelsPage + "/" + string(theChannel(t, w, models.ChannelAPI).ID)
		lea.ask("GET", api+"?fragment=link", nil).want(t, 404)
		for _, act := range []string{"/link", "/unlink"} {
			lea.post(api, api+act, url.Values{}).want(t, 404)
		}
	})
}

func TestASandboxIsOneClick(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		at := lea.post(channelsPage, channelsPage, url.Values{"kind": {"sandbox"}}).want(t, 303).Header.Get("Location")
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Magic numbers", "+12025550110", "the window is shut", "!Callback URL")
		at, _, _ = strings.Cut(at, "?")
		first := lea.post(at, at+"/write", url.Values{"to": {"+12025550103"}}).want(t, 303).Header.Get("Location")
		again := lea.post(at, at+"/write", url.Values{"to": {"+1 202 555 0103"}}).want(t, 303).Header.Get("Location")
		assert.Check(t, is.Equal(first, again), "two conversations with one number")
		assert.Check(t, strings.HasPrefix(first, "/inbox/"), "%v two conversations with one number", first)
		for _, to := range []string{"", "12", "nobody\x00"} {
			lea.post(at, at+"/write", url.Values{"to": {to}}).want(t, 422)
		}
	})
}
