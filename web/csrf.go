package web

import (
	"mauve/models/problem"
	"net/url"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
)

// SameSite refuses a write that another site's page made the browser send: by
// Sec-Fetch-Site and Origin, which browsers set and pages cannot. A signed-in
// write that carries neither must carry the session's token instead.
func (h *Server) SameSite(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead:
		return c.Next()
	}
	refused := problem.Fail(problem.Forbidden, "cross_site", "This form came from another site, or the page was open too long. Reload it and try again.")
	site, origin := c.Get("Sec-Fetch-Site"), c.Get("Origin")
	if site != "" && site != "same-origin" && site != "none" {
		return refused
	}
	if origin != "" && !h.ownOrigin(c, origin) {
		return refused
	}
	if site != "" || origin != "" || SessionOf(c) == nil {
		return c.Next()
	}
	token := string(c.Request().PostArgs().Peek("csrf"))
	if token == "" {
		token = utils.CopyString(c.Get("X-CSRF-Token"))
	}
	if !h.Store.SignedBy(token, "csrf", string(SessionOf(c).ID)) {
		return refused
	}
	return c.Next()
}

func (h *Server) ownOrigin(c *fiber.Ctx, origin string) bool {
	o, err := url.Parse(origin)
	if err != nil || o.Host == "" {
		return false
	}
	return o.Host == string(c.Request().Host()) || origin == h.public.Scheme+"://"+h.public.Host
}

// CSRF returns the token for forms of the signed-in session.
func (h *Server) CSRF(c *fiber.Ctx) string {
	if row := SessionOf(c); row != nil {
		return h.Store.Sign("csrf", string(row.ID))
	}
	return ""
}
