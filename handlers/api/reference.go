package api

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// reference is the OpenAPI 3.1 document, made from the operations that serve.
type reference struct{ json, yaml []byte }

func (d *reference) of(api huma.API) {
	var err error
	if d.json, err = api.OpenAPI().MarshalJSON(); err == nil {
		d.yaml, err = api.OpenAPI().YAML()
	}
	if err != nil {
		panic("api: the OpenAPI document cannot be written: " + err.Error())
	}
}

// serve answers the document to anybody.
func (d *reference) serve(r fiber.Router) {
	r.Get("/openapi.json", func(c *fiber.Ctx) error {
		c.Set("Content-Type", "application/json")
		c.Set("Access-Control-Allow-Origin", "*")
		return c.Send(d.json)
	})
	r.Get("/openapi.yaml", func(c *fiber.Ctx) error {
		c.Set("Content-Type", "application/yaml")
		c.Set("Access-Control-Allow-Origin", "*")
		return c.Send(d.yaml)
	})
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
