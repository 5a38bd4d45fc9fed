package server_test

import (
	"bytes"
	"database/sql"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server"
	"mauve/models"
	"mauve/models/modelstest"
)

// spellings are ways to write an address that something on the way, or a router, may take for the same.
var spellings = map[string]func(path string) string{
	"in capitals":           strings.ToUpper,
	"the prefix in capital": func(p string) string { return strings.ToUpper(p[:min(4, len(p))]) + p[min(4, len(p)):] },
	"a slash after it":      func(p string) string { return p + "/" },
	"two slashes before it": func(p string) string { return "/" + p },
	"two slashes in it":     func(p string) string { i := strings.LastIndexByte(p, '/'); return p[:i] + "/" + p[i:] },
	"its first letter encoded": func(p string) string {
		return regexp.MustCompile(`^/[a-z]`).ReplaceAllStringFunc(p, func(l string) string { return "/" + encoded(l[1]) })
	},
	"its last letter encoded": func(p string) string {
		return regexp.MustCompile(`[g-z][^g-z]*$`).ReplaceAllStringFunc(p, func(l string) string { return encoded(l[0]) + l[1:] })
	},
	"a slash encoded":    func(p string) string { return p[:1] + strings.Replace(p[1:], "/", "%2F", 1) },
	"dots before it":     func(p string) string { return "/x/.." + p },
	"dots in the middle": func(p string) string { i := strings.LastIndexByte(p, '/'); return p[:i] + "/." + p[i:] },
}

func encoded(b byte) string {
	return "%" + string("0123456789ABCDEF"[b>>4]) + string("0123456789ABCDEF"[b&15])
}

// TestAnAddressHasOneSpelling writes every route's address in other ways: it is nobody's then, and whoever asks for it by
// API is told so by the API. No file is taken in there.
func TestAnAddressHasOneSpelling(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t, "sqlite")
	s, err := server.New(t.Context(), server.Config{Store: w.Store, PublicURL: "http://desk.example"})
	assert.NilError(t, err)
	defer s.Close()
	_, key, err := w.Acme.Scope.CreateKey(models.KeyDraft{Name: "all", Read: true, Write: true, CapCalls: 10_000, CapSeconds: 60})
	assert.NilError(t, err)
	d := &spelled{t, s.App(), key, ""}
	in := d.call("POST", "/sign-in", "application/x-www-form-urlencoded", url.Values{"email": {w.Acme.Owner.Email}, "password": {modelstest.Password}}.Encode(), false)
	assert.Equal(t, in.StatusCode, 303)
	for _, c := range in.Cookies() {
		if c.Name == "mauve_session" {
			d.cookie = c.Name + "=" + c.Value
		}
	}
	assert.Assert(t, d.cookie != "")

	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, _ := parts.CreateFormFile("file", "note.txt")
	_, _ = io.WriteString(file, "hello")
	assert.NilError(t, parts.Close())

	routes := 0
	for _, r := range s.App().GetRoutes(true) {
		if r.Method == "HEAD" {
			continue
		}
		routes++
		path := regexp.MustCompile(`:\w+|\*`).ReplaceAllString(r.Path, string(models.NewID(w.Clock.Now())))
		for name, spell := range spellings {
			other := spell(path)
			if other == path || path == "/" {
				continue
			}
			for _, known := range []bool{true, false} {
				for _, kind := range []string{"application/json", parts.FormDataContentType()} {
					body := ""
					if r.Method != "GET" {
						body = "{}"
						if strings.HasPrefix(kind, "multipart") {
							body = form.String()
						}
					} else if kind != "application/json" {
						continue
					}
					a := d.call(r.Method, other, kind, body, known)
					what := r.Method + " " + other + ", " + name
					if known { // an API refuses a form before it looks further
						assert.Check(t, a.StatusCode == 404 || a.StatusCode == 415 && body == form.String(), "%s: %d", what, a.StatusCode)
					} else {
						assert.Check(t, a.StatusCode >= 300 && a.StatusCode < 500, "%s, by nobody: %d", what, a.StatusCode)
					}
					page := strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Header.Get("Location") != ""
					assert.Check(t, !page || !strings.HasPrefix(path, "/api/"), "%s: a page answers: %d", what, a.StatusCode)
				}
			}
		}
	}
	assert.Check(t, routes > 150, "%d routes were walked", routes)
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(w.URL, "sqlite:")+"?_pragma=busy_timeout(5000)")
	assert.NilError(t, err)
	defer db.Close()
	files := -1
	assert.NilError(t, db.QueryRow("SELECT count(*) FROM attachments").Scan(&files))
	assert.Check(t, is.Equal(files, 0), "files were taken in at addresses of nothing")
}

type spelled struct {
	t           *testing.T
	app         *fiber.App
	key, cookie string
}

func (d *spelled) call(method, path, kind, body string, known bool) *http.Response {
	d.t.Helper()
	r := httptest.NewRequest(method, "http://desk.example/", strings.NewReader(body))
	r.RequestURI, r.Host = path, "desk.example"
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if known {
		r.Header.Set("Authorization", "Bearer "+d.key)
		r.Header.Set("Cookie", d.cookie)
	}
	res, err := d.app.Test(r, 20_000) // /live in another spelling would not end
	assert.NilError(d.t, err, "%s %s", method, path)
	res.Body.Close()
	return res
}
