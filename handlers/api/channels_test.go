package api_test

import (
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/reason"
)

const cloud = `{"kind":"whatsapp","name":"Shop","sessionId":"session-123","config":{"phoneNumberId":"111","wabaId":"222","accessToken":"secret-token","appSecret":"secret-app","verifyToken":"secret-word"}}`

func TestAChannelsSecretsGoInAndNeverComeOut(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		made := d.call(d.acme, "POST", "/channels", cloud).want(t, 201)
		id := made.at("id")
		made.has(t, "status", "connected", "config.phoneNumberId", "111", "callbackPath", "/hooks/whatsapp/"+id)
		changed := d.call(d.acme, "PATCH", "/channels/"+id, `{"config":{"accessToken":"secret-newer","throughput":20}}`).want(t, 200)
		changed.has(t, "config.throughput", "20", "config.wabaId", "222")
		d.call(d.acme, "POST", "/channels/"+id+"/check", "").want(t, 202)
		told := []string{made.text, changed.text}
		for _, path := range []string{"/channels/" + id, "/channels", "/events?perPage=100", "/channels/" + id + "/envelopes"} {
			told = append(told, d.call(d.acme, "GET", path, "").want(t, 200).text)
		}
		for _, text := range told {
			if strings.Contains(text, "secret-") {
				t.Error("a secret came out: " + text)
			}
		}
		d.call(d.glob, "GET", "/channels/"+id+"/envelopes", "").want(t, 404)
		d.call(d.glob, "GET", "/channels/"+id+"/templates", "").want(t, 404)
		d.call(d.glob, "POST", "/channels/"+id+"/check", "").want(t, 404)
		d.call(d.acme, "DELETE", "/channels/"+id, "").want(t, 204)
		d.call(d.acme, "POST", "/channels", cloud).want(t, 201) // number and session are free again
	})
}

func TestAChannelsSettingsAreChecked(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.call(d.acme, "POST", "/channels", cloud).want(t, 201)
		for _, c := range []struct {
			body, field string
			status      int
		}{
			{`{"kind":"whatsapp","name":"x"}`, "config.phoneNumberId", 422},
			{strings.ReplaceAll(cloud, `"111"`, `"../222"`), "config.phoneNumberId", 422},
			{strings.ReplaceAll(cloud, `"111"`, `".."`), "config.phoneNumberId", 422},
			{strings.ReplaceAll(cloud, `"111"`, `"+33 6 12"`), "config.phoneNumberId", 422},
			{strings.ReplaceAll(cloud, `"222"`, `"222?fields=x"`), "config.wabaId", 422},
			{strings.ReplaceAll(cloud, `secret-token`, `with space`), "config.accessToken", 422},
			{strings.ReplaceAll(cloud, `,"verifyToken":"secret-word"`, ``), "config.verifyToken", 422},
			{strings.ReplaceAll(cloud, `"verifyToken"`, `"verifyTokn"`), "config.verifyTokn", 422},
			{`{"kind":"api","name":"x","config":{"appSecret":"x"}}`, "config.appSecret", 422},
			{`{"kind":"pigeon","name":"x"}`, "kind", 422},
			{strings.ReplaceAll(cloud, "session-123", "other"), "config.phoneNumberId", 409},
			{strings.ReplaceAll(cloud, `"111"`, `"112"`), "sessionId", 409},
		} {
			a := d.call(d.acme, "POST", "/channels", c.body).want(t, c.status)
			if a.at("errors.0.field") != c.field {
				t.Errorf("%s %s names %s, want %s", a.text, c.body, a.at("errors.0.field"), c.field)
			}
		}
		d.call(d.glob, "POST", "/channels", cloud).want(t, 201) // another workspace's number is nobody's business
	})
}

// What an id at Meta looks like is Meta's to say: a wrong one is found by the live check, as a status.
func TestAnIDAtMetaMayHoldLetters(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.call(d.acme, "POST", "/channels", strings.NewReplacer(`"111"`, `"PHONE-1"`, `"222"`, `"waba_1"`).Replace(cloud)).want(t, 201)
		a.has(t, "config.phoneNumberId", "PHONE-1", "config.wabaId", "waba_1")
	})
}

