package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
)

// pixel is a PNG of one pixel.
var pixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

// file is one part of a form.
type file struct{ field, name, claimed, content string }

func form(t testing.TB, files ...file) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		head := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + f.field + `"`}}
		if f.name != "" {
			head.Set("Content-Disposition", head.Get("Content-Disposition")+`; filename="`+f.name+`"`)
		}
		if f.claimed != "" {
			head.Set("Content-Type", f.claimed)
		}
		part, err := w.CreatePart(head)
		if err == nil {
			_, err = io.WriteString(part, f.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

func (d *desk) upload(key string, files []file, headers ...string) answer {
	d.t.Helper()
	body, kind := form(d.t, files...)
	return d.call(key, "POST", "/attachments", body, append(headers, "Content-Type", kind)...)
}

func (d *desk) uploaded(key, name, content string) string {
	d.t.Helper()
	return d.upload(key, []file{{"file", name, "", content}}).want(d.t, 201).at("id")
}

// openLink opens a link without a key.
func (d *desk) openLink(method, link string, headers ...string) answer {
	d.t.Helper()
	r := httptest.NewRequest(method, strings.TrimPrefix(link, "http://desk.example"), nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := d.app.Test(r, 120_000)
	if err != nil {
		d.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer{Response: res, text: string(text)}
}

func TestAFileIsUploadedSentAndOpened(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.upload(d.acme, []file{{"file", "été.png", "text/html", string(pixel)}}).want(t, 201)
		id := a.at("id")
		for field, want := range map[string]string{"fileName": "été.png", "contentType": "image/png", "claimedType": "text/html", "size": fmt.Sprint(len(pixel)),
			"width": "1", "height": "1", "messageId": "<nil>", "uploader.kind": "api_key"} {
			if a.at(field) != want {
				t.Errorf("%s is %s, want %s", field, a.at(field), want)
			}
		}
		other := d.uploaded(d.acme, "notes.txt", "hello")
		conv := d.conversation(d.acme)
		m := d.call(d.acme, "POST", "/conversations/"+conv+"/messages", `{"attachments":[{"id":"`+other+`"},{"id":"`+id+`"}]}`).want(t, 202)
		m.has(t, "body", "", "attachments.0.fileName", "notes.txt", "attachments.1.contentType", "image/png")
		d.call(d.acme, "GET", "/conversations/"+conv, "").want(t, 200).has(t, "lastMessage.body", "notes.txt and 1 more")
		l := d.call(d.acme, "GET", "/conversations/"+conv+"/messages", "").want(t, 200)
		one := d.call(d.acme, "GET", "/messages/"+m.at("id"), "").want(t, 200)
		l.has(t, "data.0.attachments.1.id", id)
		one.has(t, "attachments.1.id", id)
		again := d.call(d.acme, "GET", "/attachments/"+id, "").want(t, 200)
		again.has(t, "messageId", m.at("id"))
		d.Clock.Pass(48 * time.Hour)
		n, err := d.Store.SweepAttachments(t.Context())
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 0))
		fresh := d.call(d.acme, "GET", "/attachments/"+id, "").want(t, 200).at("url")
		got := d.openLink("GET", fresh)
		assert.Check(t, is.Equal(got.StatusCode, 200))
		assert.Check(t, is.Equal(got.text, string(pixel)))
		assert.Check(t, is.Equal(d.openLink("GET", again.at("url")).StatusCode, 404), "an old link still opens")
	})
}

