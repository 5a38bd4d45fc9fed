package api

import (
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// reference is the OpenAPI 3.1 document, made from the operations that serve.
// It is written when it is first asked for: that takes longer than all else at the start.
type reference struct{ json, yaml func() ([]byte, error) }

func (d *reference) of(doc *huma.OpenAPI) {
	d.json, d.yaml = sync.OnceValues(doc.MarshalJSON), sync.OnceValues(doc.YAML)
}

// serve answers the document to anybody.
func (d *reference) serve(r fiber.Router) {
	r.Get("/openapi.json", answerDocument("application/json", func() ([]byte, error) { return d.json() }))
	r.Get("/openapi.yaml", answerDocument("application/yaml", func() ([]byte, error) { return d.yaml() }))
}

func answerDocument(contentType string, write func() ([]byte, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		text, err := write()
		if err != nil {
			return err
		}
		c.Set("Content-Type", contentType)
		c.Set("Access-Control-Allow-Origin", "*")
		return c.Send(text)
	}
}

// nullableReferences says in the document what the answers do: a member that
// refers to another object may be null where Go has a pointer. huma cannot say
// it of a reference.
func nullableReferences(doc *huma.OpenAPI) {
	for name, s := range doc.Components.Schemas.Map() {
		t := doc.Components.Schemas.TypeFromRef("#/components/schemas/" + name)
		// What comes in needs no such mark, because a member left out and one that is null are the same
		// there; and with it huma would no longer look into the object.
		if t == nil || t.Kind() != reflect.Struct || strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Fields") {
			continue
		}
		for i := range t.NumField() {
			f := t.Field(i)
			member, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := s.Properties[member]
			if p != nil && p.Ref != "" && f.Type.Kind() == reflect.Pointer {
				s.Properties[member] = &huma.Schema{AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
			}
		}
	}
}
