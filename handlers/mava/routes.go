// Package mava is the surface for clients of Mava's API: its paths, its spelling,
// its errors, over the same rows as every other surface. An existing client
// changes its host and nothing else. It holds no rules: a handler reads Mava's
// input, calls models, and answers in Mava's shapes (wire.go, errors.go).
package mava

import (
	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/rights"
	"mauve/web"
)

// Prefix is where the dialect lives. The native API and Maveraa live below it
// under longer prefixes.
const Prefix = "/api"

// Group returns the dialect's routes.
func Group(h *web.Server) web.Group {
	return web.Group{
		Prefix:   Prefix,
		Identify: h.Key,
		Steps:    []fiber.Handler{h.Body, h.JSONBody, h.Idempotency},
		Fail:     fail,
		Routes: []web.Route{
			web.Get("/categories", rights.ReadCatalogue, answered(listCategories)),
			web.Get("/agents", rights.ReadMembers, answered(listAgents)),
			web.Post("/identify", rights.WriteContacts, answered(identify)),
			web.Get("/tickets", rights.ReadTickets, answered(listTickets)),
			web.Post("/ticket", rights.WriteTickets, answered(createTicket)),
			web.Put("/ticket", rights.WriteTickets, answered(updateTicket)),
			web.Put("/message", rights.WriteMessages, answered(addMessage)),
		},
	}
}

// answered tells what a handler returns as JSON with status 200.
func answered(handle func(*models.Scope, *fiber.Ctx) (any, error)) func(*web.Request) error {
	return func(r *web.Request) error {
		out, err := handle(r.Scope, r.Ctx)
		if err != nil {
			return err
		}
		return r.JSON(out)
	}
}