func TestWhatIsNoUploadIsRefused(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		good := file{"file", "a.txt", "text/plain", "a"}
		large := file{"file", "a.bin", "", strings.Repeat("x", 16<<20+1)}
		for name, c := range map[string]struct {
			files  []file
			status int
			field  string
		}{
			"no file":      {nil, 422, "file"},
			"empty":        {[]file{{"file", "a.txt", "", ""}}, 422, "file"},
			"two":          {[]file{good, good}, 422, "file"},
			"not a file":   {[]file{{"file", "", "", "a"}}, 422, "file"},
			"other field":  {[]file{{"photo", "a.txt", "", "a"}}, 422, "photo"},
			"and another":  {[]file{good, {"caption", "", "", "a"}}, 422, "caption"},
			"too large":    {[]file{large}, 413, ""},
			"much too":     {[]file{{"file", "a", "", strings.Repeat("x", 17<<20)}}, 413, ""},
			"not at first": {[]file{{"caption", "", "", "a"}, good}, 422, "caption"},
		} {
			a := d.upload(d.acme, c.files).want(t, c.status)
			if c.field != "" {
				a.has(t, "errors.0.field", c.field)
			}
			assert.Check(t, strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json"), "%v %v %v", a.Header.Get("Content-Type"), name, a.text)
		}
		d.call(d.acme, "POST", "/attachments", `{"file":"x"}`).want(t, 415)
		d.call(d.acme, "POST", "/attachments", "x", "Content-Type", "image/png").want(t, 415)
		d.call(d.acme, "POST", "/attachments", "").want(t, 415)
		body, kind := form(t, good)
		d.call(d.acme, "POST", "/attachments", body[:len(body)-40], "Content-Type", kind).want(t, 400)
		d.call(d.acme, "POST", "/attachments", body, "Content-Type", "multipart/form-data").want(t, 400)
		d.call("", "POST", "/attachments", body, "Content-Type", kind).want(t, 401)
		_, reader := d.Key(t, d.Acme, models.KeyDraft{Read: true, CapCalls: 100})
		d.call(reader, "POST", "/attachments", body, "Content-Type", kind).want(t, 403)
		// Nothing of all this was kept, not even for the sweeper.
		d.Clock.Pass(48 * time.Hour)
		n, err := d.Store.SweepAttachments(t.Context())
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 0))
	})
}

func TestFileNamesFromOutsideAreCleaned(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for name, want := range map[string]string{"../../etc/passwd": "passwd", `C:\\Temp\\a.doc`: "a.doc", "..": "file",
			"\u202egpj.exe": "gpj.exe", ".htaccess": "htaccess", "a<b>.html": "a_b_.html"} {
			if a := d.upload(d.acme, []file{{"file", name, "", "x"}}).want(t, 201); a.at("fileName") != want {
				t.Errorf("%q is called %q, want %q", name, a.at("fileName"), want)
			}
		}
		body, kind := form(t, file{"file", "NUL.txt", "", "x"})
		d.call(d.acme, "POST", "/attachments", strings.Replace(body, "NUL", "\x00", 1), "Content-Type", kind).want(t, 400)
		hidden := strings.Replace(body, `filename="NUL.txt"`, `filename*=UTF-8''..%2F%00%0Ab.txt`, 1)
		d.call(d.acme, "POST", "/attachments", hidden, "Content-Type", kind).want(t, 201).has(t, "fileName", "b.txt")
	})
}

func TestAnAttachmentGoesOnOneMessageOfItsWorkspace(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id, path := d.uploaded(d.acme, "a.txt", "a"), "/conversations/"+d.conversation(d.acme)+"/messages"
		foreign := d.uploaded(d.glob, "b.txt", "b")
		ask := func(ids ...string) string {
			return `{"attachments":[{"id":"` + strings.Join(ids, `"},{"id":"`) + `"}]}`
		}
		for body, field := range map[string]string{
			`{"attachments":[]}`: "body", `{}`: "body", ask(""): "attachments.0.id", ask("photo"): "attachments.0.id",
			ask("att_000000000000000000000000"): "attachments.0.id", ask(id, foreign): "attachments.1.id", ask(id, id): "attachments.1.id",
			ask(strings.Split(strings.Repeat(id+" ", 11), " ")[:11]...): "attachments",
		} {
			if !d.call(d.acme, "POST", path, body).want(t, 422).has(t, "errors.0.field", field) {
				t.Log(body)
			}
		}
		d.call(d.glob, "GET", "/attachments/"+id, "").want(t, 404)
		d.call(d.glob, "GET", "/attachments/att_000000000000000000000000", "").want(t, 404)
		first := d.call(d.acme, "POST", path, strings.Replace(ask(id), "{", `{"clientId":"c1",`, 1)).want(t, 202)
		again := d.call(d.acme, "POST", path, strings.Replace(ask(id), "{", `{"clientId":"c1",`, 1)).want(t, 202)
		first.has(t, "id", again.at("id"))
		again.has(t, "attachments.0.id", id)
		d.call(d.acme, "POST", path, ask(id)).want(t, 409).has(t, "code", "attachment_used", "existingId", first.at("id"))
		two := d.uploaded(d.acme, "c.txt", "c")
		c := d.call(d.acme, "POST", "/conversations", `{"contact":{"name":"Bo"},"channel":"api","message":{"direction":"inbound","attachments":[{"id":"`+two+`"}]}}`).want(t, 201)
		c.has(t, "lastMessage.body", "c.txt")
		three := d.uploaded(d.acme, "d.txt", "d")
		d.call(d.acme, "POST", "/messages", `{"channel":"api","to":"bo@b.example","body":"see","attachments":[{"id":"`+three+`"}]}`).want(t, 202).has(t, "attachments.0.id", three)
		d.call(d.acme, "POST", "/conversations", `{"contact":{"name":"Bo"},"channel":"api","message":{"attachments":[{"id":"x"}]}}`).want(t, 422).has(t, "errors.0.field", "message.attachments.0.id")
	})
}

func TestAnUploadIsRepeatedOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		f := []file{{"file", "a.txt", "text/plain", "a"}}
		first := d.upload(d.acme, f, "Idempotency-Key", "u1").want(t, 201)
		again := d.upload(d.acme, f, "Idempotency-Key", "u1").want(t, 201) // in another boundary, as clients do
		assert.Check(t, is.Equal(again.text, first.text))
		assert.Check(t, is.Equal(again.Header.Get("Idempotent-Replayed"), "true"))
		f[0].content = "b"
		d.upload(d.acme, f, "Idempotency-Key", "u1").want(t, 422)
		assert.Check(t, is.Equal(d.openLink("GET", first.at("url")).text, "a"))
		d.Clock.Pass(48 * time.Hour)
		n, err := d.Store.SweepAttachments(t.Context())
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 1), "attachments were kept for one upload")
	})
}

func TestALinkServesBytesAndNothingThatRuns(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for content, want := range map[string][2]string{
			string(pixel):                        {"image/png", "inline"},
			"<!DOCTYPE html><script>1</script>":  {"application/octet-stream", "attachment"},
			"<?xml version=\"1.0\"?><svg></svg>": {"application/octet-stream", "attachment"},
			"%PDF-1.7 x":                         {"application/octet-stream", "attachment"},
			"plain":                              {"application/octet-stream", "attachment"},
		} {
			a := d.upload(d.acme, []file{{"file", "x.png", "image/png", content}})
			got := d.openLink("GET", a.want(t, 201).at("url"))
			h := got.Header
			assert.Check(t, is.Equal(got.StatusCode, 200), h)
			assert.Check(t, is.Equal(got.text, content), h)
			assert.Check(t, is.Equal(h.Get("Content-Type"), want[0]), h)
			assert.Check(t, strings.HasPrefix(h.Get("Content-Disposition"), want[1]+";"), "%v %v", h.Get("Content-Disposition"), h)
			assert.Check(t, is.Equal(h.Get("X-Content-Type-Options"), "nosniff"), h)
			assert.Check(t, is.Equal(h.Get("Content-Security-Policy"), "sandbox; default-src 'none'"), h)
			assert.Check(t, strings.HasPrefix(h.Get("Cache-Control"), "private"), "%v %v", h.Get("Cache-Control"), h)
		}
		link := d.call(d.acme, "GET", "/attachments/"+d.uploaded(d.acme, "n.txt", "0123456789"), "").want(t, 200).at("url")
		tag := d.openLink("GET", link).Header.Get("ETag")
		for _, c := range []struct {
			headers      []string
			status       int
			text, range_ string
		}{
			{[]string{"Range", "bytes=2-4"}, 206, "234", "bytes 2-4/10"}, {[]string{"Range", "bytes=7-"}, 206, "789", "bytes 7-9/10"},
			{[]string{"Range", "bytes=-3"}, 206, "789", "bytes 7-9/10"}, {[]string{"Range", "bytes=8-99"}, 206, "89", "bytes 8-9/10"},
			{[]string{"Range", "bytes=10-"}, 416, "", "bytes */10"}, {[]string{"Range", "bytes=-0"}, 416, "", "bytes */10"},
			{[]string{"Range", "bytes=0-1,3-4"}, 200, "0123456789", ""}, {[]string{"Range", "lines=1-2"}, 200, "0123456789", ""},
			{[]string{"Range", "bytes=4-2"}, 200, "0123456789", ""}, {[]string{"Range", "bytes=2-4", "If-Range", `"old"`}, 200, "0123456789", ""},
			{[]string{"Range", "bytes=2-4", "If-Range", tag}, 206, "234", "bytes 2-4/10"}, {[]string{"If-None-Match", tag}, 304, "", ""},
		} {
			got := d.openLink("GET", link, c.headers...)
			assert.Check(t, is.Equal(got.StatusCode, c.status), "%v %v", c.headers, got.text)
			if c.status < 300 {
				assert.Check(t, is.Equal(got.text, c.text), "%v %v", c.headers, got.text)
			}
			assert.Check(t, is.Equal(got.Header.Get("Content-Range"), c.range_), "%v %v", c.headers, got.text)
		}
		head := d.openLink("HEAD", link)
		assert.Check(t, is.Equal(head.StatusCode, 200))
		assert.Check(t, is.Equal(head.text, ""))
		assert.Check(t, is.Equal(head.ContentLength, int64(10)))
	})
}

func TestAForgedLinkOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.upload(d.acme, []file{{"file", "a.txt", "", "a"}}).want(t, 201)
		other := d.uploaded(d.acme, "b.txt", "b")
		u, err := url.Parse(a.at("url"))
		if err != nil {
			t.Fatal(err)
		}
		e, s := u.Query().Get("e"), u.Query().Get("s")
		path := "/files/" + a.at("id") + "/a.txt"
		for _, bad := range []string{path, path + "?e=" + e, path + "?e=" + e + "&s=", path + "?e=9" + e + "&s=" + s, path + "?e=" + e + "&s=" + s + "A",
			"/files/" + other + "/a.txt?e=" + e + "&s=" + s, "/files/" + strings.TrimPrefix(a.at("id"), "att_") + "/a.txt?e=" + e + "&s=" + s, "/files/" + a.at("id")} {
			assert.Check(t, is.Equal(d.openLink("GET", bad).StatusCode, http.StatusNotFound), bad)
		}
		got := d.openLink("GET", "/files/"+a.at("id")+"/other-name?e="+e+"&s="+s)
		assert.Check(t, is.Equal(got.StatusCode, 200), "the name in the path counts")
		assert.Check(t, is.Contains(got.Header.Get("Content-Disposition"), "a.txt"), "the name in the path counts")
		d.Clock.Pass(models.LinkLife + time.Second)
		assert.Check(t, is.Equal(d.openLink("GET", a.at("url")).StatusCode, 404), "the link outlives its time")
	})
}

func TestWhatNoMessageCarriesGoes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		loose, sent := d.uploaded(d.acme, "a.txt", "a"), d.uploaded(d.acme, "b.txt", "b")
		c := d.call(d.acme, "POST", "/conversations", `{"contact":{"name":"Bo"},"channel":"api","message":{"body":"x","attachments":[{"id":"`+sent+`"}]}}`).want(t, 201)
		d.Clock.Pass(models.LooseLife + time.Second)
		d.call(d.acme, "GET", "/attachments/"+loose, "").want(t, 404)
		d.call(d.acme, "POST", "/conversations/"+c.at("id")+"/messages", `{"attachments":[{"id":"`+loose+`"}]}`).want(t, 422)
		d.Clock.Pass(10 * time.Minute)
		n, err := d.Store.SweepAttachments(t.Context())
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 1))
		link := d.call(d.acme, "GET", "/attachments/"+sent, "").want(t, 200).at("url")
		d.call(d.acme, "DELETE", "/contacts/"+c.at("contact.id"), "").want(t, 204)
		d.call(d.acme, "GET", "/attachments/"+sent, "").want(t, 404)
		assert.Check(t, is.Equal(d.openLink("GET", link).StatusCode, 404), "the link outlives the contact")
		d.Clock.Pass(10 * time.Minute)
		n, err = d.Store.SweepAttachments(t.Context())
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 1))
	})
}
