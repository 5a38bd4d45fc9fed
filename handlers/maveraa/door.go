// Package maveraa is the door for clients of the Maveraa API: an existing one
// works when its host is changed. Its shapes are that document's and stay as
// they are; it holds no rules. Start with the table in Open.
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
		Hall:   []fiber.Handler{h.RequireHTTPS, h.Keys, jsonOrForm(h), h.Idempotency},
		Mount: func(r fiber.Router) {
			r.Get("/contacts", listContacts)
			r.Post("/contacts", createContact)
			r.Get("/inbox/conversations", listConversations)
			r.Post("/inbox/send", send)
		},
	}
}

// fail tells bad news as this dialect does.
func fail(c *fiber.Ctx, bad *models.Error) error { return c.JSON(problem{bad.Message}) }

// jsonOrForm lets a form pass where files may come, and checks all else as JSON.
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
	return err == nil && (kind == "multipart/form-data" || kind == "application/x-www-form-urlencoded")
}
