package web

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
)

// answer runs the handler. What links to a file opens it for whoever has the
// link, so no cache keeps it. A key that only writes is answered with ids and with
// what the call itself wrote; all else of a resource is empty, its shape stays.
func (h *Server) answer(c *fiber.Ctx) error {
	began := h.Store.Now()
	if err := c.Next(); err != nil {
		return err
	}
	if bytes.Contains(c.Response().Body(), []byte("/files/")) {
		c.Set("Cache-Control", "no-store")
	}
	key := KeyOf(c)
	if key == nil || key.CanRead {
		return nil
	}
	body := c.Response().Body()
	if c.Response().StatusCode() > 299 || len(body) == 0 || !bytes.Contains(c.Response().Header.ContentType(), []byte("json")) {
		return nil
	}
	var asked, answer any
	_ = json.Unmarshal(c.Body(), &asked) // a form wrote what its new row says
	numbers := json.NewDecoder(bytes.NewReader(body))
	numbers.UseNumber()
	if err := numbers.Decode(&answer); err != nil {
		return err
	}
	kept, err := json.Marshal(written{began, key.ID.With(models.PrefixKey)}.outside(answer, asked))
	if err != nil {
		return err
	}
	c.Response().SetBodyRaw(kept)
	return nil
}

// written tells what a call wrote: when it began, and the key that made it.
type written struct {
	began time.Time
	key   string
}

// outside walks to the resources of an answer: the objects that have an id.
func (w written) outside(answer, asked any) any {
	switch v := answer.(type) {
	case map[string]any:
		if isResource(v) {
			return w.resource(v, asked)
		}
		fields, _ := asked.(map[string]any)
		for name, inner := range v {
			v[name] = w.outside(inner, orElse(fields[name], asked))
		}
	case []any:
		for i := range v {
			v[i] = w.outside(v[i], asked)
		}
	}
	return answer
}

func orElse(v, other any) any {
	if v == nil {
		return other
	}
	return v
}

func isResource(v map[string]any) bool { return v["id"] != nil || v["_id"] != nil }

// resource empties what neither the call asked to be so, nor is of a row that it made.
func (w written) resource(v map[string]any, asked any) any {
	if v["id"] == w.key { // the caller itself
		return v
	}
	fields, _ := asked.(map[string]any)
	made := w.made(v)
	for name, inner := range v {
		_, named := fields[name]
		switch deeper := inner.(type) {
		case map[string]any:
			v[name] = w.member(name, deeper, fields[name], made)
		case []any:
			v[name] = w.list(deeper, named, made)
		default:
			if !named && !made && !isID(name, inner) && name != "secret" { // a secret is told once: the call made it
				v[name] = empty(inner)
			}
		}
	}
	return v
}

// member is an object within a resource. One without an id is part of the row.
func (w written) member(name string, v map[string]any, asked any, made bool) any {
	if isResource(v) {
		return w.resource(v, asked)
	}
	if made {
		return v
	}
	if name != "attributes" {
		return w.resource(v, asked)
	}
	fields, _ := asked.(map[string]any)
	for label := range v { // the labels say something of the contact, too
		if _, named := fields[label]; !named {
			delete(v, label)
		}
	}
	return v
}

// list is a list within a resource: what the call named, or of a row that it made. Of other resources the ids are told.
func (w written) list(all []any, named, made bool) []any {
	kept := []any{}
	for _, v := range all {
		inner, isObject := v.(map[string]any)
		switch {
		case isObject && isResource(inner):
			kept = append(kept, w.resource(inner, nil))
		case named || made:
			kept = append(kept, v)
		}
	}
	return kept
}

// made reports whether the row was made by the call.
func (w written) made(v map[string]any) bool {
	text, _ := v["createdAt"].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	return err == nil && !at.Before(w.began)
}

var anyID = regexp.MustCompile(`^(?:[a-z]+_)?[0-9a-f]{24}$`)

func isID(name string, v any) bool {
	text, ok := v.(string)
	return ok && anyID.MatchString(text) && !strings.EqualFold(name, "externalId")
}

// empty is the value of a member that is not told, of the same type.
func empty(v any) any {
	switch v := v.(type) {
	case string:
		if _, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return "0001-01-01T00:00:00.000Z"
		}
		return ""
	case json.Number:
		return 0
	case bool:
		return false
	}
	return nil
}
