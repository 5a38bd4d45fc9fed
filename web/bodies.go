package web

import (
	"io"
	"mauve/models/problem"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
)

// Bodies reach the app as streams. Nothing of one is read before it is known
// who sends it, but for the few bytes of a public form and what a vendor signs:
// those have small bounds, or a bound that all callers share.

// isMultipart reports whether the call sends a form that may hold files.
func isMultipart(c *fiber.Ctx) bool {
	return strings.HasPrefix(strings.ToLower(c.Get("Content-Type")), "multipart/form-data")
}

// mostForm is how many bytes a form has that anybody may send: to sign in, to set up, to join.
const mostForm = 16 << 10

// freeBody is how many bytes of a body are read without asking a budget: the server reads as many ahead.
const freeBody = 8 << 10

// bodies lets the body of a call wait until a step of its route reads it, and looks
// after what nobody read. A compressed one is refused: what Fiber would unpack at
// the first look has no bound.
func (h *Server) bodies(c *fiber.Ctx) error {
	if encoding := c.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		c.Set("Accept-Encoding", "identity") // RFC 9110, 15.5.16
		c.Context().SetConnectionClose()
		return problem.Fail(problem.Unsupported, "unsupported_encoding", "Send the body as it is, without Content-Encoding.")
	}
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return c.Next()
	}
	body := &bodyStream{r: stream, length: c.Request().Header.ContentLength()}
	c.Locals(bodyLocal, body)
	defer body.finish(c)
	return c.Next()
}

// Body reads the body of a known caller, of at most BodyLimit bytes.
func (h *Server) Body(c *fiber.Ctx) error { return h.read(c, BodyLimit, nil) }

// BodyWithoutFiles is Body where FileForm or FilePage takes a form with files.
func (h *Server) BodyWithoutFiles(c *fiber.Ctx) error {
	if isMultipart(c) {
		return c.Next()
	}
	return h.Body(c)
}

// SmallForm reads the body of somebody unknown.
func (h *Server) SmallForm(c *fiber.Ctx) error { return h.read(c, mostForm, nil) }

// SharedBody reads a body of at most limit bytes of somebody who is known by it
// alone. Beyond the first few bytes all such bodies have room together for what
// the budget says; one that finds none is told to come again.
func (h *Server) SharedBody(limit int, budget *Budget) fiber.Handler {
	return func(c *fiber.Ctx) error { return h.read(c, limit, budget) }
}

func (h *Server) read(c *fiber.Ctx, limit int, budget *Budget) error {
	stream, waits := c.Locals(bodyLocal).(*bodyStream)
	if !waits {
		return c.Next()
	}
	if c.Request().Header.ContentLength() > limit {
		return refuseBody(c, stream, limit)
	}
	var taken int
	defer func() { budget.giveBack(taken) }()
	body := make([]byte, 0, 512)
	for {
		if len(body) == cap(body) {
			more := min(2*cap(body), limit+1)
			if whole := c.Request().Header.ContentLength() + 1; whole > 0 && whole < more {
				more = whole // one more than there is, or the end would not be seen
			}
			held := max(0, more-freeBody)
			if !budget.take(held - taken) {
				c.Context().SetConnectionClose()
				return errNoRoom
			}
			taken = held
			body = append(make([]byte, 0, more), body...)
		}
		n, err := stream.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > limit:
			return refuseBody(c, stream, limit)
		case err == io.EOF:
			c.Request().SetBodyRaw(body)
			return c.Next()
		case err != nil:
			c.Context().SetConnectionClose()
			return problem.Fail(problem.Malformed, "malformed", "The request's body breaks off.")
		}
	}
}

var errNoRoom = problem.Fail(problem.Unavailable, "busy", "Too many calls come in at this moment. Try again in a few seconds.")

// Budget is how many bytes several bodies may hold together.
type Budget struct{ room atomic.Int64 }

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int) *Budget {
	b := &Budget{}
	b.room.Store(int64(bytes))
	return b
}

func (b *Budget) take(bytes int) bool {
	if b == nil || b.room.Add(-int64(bytes)) >= 0 {
		return true
	}
	b.room.Add(int64(bytes))
	return false
}

func (b *Budget) giveBack(bytes int) {
	if b != nil {
		b.room.Add(int64(bytes))
	}
}

// mostIgnored is how long a body may be that is not wanted and read nevertheless, to be thrown away: who still writes when
// the connection ends never reads the answer.
const mostIgnored = 16 << 20

func refuseBody(c *fiber.Ctx, rest *bodyStream, limit int) error {
	c.Context().SetConnectionClose()
	if c.Request().Header.ContentLength() <= mostIgnored {
		_, _ = io.CopyN(io.Discard, rest, mostIgnored)
	}
	return problem.Fail(problem.TooLarge, "too_large", "The body is larger than %d bytes.", limit)
}

const bodyLocal = "mauve:body"

// bodyStream is a body on its way in. It never reads behind the body's end,
// where in a chunked one the next request would be taken for a chunk.
type bodyStream struct {
	r            io.Reader
	length       int  // that is left, as it was announced; negative if it was not
	ended, broke bool // broke: the caller's bytes failed, not our keeping of them
}

// Read reads on.
func (b *bodyStream) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	n, err := b.r.Read(p)
	b.length -= n
	b.ended = err != nil
	b.broke = b.broke || err != nil && err != io.EOF
	return n, err
}

// finish reads what is left of a body of usual size, so that its sender reads the
// answer; if more is left, the connection ends, or that would be read as the next
// request. What was announced to be more is not waited for.
func (b *bodyStream) finish(c *fiber.Ctx) {
	var err error
	if b.ended || b.length <= BodyLimit {
		_, err = io.CopyN(io.Discard, b, BodyLimit)
	}
	if err != io.EOF || b.broke {
		c.Context().SetConnectionClose()
	}
	b.ended = true // the stream may be let go of by now
}
