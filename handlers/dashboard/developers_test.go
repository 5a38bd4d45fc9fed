package dashboard_test

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/problem"
)

var (
	keys    = regexp.MustCompile(`mauve_live_\w{36}`)
	secrets = regexp.MustCompile(`whsec_[\w+/=]+`)
)

func TestAKeysLife(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		w.Clock.Hold()
		lea, gus := signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example")
		const list = "/settings/api-keys"
		lea.ask("GET", list, nil).want(t, 200).shows(t, "No API keys yet", `name="capCalls"`, `value="90"`)
		lea.post(list, list, url.Values{"name": {"Shop"}, "scopes": {"write"}, "capCalls": {"abc"}, "days": {"-3"}}).want(t, 422).
			shows(t, `value="Shop"`, `value="write" checked`, `!value="read" checked`, `value="abc"`, "field-capCalls-error", "field-days-error")
		made := lea.post(list, list, url.Values{"name": {"Shop"}, "scopes": {"read"}, "capCalls": {"10"}, "capSeconds": {"5"}, "days": {"7"}}).want(t, 200).shows(t, "curl http://desk.example/api/v2/public/me", "I stored it")
		first := keys.FindString(made.text)

		k, err := w.Store.KeyBySecret(t.Context(), first)
		assert.NilError(t, err)
		assert.Assert(t, !k.CanWrite, "%+v", k)
		assert.Assert(t, k.ExpireAt != nil, "%+v", k)
		assert.Assert(t, w.Clock.Now().AddDate(0, 0, 7).Sub(*k.ExpireAt).Abs() <= time.Minute, "it expires at %s, and now is %s", k.ExpireAt, w.Clock.Now())
		at := list + "/" + string(k.ID)
		err = w.Store.KeepCalls(t.Context(), []*models.KeyCall{{WorkspaceID: k.WorkspaceID, APIKeyID: k.ID, RequestID: "req_1", Method: "GET", Path: "/contacts", Status: 429, At: w.Clock.Now()}})
		if err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", list, nil).want(t, 200).shows(t, "1 call<", "10 in 5 s", "Until ", "!No API keys yet")
		lea.ask("GET", at, nil).want(t, 200).shows(t, "1 call<", "req_1", ">429<", "Show the numbers", `value="Shop"`)
		lea.post(at, at, url.Values{"name": {""}, "capCalls": {"5"}, "capSeconds": {"0"}}).want(t, 422).shows(t, "field-name-error", "field-capSeconds-error", `value="5"`)
		lea.post(at, at, url.Values{"name": {"Store"}, "capCalls": {"20"}, "capSeconds": {"5"}}).want(t, 303)

		lea.post(at, at+"/rotate", url.Values{"hours": {"soon"}}).want(t, 422)
		second := lea.post(at, at+"/rotate", url.Values{"hours": {"24"}}).want(t, 200)
		fresh := keys.FindString(second.text)
		assert.Check(t, fresh != "", "rotation shows no new key, or keeps it")
		assert.Check(t, fresh != first, "rotation shows no new key, or keeps it")
		assert.Check(t, is.Equal(second.Header.Get("Cache-Control"), "no-store"), "rotation shows no new key, or keeps it")
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Ends ", "!/rotate", "/revoke")
		lea.post(at, at+"/revoke", url.Values{}).want(t, 303)
		lea.ask("GET", list+"?said=revoked", nil).want(t, 200).shows(t, "The key is revoked.", "1 revoked or expired key<", "Store", "!"+at+"/revoke")
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Revoked", "!/revoke", `!name="capCalls"`)

		gus.ask("GET", at, nil).want(t, 404)
		for _, act := range []string{"", "/rotate", "/revoke"} {
			gus.post("/inbox", at+act, url.Values{"name": {"x"}, "hours": {"1"}}).want(t, 404)
		}
	})
}

