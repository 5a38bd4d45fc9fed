package web

import (
	"context"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
	"mauve/models/rights"
)

// Group is a set of routes below one prefix, with one way to know who calls and one face for errors.
type Group struct {
	Prefix   string                                       // "/api/v2/public"; "" is the dashboard's
	Enter    func(*fiber.Ctx) error                       // refuses what nobody may send here; may be nil
	Identify func(*fiber.Ctx) (*models.Scope, error)      // who calls; nil where all routes are Public
	Steps    []fiber.Handler                              // what a call passes that may be made: how its body is read
	Fail     func(c *fiber.Ctx, bad *problem.Error) error // writes the answer; its status is set. nil: the message alone
	Routes   []Route
}

// Route is one line of a group's table: what it needs stands beside its path, and is enforced there. A GET serves HEAD too.
type Route struct {
	Method, Path string       // in Fiber's spelling, after the group's prefix
	Needs        rights.Grant // rights.Public, rights.Known or a right
	Handle       func(*Request) error
	Steps        []fiber.Handler // in place of the group's; on a Public route all that there are
}

// Request is a call that may be made: who calls is known where its route needs that, and has the right.
type Request struct {
	*fiber.Ctx
	Scope *models.Scope // who calls; nil on a Public route
}

// Get returns a route for GET and HEAD.
func Get(path string, needs rights.Grant, handle func(*Request) error, steps ...fiber.Handler) Route {
	return Route{Method: fiber.MethodGet, Path: path, Needs: needs, Handle: handle, Steps: steps}
}

// Post returns a route for POST.
func Post(path string, needs rights.Grant, handle func(*Request) error, steps ...fiber.Handler) Route {
	return Route{Method: fiber.MethodPost, Path: path, Needs: needs, Handle: handle, Steps: steps}
}

// Put returns a route for PUT.
func Put(path string, needs rights.Grant, handle func(*Request) error, steps ...fiber.Handler) Route {
	return Route{Method: fiber.MethodPut, Path: path, Needs: needs, Handle: handle, Steps: steps}
}

// check reports what is missing in a group's table, or was seen in another's; the program does not start with it.
func (g Group) check(seen map[string]bool) error {
	for _, r := range g.Routes {
		name := r.Method + " " + g.Prefix + r.Path
		switch {
		case !r.Needs.Valid():
			return fmt.Errorf("%s does not say what it needs, or needs what is no right: %q", name, r.Needs)
		case r.Needs != rights.Public && g.Identify == nil:
			return fmt.Errorf("%s needs %s, and nothing finds out who calls", name, r.Needs)
		case r.Handle == nil:
			return fmt.Errorf("%s has no handler", name)
		case seen[name]:
			return fmt.Errorf("%s is there twice", name)
		}
		seen[name] = true
	}
	return nil
}

// mount adds the routes to the app.
func (g Group) mount(h *Server, app *fiber.App) {
	for _, r := range g.Routes {
		steps := []fiber.Handler{func(c *fiber.Ctx) error { return g.admit(h, c, r.Needs, c.Next) }}
		if r.Steps == nil && r.Needs != rights.Public {
			steps = append(steps, g.Steps...)
		}
		steps = append(append(steps, r.Steps...), func(c *fiber.Ctx) error { return r.Handle(&Request{c, ScopeOf(c)}) })
		if r.Method == fiber.MethodGet { // what the scope read opens is both, and Fiber's Add makes one alone
			app.Add(fiber.MethodHead, g.Prefix+r.Path, steps...)
		}
		app.Add(r.Method, g.Prefix+r.Path, steps...)
	}
}

// admit goes on with a call whose caller is known and has the right. Nothing of its body was read before. A refusal is
// told here, while the store may still be asked.
func (g Group) admit(h *Server, c *fiber.Ctx, needs rights.Grant, next func() error) error {
	if g.Enter != nil {
		if err := g.Enter(c); err != nil {
			return err
		}
	}
	if needs == rights.Public {
		return next()
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), deadline)
	defer cancel()
	c.SetUserContext(ctx)
	scope, err := g.Identify(c)
	if err == nil {
		c.Locals(scopeLocal, scope)
		err = scope.May(needs)
	}
	if err == nil {
		err = next()
	}
	if err != nil {
		err = h.tell(c, g, err)
	}
	return err
}

// rest answers what no route took: that there is nothing, to those who may know.
func (h *Server) rest(c *fiber.Ctx) error {
	g := h.groupOf(c.Path())
	needs := rights.Known
	if g.Identify == nil {
		needs = rights.Public
	}
	return g.admit(h, c, needs, func() error { return errNoSuchPage })
}

// Routes returns the lines of all groups with their whole paths.
func (h *Server) Routes() []Route {
	var all []Route
	for _, g := range h.groups {
		for _, r := range g.Routes {
			r.Path = g.Prefix + r.Path
			all = append(all, r)
		}
	}
	return all
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

// KeyOf returns the API key by which the caller is known, nil if by none.
func KeyOf(c *fiber.Ctx) *models.APIKey {
	k, _ := c.Locals(keyLocal).(*models.APIKey)
	return k
}

// RequestID returns the request's id.
func RequestID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestIDLocal).(string)
	return id
}
