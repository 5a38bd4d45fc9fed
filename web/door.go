package web

import (
	"github.com/gofiber/fiber/v2"

	"mauve/models"
)

// Door is one way into the house: who may come in, what they find, how bad news is told.
type Door struct {
	Prefix string                                      // "/api/v2/public"; "" is the dashboard
	Fail   func(c *fiber.Ctx, bad *models.Error) error // writes the answer; the status comes from Status
	Public func(fiber.Router)                          // what needs no known caller; may be nil
	Hall   []fiber.Handler                             // what every other call passes: identity, cap, …
	Mount  func(fiber.Router)
	Table  []Line // what Mount adds, to be read: by the isolation test, which calls every line
}

// Line is one line of a door's table: who may do what where. Path is in Fiber's spelling, after the door's prefix.
type Line struct {
	Method, Path string
	Needs        models.Grant
}

// Table returns the lines of all open doors with their whole paths.
func (h *House) Table() []Line {
	var all []Line
	for _, d := range h.doors {
		for _, l := range d.Table {
			all = append(all, Line{l.Method, d.Prefix + l.Path, l.Needs})
		}
	}
	return all
}

// WithHead is a router that serves HEAD wherever GET is added: what the scope
// read opens is both, and Fiber's Add makes one alone.
func WithHead(r fiber.Router) fiber.Router { return withHead{r} }

type withHead struct{ fiber.Router }

// Add adds the handlers for the method, those of GET for HEAD too.
func (r withHead) Add(method, path string, handlers ...fiber.Handler) fiber.Router {
	if method == fiber.MethodGet {
		r.Router.Add(fiber.MethodHead, path, handlers...)
	}
	return r.Router.Add(method, path, handlers...)
}

const (
	scopeLocal     = "mauve:scope"
	keyLocal       = "mauve:key"
	leftLocal      = "mauve:left"
	requestIDLocal = "mauve:request-id"
)

// ScopeOf returns the scope of the known caller.
func ScopeOf(c *fiber.Ctx) *models.Scope {
	s, _ := c.Locals(scopeLocal).(*models.Scope)
	return s
}

// KeyOf returns the API key that opened the door, nil if none did.
func KeyOf(c *fiber.Ctx) *models.APIKey {
	k, _ := c.Locals(keyLocal).(*models.APIKey)
	return k
}

// RequestID returns the request's id.
func RequestID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestIDLocal).(string)
	return id
}
