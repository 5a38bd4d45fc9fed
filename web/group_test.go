package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/rights"
	"mauve/web"
	"mauve/web/webtest"
)

func nothing(*web.Request) error { return nil }

func TestNoProgramStartsWithARouteThatDoesNotSayWhatItNeeds(t *testing.T) {
	t.Parallel()
	server := webtest.Server(t, modelstest.New(t, "sqlite"))
	nobody := func(*fiber.Ctx) (*models.Scope, error) { return nil, nil }
	for want, group := range map[string]web.Group{
		"GET /a/b does not say what it needs":    {Prefix: "/a", Identify: nobody, Routes: []web.Route{web.Get("/b", "", nothing)}},
		"needs what is no right: \"desk\"":       {Identify: nobody, Routes: []web.Route{web.Get("/b", "desk", nothing)}},
		"POST /b needs known, and nothing finds": {Routes: []web.Route{web.Post("/b", rights.Known, nothing)}},
		"PUT /b has no handler":                  {Routes: []web.Route{web.Put("/b", rights.Public, nil)}},
		"GET /b is there twice":                  {Routes: []web.Route{web.Get("/b", rights.Public, nothing), web.Get("/b", rights.Public, nothing)}},
		"GET /files/:id/:name is there twice":    {Prefix: "/files", Routes: []web.Route{web.Get("/:id/:name", rights.Public, nothing)}},
	} {
		_, err := server.Open(group)
		assert.Check(t, is.ErrorContains(err, want))
	}
}

// TestNothingIsDoneForACallThatMayNotBeMade: neither is its body read, nor a step passed, nor the handler called.
func TestNothingIsDoneForACallThatMayNotBeMade(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		server := webtest.Server(t, w)
		came := ""
		note := func(what string) fiber.Handler {
			return func(c *fiber.Ctx) error { came += what; return c.Next() }
		}
		handle := func(r *web.Request) error {
			came += "handler of " + string(r.Scope.Workspace())
			return nil
		}
		app := webtest.Open(t, server, web.Group{
			Prefix:   "/desk",
			Enter:    func(c *fiber.Ctx) error { came += "enter "; return nil },
			Identify: server.Key,
			Steps:    []fiber.Handler{note("step "), server.Body},
			Routes: []web.Route{
				web.Post("/contacts", rights.WriteContacts, handle),
				web.Post("/own", rights.WriteContacts, handle, note("own step ")),
				web.Post("/keys", rights.WriteKeys, handle),
				web.Post("/known", rights.Known, handle),
				web.Post("/public", rights.Public, func(*web.Request) error { came += "handler"; return nil }),
				web.Get("/contacts", rights.ReadContacts, handle),
			},
		})
		_, both := w.Key(t, w.Acme, models.KeyDraft{Read: true, Write: true})
		_, reads := w.Key(t, w.Acme, models.KeyDraft{Read: true})
		done := "handler of " + string(w.Acme.ID)
		for _, row := range []struct {
			method, path, key string
			status            int
			came              string
		}{
			{"POST", "/desk/contacts", both, 200, "enter step " + done},
			{"POST", "/desk/own", both, 200, "enter own step " + done},
			{"POST", "/desk/known", both, 200, "enter step " + done},
			{"POST", "/desk/public", "", 200, "enter handler"},
			{"GET", "/desk/contacts", reads, 200, "enter step " + done},
			{"HEAD", "/desk/contacts", reads, 200, "enter step " + done},
			{"HEAD", "/desk/contacts", "", 401, "enter "},
			{"POST", "/desk/keys", both, 403, "enter "},
			{"POST", "/desk/contacts", reads, 403, "enter "},
			{"POST", "/desk/contacts", "", 401, "enter "},
			{"POST", "/desk/own", "", 401, "enter "},
			{"POST", "/desk/nothing", "", 401, "enter "},
			{"POST", "/desk/nothing", both, 404, "enter "},
			{"DELETE", "/desk/contacts", both, 404, "enter "},
			{"POST", "/deskful", "", 404, ""},
			{"POST", "/DESK/contacts", both, 404, ""},
			{"POST", "//desk/contacts", both, 404, ""},
		} {
			came = ""
			r := httptest.NewRequest(row.method, row.path, strings.NewReader("{"))
			if row.key != "" {
				r.Header.Set("X-API-Key", row.key)
			}
			res, text, _ := webtest.Ask(t, app, r)
			assert.Check(t, is.Equal(res.StatusCode, row.status), "%s %s: %s", row.method, row.path, text)
			assert.Check(t, is.Equal(came, row.came), "%s %s", row.method, row.path)
		}
	})
}
