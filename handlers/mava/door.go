// Package mava is the door for clients of Mava's API: its paths, its spelling,
// its errors, over the same rows as every other door. An existing client
// changes its host and nothing else. It holds no rules: a handler reads Mava's
// input, calls models, and answers in Mava's shapes (wire.go, errors.go).
package mava

import (
	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/web"
)

// Prefix is where the dialect lives. The native API and Maveraa live below it
// under longer prefixes, so their doors must be opened before this one.
const Prefix = "/api"

// Open returns the door.
func Open(h *web.House) web.Door {
	return web.Door{
		Prefix: Prefix,
		Fail:   fail,
		Hall:   []fiber.Handler{h.RequireHTTPS, h.Keys, h.Body, h.JSONBody, h.Idempotency},
		Table:  table(),
		Mount: func(r fiber.Router) {
			r = web.WithHead(r)
			for _, line := range routes {
				r.Add(line.method, line.path, line.serve)
			}
		},
	}
}

// route is one line of the door's table. A handler's answer is told as JSON with status 200.
type route struct {
	method, path string
	needs        models.Grant
	handle       func(*models.Scope, *fiber.Ctx) (any, error)
}

var routes = []route{
	{"GET", "/categories", models.ReadDesk, listCategories},
	{"GET", "/agents", models.ReadDesk, listAgents},
	{"POST", "/identify", models.WriteDesk, identify},
	{"GET", "/tickets", models.ReadDesk, listTickets},
	{"POST", "/ticket", models.WriteDesk, createTicket},
	{"PUT", "/ticket", models.WriteDesk, updateTicket},
	{"PUT", "/message", models.WriteDesk, addMessage},
}

func table() []web.Line {
	var lines []web.Line
	for _, line := range routes {
		lines = append(lines, web.Line{Method: line.method, Path: line.path, Needs: line.needs})
	}
	return lines
}

func (line route) serve(c *fiber.Ctx) error {
	s := web.ScopeOf(c)
	if !s.Actor().Grants.Has(line.needs) {
		return models.Fail(models.Forbidden, "forbidden", "This key may not do that.")
	}
	out, err := line.handle(s, c)
	if err != nil {
		return err
	}
	return c.JSON(out)
}
