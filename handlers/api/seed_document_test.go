package api_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
)

// TestMAUtilityDocument holds what the MA Utility document says, a sentence a test.
func TestMAUtilityDocument(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		said := map[string]func(t *testing.T){
			"retrieve and create conversations and contacts, trigger message sends": func(t *testing.T) {
				contact := d.contact(d.acme, `{"name":"Sarah V."}`)
				conv := d.call(d.acme, "POST", "/conversations", `{"contactId":"`+contact+`","channel":"api"}`).want(t, 201).at("id")
				d.call(d.acme, "POST", "/conversations/"+conv+"/messages", `{"body":"Bonjour"}`).want(t, 202)
				d.call(d.acme, "GET", "/contacts/"+contact, "").want(t, 200)
				d.call(d.acme, "GET", "/conversations/"+conv, "").want(t, 200)
			},
			"All responses are in JSON format": func(t *testing.T) {
				for path, kind := range map[string]string{"/conversations": "application/json", "/contacts": "application/json", "/nope": "application/problem+json"} {
					a := d.call(d.acme, "GET", path, "")
					assert.Check(t, is.Equal(a.Header.Get("Content-Type"), kind), path)
					assert.Check(t, a.body != nil, path)
				}
			},
			"Every request must be authenticated with an API key": func(t *testing.T) {
				for path := range map[string]bool{"/conversations": true, "/contacts": true, "/me": true, "/webhooks": true} {
					d.call("", "GET", path, "").want(t, 401)
				}
			},
			"The key is shown only once at creation": func(t *testing.T) {
				a := d.call(d.acme, "GET", "/me", "").want(t, 200)
				assert.Check(t, !strings.Contains(a.text, d.acme), a.text)
			},
			"Pass it in the Authorization header": func(t *testing.T) {
				d.call("", "GET", "/conversations", "", "Authorization", "Bearer "+d.acme).want(t, 200)
			},
			"Each key carries scopes (read, write)": func(t *testing.T) {
				_, reader := d.Key(t, d.Acme, models.KeyDraft{Read: true})
				d.call(reader, "GET", "/conversations", "").want(t, 200)
				d.call(reader, "POST", "/contacts", `{"name":"x"}`).want(t, 403)
			},
			"calculated over a sliding window; the cap is configurable on each key; 429; retry after the indicated delay": func(t *testing.T) {
				_, tight := d.Key(t, d.Acme, models.KeyDraft{Read: true, CapCalls: 1, CapSeconds: 60})
				d.call(tight, "GET", "/me", "").want(t, 200)
				a := d.call(tight, "GET", "/me", "").want(t, 429)
				assert.Check(t, a.Header.Get("Retry-After") != "", a.Header)
			},
			"List the latest conversations": func(t *testing.T) {
				d.call(d.acme, "POST", "/conversations", `{"contact":{"name":"Latest"},"channel":"api"}`).want(t, 201)
				a := d.call(d.acme, "GET", "/conversations", "").want(t, 200)
				assert.Check(t, strings.HasPrefix(a.at("data.0.id"), "conv_"), "%v %v", a.at("data.0.id"), a.text)
				a.has(t, "data.0.status", "open", "data.0.contact.name", "Latest", "meta.page", "1")
				assert.Check(t, a.at("meta.total") != "0", a.text)
			},
		}
		for sentence, test := range said {
			t.Run(sentence, test)
		}
	})
}
