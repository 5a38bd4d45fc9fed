package api

import (
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"mauve/models/rights"
	"mauve/web"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// documentRoutes answer the OpenAPI 3.1 document to anybody, made from the
// operations that serve. It is written when it is first asked for: that takes
// longer than all else at the start.
func documentRoutes(doc *huma.OpenAPI) []web.Route {
	return []web.Route{
		web.Get("/openapi.json", rights.Public, answerDocument("application/json", sync.OnceValues(doc.MarshalJSON))),
		web.Get("/openapi.yaml", rights.Public, answerDocument("application/yaml", sync.OnceValues(doc.YAML))),
	}
}

func answerDocument(contentType string, write func() ([]byte, error)) func(*web.Request) error {
	return func(r *web.Request) error {
		text, err := write()
		if err != nil {
			return err
		}
		r.Set("Content-Type", contentType)
		r.Set("Access-Control-Allow-Origin", "*")
		return r.Send(text)
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
