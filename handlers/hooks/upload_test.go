package hooks_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/graphtest"
	"mauve/handlers/api"
	"mauve/models"
	"mauve/models/modelstest"
)

// uploads posts a file and returns the id of its attachment.
func (d *desk) uploads(name string, content []byte) string {
	d.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		d.t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = w.Close()
	r := httptest.NewRequest("POST", api.Prefix+"/attachments", &form)
	return d.ask(r, "Authorization", "Bearer "+d.key, "Content-Type", w.FormDataContentType()).want(d.t, 201).at("id")
}

// attach is the body of a message with the files.
func attach(body string, ids ...string) string {
	var files []string
	for _, id := range ids {
		files = append(files, `{"id":"`+id+`"}`)
	}
	return fmt.Sprintf(`{"body":%q,"attachments":[%s]}`, body, strings.Join(files, ","))
}

var webp = append([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), make([]byte, 100)...)

func TestAFileGoesOutAsWhatItIs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := d.wrote("33612345678")
		for name, c := range map[string]struct {
			content             []byte
			body, is, told, out string
		}{
			"cat.txt":   {photo, "look", "image", "image/png", "image:map[caption:look id:%s]"},
			"note.ogg":  {opus, "", "audio", "audio/ogg", "audio:map[id:%s]"},
			"bill.pdf":  {[]byte("%PDF-1.4 x"), "your bill", "document", "application/pdf", "document:map[caption:your bill filename:bill.pdf id:%s]"},
			"cat.jpg":   {[]byte(page), "", "document", "text/html", "document:map[filename:cat.jpg id:%s]"},
			"a.xlsx":    {[]byte("PK\x03\x04 sheets"), "", "document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document:map[filename:a.xlsx id:%s]"},
			"s.webp":    {webp, "", "sticker", "image/webp", "sticker:map[id:%s]"},
			"said.webp": {webp, "not a sticker", "document", "image/webp", "document:map[caption:not a sticker filename:said.webp id:%s]"},
			"f.3gp":     {[]byte("\x00\x00\x00\x18ftyp3gp5\x00\x00\x00\x00"), "", "video", "video/3gpp", "video:map[id:%s]"},
		} {
			n := len(d.graph.Sent())
			a := d.becomes(d.sends(talk, attach(c.body, d.uploads(name, c.content))), "sent")
			up := d.graph.Uploads()[n]
			want := fmt.Sprintf(c.out, up.ID)
			got := fmt.Sprint(d.graph.Sent()[n].Body)
			assert.Check(t, is.Contains(got, want), "%s was uploaded as %s %s, sent as %s", name, up.Type, up.Name, got)
			assert.Check(t, is.Equal(up.Type, c.told), "%s was uploaded as %s %s, sent as %s", name, up.Type, up.Name, got)
			assert.Check(t, is.Equal(up.Name, name), "%s was uploaded as %s %s, sent as %s", name, up.Type, up.Name, got)
			assert.Check(t, bytes.Equal(up.Bytes, c.content), "%s was uploaded as %s %s, sent as %s", name, up.Type, up.Name, got)
			a.has(t, "type", c.is, "body", c.body, "attachments.0.fileName", name)
			var told []*models.Event
			d.eventually("the status is told", func() bool {
				told = slices.DeleteFunc(d.events(), func(e *models.Event) bool {
					return e.Kind != models.MessageStatusChanged || e.SubjectID.With(models.PrefixMessage) != a.at("id")
				})
				return len(told) > 0
			})
			for _, e := range told {
				assert.Check(t, is.Contains(e.Data, `"fileName":"`+name+`"`), "a status without the file")
			}
		}
	})
}

func TestAFileThatTheChannelDoesNotCarryIsRefusedWhenItIsWritten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		talk := "/conversations/" + d.wrote("33612345678") + "/messages"
		large := append(bytes.Clone(photo), make([]byte, 5<<20)...)
		for body, field := range map[string]string{
			attach("", d.uploads("large.png", large)):                                                    "attachments.0.id",
			attach("", d.uploads("a.png", photo), d.uploads("b.png", photo)):                             "attachments",
			attach("listen", d.uploads("a.ogg", opus)):                                                   "body",
			attach(strings.Repeat("x", 1025), d.uploads("a.png", photo)):                                 "body",
			`{"media":{"id":"7","type":"image"},"attachments":[{"id":"` + d.uploads("c", photo) + `"}]}`: "attachments",
		} {
			a := d.call("POST", talk, body).want(t, 422)
			if !a.has(t, "errors.0.field", field) {
				t.Log(body)
			}
		}
		note := fmt.Sprintf(`{"kind":"note","attachments":[{"id":%q},{"id":%q}]}`, d.uploads("a.png", photo), d.uploads("large.png", large))
		d.call("POST", talk, note).want(t, 201)
		assert.Check(t, is.Len(d.graph.Uploads(), 0))
		assert.Check(t, is.Len(d.graph.Sent(), 0))
	})
}