func TestOutsideTheWindowOnlyTemplatesPass(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.call(d.acme, "POST", "/channels", cloud).want(t, 201)
		a := d.call(d.acme, "POST", "/messages", `{"sessionId":"session-123","to":"+33612345678","body":"hello"}`).want(t, 422)
		a.has(t, "code", "outside_window")
		a = d.call(d.acme, "POST", "/messages", `{"sessionId":"session-123","to":"+33612345678","template":{"name":"hello_world","language":"en_US"}}`).want(t, 202)
		a.has(t, "status", "queued", "type", "template", "content.template.name", "hello_world")
		channel, conversation := models.ID(strings.TrimPrefix(a.at("channelId"), "chan_")), a.at("conversationId")
		in := models.Incoming{From: models.Sender{WhatsApp: "33612345678"}, ExternalID: "wamid.1", At: d.Clock.Now(), Type: models.TypeText, Body: "yes?"}
		if _, err := d.Acme.System.Receive(channel, in); err != nil {
			t.Fatal(err)
		}
		d.call(d.acme, "POST", "/conversations/"+conversation+"/messages", `{"body":"hello"}`).want(t, 202)
		d.call(d.acme, "POST", "/conversations/"+conversation+"/typing", "").want(t, 204)
		d.Clock.Pass(23*time.Hour + 59*time.Minute)
		d.call(d.acme, "POST", "/conversations/"+conversation+"/messages", `{"body":"still open"}`).want(t, 202)
		d.Clock.Pass(2 * time.Minute)
		d.call(d.acme, "POST", "/conversations/"+conversation+"/messages", `{"body":"too late"}`).want(t, 422)
		d.call(d.acme, "POST", "/conversations/"+conversation+"/messages", `{"body":"a note","kind":"note"}`).want(t, 201)
		// A new conversation with the same person does not open the window, nor shut it.
		d.call(d.acme, "PATCH", "/conversations/"+conversation, `{"status":"closed"}`).want(t, 200)
		d.call(d.acme, "POST", "/messages", `{"sessionId":"session-123","to":"+33612345678","body":"hello"}`).want(t, 422)
	})
}

func TestWhatAMessageMayHold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.call(d.acme, "POST", "/channels", `{"kind":"sandbox","name":"Trial","sessionId":"trial"}`).want(t, 201)
		api := d.call(d.acme, "POST", "/conversations", `{"contact":{"name":"Ada"},"channel":"api"}`).want(t, 201).at("id")
		first := d.call(d.acme, "POST", "/messages", `{"sessionId":"trial","to":"+12025550100","body":"one"}`).want(t, 202)
		talk := first.at("conversationId")
		for _, c := range []struct {
			body, field string
			status      int
		}{
			{`{"media":{"url":"https://example.com/a.jpg"},"body":"a caption"}`, "", 202},
			{`{"media":{"type":"document","id":"123","fileName":"a.pdf"}}`, "", 202},
			{`{"location":{"latitude":1.5,"longitude":2,"name":"Here"}}`, "", 202},
			{`{"contacts":[{"name":"Bob","phones":["+1 555"]}]}`, "", 202},
			{`{"body":"no preview https://example.com","previewUrl":false}`, "", 202},
			{`{}`, "body", 422},
			{`{"body":" "}`, "body", 422},
			{`{"body":"` + strings.Repeat("x", 4097) + `"}`, "body", 422},
			{`{"media":{}}`, "media.url", 422},
			{`{"media":{"url":"ftp://x"}}`, "media.url", 422},
			{`{"media":{"url":"https://x/a.jpg","id":"1"}}`, "media.id", 422},
			{`{"media":{"type":"audio","url":"https://x/a.ogg"},"body":"words"}`, "body", 422},
			{`{"media":{"url":"https://x/a.jpg"},"location":{"latitude":1,"longitude":2}}`, "location", 422},
			{`{"location":{"latitude":91,"longitude":2}}`, "location.latitude", 422},
			{`{"contacts":[{"name":""}]}`, "contacts.0.name", 422},
			{`{"template":{"name":"Bad Name","language":"en"}}`, "template.name", 422},
			{`{"template":{"name":"x","language":"klingonisch"}}`, "template.language", 422},
			{`{"reaction":{"messageId":"","emoji":"x"}}`, "reaction.messageId", 422},
			{`{"reaction":{"messageId":"` + first.at("id") + `","emoji":"x"}}`, "reaction.messageId", 422}, // the channel does not know it yet
			{`{"body":"x","replyToId":"` + first.at("id") + `"}`, "replyToId", 422},
			{`{"body":"x","kind":"note","media":{"url":"https://x/a.jpg"}}`, "kind", 422},
			{`{"body":"x","direction":"inbound"}`, "direction", 422},
			{`{"body":"x","hologram":1}`, "hologram", 422},
		} {
			a := d.call(d.acme, "POST", "/conversations/"+talk+"/messages", c.body).want(t, c.status)
			if c.field != "" && a.at("errors.0.field") != c.field {
				t.Errorf("%s names %s, want %s", c.body, a.at("errors.0.field"), c.field)
			}
		}
		d.call(d.acme, "POST", "/conversations/"+api+"/messages", `{"location":{"latitude":1,"longitude":2}}`).want(t, 422).has(t, "errors.0.field", "location")
		d.call(d.acme, "POST", "/conversations/"+api+"/messages", `{"body":"`+strings.Repeat("x", 4097)+`"}`).want(t, 202)
		d.call(d.acme, "POST", "/messages/"+first.at("id")+"/retry", "").want(t, 409)
	})
}

