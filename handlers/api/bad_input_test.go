package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

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
