package isolation

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"mauve/models/modelstest"
)

// made makes the values of fields that not every text fits. A field that is not
// named here gets a text; an enumerated one its first value.
func (c *caller) made(field string) any {
	c.n++
	unique := fmt.Sprintf("%su%06du", strings.ToLower(c.team.Name), c.n)
	switch field {
	case "email":
		return unique + "@example.com"
	case "phone", "to":
		return fmt.Sprintf("+336%08d", 10_000_000+c.n)
	case "url":
		return "https://example.com/" + unique
	case "event", "events":
		return "message.created"
	case "kind", "channel":
		return "api"
	case "status":
		return "closed"
	case "role":
		return "agent"
	case "scopes":
		return "read"
	case "snoozedUntil":
		return time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	case "current", "password":
		return modelstest.Password
	case "defaultCountry":
		return "FR"
	case "capCalls", "capSeconds", "days", "hours":
		return "10"
	case "theme":
		return "dark"
	}
	return unique
}

var idLike = regexp.MustCompile(`(Id|Ids|ID|IDs)$`)

// value makes a value of the schema; ids are left out unless asked for.
func (c *caller) value(field string, ref *openapi3.SchemaRef, keep func(field string, required bool) bool) any {
	s := ref.Value
	for _, options := range []openapi3.SchemaRefs{s.OneOf, s.AnyOf} {
		if len(options) > 0 {
			return c.value(field, options[0], keep)
		}
	}
	switch {
	case len(s.Enum) > 0:
		if v := c.made(field); slices.Contains(s.Enum, v) {
			return v
		}
		return s.Enum[0]
	case s.Type.Includes("array"):
		return []any{c.value(field, s.Items, keep)}
	case s.Type.Includes("boolean"):
		return field != "blocked"
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		return 1
	case s.Type.Includes("object"):
		object := map[string]any{}
		for name, p := range s.Properties {
			if keep(name, slices.Contains(s.Required, name)) {
				object[name] = c.value(name, p, keep)
			}
		}
		if len(s.Properties) == 0 {
			object["made"] = c.made("")
		}
		return object
	}
	return c.made(field)
}

// bodies are the bodies to try on the way, the fullest first: one that it takes is looked for.
func (c *caller) bodies(w way) []map[string]any {
	schema := w.schema()
	if schema == nil {
		return []map[string]any{nil}
	}
	fill := func(keep func(string, bool) bool) map[string]any {
		return c.value("", schema, keep).(map[string]any)
	}
	flat := func(name string) bool {
		p := schema.Value.Properties[name]
		return p != nil && len(p.Value.Enum) == 0 && !p.Value.Type.Includes("object") && !p.Value.Type.Includes("array") && len(p.Value.OneOf) == 0
	}
	all := []map[string]any{
		fill(func(name string, required bool) bool { return required || !idLike.MatchString(name) }),
		fill(func(name string, required bool) bool { return required || !idLike.MatchString(name) && flat(name) }), // members that are objects may exclude each other
		fill(func(_ string, required bool) bool { return required }),
	}
	for one := range schema.Value.Properties {
		all = append(all, fill(func(name string, required bool) bool { return required || name == one }))
		all = append(all, fill(func(name string, required bool) bool {
			return required || !idLike.MatchString(name) && name != one
		}))
	}
	// A required text may have to be an id of our own.
	for _, name := range schema.Value.Required {
		for _, ids := range c.ids(c.team, 3) {
			for _, id := range ids {
				body := maps.Clone(all[2])
				body[name] = id
				all = append(all, body)
			}
		}
	}
	return all
}

func (w way) schema() *openapi3.SchemaRef {
	if w.operation == nil || w.operation.RequestBody == nil {
		return nil
	}
	if json := w.operation.RequestBody.Value.Content["application/json"]; json != nil {
		return json.Schema
	}
	return nil
}

// queries are the parameters that the way's address may carry.
func (w way) queries(s *Site) (names []string) {
	if w.operation == nil {
		if w.writes() {
			return nil
		}
		return s.queries
	}
	for _, p := range w.operation.Parameters {
		if p.Value.In == "query" && p.Value.Schema.Value.Type.Includes("string") && len(p.Value.Schema.Value.Enum) == 0 {
			names = append(names, p.Value.Name)
		}
	}
	return names
}

