package web

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Whoever calls may send X-Forwarded-*, so only what a trusted proxy wrote counts. A proxy appends, or adds a line of its
// own: what the nearest one wrote is the last element of the last line.

// Address is the caller's: the peer's, or what trusted proxies say it is.
func (h *Server) Address(c *fiber.Ctx) string {
	at := peer(c)
	if !h.trusted(at) {
		return at.String()
	}
	for lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedFor); len(lines) > 0; lines = lines[:len(lines)-1] {
		rest, more := lines[len(lines)-1], true
		for more {
			var element []byte
			rest, element, more = cutLast(rest)
			hop, err := netip.ParseAddr(string(element))
			if err != nil { // what stands before it was not checked by whoever let this pass
				return at.String()
			}
			if at = hop.Unmap(); !h.trusted(at) {
				return at.String()
			}
		}
	}
	return at.String()
}

// secure reports whether the caller's own connection is encrypted.
func (h *Server) secure(c *fiber.Ctx) bool {
	if c.Context().IsTLS() {
		return true
	}
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedProto)
	if len(lines) == 0 || !h.trusted(peer(c)) {
		return false
	}
	_, scheme, _ := cutLast(lines[len(lines)-1])
	return strings.EqualFold(string(scheme), "https")
}

// peer is who is at the other end of the connection.
func peer(c *fiber.Ctx) netip.Addr {
	a, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return a.Unmap()
}

func (h *Server) trusted(a netip.Addr) bool {
	for _, p := range h.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// cutLast takes the last element off a list; more reports whether others stand before it.
func cutLast(list []byte) (before, last []byte, more bool) {
	i := bytes.LastIndexByte(list, ',')
	return list[:max(i, 0)], bytes.TrimSpace(list[i+1:]), i >= 0
}
