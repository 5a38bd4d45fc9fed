package dashboard_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/reason"
	"mauve/models/search"
	"mauve/web/webtest"
)

const gif = "GIF89a\x03\x00\x02\x00\x00\x00\x00"

// submits sends a form as a browser without JavaScript does; a name that begins with @ is a file's.
func (p *person) submits(path string, pairs ...string) page {
	p.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		name, isFile := strings.CutPrefix(pairs[i], "@")
		disposition := fmt.Sprintf(`form-data; name=%q`, name)
		if isFile {
			disposition = fmt.Sprintf(`form-data; name="file"; filename=%q`, name)
		}
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
		if err == nil {
			_, err = part.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	w.Close()
	r := httptest.NewRequest("POST", path, &b)
	r.Host = "desk.example"
	res, text, _ := webtest.Ask(p.t, p.app, r, "Content-Type", w.FormDataContentType(), "Cookie", "mauve_session="+p.cookie, "Sec-Fetch-Site", "same-origin")
	return page{res, text}
}

// A file that is refused takes nothing else with it: what was typed, and what came up before it, is there for the next try.
func TestARefusedFileLeavesWhatWasTyped(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, c := signIn(t, app, "lea@acme.example"), openChat(t, w)
		c.gets(models.TypeText, "hello", models.Content{})
		ticket := ticketed(t, w, subject("A case"))
		for _, path := range []string{c.thread(), "/tickets/" + string(ticket.ID)} {
			send := func(name, content string) page {
				return lea.submits(path+"/messages", "body", "typed at length", "kind", "reply", "client_id", "r1", "@a.gif", gif, "@"+name, content)
			}
			send("b.pdf", "").want(t, 422).shows(t, "typed at length", "The file is empty", "a.gif", "!file: is")
			send("b.pdf", strings.Repeat("x", 17<<20)).want(t, 413).shows(t, "typed at length", "The file is larger than", "a.gif")
		}
	})
}

func TestFilesAreSentByAPlainForm(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, c := signIn(t, app, "lea@acme.example"), openChat(t, w)
		c.gets(models.TypeText, "hello", models.Content{})
		path := c.thread()
		lea.ask("GET", path, nil).want(t, 200).shows(t, `enctype="multipart/form-data"`, `type="file"`)

		// WhatsApp carries one file a message: three files are three messages, with the text at the first.
		lea.submits(path+"/messages", "body", "see", "kind", "reply", "client_id", "c1", "@a.gif", gif, "@b.pdf", "%PDF-1", "@", "", "@c.txt", "words").want(t, 303)
		lea.submits(path+"/messages", "body", "see", "kind", "reply", "client_id", "c1", "@a.gif", gif).want(t, 303) // again: nothing new
		id, _ := models.ParseID("", strings.TrimPrefix(path, "/inbox/"))
		said := func() (all []string) {
			l, err := search.Messages(w.Acme.Scope, id, models.Page{})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range l.Items[1:] {
				line := string(m.Kind) + " " + string(m.Type) + " " + m.Body
				for _, a := range m.Attachments {
					line += " " + a.FileName
				}
				all = append(all, line)
			}
			return all
		}
		want := "message document see a.gif|message document  b.pdf|message document  c.txt"
		if got := strings.Join(said(), "|"); got != want {
			t.Errorf("said %s", got)
		}
		// A note holds them all; a sticker has no text beside it, so the text goes first.
		lea.submits(path+"/messages", "body", "for us", "kind", "note", "@a.gif", gif, "@b.pdf", "%PDF-1").want(t, 303)
		lea.submits(path+"/messages", "body", "listen", "kind", "reply", "@a.ogg", "OggS\x00"+strings.Repeat("\x00", 23)+"OpusHead----------").want(t, 303)
		want += "|note text for us a.gif b.pdf|message text listen|message audio  a.ogg"
		if got := strings.Join(said(), "|"); got != want {
			t.Errorf("said %s", got)
		}
		lea.ask("GET", path, nil).want(t, 200).shows(t, `<audio src="/attachments/att_`, "b.pdf")

		// What is refused stays in the form, files and all, and nothing of it is sent.
		refused := lea.submits(path+"/messages", "body", "too large", "kind", "reply", "@b.pdf", "%PDF-1", "@a.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("\x00", 6<<20))
		refused.want(t, 422).shows(t, "too large", `name="attachment"`, "b.pdf", "a.png", "5 MiB")
		if got := strings.Join(said(), "|"); got != want {
			t.Errorf("said %s", got)
		}
		kept := refused.text[strings.Index(refused.text, `value="att_`)+7:][:28]
		lea.submits(path+"/messages", "body", "better", "kind", "reply", "attachment", kept).want(t, 303)
		if got := strings.Join(said(), "|"); got != want+"|message document better b.pdf" {
			t.Errorf("said %s", got)
		}
		lea.submits(path+"/messages", "body", "", "kind", "reply", "@", "").want(t, 422)
		(&person{t: t, app: app}).submits(path+"/messages", "body", "x", "@a.gif", gif).want(t, 401)
		signIn(t, app, "gus@globex.example").submits(path+"/messages", "body", "x", "kind", "reply", "@a.gif", gif).want(t, 404)
	})
}

