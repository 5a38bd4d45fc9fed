package api_test

import (
	"flag"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/api"
	"mauve/models/modelstest"
)

// spec is the served document, which every answer in this package's tests is held against.
var spec struct {
	sync.Mutex
	doc     *openapi3.T
	schemas *jsonschema.Compiler
	called  map[string]bool // documented operations that answered 2xx
}

// hold fails the test if the answer is not what the served document says.
func (d *desk) hold(a answer) {
	d.t.Helper()
	schema := d.schemaOf(a)
	if schema == nil {
		return
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(a.text))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		d.t.Errorf("%s %s, %d: the answer is not what the document says: %v\n%s", a.Request.Method, a.Request.URL.Path, a.StatusCode, err, a.text)
	}
}

// schemaOf returns the schema that the document has for the answer's body; nil: there is none, or the test failed.
func (d *desk) schemaOf(a answer) *jsonschema.Schema {
	d.t.Helper()
	spec.Lock()
	defer spec.Unlock()
	if spec.doc == nil {
		d.loadSpec()
	}
	path := strings.TrimPrefix(a.Request.URL.Path, api.Prefix)
	template, operation := find(spec.doc, a.Request.Method, path)
	if operation == nil {
		if a.StatusCode < 400 {
			d.t.Errorf("%s %s answers %d and is not in the document", a.Request.Method, path, a.StatusCode)
		}
		return nil
	}
	if a.StatusCode < 300 {
		spec.called[a.Request.Method+" "+template] = true
	}
	status := strconv.Itoa(a.StatusCode)
	response := operation.Responses.Value(status)
	if response == nil {
		status, response = "default", operation.Responses.Default()
	}
	if response == nil {
		d.t.Errorf("%s %s answers %d, which the document does not name: %s", a.Request.Method, template, a.StatusCode, a.text)
		return nil
	}
	if a.text == "" {
		if len(response.Value.Content) > 0 {
			d.t.Errorf("%s %s answers %d without a body", a.Request.Method, template, a.StatusCode)
		}
		return nil
	}
	mediaType, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	if response.Value.Content[mediaType] == nil {
		d.t.Errorf("%s %s answers %d as %s, which the document does not name", a.Request.Method, template, a.StatusCode, a.Header.Get("Content-Type"))
		return nil
	}
	pointer := "#"
	for _, step := range []string{"paths", template, strings.ToLower(a.Request.Method), "responses", status, "content", mediaType, "schema"} {
		pointer += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(step)) // RFC 6901
	}
	schema, err := spec.schemas.Compile(openapiFile + pointer) // once each: the compiler keeps them
	if err != nil {
		d.t.Error(err)
	}
	return schema
}

const openapiFile = "file:///openapi.json"

func (d *desk) loadSpec() {
	d.t.Helper()
	a := d.raw("", "GET", "/openapi.json", "")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(a.text))
	assert.NilError(d.t, err)
	tree, err := jsonschema.UnmarshalJSON(strings.NewReader(a.text))
	assert.NilError(d.t, err)
	schemas := jsonschema.NewCompiler()
	schemas.DefaultDraft(jsonschema.Draft2020)
	schemas.AssertFormat()
	assert.NilError(d.t, schemas.AddResource(openapiFile, tree))
	spec.doc, spec.schemas, spec.called = doc, schemas, map[string]bool{}
}

// find returns the documented operation for a call; a fixed segment beats a parameter.
func find(doc *openapi3.T, method, path string) (string, *openapi3.Operation) {
	want := strings.Split(path, "/")
	best, fixed := "", -1
	for template := range doc.Paths.Map() {
		have := strings.Split(template, "/")
		n := 0
		for i := range have {
			if len(have) != len(want) {
				n = -1
				break
			}
			if have[i] == want[i] {
				n++
			} else if !strings.HasPrefix(have[i], "{") {
				n = -1
				break
			}
		}
		if n > fixed && doc.Paths.Value(template).GetOperation(method) != nil {
			best, fixed = template, n
		}
	}
	if fixed < 0 {
		return "", nil
	}
	return best, doc.Paths.Value(best).GetOperation(method)
}

// everyOperationWasCalled is asked after all tests of the package, if none was left out.
func everyOperationWasCalled() (missing []string) {
	if f := flag.Lookup("test.run"); f != nil && f.Value.String() != "" || spec.doc == nil {
		return nil
	}
	for path, item := range spec.doc.Paths.Map() {
		for method := range item.Operations() {
			if name := method + " " + path; !spec.called[name] {
				missing = append(missing, name)
			}
		}
	}
	return missing
}

