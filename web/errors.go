package web

import (
	"context"
	"errors"
	"log/slog"
	"mauve/models/problem"
	"runtime/debug"

	"github.com/gofiber/fiber/v2"
)

// Status is the one table from kinds of bad news to HTTP.
func Status(kind problem.Kind) int {
	switch kind {
	case problem.Malformed:
		return 400
	case problem.Invalid:
		return 422
	case problem.SignedOut:
		return 401
	case problem.Forbidden:
		return 403
	case problem.NotFound:
		return 404
	case problem.Conflict:
		return 409
	case problem.Precondition:
		return 412
	case problem.TooMany:
		return 429
	case problem.TooLarge:
		return 413
	case problem.Unsupported:
		return 415
	case problem.Unavailable:
		return 503
	}
	return 500
}

// Told returns err as bad news that may be told; what may not is logged and becomes internal.
func Told(c *fiber.Ctx, err error) *problem.Error {
	if bad, ok := errors.AsType[*problem.Error](err); ok {
		return bad
	}
	if f, ok := errors.AsType[*fiber.Error](err); ok {
		switch f.Code {
		case 404:
			return errNoSuchPage
		case 405:
			return problem.Fail(problem.NotFound, "no_such_method", "There is nothing at this address for %s.", c.Method())
		case 413:
			return problem.Fail(problem.TooLarge, "too_large", "The body is larger than allowed.")
		case 408, 431, 400:
			return problem.Fail(problem.Malformed, "malformed", "The request cannot be read.")
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		slog.Warn("too slow", "request", RequestID(c), "path", loggedPath(c), "error", err)
		return problem.Fail(problem.Unavailable, "too_slow", "That took too long. Try again.")
	}
	slog.Error("internal", "request", RequestID(c), "method", c.Method(), "path", loggedPath(c), "error", err)
	return problem.Fail(problem.Internal, "internal", "Something broke on our side. It was noted under the request id.")
}

func (h *Server) tell(c *fiber.Ctx, g Group, err error) error {
	bad := Told(c, err)
	c.Status(Status(bad.Kind))
	if bad.Kind == problem.Unavailable && c.GetRespHeader("Retry-After") == "" {
		c.Set("Retry-After", "1")
	}
	if g.Fail == nil {
		return c.SendString(bad.Message)
	}
	return g.Fail(c, bad)
}

func stack() string { return string(debug.Stack()) }
