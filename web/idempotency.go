package web

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/problem"
)

// Idempotency runs a write under its Idempotency-Key at most once
// (draft-ietf-httpapi-idempotency-key-header). What the handler changes and
// what it answers commit together; a refusal leaves nothing.
func (h *Server) Idempotency(c *fiber.Ctx) error {
	header := c.Get("Idempotency-Key")
	if header == "" || c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		return h.answer(c)
	}
	name, err := parseIdempotencyKey(header)
	if err != nil {
		return err
	}
	sum := sha256.New()
	kind := c.Get("Content-Type")
	print, isForm := printed(c)
	if isForm {
		kind = "multipart/form-data" // its boundary is another at every try
	}
	for _, part := range []string{c.Method(), c.OriginalURL(), c.Get("If-Match"), kind} {
		sum.Write([]byte(part + "\n"))
	}
	if isForm {
		sum.Write([]byte(print))
	} else {
		sum.Write(c.Body())
	}
	a, replayed, err := ScopeOf(c).Once(name, hex.EncodeToString(sum.Sum(nil)), func(s *models.Scope) (models.Answer, error) {
		c.Locals(scopeLocal, s)
		if err := h.answer(c); err != nil {
			if err = c.App().Config().ErrorHandler(c, err); err != nil {
				return models.Answer{}, err
			}
		}
		r := c.Response()
		a := models.Answer{Status: r.StatusCode(), Header: map[string]string{}, Body: append([]byte(nil), r.Body()...)}
		for _, name := range repeated {
			if value := r.Header.Peek(name); len(value) > 0 {
				a.Header[name] = string(value)
			}
		}
		return a, nil
	})
	if err != nil || !replayed {
		return err
	}
	c.Set("Idempotent-Replayed", "true")
	for _, name := range repeated {
		if value := a.Header[name]; value != "" {
			c.Set(name, value)
		}
	}
	return c.Status(a.Status).Send(a.Body)
}

// repeated are the headers of an answer that a repeat is told too; the others are of the call itself.
var repeated = []string{"Content-Type", "Location", "ETag", "Cache-Control"}

// parseIdempotencyKey reads the header bare or as a quoted string (RFC 8941).
func parseIdempotencyKey(header string) (string, error) {
	bad := problem.Fail(problem.Malformed, "bad_idempotency_key", "The Idempotency-Key is 1 to 255 visible ASCII characters, bare or in quotes.")
	name := strings.TrimSpace(header)
	if strings.HasPrefix(name, `"`) {
		if len(name) < 2 || !strings.HasSuffix(name, `"`) {
			return "", bad
		}
		var b strings.Builder
		inner := name[1 : len(name)-1]
		for i := 0; i < len(inner); i++ {
			if inner[i] == '\\' {
				if i++; i == len(inner) || inner[i] != '"' && inner[i] != '\\' {
					return "", bad
				}
			} else if inner[i] == '"' {
				return "", bad
			}
			b.WriteByte(inner[i])
		}
		name = b.String()
	}
	if len(name) == 0 || len(name) > 255 {
		return "", bad
	}
	for _, r := range []byte(name) {
		if r < ' ' || r > '~' {
			return "", bad
		}
	}
	return strings.Clone(name), nil
}