// textsIn are the paths of all texts in the schema, those inside objects too.
func textsIn(ref *openapi3.SchemaRef) (paths [][]string) {
	if ref == nil {
		return nil
	}
	for name, p := range ref.Value.Properties {
		s := p.Value
		if len(s.OneOf) > 0 {
			s = s.OneOf[0].Value
		}
		switch {
		case s.Type.Includes("string") && len(s.Enum) == 0, s.Type.Includes("array"):
			paths = append(paths, []string{name})
		case s.Type.Includes("object"):
			for _, inner := range textsIn(p) {
				paths = append(paths, append([]string{name}, inner...))
			}
		}
	}
	return paths
}

// put writes the id at the path into the body, as a list where the schema wants one.
func put(body map[string]any, path []string, id string, ref *openapi3.SchemaRef) {
	p := ref.Value.Properties[path[0]]
	if len(path) > 1 {
		inner, ok := body[path[0]].(map[string]any)
		if !ok {
			inner = map[string]any{}
			body[path[0]] = inner
		}
		put(inner, path[1:], id, p)
		return
	}
	body[path[0]] = id
	if s := p.Value; s.Type.Includes("array") || len(s.OneOf) > 0 && s.OneOf[0].Value.Type.Includes("array") {
		body[path[0]] = []string{id}
	}
}

// again makes the texts of a body anew that may be there only once.
func (c *caller) again(body map[string]any) map[string]any {
	fresh := maps.Clone(body)
	for name, v := range fresh {
		switch v := v.(type) {
		case string:
			if madeText.MatchString(v) {
				fresh[name] = c.made(name)
			}
		case map[string]any:
			fresh[name] = c.again(v)
		}
	}
	return fresh
}

func encode(body map[string]any) string {
	if body == nil {
		return ""
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// formFields are the names of all fields and address parameters that the pages read.
func formFields(t interface{ Fatal(...any) }) (fields, queries []string) {
	read := regexp.MustCompile(`\.(form|texts|has|field|rowID|Query\w*)\("(\w+)"`)
	files, err := filepath.Glob(filepath.Join(root(), "handlers/dashboard/*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no handlers are found", err)
	}
	found := map[string]map[string]bool{"form": {}, "query": {}}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range read.FindAllSubmatch(src, -1) {
			kind := "form"
			if strings.HasPrefix(string(m[1]), "Query") {
				kind = "query"
			}
			found[kind][string(m[2])] = true
		}
	}
	return slices.Sorted(maps.Keys(found["form"])), slices.Sorted(maps.Keys(found["query"]))
}

// root is the folder of go.mod, above whichever package's tests run.
func root() string {
	dir := "."
	for range 10 {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Join(dir, "..")
	}
	return dir
}

// form fills every field that any form has; where nothing particular is known
// of a field and id is given, it gets the id.
func (c *caller) form(id string, overrides map[string]string) string {
	v := url.Values{}
	for _, name := range c.fields {
		text := c.made(name).(string)
		if id != "" && madeText.MatchString(text) && text == madeText.FindString(text) {
			text = id
		}
		if o, ok := overrides[name]; ok {
			text = o
		}
		if text != "" {
			v.Set(name, text)
		}
	}
	return v.Encode()
}

var (
	madeText = regexp.MustCompile(`(acme|globex)u\d{6}u|\+336\d{8}`)
	anyID    = regexp.MustCompile(`[0-9a-f]{24}`)
	anyTime  = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`)
	anyCount = regexp.MustCompile(`"(number|ticketNumber|position)":\d+`) // of what is made one after the other
	anyClock = regexp.MustCompile(`\d\d:\d\d`)
	anyToken = regexp.MustCompile(`mauve_live_\w+|whsec_[\w+/=]+|/join/[\w-]+|name="csrf" value="[^"]+"|value="[A-Z2-7]{26}"|data-until>[^<]+<`)
)

// plain is a text without what differs between any two calls: ids, times, made-up texts.
func plain(text string) string {
	text = strings.ReplaceAll(text, " selected", "") // where in a sorted list an id stands is its own matter
	for _, r := range []*regexp.Regexp{madeText, anyID, anyTime, anyCount, anyClock, anyToken} {
		text = r.ReplaceAllString(text, "·")
	}
	return text
}

// apart shows two texts from a little before where they part.
func apart(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	n = max(0, n-60)
	return a[n:min(len(a), n+300)] + "\n" + b[n:min(len(b), n+300)]
}
