package dashboard_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http/httptest"
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
	"mauve/models/search"
	"mauve/models/wire"
)

// upload sends a file as the composer's script does.
func (p *person) upload(name, content string, headers ...string) page {
	p.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/attachments", &b)
	r.Host = "desk.example"
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("X-Fragment", "1")
	r.Header.Set("Cookie", "mauve_session="+p.cookie)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.app.Test(r, 120_000)
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return page{res, string(body)}
}

func TestAMemberUploadsSendsAndSeesAFile(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, gus := signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example")
		own := []string{"Sec-Fetch-Site", "same-origin"}
		(&person{t: t, app: app}).upload("a.txt", "a", own...).want(t, 401)
		lea.upload("a.txt", "a", "Sec-Fetch-Site", "cross-site").want(t, 403)
		lea.upload("a.txt", "a").want(t, 403) // no token
		lea.upload("a.txt", "", own...).want(t, 422)
		var got struct {
			ID, FileName string
			Size         int
		}
		a := lea.upload("a.txt", "hello", own...).want(t, 201)
		assert.NilError(t, json.Unmarshal([]byte(a.text), &got))
		assert.Equal(t, got.FileName, "a.txt", a.text)
		assert.Equal(t, got.Size, 5, a.text)
		f := lea.ask("GET", "/attachments/"+got.ID, nil).want(t, 200)
		assert.Check(t, is.Equal(f.text, "hello"), f.Header)
		assert.Check(t, is.Equal(f.Header.Get("Content-Security-Policy"), "sandbox; default-src 'none'"), f.Header)
		gus.ask("GET", "/attachments/"+got.ID, nil).want(t, 404)
		(&person{t: t, app: app}).ask("GET", "/attachments/"+got.ID, nil).want(t, 303)
		lea.ask("GET", "/attachments/none", nil).want(t, 404)

		name := "Ada"
		c, err := w.Acme.Scope.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Name: &name}, Kind: models.ChannelAPI})
		if err != nil {
			t.Fatal(err)
		}
		path := "/inbox/" + string(c.ID)
		lea.post(path, path+"/messages", url.Values{"body": {""}, "attachment": {got.ID}}).want(t, 303)
		m, err := search.LatestMessages(w.Acme.Scope, c.ID, models.Page{})
		if assert.Check(t, err) && assert.Check(t, is.Len(m.Items, 1), "%+v", m) {
			assert.Check(t, is.Equal(m.Items[0].Attachments[0].ID.With(models.PrefixAttachment), got.ID), "%+v", m)
		}
		picture := lea.upload("dot.gif", "GIF89a\x03\x00\x02\x00\x00\x00\x00", own...).want(t, 201)
		if err := json.Unmarshal([]byte(picture.text), &got); err != nil {
			t.Fatal(err)
		}
		lea.post(path, path+"/messages", url.Values{"body": {"see"}, "kind": {"note"}, "attachment": {got.ID}}).want(t, 303)
		thread := lea.ask("GET", path, nil).want(t, 200).text
		for _, part := range []string{"a.txt", "5 B", `<img src="/attachments/` + got.ID + `"`, `width="3" height="2"`} {
			if !strings.Contains(thread, part) {
				t.Errorf("the thread does not show %s", part)
			}
		}
	})
}

// TestAFileStaysInItsMessage: a message of another page is drawn whole where it is reacted to, and named by its file where
// it is answered.
func TestAFileStaysInItsMessage(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, c := signIn(t, app, "lea@acme.example"), openChat(t, w)
		c.gets(models.TypeText, "Your prices?", models.Content{})
		thread := c.thread()
		var file struct{ ID string }
		uploaded := lea.upload("prices.txt", "all free", "Sec-Fetch-Site", "same-origin").want(t, 201)
		assert.NilError(t, json.Unmarshal([]byte(uploaded.text), &file))
		lea.post(thread, thread+"/messages", url.Values{"body": {""}, "attachment": {file.ID}}).want(t, 303)
		opened, err := search.Conversations(w.Acme.Scope, search.ConversationFilter{}, models.Page{})
		assert.NilError(t, err)
		said, err := search.LatestMessages(w.Acme.Scope, opened.Items[0].ID, models.Page{})
		assert.NilError(t, err)
		_, err = w.Acme.System.Report(c.on.ID, models.Report{Status: models.Sent, ExternalID: "wamid.prices", MessageID: said.Items[0].ID})
		assert.NilError(t, err)
		c.Clock.Pass(time.Second)
		c.gets(models.TypeText, "Thanks", models.Content{})
		last := regexp.MustCompile(`.*data-message="(\w+)"`).FindStringSubmatch(strings.ReplaceAll(lea.ask("GET", thread, nil).want(t, 200).text, "\n", " "))
		c.Clock.Pass(time.Second)
		c.gets(models.TypeReaction, "💜", models.Content{Reaction: &wire.Reaction{ExternalID: "wamid.prices", Emoji: "💜"}})
		after := thread + "/messages?fragment=1&after=" + last[1]
		lea.ask("GET", after, nil).want(t, 200).shows(t, "💜", "data-replaces", "prices.txt", "8 B", "!Not fetched")
		c.gets(models.TypeText, "All of them?", models.Content{QuotedID: "wamid.prices"})
		lea.ask("GET", after, nil).want(t, 200).shows(t, `class="quote"`, "<span>prices.txt")
	})
}
