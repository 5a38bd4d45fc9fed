// Package maveraa is the surface for clients of the Maveraa API: an existing one
// works when its host is changed. Its shapes are that document's and stay as
// they are; it holds no rules.
package maveraa

import (
	"mime"

	"github.com/gofiber/fiber/v2"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/web"
)

// Prefix is where the dialect lives.
const Prefix = "/api/public"

// Group returns the dialect's routes.
func Group(h *web.Server) web.Group {
	return web.Group{
		Prefix:   Prefix,
		Identify: h.Key,
		Steps:    []fiber.Handler{h.Body, h.JSONBody, h.Idempotency},
		Fail:     fail,
		Routes: []web.Route{
			web.Get("/contacts", rights.ReadContacts, listContacts),
			web.Post("/contacts", rights.WriteContacts, createContact),
			web.Get("/inbox/conversations", rights.ReadConversations, listConversations),
			web.Post("/inbox/send", rights.WriteMessages, send, h.BodyWithoutFiles, h.FileForm, jsonOrForm(h), h.Idempotency),
		},
	}
}

// fail tells bad news as this dialect does.
func fail(c *fiber.Ctx, bad *problem.Error) error { return c.JSON(refusal{bad.Message}) }

// jsonOrForm lets a form pass, which a body with a file has become by then, and checks all else as JSON.
func jsonOrForm(h *web.Server) fiber.Handler {
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
