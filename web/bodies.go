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

// isUpload reports whether the call sends a form to an address where files are taken.
func (h *House) isUpload(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodPost && (strings.HasSuffix(strings.TrimSuffix(c.Path(), "/"), "/attachments") || h.takesFiles(c.Path())) &&
		strings.HasPrefix(strings.ToLower(c.Get("Content-Type")), "multipart/form-data")
}

// bodies reads a body of at most BodyLimit bytes into memory. A compressed one is
// refused: what Fiber would unpack at the first look has no bound.
func (h *House) bodies(c *fiber.Ctx) error {
	if encoding := c.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		c.Set("Accept-Encoding", "identity") // RFC 9110, 15.5.16
		c.Context().SetConnectionClose()
		return models.Fail(models.Unsupported, "unsupported_encoding", "Send the body as it is, without Content-Encoding.")
	}
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return c.Next()
	}
	if h.isUpload(c) {
		body := &bodyStream{r: stream}
		c.Locals(bodyLocal, body)
		defer body.finish(c)
		return c.Next()
	}
	if c.Request().Header.ContentLength() > h.BodyLimit {
		return h.refuseBody(c, stream)
	}
	body, err := io.ReadAll(io.LimitReader(stream, int64(h.BodyLimit)+1))
	if err != nil {
		c.Context().SetConnectionClose()
		return models.Fail(models.Malformed, "malformed", "The request's body breaks off.")
	}
	if len(body) > h.BodyLimit {
		return h.refuseBody(c, stream)
	}
	c.Request().SetBody(body)
	return c.Next()
}

// mostIgnored is how long a body may be that is too large and read nevertheless, to be thrown away: who still writes when
// the connection ends never reads the answer.
const mostIgnored = 16 << 20

func (h *House) refuseBody(c *fiber.Ctx, rest io.Reader) error {
	c.Context().SetConnectionClose()
	if c.Request().Header.ContentLength() <= mostIgnored {
		_, _ = io.CopyN(io.Discard, rest, mostIgnored)
	}
	return models.Fail(models.TooLarge, "too_large", "The body is larger than %d bytes.", h.BodyLimit)
}

const bodyLocal = "mauve:body"

// bodyStream is a body on its way in. It never reads behind the body's end,
// where in a chunked one the next request would be taken for a chunk.
type bodyStream struct {
	r            io.Reader
	ended, broke bool // broke: the caller's bytes failed, not our keeping of them
}

// Read reads on.
func (b *bodyStream) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	n, err := b.r.Read(p)
	b.ended = err != nil
	b.broke = b.broke || err != nil && err != io.EOF
	return n, err
}

// finish reads the little that may be left of a body; if more is left, the
// connection ends, or that would be read as the next request.
func (b *bodyStream) finish(c *fiber.Ctx) {
	_, err := io.CopyN(io.Discard, b, 64<<10)
	if err != io.EOF || b.broke {
		c.Context().SetConnectionClose()
	}
	b.ended = true // the stream may be let go of by now
}
