package web

import (
	"bytes"
	"errors"
	"io"
	"mauve/models/problem"
	"mime"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"
)

const deepestJSON = 32

// CheckJSON refuses what no store or reader should be given: broken UTF-8, lone
// surrogates, NUL, a member named twice, nesting beyond reason, a second value.
func CheckJSON(body []byte) error {
	bad := func(what string) error {
		return problem.Fail(problem.Malformed, "malformed_json", "The body is not JSON: %s.", what)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	for read, whole := 0, false; ; read++ {
		token, err := dec.ReadToken()
		if err == io.EOF {
			if read == 0 {
				return bad("it is empty")
			}
			return nil
		}
		if err != nil {
			if errors.Is(err, jsontext.ErrDuplicateName) {
				return bad("a member is named twice at " + string(dec.StackPointer()))
			}
			var syntax *jsontext.SyntacticError
			if errors.As(err, &syntax) && syntax.Err != nil {
				return bad(syntax.Err.Error())
			}
			return bad("it breaks off")
		}
		if whole {
			return bad("there is something after its end")
		}
		whole = dec.StackDepth() == 0
		if dec.StackDepth() > deepestJSON {
			return bad("it is nested too deeply")
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return bad("a text holds NUL at " + string(dec.StackPointer()))
		}
	}
}

// JSONBody refuses a body of another content type, and JSON that CheckJSON
// refuses, before a handler sees it.
func (h *Server) JSONBody(c *fiber.Ctx) error {
	if _, isForm := printed(c); isForm || len(c.Body()) == 0 {
		return c.Next()
	}
	kind, _, err := mime.ParseMediaType(c.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return problem.Fail(problem.Unsupported, "not_json", "Send the body as application/json.")
	}
	if len(c.Body()) > BodyLimit {
		return problem.Fail(problem.TooLarge, "too_large", "The body is larger than 1 MiB.")
	}
	if err := CheckJSON(c.Body()); err != nil {
		return err
	}
	return c.Next()
}
