package hooks_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/channels"
	"mauve/channels/graphtest"
	"mauve/channels/sandbox"
	"mauve/channels/whatsappcloud"
	"mauve/handlers/api"
	"mauve/handlers/hooks"
	"mauve/jobs"
	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/modelstest"
	"mauve/models/search"
	"mauve/web/webtest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// desk is the program on a world, with a stand-in for Meta and Acme's number on it.
type desk struct {
	*modelstest.World
	t       testing.TB
	app     *fiber.App
	graph   *graphtest.Graph
	set     channels.Set
	reader  *jobs.Reader
	sender  *jobs.Sender
	fetcher *jobs.Fetcher
	key     string
	channel *models.Channel
}

// open opens the app; work sets the jobs to work.
func open(t testing.TB, w *modelstest.World) *desk {
	t.Helper()
	d := &desk{World: w, t: t, graph: graphtest.New(t)}
	cloud, err := whatsappcloud.New(d.graph.URL)
	if err != nil {
		t.Fatal(err)
	}
	d.set = channels.Set{models.ChannelWhatsApp: cloud, models.ChannelSandbox: sandbox.Sandbox{}}
	d.reader, d.sender = jobs.NewReader(w.Store, d.set), jobs.NewSender(w.Store, d.set)
	d.fetcher = jobs.NewFetcher(w.Store, d.set, jobs.MaxMedia)
	h := webtest.Server(t, w)
	w.Store.OnCommit(func(n models.News) {
		if n.Outbound {
			d.sender.Wake()
		}
	})
	d.app = webtest.Open(t, h, api.Group(h, "test"), hooks.Group(h, d.set, d.reader.Wake))
	_, d.key = w.Key(t, w.Acme, models.KeyDraft{Read: true, Write: true, CapCalls: 100_000})
	d.channel = d.connect(w.Acme, "whatsapp", "session-123", graphtest.Number)
	return d
}

func (d *desk) connect(team modelstest.Team, kind, session, number string) *models.Channel {
	d.t.Helper()
	config := channeltype.Settings{}
	if kind == "whatsapp" {
		config = channeltype.Settings{"phoneNumberId": number, "wabaId": graphtest.WABA, "accessToken": graphtest.Token,
			"appSecret": graphtest.Secret, "verifyToken": "sesame"}
	}
	c, err := team.Scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelKind(kind), Name: "Shop", SessionID: session, Config: config})
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// work sets the jobs to work until the test ends.
func (d *desk) work() *desk {
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { d.reader.Run(ctx) })
	all.Go(func() { d.sender.Run(ctx) })
	all.Go(func() { d.fetcher.Run(ctx) })
	all.Go(func() { jobs.CheckChannels(ctx, d.Store, d.set) })
	all.Go(func() { jobs.Sweep(ctx, d.Store) })
	d.t.Cleanup(func() { stop(); all.Wait() })
	return d
}

// server lets the stand-in call the app by HTTP, and returns where.
func (d *desk) server() func() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = d.app.Listener(l) }()
	d.t.Cleanup(func() { _ = d.app.ShutdownWithTimeout(time.Second); <-ended })
	address := "http://" + l.Addr().String() + *d.channel.Wire().CallbackPath
	return func() string { return address }
}

type answer struct {
	*http.Response
	text string
	body map[string]any
}

// hook calls as Meta does; headers come in pairs.
func (d *desk) hook(method, path string, body []byte, headers ...string) answer {
	d.t.Helper()
	return d.ask(httptest.NewRequest(method, path, strings.NewReader(string(body))), headers...)
}

// signed posts a body to Acme's channel with the right signature.
func (d *desk) signed(body []byte) answer {
	d.t.Helper()
	return d.hook("POST", *d.channel.Wire().CallbackPath, body, "X-Hub-Signature-256", graphtest.Sign(body))
}

func (d *desk) call(method, path, body string) answer {
	d.t.Helper()
	r := httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return d.ask(r, "Authorization", "Bearer "+d.key)
}

func (d *desk) ask(r *http.Request, headers ...string) answer {
	d.t.Helper()
	res, text, held := webtest.Ask(d.t, d.app, r, headers...)
	return answer{res, text, held}
}

// want fails unless the status is as expected.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	webtest.Want(t, a.Response, a.text, status)
	return a
}

// has fails unless the members have the values, in pairs of path and value.
func (a answer) has(t testing.TB, pairs ...string) bool {
	t.Helper()
	return webtest.Has(t, a.Response, a.text, a.body, pairs...)
}

// at reads a member by its path: "data.0.contact.name".
func (a answer) at(path string) string { return webtest.At(a.body, path) }

// content is the content of the nth message of a list, as JSON.
func (a answer) content(n int) string {
	list, _ := a.body["data"].([]any)
	if n >= len(list) {
		return "<none>"
	}
	text, err := json.Marshal(list[n].(map[string]any)["content"])
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (d *desk) eventually(what string, is func() bool) {
	d.t.Helper()
	modelstest.Eventually(d.t, what, is)
}

// settled waits until all that came in is read, and returns what became of it, newest first.
func (d *desk) settled() []models.Ending {
	d.t.Helper()
	var endings []models.Ending
	d.eventually("everything is read", func() bool {
		l, err := search.Envelopes(d.Acme.Scope, d.channel.ID, models.Page{Size: 100})
		if err != nil {
			d.t.Fatal(err)
		}
		endings = nil
		for _, e := range l.Items {
			if e.State == models.EnvelopeWaiting {
				return false
			}
			endings = append(endings, e.Outcomes...)
		}
		return true
	})
	return endings
}

// received posts a body and returns the newest ending.
func (d *desk) received(body []byte) models.Ending {
	d.t.Helper()
	d.signed(body).want(d.t, 200)
	return d.settled()[0]
}

// said returns the messages of Acme's newest conversation, in order.
func (d *desk) said() answer {
	d.t.Helper()
	id := d.call("GET", "/conversations", "").want(d.t, 200).at("data.0.id")
	return d.call("GET", "/conversations/"+id+"/messages?perPage=100", "").want(d.t, 200)
}

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) { test(t, open(t, w).work()) })
}
