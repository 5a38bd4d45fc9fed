package dashboard_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/reason"
	"mauve/models/search"
)

// TestAMessageIsEditedAndDeletedByPlainForms is a desk without JavaScript, on a channel whose messages wait in a queue.
func TestAMessageIsEditedAndDeletedByPlainForms(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, max, gus, c := signIn(t, app, "lea@acme.example"), agent(t, w, app), signIn(t, app, "gus@globex.example"), openChat(t, w)
		c.gets(models.TypeText, "Hi", models.Content{})
		thread := c.thread()
		id := models.ID(strings.TrimPrefix(thread, "/inbox/"))
		said, err := w.Acme.Scope.Send(id, models.Draft{Body: "Ten <euro>"})
		if err != nil {
			t.Fatal(err)
		}
		at := thread + "/messages/" + string(said.ID)
		form := "?change=" + string(said.ID)

		// It has not left yet: any agent of the team changes it at once.
		max.ask("GET", thread, nil).want(t, 200).shows(t, form, `data-composer`)
		max.ask("GET", thread+form, nil).want(t, 200).shows(t, at+"/edit", at+"/delete", "Ten &lt;euro&gt;</textarea>", "!data-composer", "Delete for everyone")
		max.post(thread, at+"/edit", url.Values{"body": {" "}}).want(t, 422).shows(t, "is missing", at+"/edit", "!data-composer")
		read := regexp.MustCompile(`name="version" value="([^"]+)"`).FindStringSubmatch(max.ask("GET", thread+form, nil).text)[1]
		max.post(thread, at+"/edit", url.Values{"body": {"Ten euros"}, "version": {read}}).want(t, 303)
		lea.post(thread, at+"/edit", url.Values{"body": {"Eleven euros"}, "version": {read}}).want(t, 412).shows(t, "It was changed since you read it.", "Eleven euros</textarea>")
		max.ask("GET", thread, nil).want(t, 200).shows(t, "Ten euros", "Edited", "data-composer")
		gus.post("/inbox", at+"/edit", url.Values{"body": {"x"}}).want(t, 404)
		gus.post("/inbox", at+"/delete", url.Values{}).want(t, 404)
		other := wrote(t, w, "Zoe", "x")
		for _, part := range []string{"/edit", "/delete"} {
			lea.post(thread, "/inbox/"+string(other.ID)+"/messages/"+string(said.ID)+part, url.Values{"body": {"x"}}).want(t, 404)
			lea.post(thread, thread+"/messages/nonsense"+part, url.Values{"body": {"x"}}).want(t, 404)
		}
		lea.ask("GET", "/inbox/"+string(other.ID)+form, nil).want(t, 200).shows(t, "data-composer") // of another conversation: no form

		// With the vendor, this channel can change it no more: no way leads there, and who is late is told.
		if _, err := w.Acme.System.Progress(said.ID, models.Sent, "", reason.Reason{}); err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "!"+form)
		lea.ask("GET", thread+form, nil).want(t, 200).shows(t, "data-composer")
		lea.post(thread, at+"/edit", url.Values{"body": {"Nine euros"}}).want(t, 409).shows(t, "This channel cannot change a message that was sent.", "Ten euros")

		// What never left is gone, and cannot be sent again.
		gone, err := w.Acme.Scope.Send(id, models.Draft{Body: "Forget it"})
		if err != nil {
			t.Fatal(err)
		}
		at = thread + "/messages/" + string(gone.ID)
		lea.post(thread, at+"/delete", url.Values{}).want(t, 303)
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "This message was deleted.", "!Forget it", "!"+at+"/retry")
		lea.post(thread, at+"/retry", url.Values{}).want(t, 409)
		lea.ask("GET", "/inbox?status=open", nil).want(t, 200).shows(t, "!Forget it")

		// A note is its author's, and naming somebody later tells them then.
		lea.post(thread, thread+"/messages", url.Values{"kind": {"note"}, "body": {"ask somebody"}}).want(t, 303)
		l, err := search.LatestMessages(w.Acme.Scope, id, models.Page{Size: 1})
		if err != nil {
			t.Fatal(err)
		}
		note := l.Items[0]
		at, form = thread+"/messages/"+string(note.ID), "?change="+string(note.ID)
		max.ask("GET", thread, nil).want(t, 200).shows(t, "ask somebody", "!"+form)
		max.post(thread, at+"/edit", url.Values{"body": {"x"}}).want(t, 403)
		lea.ask("GET", thread+form, nil).want(t, 200).shows(t, "Delete the note")
		for range 2 {
			lea.post(thread, at+"/edit", url.Values{"body": {"ask @Max"}}).want(t, 303)
		}
		lea.post(thread, at+"/edit", url.Values{"body": {"ask @Max today"}}).want(t, 303)
		events, err := w.Acme.Scope.EventsAfter("", 100)
		if err != nil {
			t.Fatal(err)
		}
		named := 0
		for _, e := range events {
			named += len(e.Mentioned())
		}
		assert.Check(t, is.Equal(named, 1), "Max was told %v times", named)
		lea.post(thread, at+"/delete", url.Values{}).want(t, 303)
		max.ask("GET", thread, nil).want(t, 200).shows(t, "!ask @Max")
	})
}
