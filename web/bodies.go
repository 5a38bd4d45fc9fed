package web

import (
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
)

// Bodies reach the app as streams, so that a file is never held in memory and
// whoever may not send one is refused before it is read. All others are read
// here, whole and bounded, before anything else looks at them.

// uploads are the addresses where a file may be sent.
func (h *House) isUpload(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && strings.HasSuffix(strings.TrimSuffix(c.Path(), "/"), "/attachments") &&
		strings.HasPrefix(strings.ToLower(c.Get("Content-Type")), "multipart/form-data")
}

// bodies reads a body of at most BodyLimit bytes into memory.
func (h *House) bodies(c *fiber.Ctx) error {
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return c.Next()
	}
	if h.isUpload(c) {
		defer endBody(c, stream)
		return c.Next()
	}
	if c.Request().Header.ContentLength() > h.BodyLimit {
		return h.refuseBody(c)
	}
	body, err := io.ReadAll(io.LimitReader(stream, int64(h.BodyLimit)+1))
	if err != nil {
		c.Context().SetConnectionClose()
		return models.Fail(models.Malformed, "malformed", "The request's body breaks off.")
	}
	if len(body) > h.BodyLimit {
		return h.refuseBody(c)
	}
	c.Request().SetBody(body)
	return c.Next()
}

func (h *House) refuseBody(c *fiber.Ctx) error {
	c.Context().SetConnectionClose()
	return models.Fail(models.TooLarge, "too_large", "The body is larger than 1 MiB.")
}

// endBody reads the little that may be left of a body; what is left after that
// ends the connection, or it would be read as the next request.
func endBody(c *fiber.Ctx, stream io.Reader) {
	const little = 64 << 10
	if n, err := io.Copy(io.Discard, io.LimitReader(stream, little)); err != nil || n == little {
		c.Context().SetConnectionClose()
	}
}
