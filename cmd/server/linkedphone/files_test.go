package linkedphone

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/phonetest"
	"mauve/handlers/api"
)

// picture is enough of a PNG to be known as one.
var picture = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00")

// TestFilesByAPhone: a picture comes in and is shown; an uploaded file and one named by its address go out.
func TestFilesByAPhone(t *testing.T) {
	eachPhone(t, func(t *testing.T, d *phoneDesk) {
		line := d.link()
		sum := sha256.Sum256(picture)
		photo := func(path string, size int) *waE2E.Message {
			return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{DirectPath: &path, MediaKey: []byte("k"), FileSHA256: sum[:], FileLength: proto.Uint64(uint64(size)), Mimetype: proto.String("image/png")}}
		}
		d.net.Set(func(n *phonetest.Network) { n.Files["/photo"], n.Files["/forged"] = picture, []byte("something else") })
		line.Play(phonetest.Said(phonetest.Amara, "IN1", photo("/photo", len(picture))))
		d.says("data.0.attachments.0.contentType", "image/png")
		line.Play(phonetest.Said(phonetest.Amara, "IN2", photo("/gone", len(picture))))
		d.says("data.1.content.media.state", "failed")
		assert.Check(t, is.Contains(d.said()("data.1.content.media.problem"), "WhatsApp has the file no more"))

		talk := d.call("GET", "/conversations", "", 200)("data.0.id")
		file := d.upload("menu.txt", "soup")
		d.call("POST", "/conversations/"+talk+"/messages", `{"body":"The menu","attachments":[{"id":"`+file+`"}]}`, 202)
		d.says("data.2.status", "sent")
		menu := d.net.Outbox()[0].Message.GetDocumentMessage()
		assert.Check(t, is.Equal(menu.GetFileName(), "menu.txt"))
		assert.Check(t, is.Equal(menu.GetCaption(), "The menu"))
		assert.Check(t, is.Equal(menu.GetDirectPath(), "/up"))
		assert.Check(t, is.Equal(menu.GetFileLength(), uint64(4)))
		assert.Check(t, strings.HasPrefix(menu.GetMimetype(), "text/plain"), menu.GetMimetype())
		d.net.Set(func(n *phonetest.Network) { assert.Check(t, is.Equal(string(n.Files["/up"]), "soup")) })

		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/none.jpg" {
				w.WriteHeader(404)
				return
			}
			w.Header().Set("Content-Type", "image/jpeg")
			size := 100
			if r.URL.Path == "/huge.jpg" {
				size = 6 << 20
			}
			_, _ = w.Write(make([]byte, size))
		}))
		defer web.Close()
		for n, c := range []struct{ path, status, code string }{{"/a.jpg", "sent", ""}, {"/none.jpg", "failed", "media_not_found"}, {"/huge.jpg", "failed", "media_too_large"}} {
			d.call("POST", "/conversations/"+talk+"/messages", `{"body":"Look","media":{"url":"`+web.URL+c.path+`"}}`, 202)
			at := fmt.Sprintf("data.%d.", n+3)
			d.says(at+"status", c.status)
			if c.code != "" {
				has(t, d.said(), at+"error.code", c.code)
			}
		}
		look := d.net.Outbox()[1].Message.GetImageMessage()
		assert.Check(t, is.Equal(look.GetCaption(), "Look"))
		assert.Check(t, is.Equal(look.GetFileLength(), uint64(100)))
		assert.Check(t, is.Equal(look.GetMimetype(), "image/jpeg"))

		// A voice note that was recorded on the phone itself, and then heard.
		line.Play(mine("VOICE", &waE2E.Message{AudioMessage: &waE2E.AudioMessage{DirectPath: proto.String("/gone"), MediaKey: []byte("k"), FileSHA256: sum[:], PTT: proto.Bool(true)}}))
		d.says("data.6.type", "voice")
		line.Play(phonetest.Told(phonetest.Amara, types.ReceiptTypePlayed, "VOICE"))
		d.says("data.6.status", "read")
		line.Play(phonetest.Said(phonetest.Amara, "IN3", photo("/photo", 1<<20+1)))
		d.says("data.7.content.media.problem", "The file is larger than 1 MiB.")
		m := d.said()
		assert.Check(t, m("data.6.playedAt") != "<nil>", m("data.6"))
	})
}

// upload keeps a file and returns its id.
func (d *phoneDesk) upload(name, body string) string {
	d.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	assert.NilError(d.t, err)
	_, err = part.Write([]byte(body))
	assert.NilError(d.t, err)
	assert.NilError(d.t, w.Close())
	a := d.send("POST", api.Prefix+"/attachments", form.String(), "Authorization", "Bearer "+d.key, "Content-Type", w.FormDataContentType())
	_, rest, ok := strings.Cut(a.text, `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	assert.Equal(d.t, a.StatusCode, 201, a.text)
	assert.Assert(d.t, ok, "no id is in %s", a.text)
	return id
}
