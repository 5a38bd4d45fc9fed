package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server/servertest"
	"mauve/models/modelstest"
)

// TestKill kills the program again and again while messages are posted to it.
// Every acknowledged message must be in the store once, and its webhook must
// arrive, at a receiver that fails half of them at first. KILLS says how often.
func TestKill(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) { killTest(t, modelstest.Address(t, engine), kills()) })
}

// kills says how often a program is killed: once, or as often as KILLS says.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("KILLS")); err == nil {
		return n
	}
	return 1
}

// taker is a receiver that refuses each second event once.
type taker struct {
	sync.Mutex
	seen  map[string]int // tries by webhook-id
	taken map[string]int // accepted tries by message id
}

func (k *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(400)
		return
	}
	var event struct{ Data struct{ ID string } }
	if err := json.Unmarshal(body, &event); err != nil {
		w.WriteHeader(400)
		return
	}
	k.Lock()
	defer k.Unlock()
	id := r.Header.Get("webhook-id")
	if k.seen[id]++; k.seen[id] == 1 && rand.IntN(2) == 0 {
		w.WriteHeader(500)
		return
	}
	k.taken[event.Data.ID]++
}

func killTest(t *testing.T, store string, kills int) {
	took := &taker{seen: map[string]int{}, taken: map[string]int{}}
	receiver := httptest.NewServer(took)
	t.Cleanup(receiver.Close)
	p, key := openVictim(t, store, "ALLOW_PRIVATE_WEBHOOKS=true")
	servertest.Post(t, p.api("/webhooks"), key, fmt.Sprintf(`{"url":%q,"events":["message.created"]}`, receiver.URL))
	var talks []string
	for range 4 {
		var talk struct{ ID string }
		assert.NilError(t, json.Unmarshal(servertest.Post(t, p.api("/conversations"), key, `{"contact":{"name":"Ada"},"channel":"api"}`), &talk))
		talks = append(talks, talk.ID)
	}

	l := &load{process: p, key: key, acknowledged: map[string]string{}}
	l.begin(t.Context(), len(talks), 0, func(_ context.Context, worker int) string { return talks[worker] })
	for range kills {
		l.more(t, 50+rand.IntN(100))
		p.kill(t)
		p.start(t)
		p.ready(t)
	}
	l.more(t, 20)
	l.end()

	stored := map[string]int{}
	clients := map[string]int{}
	for worker, talk := range talks {
		for cursor := ""; ; {
			var page struct {
				Data []struct{ ID, ClientID string }
				Meta struct{ NextCursor *string }
			}
			p.read(t, key, "/conversations/"+talk+"/messages?perPage=100&cursor="+cursor, &page)
			for _, m := range page.Data {
				stored[m.ID]++
				who := fmt.Sprint(worker, m.ClientID)
				clients[who]++
				assert.Check(t, is.Equal(clients[who], 1), "how often message %s is there", m.ClientID)
			}
			if page.Meta.NextCursor == nil {
				break
			}
			cursor = *page.Meta.NextCursor
		}
	}
	for text, id := range l.acknowledged {
		assert.Check(t, is.Equal(stored[id], 1), "how often the acknowledged %s is in the store", text)
	}
	modelstest.Eventually(t, "every acknowledged message arrives", func() bool { // leases of killed workers run out after half a minute
		took.Lock()
		defer took.Unlock()
		for _, id := range l.acknowledged {
			if took.taken[id] == 0 {
				return false
			}
		}
		return true
	})
	took.Lock()
	defer took.Unlock()
	twice := 0
	for _, n := range took.taken {
		if n > 1 {
			twice++
		}
	}
	t.Logf("%d kills: %d acknowledged, %d stored, none lost, %d delivered twice", kills, len(l.acknowledged), len(stored), twice)
}

// openVictim starts a program on a store with a workspace, to be killed, and makes a key for the load.
func openVictim(t *testing.T, store string, env ...string) (p *process, key string) {
	t.Helper()
	p = spawn(t, append(env, "DATABASE_URL="+store, "DATA_DIR="+t.TempDir(), "LOG_LEVEL=error")...)
	p.ready(t)
	p.run(t, setUpAcme...)
	return p, p.run(t, "key", "create", "--name", "load", "--scopes", "read,write", "--rate", "100000/1s")
}

// load posts messages to a program that is killed meanwhile, each again and again until it is acknowledged.
type load struct {
	*process
	key          string
	mu           sync.Mutex
	acknowledged map[string]string // message id by text
	work         sync.WaitGroup
	stop         context.CancelFunc
}

// begin lets so many workers post, each to the conversation of its own that talk returns.
func (l *load) begin(ctx context.Context, workers int, pause time.Duration, talk func(ctx context.Context, worker int) string) {
	ctx, l.stop = context.WithCancel(ctx)
	for worker := range workers {
		l.work.Go(func() {
			path := "/conversations/" + talk(ctx, worker) + "/messages"
			for n := 0; ctx.Err() == nil; n++ {
				client, made := fmt.Sprintf("%d-%d", worker, n), struct{ ID string }{}
				if l.insist(ctx, path, fmt.Sprintf(`{"body":"message %s","clientId":%q}`, client, client), &made) {
					l.mu.Lock()
					l.acknowledged["message "+client] = made.ID
					l.mu.Unlock()
				}
				time.Sleep(pause)
			}
		})
	}
}

// more waits until so many more messages are acknowledged.
func (l *load) more(t *testing.T, n int) {
	t.Helper()
	taken := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.acknowledged)
	}
	before := taken()
	modelstest.Eventually(t, "messages are acknowledged", func() bool { return taken() >= before+n })
}

func (l *load) end() {
	l.stop()
	l.work.Wait()
}

// insist posts the body until the program acknowledges it, and reads the answer into out; false: ctx ended before that.
func (l *load) insist(ctx context.Context, path, body string, out any) bool {
	for ; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) { // between two tries of a client
		res, text, err := l.ask(ctx, l.key, "POST", path, body)
		if err == nil && res.StatusCode == 202 && json.Unmarshal(text, out) == nil {
			return true
		}
	}
	return false
}