func TestAFileIsUploadedOnceHoweverOftenItsMessageIsTried(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := open(t, w)
		d.graph.Upload = func(n int) *graphtest.Refusal {
			return map[int]*graphtest.Refusal{1: {Status: 500, Code: 131000}}[n]
		}
		d.graph.Answer = func(n int, _ map[string]any) *graphtest.Refusal {
			return map[int]*graphtest.Refusal{1: {Status: 500, Code: 131000}}[n]
		}
		d.work()
		id := d.sends(d.wrote("33612345678"), attach("look", d.uploads("a.png", photo)))
		d.becomes(id, "sent")
		up, sent := d.graph.Uploads(), d.graph.Sent()
		assert.Check(t, is.Len(up, 2))
		assert.Check(t, is.Equal(d.graph.Calls(), 2))
		if assert.Check(t, is.Len(sent, 1)) {
			assert.Check(t, is.Contains(fmt.Sprint(sent[0].Body), "id:up2"))
		}
	})
}

func TestAFileThatMetaRefusesFailsItsMessageAndIsUploadedAnewByRetry(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := open(t, w)
		d.graph.Upload = func(n int) *graphtest.Refusal {
			return map[int]*graphtest.Refusal{1: {Status: 400, Code: 100, Detail: "Param file must be a file with one of the following types"}}[n]
		}
		d.graph.Answer = func(n int, _ map[string]any) *graphtest.Refusal {
			return map[int]*graphtest.Refusal{1: {Status: 400, Code: 131053}}[n]
		}
		d.work()
		id := d.sends(d.wrote("33612345678"), attach("", d.uploads("a.zip", []byte("PK\x03\x04"))))
		a := d.becomes(id, "failed")
		assert.Check(t, is.Contains(a.at("error.detail"), "one of the following types"), a.text)
		assert.Check(t, is.Equal(d.graph.Calls(), 0), a.text)
		for try, becomes := range []string{"failed", "sent"} {
			d.call("POST", "/messages/"+id+"/retry", "").want(t, 202)
			d.becomes(id, becomes)
			up := len(d.graph.Uploads())
			assert.Check(t, is.Equal(up, try+2), "uploaded %v times", up)
		}
	})
}

func TestAnUploadOutlivesItsSender(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := open(t, w)
		ctx := t.Context()
		talk, err := w.Acme.System.Receive(d.channel.ID, models.Incoming{From: models.Sender{WhatsApp: "33612345678"}, ExternalID: "wamid.0", At: d.Clock.Now(), Type: models.TypeText, Body: "hi"})
		if err != nil {
			t.Fatal(err)
		}
		m, err := w.Acme.Scope.Message(talk.MessageID)
		if err != nil {
			t.Fatal(err)
		}
		id := d.sends(m.ConversationID.With(models.PrefixConversation), attach("", d.uploads("a.png", photo)))
		dead, err := w.Store.ClaimSends(ctx, d.channel.ID, 1)
		assert.NilError(t, err)
		assert.Assert(t, is.Len(dead, 1))
		assert.Assert(t, dead[0].File != nil)
		if err := w.Store.HoldSend(ctx, dead[0]); err != nil {
			t.Fatal(err)
		}
		d.Clock.Pass(time.Minute) // longer than the lease of a message without a file
		again, err := w.Store.ClaimSends(ctx, d.channel.ID, 1)
		assert.NilError(t, err)
		assert.Assert(t, is.Len(again, 0), "taken from the one who uploads")
		if err := w.Store.KeepUpload(ctx, dead[0], "known"); err != nil {
			t.Fatal(err)
		}
		d.Clock.Pass(5 * time.Minute)
		d.work()
		d.becomes(id, "sent")
		assert.Check(t, is.Len(d.graph.Uploads(), 0))
		assert.Check(t, is.Contains(fmt.Sprint(d.graph.Sent()[0].Body), "image:map[id:known]"))
		if err := w.Store.HandOver(context.Background(), dead[0]); err == nil {
			t.Error("the first sender may still send it")
		}
	})
}

func TestASandboxTakesFiles(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.connect(d.Acme, "sandbox", "trial", "")
		a := d.call("POST", "/messages", `{"sessionId":"trial","to":"+12025550111","body":"show me","attachments":[{"id":"`+d.uploads("a.png", photo)+`"}]}`).want(t, 202)
		d.becomes(a.at("id"), "read")
		messages := "/conversations/" + a.at("conversationId") + "/messages"
		d.eventually("a picture and a voice note come back", func() bool {
			l := d.call("GET", messages, "")
			return l.at("data.1.attachments.0.contentType") == "image/png" && l.at("data.2.attachments.0.contentType") == "audio/wave"
		})
		d.call("GET", messages, "").has(t, "data.1.body", "The view from here", "data.2.type", "voice")
	})
}