func TestTemplatesAndAFailedMessageAgain(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ch := d.call(d.acme, "POST", "/channels", `{"kind":"sandbox","name":"Trial","sessionId":"trial"}`).want(t, 201).at("id")
		due, err := d.Store.ClaimChecks(t.Context(), 10)
		assert.NilError(t, err)
		assert.Assert(t, is.Len(due, 1))
		err = d.Store.FinishCheck(t.Context(), due[0], models.Finding{Listed: true, Facts: models.Facts{Quality: "GREEN"}, Templates: []*models.Template{
			{Name: "order", Language: "en", Status: "APPROVED", Components: `[{"type":"BODY","text":"Order {{1}} for {{name}}"}]`},
			{Name: "order", Language: "de", Status: "PAUSED", Components: `[]`},
		}})
		if err != nil {
			t.Fatal(err)
		}
		l := d.call(d.acme, "GET", "/channels/"+ch+"/templates", "").want(t, 200)
		l.has(t, "meta.total", "2", "data.1.components.0.type", "BODY")
		d.call(d.acme, "GET", "/channels/"+ch, "").want(t, 200).has(t, "facts.quality", "GREEN")
		use := `{"sessionId":"trial","to":"+12025550100","template":{"name":"order","language":"LANG","components":[{"type":"body","parameters":[{"type":"text","text":"77"},{"type":"text","parameter_name":"name","text":"Ada"}]}]}}`
		m := d.call(d.acme, "POST", "/messages", strings.Replace(use, "LANG", "en", 1)).want(t, 202)
		m.has(t, "body", "Order 77 for Ada")
		d.call(d.acme, "POST", "/messages", strings.Replace(use, "LANG", "de", 1)).want(t, 422).has(t, "code", "template_not_approved")
		id := models.ID(strings.TrimPrefix(m.at("id"), "msg_"))
		ok, err := d.Acme.System.Progress(id, models.Failed, "131026", reason.Said("It cannot be delivered."))
		assert.NilError(t, err)
		assert.Assert(t, ok)
		d.call(d.acme, "GET", "/messages/"+m.at("id"), "").want(t, 200).has(t, "error.code", "131026", "status", "failed")
		d.call(d.acme, "POST", "/messages/"+m.at("id")+"/retry", "").want(t, 202).has(t, "status", "queued", "error", "<nil>")
		d.call(d.glob, "POST", "/messages/"+m.at("id")+"/retry", "").want(t, 404)
	})
}
