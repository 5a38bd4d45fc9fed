package maveraa_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// form is a multipart form of fields and files, in pairs; a name that begins with @ is a file's.
func form(t *testing.T, pairs ...string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		name, isFile := strings.CutPrefix(pairs[i], "@")
		disposition := fmt.Sprintf(`form-data; name=%q`, name)
		if isFile {
			field, file, _ := strings.Cut(name, "=")
			disposition = fmt.Sprintf(`form-data; name=%q; filename=%q`, field, file)
		}
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
		if err == nil {
			_, err = part.Write([]byte(pairs[i+1]))
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

const pdf = "%PDF-1.4 a bill"

var to = []string{"sessionId", "s", "targetNumber", "6289876543210"}

func TestSendAFileViaWhatsApp(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.session("sandbox", "s")
		body, kind := form(t, append(to, "message", "your bill", "@file=bill.pdf", pdf)...)
		a := c.ask(c.key, "POST", "/api/public/inbox/send", body, "Content-Type", kind, "Idempotency-Key", "k").want(t, 200)
		assert.Check(t, is.Equal(a.body["success"], true), a.text)
		assert.Check(t, is.Equal(a.body["status"], "queued"), a.text)
		id := a.body["messageId"].(string)
		m := c.ask(c.key, "GET", "/api/v2/public/messages/"+id, "")
		for _, part := range []string{`"type":"document"`, `"body":"your bill"`, `"fileName":"bill.pdf"`, `"contentType":"application/pdf"`} {
			if !strings.Contains(m.text, part) {
				t.Errorf("%s is not in %s", part, m.text)
			}
		}
		again, kind := form(t, append(to, "message", "your bill", "@file=bill.pdf", pdf)...) // with another boundary
		a = c.ask(c.key, "POST", "/api/public/inbox/send", again, "Content-Type", kind, "Idempotency-Key", "k").want(t, 200)
		assert.Check(t, is.Equal(a.body["messageId"], id), a.text)
		assert.Check(t, is.Equal(a.Header.Get("Idempotent-Replayed"), "true"), a.text)
		other, kind := form(t, append(to, "message", "your bill", "@file=bill.pdf", pdf+"!")...)
		c.ask(c.key, "POST", "/api/public/inbox/send", other, "Content-Type", kind, "Idempotency-Key", "k").want(t, 422)

		body, kind = form(t, append([]string{"@file=a.pdf", pdf}, to...)...) // no caption, and the file first
		c.ask(c.key, "POST", "/api/public/inbox/send", body, "Content-Type", kind).want(t, 200)
		body, kind = form(t, append(to, "message", "only words", "@file=", "")...) // as browsers send a field left empty
		c.ask(c.key, "POST", "/api/public/inbox/send", body, "Content-Type", kind).want(t, 200)
	})
}

func TestAFormWithFilesThatIsNotTaken(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.session("sandbox", "s")
		before := c.ask(c.key, "GET", "/api/public/inbox/conversations", "").text
		eleven := append([]string{}, to...)
		for range 11 {
			eleven = append(eleven, "@file=a.pdf", pdf)
		}
		for name, row := range map[string]struct {
			pairs  []string
			status int
			says   string
		}{
			"two files":             {append(to, "@file=a.pdf", pdf, "@file=b.pdf", pdf), 422, "one file a message"},
			"eleven files":          {eleven, 422, "more than 10 times"},
			"an empty file":         {append(to, "@file=a.pdf", ""), 422, "is empty"},
			"a file elsewhere":      {append(to, "@document=a.pdf", pdf), 422, "document"},
			"a file and an address": {append(to, "@file=a.pdf", pdf, "mediaUrl", "https://x.example/a.png"), 422, "send two messages"},
			"a picture too large":   {append(to, "@file=a.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("\x00", 5<<20)), 422, "5 MiB"},
			"a file too large":      {append(to, "@file=a.bin", strings.Repeat("\x00", 16<<20+1)), 413, "16 MiB"},
			"fields too large":      {append(to, "message", strings.Repeat("x", 129<<10), "@file=a.pdf", pdf), 413, "fields"},
			"no session":            {[]string{"targetNumber", "6289876543210", "@file=a.pdf", pdf}, 422, "sessionId"},
			"nothing to send":       {to, 422, "message"},
		} {
			body, kind := form(t, row.pairs...)
			assert.Check(t, is.Contains(c.ask(c.key, "POST", "/api/public/inbox/send", body, "Content-Type", kind).want(t, row.status).text, row.says), name)
		}
		body, kind := form(t, append(to, "@file=a.pdf", pdf)...)
		for _, cut := range []string{body[:len(body)-8], body[:len(body)/2], "--", strings.Replace(body, "form-data", "nonsense", 1)} {
			c.ask(c.key, "POST", "/api/public/inbox/send", cut, "Content-Type", kind).want(t, 400)
		}
		c.ask(c.key, "POST", "/api/public/inbox/send", body, "Content-Type", fiber.MIMEMultipartForm).want(t, 400)
		c.ask("wrong", "POST", "/api/public/inbox/send", body, "Content-Type", kind).want(t, 401)
		assert.Check(t, is.Equal(c.ask(c.key, "GET", "/api/public/inbox/conversations", "").text, before))
	})
}
