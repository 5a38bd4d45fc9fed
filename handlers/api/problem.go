package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"mauve/models/problem"
	"mauve/web"
)

// problemDocument is bad news in this API: RFC 9457 with a stable code.
type problemDocument struct {
	Type       string  `json:"type" example:"about:blank"`
	Title      string  `json:"title"`
	Status     int     `json:"status"`
	Detail     string  `json:"detail"`
	Code       string  `json:"code" doc:"A stable word for programs"`
	RequestID  string  `json:"requestId"`
	Errors     []fault `json:"errors,omitempty"`
	ExistingID string  `json:"existingId,omitempty" doc:"What it collides with"`
}

// fault is one field and what is wrong with it.
type fault struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

const problemType = "application/problem+json"

// Error, GetStatus and ContentType make a problemDocument what huma answers with.
func (p *problemDocument) Error() string             { return p.Detail }
func (p *problemDocument) GetStatus() int            { return p.Status }
func (p *problemDocument) ContentType(string) string { return problemType }

func asProblem(c *fiber.Ctx, bad *problem.Error) *problemDocument {
	p := &problemDocument{Type: "about:blank", Status: web.Status(bad.Kind), Detail: bad.Message, Code: bad.Code, ExistingID: bad.Other}
	p.Title = http.StatusText(p.Status)
	if c != nil {
		p.RequestID = web.RequestID(c)
	}
	for _, f := range bad.Faults {
		p.Errors = append(p.Errors, fault{f.Field, f.Detail})
	}
	return p
}

// fail tells bad news that never reached an operation.
func fail(c *fiber.Ctx, bad *problem.Error) error {
	body, err := json.Marshal(asProblem(c, bad))
	if err != nil {
		return err
	}
	c.Set("Content-Type", problemType)
	return c.Send(body)
}

// invalid turns what huma found wrong with the input into a problem.
func invalid(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
	bad := &problem.Error{Kind: problem.Invalid, Code: "invalid", Message: message}
	switch status {
	case 400:
		bad.Kind, bad.Code = problem.Malformed, "malformed"
	case 413:
		bad.Kind, bad.Code, bad.Message = problem.TooLarge, "too_large", "The body is larger than 1 MiB."
	case 415:
		bad.Kind, bad.Code = problem.Unsupported, "not_json"
	case 422:
	default:
		bad.Kind, bad.Code = problem.Internal, "internal"
	}
	for _, err := range errs {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			bad.Faults = append(bad.Faults, problem.Fault{Field: fieldOf(d), Detail: d.Message})
		}
	}
	if len(bad.Faults) > 0 && bad.Kind == problem.Invalid {
		bad.Message = bad.Faults[0].Field + ": " + bad.Faults[0].Detail
	}
	var c *fiber.Ctx
	if ctx != nil {
		c = humafiber.Unwrap(ctx)
	}
	return asProblem(c, bad)
}

// fieldOf names the field as the caller wrote it: "body.email" is "email", and
// a missing or unknown member is named itself, not the object it is about.
func fieldOf(d *huma.ErrorDetail) string {
	field := d.Location
	for _, place := range []string{"body.", "query.", "path.", "header."} {
		field = strings.TrimPrefix(field, place)
	}
	if field == "body" {
		field = ""
	}
	if rest, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return strings.TrimPrefix(field+"."+name, ".")
	}
	if field == "" {
		return "body"
	}
	return field
}
