// Package api is the native public API, /api/v2/public. Its table is the list of
// operations in operations.go; huma makes routes, input checks and the OpenAPI
// document from the same types, and does not leave this package. It holds no
// rules: an operation reads its input, calls models, and answers.
package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"mauve/models"
	"mauve/models/rights"
	"mauve/web"
)

// Prefix is where the native API lives.
const Prefix = "/api/v2/public"

// Group returns the API's routes and its document's.
func Group(h *web.Server, version string) web.Group {
	compiled := &compiler{}
	api := newAPI(compiled, h.PublicURL, version)
	var routes []web.Route
	for i, o := range operations {
		route := web.Route{Method: o.method, Path: strings.NewReplacer("{", ":", "}", "").Replace(o.path), Needs: o.needs,
			Handle: func(r *web.Request) error { return compiled.handlers[i](r.Ctx) }}
		if registered := o.register(api); registered.Metadata["form"] != nil {
			route.Steps = []fiber.Handler{h.OneFile, h.Idempotency}
		}
		routes = append(routes, route)
	}
	nullableReferences(api.OpenAPI())
	describeSettings(api.OpenAPI())
	return web.Group{
		Prefix:   Prefix,
		Identify: h.Key,
		Steps:    []fiber.Handler{h.Body, h.JSONBody, h.Idempotency},
		Fail:     fail,
		Routes:   append(routes, documentRoutes(api.OpenAPI())...),
	}
}

// compiler takes the handlers that huma adds, one for each operation, in their order.
type compiler struct {
	fiber.Router
	handlers []fiber.Handler
}

// Add takes the handler.
func (c *compiler) Add(_, _ string, handlers ...fiber.Handler) fiber.Router {
	c.handlers = append(c.handlers, handlers...)
	return c
}

type callLocal struct{}

// call returns the Fiber call behind an operation's context.
func call(ctx context.Context) *fiber.Ctx { return ctx.Value(callLocal{}).(*fiber.Ctx) }

// wholeBody is the body that the middleware read; huma's own reader looks for a stream.
type wholeBody struct {
	outer
	call *fiber.Ctx
}

// outer is huma.Context under a name that its method Context leaves free.
type outer interface{ huma.Context }

// BodyReader reads the body.
func (w wholeBody) BodyReader() io.Reader { return bytes.NewReader(w.call.Body()) }

// Unwrap returns the context without this.
func (w wholeBody) Unwrap() huma.Context { return w.outer }

// huma's switches are the package's and read by every call; only this surface uses it.
func init() {
	huma.ValidateStrictCasing = true
	huma.NewErrorWithContext = invalid
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return invalid(nil, status, message, errs...)
	}
}

func newAPI(r fiber.Router, publicURL, version string) huma.API {
	config := huma.DefaultConfig("Mauve API", version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema links in answers
	config.Info.Description = "Contacts, conversations, messages and tickets of a workspace, and webhooks that tell of them. " +
		"Send the key as `Authorization: Bearer KEY`."
	config.Info.License = &huma.License{Name: "AGPL-3.0-only", Identifier: "AGPL-3.0-only"}
	config.Servers = []*huma.Server{{URL: strings.TrimSuffix(publicURL, "/") + Prefix}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "An API key from Settings → API keys"},
		"apiKey": {Type: "apiKey", In: "header", Name: "X-API-Key"},
	}
	config.Security = []map[string][]string{{"bearer": {}}, {"apiKey": {}}}
	api := humafiber.NewWithGroup(nil, r, config)
	api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		c := humafiber.Unwrap(ctx)
		next(huma.WithValue(wholeBody{ctx, c}, callLocal{}, c))
	})
	return api
}

// operation is one line of the table.
type operation struct {
	method, path string
	needs        rights.Grant
	register     func(huma.API) huma.Operation
}

// op makes a line of the table: the method and path, the grant it needs, what
// it does in one sentence, and the handler.
func op[I, O any](method, path string, needs rights.Grant, summary string, handle func(*models.Scope, *I) (*O, error), more ...func(*huma.Operation)) operation {
	return operation{method, path, needs, func(api huma.API) huma.Operation {
		o := huma.Operation{Method: method, Path: path, Summary: summary, OperationID: operationID(method, path),
			Tags: []string{tag(path)}, Errors: []int{400, 401, 403, 429, 500}, MaxBodyBytes: web.BodyLimit,
			Metadata: map[string]any{"needs": needs}}
		scope := "read"
		if method != http.MethodGet {
			scope = "write"
			o.Errors = append(o.Errors, 409, 413, 415, 422)
			if method != http.MethodDelete {
				o.Parameters = append(o.Parameters, &huma.Param{Name: "Idempotency-Key", In: "header",
					Description: "A repeat within 24 hours answers what the first call answered.",
					Schema:      &huma.Schema{Type: "string"}})
			}
		}
		if strings.Contains(path, "{") {
			o.Errors = append(o.Errors, 404)
		}
		if method == http.MethodGet && !slices.Contains(o.Errors, 422) {
			o.Errors = append(o.Errors, 422)
		}
		o.Description = "Needs the scope `" + scope + "`."
		for _, m := range more {
			m(&o)
		}
		slices.Sort(o.Errors)
		huma.Register(api, o, func(ctx context.Context, in *I) (*O, error) {
			c := call(ctx)
			out, err := handle(web.ScopeOf(c), in)
			if err != nil {
				return nil, asProblem(c, web.Told(c, err))
			}
			return out, nil
		})
		if form, ok := o.Metadata["form"].(*huma.RequestBody); ok {
			api.OpenAPI().Paths[path].Post.RequestBody = form // set behind huma's back, or it would read the body
		}
		if also, ok := o.Metadata["also"].(string); ok {
			entry := operationAt(api.OpenAPI().Paths[path], method)
			entry.Responses[also] = entry.Responses[strconv.Itoa(o.DefaultStatus)]
		}
		return o
	}}
}

// operationAt is a documented operation that can answer in two ways.
func operationAt(path *huma.PathItem, method string) *huma.Operation {
	switch method {
	case http.MethodPatch:
		return path.Patch
	case http.MethodDelete:
		return path.Delete
	}
	return path.Post
}

func created(o *huma.Operation)  { o.DefaultStatus = http.StatusCreated }
func accepted(o *huma.Operation) { o.DefaultStatus = http.StatusAccepted }

// madeToo says that a POST answers 201 when it made something.
func madeToo(o *huma.Operation) { answersToo(o, "201") }

// acceptedToo says that a change answers 202 when somebody else is still to carry it out.
func acceptedToo(o *huma.Operation) { answersToo(o, "202") }

func answersToo(o *huma.Operation, also string) {
	o.Metadata["also"] = also
	if o.DefaultStatus == 0 {
		o.DefaultStatus = http.StatusOK
	}
}

// missing says that what the call names may not be there.
func missing(o *huma.Operation) { o.Errors = append(o.Errors, 404) }

func versioned(o *huma.Operation) {
	o.Errors = append(o.Errors, 412)
}

// operationID names an operation for generated clients: get-contacts-id-notes.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '{' || r == '}' })
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

func tag(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch name {
	case "deliveries":
		name = "webhooks"
	case "ticket-rules":
		name = "tickets"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
