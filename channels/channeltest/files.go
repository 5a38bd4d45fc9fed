package channeltest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/channeltype"
)

// file is enough of a file to be known as what it is.
type file struct {
	name    string
	mime    string
	content []byte
}

// Picture is a small PNG, with bytes in it that a text would not survive.
var Picture = append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"), "\x00\xff\xfe\r\n\x80 end"...)

var files = map[models.MessageType]file{
	models.TypeImage:    {"cat.png", "image/png", Picture},
	models.TypeVideo:    {"cat.3gp", "video/3gpp", []byte("\x00\x00\x00\x18ftyp3gp5\x00\x00\x00\x00")},
	models.TypeAudio:    {"note.ogg", "audio/ogg", append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x00\x00\x00\x00\x05\x06\x07\x08\x01\x13OpusHead\x01\x01"), make([]byte, 200)...)},
	models.TypeDocument: {"bill.pdf", "application/pdf", []byte("%PDF-1.4 bill")},
	models.TypeSticker:  {"s.webp", "image/webp", append([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), make([]byte, 100)...)},
}

// every are all the types that somebody can write besides text, with a message of each. at serves the files.
func every(d *Desk, at string) map[models.MessageType]map[string]any {
	heard := d.said().At("data.0.id")
	all := map[models.MessageType]map[string]any{
		models.TypeLocation: {"location": map[string]any{"latitude": 48.85, "longitude": 2.35, "name": "Paris"}},
		models.TypeContacts: {"contacts": []any{map[string]any{"name": "Bob", "phones": []string{"+33 6 12 34 56 79"}}}},
		models.TypeReaction: {"reaction": map[string]any{"messageId": heard, "emoji": "👍"}},
		models.TypeTemplate: {"template": map[string]any{"name": "hello_world", "language": "en_US"}},
	}
	for kind, f := range files {
		all[kind] = map[string]any{"media": map[string]any{"type": kind, "url": at + "/" + f.name}}
	}
	return all
}

// serve serves the files to vendors that fetch them.
func serve(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, f := range files {
			if r.URL.Path == "/"+f.name {
				w.Header().Set("Content-Type", f.mime)
				_, _ = w.Write(f.content)
				return
			}
		}
		w.WriteHeader(404)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func types(t *testing.T, d *Desk) {
	can := d.Kind.Kind.Capabilities()
	d.greeted()
	sent := len(d.Vendor.Got(d))
	for kind, body := range every(d, serve(t)) {
		f, isFile := files[kind]
		if can.Sends(kind) {
			if isFile && can.OneFile { // as the inbox sends it
				body = map[string]any{"attachments": []any{map[string]any{"id": d.upload(f.name, f.content)}}}
			}
			id := d.reply(body)
			d.becomes(id, left...).has("type", string(kind))
			sent++
			assert.Check(t, is.Len(d.got(sent), sent), "after a message of type %s", kind)
			continue
		}
		bad := []map[string]any{body}
		if isFile && can.OneFile && !can.Sends(models.TypeDocument) {
			bad = append(bad, map[string]any{"attachments": []any{map[string]any{"id": d.upload(f.name, f.content)}}})
		}
		for _, body := range bad {
			a := d.API("POST", "/conversations/"+d.Talk()+"/messages", body).want(422)
			assert.Check(t, a.At("errors.0.field") != "" && len(a.At("errors.0.detail")) > 10, "%s: %s", kind, a.Text)
		}
	}
	assert.Check(t, is.Len(d.Vendor.Got(d), sent))
}

// carries is a type of file that the kind sends.
func carries(can channeltype.Capabilities) (file, bool) {
	for _, kind := range []models.MessageType{models.TypeImage, models.TypeDocument, models.TypeAudio, models.TypeVideo, models.TypeSticker} {
		if can.Sends(kind) {
			return files[kind], true
		}
	}
	return file{}, false
}

func fileOut(t *testing.T, d *Desk) {
	d.greeted()
	f, carried := carries(d.Kind.Kind.Capabilities())
	assert.Assert(t, carried, "a kind that takes files sends no type of them")
	before := len(d.Vendor.Got(d))
	for n, content := range [][]byte{f.content, append(bytes.Clone(f.content), bytes.Repeat([]byte("\x00\r\n\xff"), 50_000)...)} {
		id := d.reply(map[string]any{"attachments": []any{map[string]any{"id": d.upload(f.name, content)}}})
		d.becomes(id, left...).has("attachments.0.fileName", f.name, "attachments.0.size", fmt.Sprint(len(content)))
		got := d.got(before + n + 1)
		assert.Assert(t, is.Len(got, before+n+1))
		assert.Check(t, bytes.Equal(d.Vendor.(Keeper).File(d, got[before+n]), content), "the vendor has another file")
	}
}

func fileIn(t *testing.T, d *Desk) {
	d.greeted()
	before, err := strconv.Atoi(d.said().At("meta.total"))
	assert.NilError(t, err)
	last := fmt.Sprintf("data.%d.", before)
	content := d.Vendor.(Giver).Give(d, "file-1")
	d.Eventually("the file is fetched", func() bool {
		url := d.said().At(last + "attachments.0.url")
		return url != "<nil>" && url != "<none>"
	})
	m := d.said().has("meta.total", fmt.Sprint(before+1), last+"direction", "inbound", last+"attachments.0.size", fmt.Sprint(len(content)))
	assert.Check(t, bytes.Equal(d.Open(m.At(last+"attachments.0.url")), content), "another file came in")
}