func TestFilesAreSentFromATicket(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, c := signIn(t, app, "lea@acme.example"), openChat(t, w)
		c.gets(models.TypeText, "hello", models.Content{})
		talk, _ := models.ParseID("", strings.TrimPrefix(c.thread(), "/inbox/"))
		ticket, err := w.Acme.Scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Conversation: &talk}})
		if err != nil {
			t.Fatal(err)
		}
		path := "/tickets/" + string(ticket.ID)
		lea.submits(path+"/messages", "body", "your bill", "kind", "reply", "@b.pdf", "%PDF-1", "@c.pdf", "%PDF-2").want(t, 303)
		lea.ask("GET", path, nil).want(t, 200).shows(t, "your bill", "b.pdf", "c.pdf")
		lea.submits(path+"/messages", "body", "for us", "kind", "note", "@b.pdf", "%PDF-1").want(t, 422).shows(t, "holds text alone", `name="attachment"`, "for us")
	})
}

// talkOfGlobex is a conversation of Globex in its own sandbox, with the number that also writes to Acme.
func talkOfGlobex(t *testing.T, w *modelstest.World) *models.Conversation {
	t.Helper()
	own, err := w.Globex.Scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelSandbox, Name: "Trial"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Globex.Scope.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Phone: new("+33612345678")}, ChannelID: own.ID})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAMessageIsAnsweredAndReactedTo(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, c := signIn(t, app, "lea@acme.example"), openChat(t, w)
		c.gets(models.TypeText, "Which size?", models.Content{})
		path := c.thread()
		page := lea.ask("GET", path, nil).want(t, 200).shows(t, `href="`+path+`?about=`).text
		id := page[strings.Index(page, "?about=")+7:][:24]
		lea.ask("GET", path+"?about="+id, nil).want(t, 200).shows(t, `name="reply_to" value="`+id+`"`, "React with 👍", `formaction="`+path+`/reaction"`)
		lea.ask("GET", path+"?about=6740a1b2c3d4e5f60718293a", nil).want(t, 200).shows(t, `name="reply_to" value=""`)

		c.Clock.Pass(time.Second)
		lea.post(path, path+"/messages", url.Values{"body": {"XL"}, "kind": {"reply"}, "reply_to": {id}}).want(t, 303)
		lea.ask("GET", path, nil).want(t, 200).shows(t, `class="quote" href="#message-`+id+`"`)
		lea.post(path, path+"/reaction", url.Values{"emoji": {"👍"}, "reply_to": {id}}).want(t, 303)
		lea.ask("GET", path, nil).want(t, 200).shows(t, `class="reactions"`, "👍")
		c.Clock.Pass(time.Second)
		lea.post(path, path+"/reaction", url.Values{"emoji": {""}, "reply_to": {id}}).want(t, 303)
		lea.ask("GET", path, nil).want(t, 200).shows(t, `!class="reactions"`)
		for _, bad := range []url.Values{{"emoji": {"👍"}}, {"emoji": {"👍"}, "reply_to": {"nonsense"}}, {"emoji": {"<b>"}, "reply_to": {"6740a1b2c3d4e5f60718293a"}}} {
			lea.post(path, path+"/reaction", bad).want(t, 422)
		}
		// Another workspace reaches neither the conversation nor, from one of its own, the message.
		gus := signIn(t, app, "gus@globex.example")
		theirs := talkOfGlobex(t, w)
		for at, status := range map[string]int{path: 404, "/inbox/" + string(theirs.ID): 422} {
			gus.post("/inbox", at+"/reaction", url.Values{"emoji": {"👍"}, "reply_to": {id}}).want(t, status)
			gus.post("/inbox", at+"/messages", url.Values{"body": {"XL"}, "kind": {"reply"}, "reply_to": {id}}).want(t, status)
		}
		gus.ask("GET", "/inbox/"+string(theirs.ID)+"?about="+id, nil).want(t, 200).shows(t, "!Which size?")

		// A channel that knows no reactions offers none.
		name := "Bob"
		plain, err := w.Acme.Scope.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Name: &name}, Kind: models.ChannelAPI})
		if err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", "/inbox/"+string(plain.ID), nil).want(t, 200).shows(t, "!React with")
	})
}

