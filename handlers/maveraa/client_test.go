package maveraa_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/handlers/api"
	"mauve/handlers/maveraa"
	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/modelstest"
	"mauve/web/webtest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// client is an existing client of the Maveraa API whose host was changed.
type client struct {
	*modelstest.World
	t    testing.TB
	app  *fiber.App
	key  string // Acme's
	glob string
}

func each(t *testing.T, test func(t *testing.T, c *client)) {
	t.Helper()
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		h := webtest.Server(t, w)
		c := &client{World: w, t: t, app: webtest.Open(t, h, api.Group(h, "test"), maveraa.Group(h))}
		wide := models.KeyDraft{Read: true, Write: true, CapCalls: 100_000}
		_, c.key = w.Key(t, w.Acme, wide)
		_, c.glob = w.Key(t, w.Globex, wide)
		test(t, c)
	})
}

type answer struct {
	*http.Response
	text string
	body map[string]any
}

func (c *client) ask(key, method, path, body string, headers ...string) answer {
	c.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("X-API-Key", key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, text, held := webtest.Ask(c.t, c.app, r, headers...)
	return answer{res, text, held}
}

func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	webtest.Want(t, a.Response, a.text, status)
	if status >= 400 {
		assert.Check(t, is.Len(a.body, 1), "%s is not this dialect's error", a.text)
		assert.Check(t, fmt.Sprint(a.body["error"]) != "", "%s is not this dialect's error", a.text)
	}
	return a
}

// session adds a WhatsApp channel of the kind with the session id, and returns it.
func (c *client) session(kind, id string) *models.Channel {
	c.t.Helper()
	config := channeltype.Settings{}
	if kind == "whatsapp" {
		config = channeltype.Settings{"phoneNumberId": fmt.Sprint(time.Now().UnixNano()), "accessToken": "t", "appSecret": "s", "verifyToken": "v"}
	}
	ch, err := c.Acme.Scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelKind(kind), Name: id, SessionID: id, Config: config})
	if err != nil {
		c.t.Fatal(err)
	}
	return ch
}

func (c *client) wrote(channel *models.Channel, number, name, text string) {
	c.t.Helper()
	in := models.Incoming{From: models.Sender{WhatsApp: number, Name: name}, ExternalID: "wamid." + number + text, At: c.Clock.Now(), Type: models.TypeText, Body: text}
	if _, err := c.Acme.System.Receive(channel.ID, in); err != nil {
		c.t.Fatal(err)
	}
}
