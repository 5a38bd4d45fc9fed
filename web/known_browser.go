package web

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// A browser keeps a cookie that says which accounts signed in there before: its
// own random name, then a signature of that name for each account (OWASP,
// "Slow Down Online Guessing Attacks with Device Cookies"). It opens nothing.

const (
	browserCookie = "mauve_browser"
	mostAccounts  = 5 // that a browser remembers, the newest
	browserLife   = 365 * 24 * time.Hour
)

// browser is the browser's own name; empty if it has none.
func (h *Server) browser(c *fiber.Ctx) string {
	name, _, _ := strings.Cut(c.Cookies(browserCookie), ".")
	return strings.Clone(name)
}

// knows reports whether the account signed in by this browser before.
func (h *Server) knows(c *fiber.Ctx, email string) bool {
	parts := strings.Split(c.Cookies(browserCookie), ".")
	if len(parts) > 1+mostAccounts || len(parts[0]) != len(rand.Text()) {
		return false
	}
	return slices.ContainsFunc(parts[1:], func(mac string) bool {
		return h.Store.SignedBy(mac, "known browser", parts[0], accountName(email))
	})
}

// remember lets the browser be known to the account.
func (h *Server) remember(c *fiber.Ctx, email string) {
	parts := strings.Split(c.Cookies(browserCookie), ".")
	if len(parts[0]) != len(rand.Text()) {
		parts = []string{rand.Text()}
	}
	mac := h.Store.Sign("known browser", parts[0], accountName(email))
	accounts := slices.DeleteFunc(parts[1:], func(other string) bool { return other == mac })
	accounts = slices.Insert(accounts, 0, mac)
	value := strings.Join(append(parts[:1:1], accounts[:min(len(accounts), mostAccounts)]...), ".")
	c.Cookie(&fiber.Cookie{Name: browserCookie, Value: value, Path: "/", Expires: time.Now().Add(browserLife), HTTPOnly: true,
		SameSite: "Lax", Secure: h.HTTPS()})
}
