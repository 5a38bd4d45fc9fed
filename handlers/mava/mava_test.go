package mava_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/api"
	"mauve/handlers/mava"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/web/webtest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// client is a client of Mava's that changed its host, and a key for each team.
type client struct {
	*modelstest.World
	t    testing.TB
	app  *fiber.App
	acme string
	glob string
}

func each(t *testing.T, test func(t *testing.T, c *client)) {
	t.Helper()
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		h := webtest.Server(t, w)
		c := &client{World: w, t: t, app: webtest.Open(t, h, api.Group(h, "test"), mava.Group(h))}
		wide := models.KeyDraft{Read: true, Write: true, CapCalls: 100_000}
		_, c.acme = w.Key(t, w.Acme, wide)
		_, c.glob = w.Key(t, w.Globex, wide)
		test(t, c)
	})
}

// answer is what a call came to.
type answer struct {
	*http.Response
	text string
	body map[string]any
}

// as asks with the key, headers in pairs.
func (c *client) as(key, method, path, body string, headers ...string) answer {
	c.t.Helper()
	r := httptest.NewRequest(method, "/api"+path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("x-auth-token", key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, text, held := webtest.Ask(c.t, c.app, r, headers...)
	return answer{res, text, held}
}

func (c *client) call(method, path, body string, headers ...string) answer {
	c.t.Helper()
	return c.as(c.acme, method, path, body, headers...)
}

// want fails unless the status is as expected.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	webtest.Want(t, a.Response, a.text, status)
	return a
}

// refused fails unless the answer is that status with exactly that error.
func (a answer) refused(t testing.TB, status int, sentence string) {
	t.Helper()
	assert.Check(t, is.Equal(a.StatusCode, status), "%s %s: %s", a.Request.Method, a.Request.URL, a.text)
	assert.Check(t, is.Equal(a.text, fmt.Sprintf(`{"error":%q}`, sentence)), "%s %s", a.Request.Method, a.Request.URL)
}

// has fails unless the members have the values, in pairs of path and value.
func (a answer) has(t testing.TB, pairs ...string) bool {
	t.Helper()
	return webtest.Has(t, a.Response, a.text, a.body, pairs...)
}

// at reads a member by its path: "tickets.0.category.name".
func (a answer) at(path string) string { return webtest.At(a.body, path) }

// ticket makes a ticket by the dialect and returns its id.
func (c *client) ticket() string {
	c.t.Helper()
	return c.call("POST", "/ticket", `{"customer":{"name":"Ada","email":"ada@b.example"},"message":{"content":"Where is my order?"}}`).want(c.t, 200).at("_id")
}

// read is the ticket as the list shows it, with all that happened.
func (c *client) read(id string) map[string]any {
	c.t.Helper()
	a := c.call("GET", "/tickets?limit=100&includeMessages=true", "").want(c.t, 200)
	for _, t := range a.body["tickets"].([]any) {
		if t := t.(map[string]any); t["_id"] == id {
			return t
		}
	}
	c.t.Fatalf("no ticket %s in %s", id, a.text)
	return nil
}

// log is the ticket's StatusActions: "from→to by sender".
func (c *client) log(id string) (all []string) {
	c.t.Helper()
	for _, m := range c.read(id)["messages"].([]any) {
		if m := m.(map[string]any); m["messageType"] == "StatusAction" {
			all = append(all, fmt.Sprintf("%v→%v by %v", m["actionLogFrom"], m["actionLogTo"], m["senderName"]))
		}
	}
	return all
}

func (c *client) category(scope *models.Scope, name string) string {
	c.t.Helper()
	k, err := scope.CreateCategory(models.CategoryChange{Name: &name})
	if err != nil {
		c.t.Fatal(err)
	}
	return string(k.ID)
}
