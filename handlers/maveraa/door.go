// Package maveraa is the door for clients of the Maveraa API: an existing one
// works when its host is changed. Its shapes are that document's and stay as
// they are; it holds no rules. Start with the table.
package maveraa

import (
	"mime"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/web"
)

// Prefix is where the dialect lives.
const Prefix = "/api/public"

// Open returns the door.
func Open(h *web.House) web.Door {
	return web.Door{
		Prefix: Prefix,
		Fail:   fail,
		Hall:   []fiber.Handler{h.RequireHTTPS, h.Keys, h.Body, h.FileForm(Prefix, "/inbox/send"), jsonOrForm(h), h.Idempotency},
		Table:  lines(),
		Mount: func(r fiber.Router) {
			r = web.WithHead(r)
			for _, t := range table {
				r.Add(t.Method, t.Path, t.handle)
			}
		},
	}
}

// line is one line of the door's table with its handler.
type line struct {
	web.Line
	handle fiber.Handler
}

// table is what the dialect can do.
var table = []line{
	{web.Line{Method: "GET", Path: "/contacts", Needs: models.ReadDesk}, listContacts},
	{web.Line{Method: "POST", Path: "/contacts", Needs: models.WriteDesk}, createContact},
	{web.Line{Method: "GET", Path: "/inbox/conversations", Needs: models.ReadDesk}, listConversations},
	{web.Line{Method: "POST", Path: "/inbox/send", Needs: models.WriteDesk}, send},
}

func lines() []web.Line {
	all := make([]web.Line, len(table))
	for i, t := range table {
		all[i] = t.Line
	}
	return all
}

// fail tells bad news as this dialect does.
func fail(c *fiber.Ctx, bad *models.Error) error { return c.JSON(problem{bad.Message}) }

// jsonOrForm lets a form pass, which a body with a file has become by then, and checks all else as JSON.
func jsonOrForm(h *web.House) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if isForm(c) {
			return c.Next()
		}
		return h.JSONBody(c)
	}
}

func isForm(c *fiber.Ctx) bool {
	kind, _, err := mime.ParseMediaType(c.Get("Content-Type"))
	return err == nil && kind == fiber.MIMEApplicationForm
}
