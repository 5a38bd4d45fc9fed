package mava

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mauve/models/problem"
	"mauve/web"
)

// bad is how this dialect tells bad news.
type bad struct {
	Error string `json:"error"`
}

// fail tells bad news in Mava's words; what is not found is a 400 here.
func fail(c *fiber.Ctx, e *problem.Error) error {
	status, text := face(e)
	return c.Status(status).JSON(bad{text})
}

func face(e *problem.Error) (status int, text string) {
	switch e.Code {
	case "no_such_page", "no_such_method":
		return 404, "Not found"
	case "idempotency_key_reused":
		return 422, e.Message
	case "no_conversation":
		return 400, "Ticket has no conversation"
	}
	switch e.Kind {
	case problem.SignedOut:
		return 401, "Unauthorized"
	case problem.TooMany:
		return 429, "Too many requests"
	case problem.Internal:
		return 500, "Internal server error"
	case problem.NotFound:
		return 400, e.Message
	case problem.Invalid:
		return 400, sentence(e)
	}
	return web.Status(e.Kind), e.Message
}

// sentences are what Mava says of a field, whatever is wrong with it.
var sentences = map[string]string{
	"ticketId":       "Ticket not found",
	"status":         "Invalid status or priority",
	"priority":       "Invalid status or priority",
	"categoryId":     "Category not found",
	"category":       "Category not found",
	"assigneeId":     "Agent not found",
	"assignedTo":     "Agent not found",
	"contactId":      "Customer not found",
	"customerId":     "Customer not found",
	"mavaCustomerId": "Customer not found",
	"messageType":    "Invalid messageType",
}

func sentence(e *problem.Error) string {
	for _, f := range e.Faults {
		if said := sentences[f.Field]; said != "" {
			return said
		}
	}
	return e.Message
}

// missing says in Mava's words that what the call is about is not there.
func missing(err error, sentence string) error {
	if problem.KindOf(err) == problem.NotFound {
		return problem.Fail(problem.NotFound, "not_found", "%s", sentence)
	}
	return err
}

// read reads the body; a member of the wrong type is named by its field.
func read[T any](c *fiber.Ctx) (*T, error) {
	in := new(T)
	err := json.Unmarshal(c.Body(), in)
	if err == nil {
		return in, nil
	}
	if told, ok := errors.AsType[*problem.Error](err); ok {
		return nil, told
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		// encoding/json names embedded structs on the way; the caller knows none.
		field := strings.TrimPrefix(strings.TrimPrefix(wrong.Field, "ticketFields."), "words.")
		return nil, problem.InvalidField(field, "has the wrong type")
	}
	return nil, problem.Fail(problem.Malformed, "malformed_json", "The body must be a JSON object")
}