func TestTheDocumentIsServedInBothForms(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.raw("", "GET", "/openapi.json", "").want(t, 200)
		a.has(t, "openapi", "3.1.0")
		u, err := url.Parse(a.at("servers.0.url"))
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(u.Path, api.Prefix), a.at("servers"))
		}
		y := d.raw("", "GET", "/openapi.yaml", "").want(t, 200)
		assert.Check(t, is.Contains(y.text, "openapi: 3.1.0"), y.text[:100])
	})
}

// TestTheRest calls what no other test of this package does.
func TestTheRest(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.call(d.acme, "GET", "/agents", "").want(t, 200).has(t, "data.0.name", "Lea")
		ch := d.call(d.acme, "POST", "/channels", `{"kind":"api","name":"Shop","sessionId":"shop-1"}`).want(t, 201)
		d.call(d.acme, "POST", "/channels", `{"kind":"api","name":"Shop","sessionId":"shop-1"}`).want(t, 409)
		d.call(d.acme, "GET", "/channels/"+ch.at("id"), "").want(t, 200)
		d.call(d.acme, "PATCH", "/channels/"+ch.at("id"), `{"name":"Shop 2","sessionId":null}`).want(t, 200)
		d.call(d.acme, "DELETE", "/channels/"+ch.at("id"), "").want(t, 204)
		d.call(d.acme, "GET", "/channels/"+ch.at("id"), "").want(t, 404)
		last := d.call(d.acme, "GET", "/channels", "").want(t, 200)
		d.call(d.acme, "DELETE", "/channels/"+last.at("data.0.id"), "").want(t, 409)

		h := d.call(d.acme, "POST", "/webhooks", `{"url":"https://example.com/h","events":["contact.created"],"channelIds":[]}`).want(t, 201)
		id := h.at("id")
		assert.Check(t, strings.HasPrefix(h.at("secret"), "whsec_"), "%v %v", h.at("secret"), h.text)
		if a := d.call(d.acme, "GET", "/webhooks/"+id, "").want(t, 200); strings.Contains(a.text, "secret") {
			t.Error("the secret is shown a second time: " + a.text)
		}
		d.call(d.acme, "GET", "/webhooks", "").want(t, 200)
		if a := d.call(d.acme, "POST", "/webhooks/"+id+"/rotate-secret", "").want(t, 200); a.at("secret") == h.at("secret") {
			t.Error("the secret is the old one")
		}
		d.contact(d.acme, `{"name":"Ada"}`)
		d.call(d.acme, "POST", "/webhooks/"+id+"/test", "").want(t, 202)
		l := d.call(d.acme, "GET", "/webhooks/"+id+"/deliveries?state=pending", "").want(t, 200)
		l.has(t, "meta.total", "2")
		d.call(d.acme, "POST", "/deliveries/"+l.at("data.0.id")+"/replay", "").want(t, 202)
		d.call(d.glob, "POST", "/deliveries/"+l.at("data.0.id")+"/replay", "").want(t, 404)
		d.call(d.acme, "PATCH", "/webhooks/"+id, `{"enabled":false}`).want(t, 200)
		d.call(d.acme, "POST", "/webhooks/"+id+"/test", "").want(t, 409)
		d.call(d.acme, "DELETE", "/webhooks/"+id, "").want(t, 204)

		seen := map[string]int{}
		// Behind writers that have not ended yet the feed waits, so a client asks again.
		cursor := ""
		modelstest.Eventually(t, "the feed tells all", func() bool {
			for more := true; more; {
				a := d.call(d.acme, "GET", "/events?perPage=3&cursor="+cursor, "").want(t, 200)
				for i := range a.body["data"].([]any) {
					seen[a.at(fmt.Sprintf("data.%d.event", i))]++
				}
				cursor, more = a.at("meta.nextCursor"), a.at("meta.more") != "false"
			}
			return seen["channel.deleted"]*seen["webhook.test"] != 0
		})
		assert.Check(t, is.Equal(seen["contact.created"], 1), seen)
		assert.Check(t, is.Equal(seen["webhook.test"], 1), seen)
		assert.Check(t, is.Equal(seen["channel.deleted"], 1), seen)
	})
}
