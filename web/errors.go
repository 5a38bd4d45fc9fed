package web

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
)

// Status is the one table from kinds of bad news to HTTP.
func Status(kind models.Kind) int {
	switch kind {
	case models.Malformed:
		return 400
	case models.Invalid:
		return 422
	case models.SignedOut:
		return 401
	case models.Forbidden:
		return 403
	case models.NotFound:
		return 404
	case models.Conflict:
		return 409
	case models.Precondition:
		return 412
	case models.TooMany:
		return 429
	case models.TooLarge:
		return 413
	case models.Unsupported:
		return 415
	case models.Unavailable:
		return 503
	}
	return 500
}

// Told returns err as bad news that may be told; what may not is logged and becomes internal.
func Told(c *fiber.Ctx, err error) *models.Error {
	if bad, ok := errors.AsType[*models.Error](err); ok {
		return bad
	}
	if f, ok := errors.AsType[*fiber.Error](err); ok {
		switch f.Code {
		case 404:
			return errNoSuchPage
		case 405:
			return models.Fail(models.NotFound, "no_such_method", "There is nothing at this address for %s.", c.Method())
		case 413:
			return models.Fail(models.TooLarge, "too_large", "The body is larger than allowed.")
		case 408, 431, 400:
			return models.Fail(models.Malformed, "malformed", "The request cannot be read.")
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		slog.Warn("too slow", "request", RequestID(c), "path", loggedPath(c), "error", err)
		return models.Fail(models.Unavailable, "too_slow", "That took too long. Try again.")
	}
	slog.Error("internal", "request", RequestID(c), "method", c.Method(), "path", loggedPath(c), "error", err)
	return models.Fail(models.Internal, "internal", "Something broke on our side. It was noted under the request id.")
}

func (h *Server) tell(c *fiber.Ctx, g Group, err error) error {
	bad := Told(c, err)
	c.Status(Status(bad.Kind))
	if bad.Kind == models.Unavailable && c.GetRespHeader("Retry-After") == "" {
		c.Set("Retry-After", "1")
	}
	if g.Fail == nil {
		return c.SendString(bad.Message)
	}
	return g.Fail(c, bad)
}

func stack() string { return string(debug.Stack()) }
