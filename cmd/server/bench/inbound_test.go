package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"mauve/channels/graphtest"
	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/modelstest"
	"mauve/models/search"
)

// BenchmarkInbound measures, on each engine, how many signed webhooks a second
// are stored and answered, how many a second are read into conversations, and,
// at 200 a second, how long a message takes from its webhook's start to an open
// inbox.
func BenchmarkInbound(b *testing.B) {
	for _, engine := range modelstest.Engines {
		b.Run(engine, func(b *testing.B) { inbound(b, engine) })
	}
}

// hooked is a program with one WhatsApp channel and an open inbox.
type hooked struct {
	b     *testing.B
	store *models.Store
	scope *models.Scope
	base  string
	path  string
	mu    sync.Mutex
	seen  map[models.ID]time.Time // when the open inbox was told of a message
}

func inbound(b *testing.B, engine string) {
	h := openHooked(b, engine)
	const accepted = 2000
	began := time.Now()
	h.flood(0, accepted, 16)
	stored := time.Since(began)
	for h.waiting() > 0 {
		time.Sleep(20 * time.Millisecond)
	}
	read := time.Since(began)
	p50, p99 := h.paced(200, 10*time.Second)
	b.ReportMetric(float64(accepted)/stored.Seconds(), "stored/s")
	b.ReportMetric(float64(accepted)/read.Seconds(), "read/s")
	b.ReportMetric(float64(p50.Milliseconds()), "p50-ms")
	b.ReportMetric(float64(p99.Milliseconds()), "p99-ms")
	b.ReportMetric(0, "ns/op")
}

func openHooked(b *testing.B, engine string) *hooked {
	running := servertest.Run(b, server.Config{Addr: "127.0.0.1:0", DatabaseURL: modelstest.Address(b, engine), DataDir: b.TempDir(), MaxConns: 16,
		Passwords: modelstest.CheapPasswords, GraphURL: graphtest.New(b).URL})
	store := running.Store()
	h := &hooked{b: b, store: store, base: running.URL(), seen: map[models.ID]time.Time{}}
	w, owner, err := store.Found(b.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
	if err != nil {
		b.Fatal(err)
	}
	h.scope = store.As(b.Context(), w.ID, owner.Actor())
	c, err := h.scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelWhatsApp, Name: "Shop", Config: channeltype.Settings{"phoneNumberId": graphtest.Number,
		"accessToken": graphtest.Token, "appSecret": graphtest.Secret, "verifyToken": "v"}})
	if err != nil {
		b.Fatal(err)
	}
	h.path = h.base + *c.Wire().CallbackPath
	h.watch()
	return h
}

// watch signs in and reads the live stream as an open inbox does.
func (h *hooked) watch() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.b.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(h.base+"/sign-in", url.Values{"email": {"lea@acme.example"}, "password": {modelstest.Password}})
	assert.NilError(h.b, err)
	res.Body.Close()
	assert.Equal(h.b, res.StatusCode, 303, "signing in")
	res, err = client.Get(h.base + "/live")
	assert.NilError(h.b, err)
	assert.Equal(h.b, res.StatusCode, 200, "the live stream")
	go func() {
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			_, id, ok := strings.Cut(lines.Text(), `"message":"`)
			if ok && strings.Contains(lines.Text(), "message.created") {
				h.mu.Lock()
				h.seen[models.ID(id[:24])] = time.Now()
				h.mu.Unlock()
			}
		}
	}()
}

// post posts the nth message, of one of a thousand people.
func (h *hooked) post(n int) error {
	body := graphtest.Text(fmt.Sprintf("wamid.%d", n), fmt.Sprintf("33612%06d", n%1000), "Ada", "hello", time.Now())
	r, err := http.NewRequest("POST", h.path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Hub-Signature-256", graphtest.Sign(body))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		return fmt.Errorf("answer %s", res.Status)
	}
	return nil
}

func (h *hooked) flood(from, n, clients int) {
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for i := from + client; i < from+n; i += clients {
				if err := h.post(i); err != nil {
					h.b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// waiting is how many channels have something to read.
func (h *hooked) waiting() int {
	time.Sleep(10 * time.Millisecond)
	l, err := h.scope.Channels()
	if err != nil {
		h.b.Fatal(err)
	}
	for _, c := range l {
		page, err := search.Envelopes(h.scope, c.ID, models.Page{Size: 1})
		if err != nil {
			h.b.Fatal(err)
		}
		if c.Kind == models.ChannelWhatsApp && len(page.Items) > 0 && page.Items[0].State == models.EnvelopeWaiting {
			return 1
		}
	}
	return 0
}

// paced posts so many messages a second and returns the delay to the open inbox.
func (h *hooked) paced(perSecond int, lasting time.Duration) (p50, p99 time.Duration) {
	const first = 1_000_000
	n := int(lasting.Seconds()) * perSecond
	began := make([]time.Time, n)
	var all sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for i := range n {
		<-tick.C
		began[i] = time.Now()
		all.Go(func() {
			if err := h.post(first + i); err != nil {
				h.b.Error(err)
			}
		})
	}
	all.Wait()
	for h.waiting() > 0 {
		time.Sleep(100 * time.Millisecond)
	}
	return h.delays(first, began)
}

// delays finds each message by its id and compares when it was posted and when it was shown.
func (h *hooked) delays(first int, began []time.Time) (p50, p99 time.Duration) {
	var took []time.Duration
	for cursor := ""; ; {
		l, err := search.Conversations(h.scope, search.ConversationFilter{}, models.Page{Size: 100, Cursor: cursor})
		if err != nil {
			h.b.Fatal(err)
		}
		for _, c := range l.Items {
			said, err := search.LatestMessages(h.scope, c.ID, models.Page{Size: 100})
			if err != nil {
				h.b.Fatal(err)
			}
			for _, m := range said.Items {
				n := 0
				if _, err := fmt.Sscanf(*m.ExternalID, "wamid.%d", &n); err != nil || n < first {
					continue
				}
				var at time.Time
				modelstest.Eventually(h.b, fmt.Sprintf("message %d appears", n), func() (shown bool) {
					h.mu.Lock()
					defer h.mu.Unlock()
					at, shown = h.seen[m.ID]
					return shown
				})
				took = append(took, at.Sub(began[n-first]))
			}
		}
		if cursor = l.Next; cursor == "" {
			break
		}
	}
	if len(took) != len(began) {
		h.b.Fatalf("%d of %d messages were found", len(took), len(began))
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}