// TestATicketsMessageIsAnsweredAndReactedTo: from its timeline as from the conversation, with plain forms.
func TestATicketsMessageIsAnsweredAndReactedTo(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, gus, c := signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example"), openChat(t, w)
		c.gets(models.TypeText, "Which size?", models.Content{})
		talk := models.ID(strings.TrimPrefix(c.thread(), "/inbox/"))
		ticket, err := w.Acme.Scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Conversation: &talk}})
		if err != nil {
			t.Fatal(err)
		}
		path := "/tickets/" + string(ticket.ID)
		page := lea.ask("GET", path, nil).want(t, 200).shows(t, `href="`+path+`?about=`).text
		id := page[strings.Index(page, "?about=")+7:][:24]
		lea.ask("GET", path+"?about="+id, nil).want(t, 200).shows(t, `name="reply_to" value="`+id+`"`, "React with 👍", `formaction="`+path+`/reaction"`)
		lea.ask("GET", path+"?about=6740a1b2c3d4e5f60718293a", nil).want(t, 200).shows(t, `name="reply_to" value=""`)

		c.Clock.Pass(time.Second)
		lea.post(path, path+"/messages", url.Values{"body": {"XL"}, "kind": {"reply"}, "reply_to": {id}}).want(t, 303)
		lea.ask("GET", path, nil).want(t, 200).shows(t, `class="quote" href="#message-`+id+`"`)
		c.Clock.Pass(time.Second)
		a := lea.post(path, path+"/reaction", url.Values{"emoji": {"👍"}, "reply_to": {id}}).want(t, 303)
		assert.Check(t, is.Equal(a.Header.Get("Location"), path), a.Header)
		lea.ask("GET", path, nil).want(t, 200).shows(t, `class="reactions"`)
		a = lea.ask("GET", path+"?fragment=timeline", nil).want(t, 200).shows(t, `class="reactions"`)
		assert.Check(t, is.Equal(strings.Count(a.text, "<article"), 2), "the reaction has a row of its own: %s", a.text)
		assert.Check(t, is.Equal(strings.Count(a.text, `href="`+path+`?about=`), 1), "what has not left can be answered: %s", a.text)
		c.Clock.Pass(time.Second)
		lea.post(path, path+"/reaction", url.Values{"emoji": {""}, "reply_to": {id}}).want(t, 303)
		lea.ask("GET", path, nil).want(t, 200).shows(t, `!class="reactions"`)

		// What is refused comes back with what was typed and what it was about.
		lea.post(path, path+"/reaction", url.Values{"emoji": {strings.Repeat("x", 100)}, "reply_to": {id}, "body": {"Half a sen"}}).want(t, 422).shows(t, "Half a sen", `name="reply_to" value="`+id+`"`)
		for _, bad := range []url.Values{{"emoji": {"👍"}}, {"emoji": {"👍"}, "reply_to": {"nonsense"}}, {"emoji": {"👍"}, "reply_to": {"6740a1b2c3d4e5f60718293a"}}} {
			lea.post(path, path+"/reaction", bad).want(t, 422)
		}

		// What failed is sent again from here, and what was written is changed in its conversation.
		failed, err := w.Acme.Scope.Send(talk, models.Draft{Body: "On its way"})
		if err == nil {
			_, err = w.Acme.System.Progress(failed.ID, models.Failed, "1", reason.Said("No."))
		}
		if err != nil {
			t.Fatal(err)
		}
		retry := "/inbox/" + string(talk) + "/messages/" + string(failed.ID) + "/retry?ticket=" + string(ticket.ID)
		lea.ask("GET", path, nil).want(t, 200).shows(t, retry, "/inbox/"+string(talk)+"?change="+string(failed.ID))
		a = lea.post(path, retry, url.Values{}).want(t, 303)
		assert.Check(t, is.Equal(a.Header.Get("Location"), path), a.Header)
		lea.ask("GET", path, nil).want(t, 200).shows(t, "!"+retry)

		// A ticket without a conversation, and another workspace's.
		alone, err := w.Acme.Scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: new("Alone")}})
		if err != nil {
			t.Fatal(err)
		}
		lea.post(path, "/tickets/"+string(alone.ID)+"/reaction", url.Values{"emoji": {"👍"}, "reply_to": {id}}).want(t, 409)
		lea.ask("GET", "/tickets/"+string(alone.ID)+"?about="+id, nil).want(t, 200).shows(t, "!Which size?", "!React with")
		theirs, err := w.Globex.Scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Conversation: &talkOfGlobex(t, w).ID}})
		if err != nil {
			t.Fatal(err)
		}
		for at, status := range map[string]int{path: 404, "/tickets/" + string(theirs.ID): 422} {
			gus.post("/inbox", at+"/reaction", url.Values{"emoji": {"👍"}, "reply_to": {id}}).want(t, status)
			gus.post("/inbox", at+"/messages", url.Values{"body": {"XL"}, "kind": {"reply"}, "reply_to": {id}}).want(t, status)
		}
		gus.ask("GET", "/tickets/"+string(theirs.ID)+"?about="+id, nil).want(t, 200).shows(t, "!Which size?")
	})
}
