package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
	"mauve/models/rights"
	"mauve/web"
	"mauve/web/webtest"
)

// TestABodyHasItsRoutesBound and what nobody reads is thrown away.
func TestABodyHasItsRoutesBound(t *testing.T) {
	t.Parallel()
	server := webtest.Server(t, modelstest.New(t, "sqlite"))
	const room = 64 << 10
	budget := web.NewBudget(room)
	inner := ""
	var app *fiber.App
	length := func(r *web.Request) error { return r.SendString(strings.Repeat("x", len(r.Body()))) }
	app = webtest.Open(t, server, web.Group{Routes: []web.Route{
		web.Post("/known", rights.Public, length, server.Body),
		web.Post("/form", rights.Public, length, server.SmallForm),
		web.Post("/shared", rights.Public, length, server.SharedBody(1<<20, budget)),
		web.Post("/unread", rights.Public, func(r *web.Request) error { return r.SendString("not looked at") }),
		// While one body is held, another one comes.
		web.Post("/holds", rights.Public, func(r *web.Request) error {
			res, _, _ := webtest.Ask(t, app, httptest.NewRequest("POST", "/shared", strings.NewReader(inner)))
			return r.Status(res.StatusCode).SendString(res.Header.Get("Retry-After"))
		}, server.SharedBody(1<<20, budget)),
	}})
	send := func(path string, n int) (int, string) {
		res, text, _ := webtest.Ask(t, app, httptest.NewRequest("POST", path, strings.NewReader(strings.Repeat("b", n))))
		return res.StatusCode, text
	}
	for _, c := range []struct {
		path   string
		n      int
		status int
	}{
		{"/known", 0, 200}, {"/known", 1, 200}, {"/known", 511, 200}, {"/known", 512, 200}, {"/known", 513, 200}, {"/known", 1 << 20, 200},
		{"/known", 1<<20 + 1, 413}, {"/form", 16 << 10, 200}, {"/form", 16<<10 + 1, 413}, {"/form", 2 << 20, 413},
		{"/shared", 8 << 10, 200}, {"/shared", room, 200}, {"/shared", 2*room + freeBody, 503},
	} {
		for range 3 { // what was taken is given back
			status, text := send(c.path, c.n)
			assert.Check(t, is.Equal(status, c.status), "%s with %d bytes: %s", c.path, c.n, text[:min(len(text), 100)])
			if status == 200 {
				assert.Check(t, is.Equal(len(text), c.n), c.path)
			}
		}
	}
	for _, n := range []int{10, 1 << 20, 3 << 20} {
		status, text := send("/unread", n)
		assert.Check(t, status == 200 && text == "not looked at", "%d bytes: %d %s", n, status, text)
	}
	for _, c := range []struct{ outer, inner, status int }{{room, 8 << 10, 200}, {room / 2, 8 << 10, 200}, {room, room / 2, 503}} {
		inner = strings.Repeat("b", c.inner)
		status, retry := send("/holds", c.outer)
		assert.Check(t, is.Equal(status, c.status), "%d bytes while %d are held", c.inner, c.outer)
		assert.Check(t, is.Equal(retry != "", status == 503))
	}
}

// freeBody is what a budget is not asked for.
const freeBody = 8 << 10