func TestAWebhooksLife(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, gus := signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example")
		const list = "/settings/webhooks"
		lea.ask("GET", list, nil).want(t, 200).shows(t, "No webhooks yet", `value="message.created" checked`)
		lea.post(list, list, url.Values{"url": {"ftp://x"}, "events": {"contact.created"}}).want(t, 422).shows(t, `value="ftp://x"`, "field-url-error", `value="contact.created" checked`, `!value="message.created" checked`)
		lea.post(list, list, url.Values{"url": {"https://a.example"}}).want(t, 422).shows(t, "choose at least one event")
		made := lea.post(list, list, url.Values{"url": {"https://a.example"}, "events": {"message.created", "contact.created"}}).want(t, 200)
		secret := secrets.FindString(made.text)
		at := regexp.MustCompile(list + `/\w{24}`).FindString(made.text)
		assert.Assert(t, secret != "", "no secret, or one that is kept")
		assert.Assert(t, at != "", "no secret, or one that is kept")
		assert.Equal(t, made.Header.Get("Cache-Control"), "no-store", "no secret, or one that is kept")
		lea.ask("GET", list, nil).want(t, 200).shows(t, "https://a.example", "Working", "!"+secret)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "None here.", "!"+secret)

		lea.post(at, at+"/disable", url.Values{}).want(t, 303)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Disabled", "Switched off by Lea", "/enable", "!/test")
		lea.ask("GET", at, nil, "Accept-Language", "fr").want(t, 200).shows(t, "Désactivé par Lea")
		lea.post(at, at+"/enable", url.Values{}).want(t, 303)
		lea.post(at, at, url.Values{"url": {"https://b.example"}}).want(t, 422).shows(t, `value="https://b.example"`, "choose at least one event")
		lea.post(at, at, url.Values{"url": {"https://b.example"}, "events": {"contact.created"}}).want(t, 303)
		rotated := lea.post(at, at+"/rotate", url.Values{}).want(t, 200)
		assert.Check(t, secrets.FindString(rotated.text) != secret, "the secret is not a new one")
		assert.Check(t, secrets.FindString(rotated.text) != "", "the secret is not a new one")
		gus.ask("GET", at, nil).want(t, 404)
		for _, act := range []string{"", "/test", "/rotate", "/enable", "/disable", "/delete"} {
			gus.post("/inbox", at+act, url.Values{"url": {"https://c.example"}, "events": {"contact.created"}}).want(t, 404)
		}
		lea.post(at, at+"/delete", url.Values{}).want(t, 303)
		lea.ask("GET", at, nil).want(t, 404)
		lea.ask("GET", list+"?said=deleted", nil).want(t, 200).shows(t, "Deleted.", "!b.example")
	})
}

func TestDeliveriesAreLookedAtAndReplayed(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, gus := signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example")
		hook, _, err := w.Acme.Scope.CreateWebhook(models.WebhookChange{URL: new("https://a.example"), Events: &[]string{"message.created"}})
		if err != nil {
			t.Fatal(err)
		}
		at := "/settings/webhooks/" + string(hook.ID)
		lea.post(at, at+"/test", url.Values{}).want(t, 303)
		log := lea.ask("GET", at+"?said=sent", nil).want(t, 200).shows(t, "webhook.test", "Waiting", "1 delivery<", "!/replay")
		delivery := regexp.MustCompile(`/settings/deliveries/\w{24}`).FindString(log.text)
		lea.ask("GET", delivery, nil).want(t, 200).shows(t, "Not tried yet", "0 tries")

		parcels, err := w.Store.ClaimDeliveries(t.Context(), hook.ID, 1)
		assert.NilError(t, err)
		assert.Assert(t, is.Len(parcels, 1))
		if err := w.Store.FinishDelivery(t.Context(), parcels[0], models.Outcome{Status: 410, Response: "Gone for good", Took: time.Second}); err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", at+"?state=failed", nil).want(t, 200).shows(t, "webhook.test", "Failed", ">410<", "/replay", "Disabled")
		lea.ask("GET", at+"?state=delivered", nil).want(t, 200).shows(t, "None here.", "!webhook.test")
		lea.ask("GET", at+"?state=bogus", nil).want(t, 200).shows(t, "webhook.test")
		lea.ask("GET", delivery, nil).want(t, 200).shows(t, "1 try", ">410<", "Gone for good", "1000 ms", "This is a test.")
		gus.ask("GET", delivery, nil).want(t, 404)
		gus.post("/inbox", delivery+"/replay", url.Values{}).want(t, 404)

		lea.post(delivery, delivery+"/replay", url.Values{}).want(t, 409) // the 410 disabled it
		lea.post(at, at+"/enable", url.Values{}).want(t, 303)
		lea.post(delivery, delivery+"/replay", url.Values{}).want(t, 303)
		lea.ask("GET", at+"?said=replayed", nil).want(t, 200).shows(t, "The delivery is sent again.", "Waiting")
	})
}

func TestTheReferenceFillsInAKey(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.ask("GET", "/docs", nil).want(t, 200).shows(t, `data-spec="/api/v2/public/openapi.json"`, "!mauve_live_")
		made := lea.post("/docs", "/docs/key", url.Values{}).want(t, 200).shows(t, "lives for an hour", `value="`+"mauve_live_")
		key := keys.FindString(made.text)
		_, err := w.Store.KeyBySecret(t.Context(), key)
		assert.Check(t, err)
		assert.Check(t, is.Equal(made.Header.Get("Cache-Control"), "no-store"), made.Header)
		w.Clock.Pass(time.Hour)
		_, err = w.Store.KeyBySecret(t.Context(), key)
		assert.Check(t, is.Equal(problem.KindOf(err), problem.SignedOut), "it lives longer than an hour: %v", err)
		lea.ask("GET", "/docs", nil).want(t, 200).shows(t, "!"+key)
	})
}
