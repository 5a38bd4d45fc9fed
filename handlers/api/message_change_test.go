package api_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
)

// TestWhatTheTeamWroteIsEditedAndDeleted on a channel whose messages leave by webhook, and as notes: at once.
func TestWhatTheTeamWroteIsEditedAndDeleted(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		c := d.conversation(d.acme)
		file := d.uploaded(d.acme, "plan.txt", "secret plan")
		link := d.call(d.acme, "GET", "/attachments/"+file, "").want(t, 200).at("url")
		say := func(fields string, status int) string {
			return d.call(d.acme, "POST", "/conversations/"+c+"/messages", fields).want(t, status).at("id")
		}
		said := say(`{"body":"Ten euro"}`, 202)
		last := say(`{"body":"See the plan","attachments":[{"id":"`+file+`"}]}`, 202)

		a := d.call(d.acme, "PATCH", "/messages/"+said, `{"body":"Ten euros"}`).want(t, 200)
		a.has(t, "body", "Ten euros", "change", "<nil>", "status", "queued")
		assert.Check(t, a.at("editedAt") != "<nil>", a.text)
		tag := d.call(d.acme, "GET", "/messages/"+said, "").Header.Get("ETag")
		assert.Check(t, tag != "")
		assert.Check(t, is.Equal(tag, a.Header.Get("ETag")))
		d.call(d.acme, "PATCH", "/messages/"+said, `{"body":"Ten Euros"}`, "If-Match", tag).want(t, 200)
		d.call(d.acme, "PATCH", "/messages/"+said, `{"body":"Nine euros"}`, "If-Match", tag).want(t, 412)
		d.call(d.acme, "PATCH", "/messages/"+said, `{"body":"Ten euros"}`, "If-Match", "*").want(t, 200)
		d.call(d.acme, "GET", "/conversations/"+c, "").has(t, "lastMessage.body", "See the plan") // not the older message's edit
		d.call(d.acme, "PATCH", "/messages/"+last, `{"body":"Here is the plan"}`).want(t, 200)
		d.call(d.acme, "GET", "/conversations/"+c, "").has(t, "lastMessage.body", "Here is the plan")
		for range 2 { // deleted twice is deleted
			a = d.call(d.acme, "DELETE", "/messages/"+last, "").want(t, 200)
		}
		a.has(t, "body", "", "attachments", "[]")
		assert.Check(t, a.at("deletedAt") != "<nil>", a.text)
		list := d.call(d.acme, "GET", "/conversations/"+c, "")
		list.has(t, "lastMessage.body", "[deleted]") // the list forgets it too
		if got := d.openLink("GET", link); got.StatusCode == 200 {
			t.Error("a deleted message's file still opens")
		}
		// An edit that changes nothing tells nobody.
		d.call(d.acme, "PATCH", "/messages/"+said, `{"body":"Ten euros"}`).want(t, 200)
		updates := 0
		for _, e := range d.call(d.acme, "GET", "/events?perPage=100", "").want(t, 200).body["data"].([]any) {
			if e.(map[string]any)["type"] == "message.updated" {
				updates++
			}
		}
		assert.Check(t, is.Equal(updates, 5), "updates were told")

		// A note is its author's.
		note := say(`{"body":"ask Max","kind":"note"}`, 201)
		a = d.call(d.acme, "PATCH", "/messages/"+note, `{"body":"ask Lea"}`).want(t, 200)
		a.has(t, "body", "ask Lea")
		_, other := d.Key(t, d.Acme, models.KeyDraft{Read: true, Write: true, CapCalls: 100})
		for _, method := range []string{"PATCH", "DELETE"} {
			body := map[string]string{"PATCH": `{"body":"x"}`}[method]
			a = d.call(other, method, "/messages/"+note, body).want(t, 403)
			a.has(t, "code", "not_author")
		}
		d.call(d.acme, "DELETE", "/messages/"+note, "").want(t, 200)
		d.call(other, "PATCH", "/messages/"+said, `{"body":"Ten"}`).want(t, 200) // what the team wrote is the team's
	})
}

func TestWhatCannotBeEditedOrDeleted(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		c := d.conversation(d.acme)
		say := func(fields string) string {
			return d.call(d.acme, "POST", "/conversations/"+c+"/messages", fields).at("id")
		}
		mine, theirs, gone, photo := say(`{"body":"Hello"}`), say(`{"body":"Hi","direction":"inbound"}`), say(`{"body":"Oops"}`), say(`{"media":{"url":"https://example.com/a.jpg"}}`)
		d.call(d.acme, "DELETE", "/messages/"+gone, "").want(t, 200)
		for _, bad := range []struct {
			method, id, body string
			status           int
			code             string
		}{
			{"PATCH", mine, `{"body":""}`, 422, "invalid"},
			{"PATCH", mine, `{"body":" \n"}`, 422, "invalid"},
			{"PATCH", mine, `{}`, 422, "invalid"},
			{"PATCH", mine, `{"body":7}`, 422, "invalid"},
			{"PATCH", mine, `{"body":"a\u0000b"}`, 400, "malformed_json"},
			{"PATCH", mine, `{"body":"` + strings.Repeat("é", 10_001) + `"}`, 422, "invalid"},
			{"PATCH", mine, `{"body":"x","kind":"note"}`, 422, "invalid"},
			{"PATCH", theirs, `{"body":"x"}`, 409, "not_ours"},
			{"DELETE", theirs, ``, 409, "not_ours"},
			{"PATCH", gone, `{"body":"x"}`, 409, "deleted"},
			{"PATCH", photo, `{"body":"x"}`, 409, "not_editable"},
			{"PATCH", "msg_000000000000000000000000", `{"body":"x"}`, 404, "not_found"},
			{"DELETE", "photo", ``, 404, "not_found"},
		} {
			d.call(d.acme, bad.method, "/messages/"+bad.id, bad.body).want(t, bad.status).has(t, "code", bad.code)
		}
		d.call(d.glob, "PATCH", "/messages/"+mine, `{"body":"x"}`).want(t, 404)
		d.call(d.glob, "DELETE", "/messages/"+mine, "").want(t, 404)
		_, reader := d.Key(t, d.Acme, models.KeyDraft{Read: true, CapCalls: 100})
		d.call(reader, "PATCH", "/messages/"+mine, `{"body":"x"}`).want(t, 403)
		d.call(reader, "DELETE", "/messages/"+mine, "").want(t, 403)
		d.call(d.acme, "GET", "/messages/"+mine, "").has(t, "body", "Hello", "editedAt", "<nil>")
	})
}
