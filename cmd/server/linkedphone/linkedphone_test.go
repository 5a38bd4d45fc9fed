package linkedphone

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"

	"mauve/channels/phonetest"
	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/handlers/api"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/web/webtest"
)

// replica is one process of the program.
type replica struct {
	store *models.Store
	app   *fiber.App
	stop  func()
}

// phoneDesk is the program at work, with a stand-in for WhatsApp's network and a channel for a phone.
type phoneDesk struct {
	*modelstest.World
	*replica
	t       *testing.T
	net     *phonetest.Network
	key     string
	cookie  string
	channel models.ID
}

func eachPhone(t *testing.T, test func(t *testing.T, d *phoneDesk)) {
	t.Helper()
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := &phoneDesk{World: w, t: t, net: phonetest.New(t)}
		d.replica = d.start(w.Store)
		_, d.key = w.Key(t, w.Acme, models.KeyDraft{Read: true, Write: true, CapCalls: 100_000})
		d.form("/sign-in", "email", "lea@acme.example", "password", modelstest.Password)
		made := d.form("/settings/channels", "kind", "whatsapp_web", "sessionId", "phone-1", "name", "Front desk", "config.throughput", "1000")
		assert.Equal(t, made.StatusCode, 303, made.text)
		at, _, _ := strings.Cut(made.Header.Get("Location"), "?")
		d.channel = models.ID(strings.TrimPrefix(at, "/settings/channels/"))
		test(t, d)
	})
}

// start sets a replica to work on the store.
func (d *phoneDesk) start(store *models.Store) *replica {
	d.t.Helper()
	running, err := server.New(d.t.Context(), server.Config{Store: store, PublicURL: "http://desk.example", Dial: d.net.Dial,
		AllowPrivate: true, MaxUpload: 1 << 20, MaxMedia: 1 << 20})
	if err != nil {
		d.t.Fatal(err)
	}
	stop := sync.OnceFunc(servertest.Work(d.t, running))
	d.t.Cleanup(stop)
	return &replica{store: store, app: running.App(), stop: stop}
}

// another opens the store once more, as another process does.
func (d *phoneDesk) another() *models.Store {
	d.t.Helper()
	return modelstest.Open(d.t, models.Options{URL: d.World.URL, Now: d.Clock.Now})
}

// reply is an answer and its text.
type reply struct {
	*http.Response
	text string
}

func (d *phoneDesk) send(method, path, body string, headers ...string) reply {
	d.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "desk.example"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := d.app.Test(r, 30_000)
	if err != nil {
		d.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if c.Name == "mauve_session" {
			d.cookie = c.Value
		}
	}
	return reply{res, string(text)}
}

// form posts fields as Lea's browser does.
func (d *phoneDesk) form(path string, pairs ...string) reply {
	d.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return d.send("POST", path, v.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Cookie", "mauve_session="+d.cookie, "Sec-Fetch-Site", "same-origin")
}

// page is a page as Lea's browser shows it.
func (d *phoneDesk) page(path string) string {
	d.t.Helper()
	a := d.send("GET", path, "", "Cookie", "mauve_session="+d.cookie)
	assert.Equal(d.t, a.StatusCode, 200, "GET %s: %s", path, a.text)
	return a.text
}

func (d *phoneDesk) at() string { return "/settings/channels/" + string(d.channel) }

// call calls the API and returns the answer's members by their paths; the path "" is all of it.
func (d *phoneDesk) call(method, path, body string, status int) func(path string) string {
	d.t.Helper()
	a := d.send(method, api.Prefix+path, body, "Authorization", "Bearer "+d.key, "Content-Type", "application/json")
	assert.Equal(d.t, a.StatusCode, status, "%s %s: %s", method, path, a.text)
	var whole any
	if a.text != "" {
		assert.NilError(d.t, json.Unmarshal([]byte(a.text), &whole), a.text)
	}
	return func(path string) string {
		if path == "" {
			return a.text
		}
		return webtest.At(whole, path)
	}
}

// has fails unless the answer has the values at the paths, in pairs: "data.0.name",
// "Zoë". It names each one that differs, then shows the whole once, and lets the
// test go on; it returns whether all are there.
func has(t *testing.T, answer func(path string) string, pairs ...string) bool {
	t.Helper()
	if len(pairs) == 0 {
		t.Fatal("no paths are asked for")
	}
	var differ strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if got := answer(pairs[i]); got != pairs[i+1] {
			fmt.Fprintf(&differ, "\t%s is %q, want %q\n", pairs[i], got, pairs[i+1])
		}
	}
	if differ.Len() == 0 {
		return true
	}
	t.Errorf("\n%s%s", &differ, answer(""))
	return false
}

// is waits until it is so.
func (d *phoneDesk) is(what string, so func() bool) {
	d.t.Helper()
	modelstest.Eventually(d.t, what, so)
}

func (d *phoneDesk) state() string {
	d.t.Helper()
	c := d.call("GET", "/channels/"+string(d.channel), "", 200)
	return c("status") + " " + c("facts.session")
}

// link lets a phone scan the code, and returns the line that stands then.
func (d *phoneDesk) link() *phonetest.Line {
	d.t.Helper()
	d.is("a line waits for a phone", func() bool { return d.net.Waiting() != nil })
	d.is("a code is shown", func() bool { return strings.Contains(d.page(d.at()), `class="qr"`) })
	d.net.Waiting().Link(phonetest.Device)
	return d.standing()
}

func (d *phoneDesk) standing() (line *phonetest.Line) {
	d.t.Helper()
	d.is("the phone's line stands, and the channel is connected", func() bool {
		line = d.net.Standing(phonetest.Device)
		return line != nil && d.state() == "connected connected"
	})
	return line
}

// said returns the messages of Acme's conversations, newest conversation first, in order.
func (d *phoneDesk) said() func(path string) string {
	d.t.Helper()
	id := d.call("GET", "/conversations", "", 200)("data.0.id")
	if id == "<none>" {
		return func(string) string { return "<none>" }
	}
	return d.call("GET", "/conversations/"+id+"/messages?perPage=100", "", 200)
}

// says waits until a member of the newest conversation's messages has the value.
func (d *phoneDesk) says(path, value string) {
	d.t.Helper()
	got := ""
	defer func() {
		if got != value {
			d.t.Logf("%s is %q, want %q", path, got, value)
		}
	}()
	modelstest.Eventually(d.t, path+" is "+value, func() bool {
		got = d.said()(path)
		return got == value
	})
}

func parseChannel(t *testing.T, text string) models.ID {
	t.Helper()
	id, ok := models.ParseID(models.PrefixChannel, text)
	assert.Assert(t, ok, "no id of a channel: %q", text)
	return id
}
