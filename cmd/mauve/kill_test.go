package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mauve/cmd/server/servertest"
	"mauve/models/modelstest"
)

// TestKill kills the program again and again while messages are posted to it.
// Every acknowledged message must be in the store once, and its webhook must
// arrive, at a receiver that fails half of them at first. KILLS says how often.
func TestKill(t *testing.T) {
	t.Parallel()
	binary := program(t)
	modelstest.EachEngine(t, func(t *testing.T, engine string) { killTest(t, binary, modelstest.Address(t, engine), kills()) })
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

func killTest(t *testing.T, binary, store string, kills int) {
	took := &taker{seen: map[string]int{}, taken: map[string]int{}}
	receiver := httptest.NewServer(took)
	defer receiver.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	dir := t.TempDir()
	command := func(args ...string) *exec.Cmd {
		c := exec.Command(binary, args...)
		c.Env = append(os.Environ(), "ADDR="+address, "DATABASE_URL="+store, "DATA_DIR="+dir, "ALLOW_PRIVATE_WEBHOOKS=true", "LOG_LEVEL=error")
		return c
	}
	if out, err := command("setup", "--workspace", "Acme", "--email", "lea@acme.example", "--password", "correct horse battery").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := command("key", "create", "--name", "load", "--scopes", "read,write", "--rate", "100000/1s").Output()
	if err != nil {
		t.Fatal(err)
	}
	key, base := strings.TrimSpace(string(out)), "http://"+address+"/api/v2/public"
	serve := func() *exec.Cmd {
		c := command("serve")
		c.Stderr = t.Output()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		modelstest.Eventually(t, "it is ready", func() bool { return isReady("http://" + address) })
		return c
	}
	running := serve()
	servertest.Post(t, base+"/webhooks", key, fmt.Sprintf(`{"url":%q,"events":["message.created"]}`, receiver.URL))
	var talk struct{ ID string }
	var talks []string
	for range 5 {
		if err := json.Unmarshal(servertest.Post(t, base+"/conversations", key, `{"contact":{"name":"Ada"},"channel":"api"}`), &talk); err != nil {
			t.Fatal(err)
		}
		talks = append(talks, talk.ID)
	}

	var mu sync.Mutex
	acknowledged := map[string]string{} // message id by client id
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for worker := range 4 {
		load.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				client := fmt.Sprintf("%d-%d", worker, n)
				for ctx.Err() == nil { // the same message until it is acknowledged
					if id := tryPost(ctx, base+"/conversations/"+talks[worker]+"/messages", key, client); id != "" {
						mu.Lock()
						acknowledged[client] = id
						mu.Unlock()
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
	}
	taken := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(acknowledged)
	}
	more := func(n int) { // acknowledged than before
		before := taken()
		modelstest.Eventually(t, "messages are acknowledged", func() bool { return taken() >= before+n })
	}
	for range kills {
		more(50 + rand.IntN(100))
		if err := running.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = running.Wait()
		running = serve()
	}
	more(20)
	stop()
	load.Wait()
	defer func() {
		_ = running.Process.Signal(os.Interrupt)
		if err := running.Wait(); err != nil {
			t.Error("a graceful stop:", err)
		}
	}()

	stored := map[string]int{}
	clients := map[string]bool{}
	for worker, talk := range talks {
		for cursor := ""; ; {
			var page struct {
				Data []struct{ ID, ClientID string }
				Meta struct{ NextCursor *string }
			}
			if err := json.Unmarshal(get(t, base+"/conversations/"+talk+"/messages?perPage=100&cursor="+cursor, key), &page); err != nil {
				t.Fatal(err)
			}
			for _, m := range page.Data {
				stored[m.ID]++
				if who := fmt.Sprint(worker, m.ClientID); clients[who] {
					t.Errorf("message %s is there twice", m.ClientID)
				} else {
					clients[who] = true
				}
			}
			if page.Meta.NextCursor == nil {
				break
			}
			cursor = *page.Meta.NextCursor
		}
	}
	for client, id := range acknowledged {
		if stored[id] != 1 {
			t.Errorf("the acknowledged message %s is in the store %d times", client, stored[id])
		}
	}
	modelstest.Eventually(t, "every acknowledged message arrives", func() bool { // leases of killed workers run out after half a minute
		took.Lock()
		defer took.Unlock()
		for _, id := range acknowledged {
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
	t.Logf("%d kills: %d acknowledged, %d stored, none lost, %d delivered twice", kills, len(acknowledged), len(stored), twice)
}

// tryPost returns the message's id if the program acknowledged it.
func tryPost(ctx context.Context, address, key, client string) string {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", address, strings.NewReader(fmt.Sprintf(`{"body":"message %s","clientId":%q}`, client, client)))
	if err != nil {
		return ""
	}
	r.Header.Set("X-API-Key", key)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	var m struct{ ID string }
	if res.StatusCode != 202 || json.NewDecoder(res.Body).Decode(&m) != nil {
		return ""
	}
	return m.ID
}

func get(t *testing.T, address, key string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %v: %s", res.StatusCode, err, body)
	}
	return body
}
