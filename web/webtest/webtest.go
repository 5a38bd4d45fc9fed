// Package webtest asks a test's app as callers do. Only tests import it.
package webtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"mauve/models/modelstest"
	"mauve/web"
	"mauve/web/window"
)

// PublicURL is where the tests' server says that it is.
const PublicURL = "http://desk.example"

// Server makes a server on the world, closed when the test ends.
func Server(t testing.TB, w *modelstest.World) *web.Server {
	t.Helper()
	return ServerWith(t, w, web.Config{})
}

// ServerWith is Server with the settings given; the store is the world's, and the windows are, too, if none are given.
func ServerWith(t testing.TB, w *modelstest.World, c web.Config) *web.Server {
	t.Helper()
	c.Store, c.PublicURL = w.Store, PublicURL
	if c.Windows == nil {
		c.Windows = window.NewMemory(w.Clock.Now)
	}
	h, err := web.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// Open builds the app of the groups.
func Open(t testing.TB, h *web.Server, groups ...web.Group) *fiber.App {
	t.Helper()
	app, err := h.Open(groups...)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// Ask sends the request, headers in pairs, and returns the answer, its text and,
// if that is a JSON object, what it holds.
func Ask(t testing.TB, app *fiber.App, r *http.Request, headers ...string) (res *http.Response, text string, body map[string]any) {
	t.Helper()
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := app.Test(r, 120_000)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(string(read), "{") {
		if err := json.Unmarshal(read, &body); err != nil {
			t.Fatalf("%s %s: %v in %s", r.Method, r.URL.Path, err, read)
		}
	}
	return res, string(read), body
}

// Want fails unless the answer has the status.
func Want(t testing.TB, res *http.Response, text string, status int) {
	t.Helper()
	if res.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d: %s", res.Request.Method, res.Request.URL.Path, res.StatusCode, status, text)
	}
}

// Has fails unless the answer's body has the values at the paths, in pairs:
// "meta.total", "1". It names each one that differs, then shows the whole once,
// and lets the test go on; it returns whether all are there.
func Has(t testing.TB, res *http.Response, text string, body any, pairs ...string) bool {
	t.Helper()
	if len(pairs) == 0 {
		t.Fatal("no paths are asked for")
	}
	var differ strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if got := At(body, pairs[i]); got != pairs[i+1] {
			fmt.Fprintf(&differ, "\t%s is %q, want %q\n", pairs[i], got, pairs[i+1])
		}
	}
	if differ.Len() == 0 {
		return true
	}
	t.Errorf("%s %s:\n%s%s", res.Request.Method, res.Request.URL, &differ, text)
	return false
}

// At reads a member by its path, "data.0.contact.name"; "<none>" behind a list's end.
func At(body any, path string) string {
	for part := range strings.SplitSeq(path, ".") {
		switch at := body.(type) {
		case map[string]any:
			body = at[part]
		case []any:
			i := 0
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(at) {
				return "<none>"
			}
			body = at[i]
		}
	}
	return fmt.Sprint(body)
}
