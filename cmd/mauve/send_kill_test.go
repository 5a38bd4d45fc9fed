package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"mauve/channels/graphtest"
	"mauve/cmd/server/servertest"
	"mauve/models/modelstest"
)

// TestKillWhileSending kills the program again and again while it sends WhatsApp
// messages to a stand-in that records. No message may be recorded twice, none
// may be lost without a word, and each person's messages keep their order. KILLS
// says how often.
func TestKillWhileSending(t *testing.T) {
	t.Parallel()
	binary := program(t)
	modelstest.EachEngine(t, func(t *testing.T, engine string) { killSender(t, binary, modelstest.Address(t, engine), kills()) })
}

// victim is a program that is killed and started again on one store.
type victim struct {
	t       *testing.T
	address string
	command func(args ...string) *exec.Cmd
	key     string
	running *exec.Cmd
}

func newVictim(t *testing.T, binary, store, graph string) *victim {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, address: listener.Addr().String()}
	listener.Close()
	dir := t.TempDir()
	v.command = func(args ...string) *exec.Cmd {
		c := exec.Command(binary, args...)
		c.Env = append(os.Environ(), "ADDR="+v.address, "DATABASE_URL="+store, "DATA_DIR="+dir, "LOG_LEVEL=error", "WHATSAPP_GRAPH_URL="+graph)
		return c
	}
	if out, err := v.command("setup", "--workspace", "Acme", "--email", "lea@acme.example", "--password", "correct horse battery").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := v.command("key", "create", "--name", "load", "--scopes", "read,write", "--rate", "100000/1s").Output()
	if err != nil {
		t.Fatal(err)
	}
	v.key = strings.TrimSpace(string(out))
	return v
}

func (v *victim) serve() {
	v.running = v.command("serve")
	v.running.Stderr = v.t.Output()
	if err := v.running.Start(); err != nil {
		v.t.Fatal(err)
	}
	modelstest.Eventually(v.t, "it is ready", func() bool { return isReady("http://" + v.address) })
}

func (v *victim) kill() {
	if err := v.running.Process.Kill(); err != nil {
		v.t.Fatal(err)
	}
	_ = v.running.Wait()
}

func (v *victim) api(path string) string { return "http://" + v.address + "/api/v2/public" + path }

func killSender(t *testing.T, binary, store string, kills int) {
	graph := graphtest.New(t)
	graph.Slow, graph.Statuses = 30*time.Millisecond, []string{"sent", "delivered"}
	v := newVictim(t, binary, store, graph.URL)
	v.serve()
	defer func() {
		_ = v.running.Process.Signal(os.Interrupt)
		if err := v.running.Wait(); err != nil {
			t.Error("a graceful stop:", err)
		}
	}()
	var channel struct{ CallbackPath string }
	made := servertest.Post(t, v.api("/channels"), v.key, fmt.Sprintf(`{"kind":"whatsapp","name":"Shop","sessionId":"s","config":{"phoneNumberId":%q,"wabaId":"1","accessToken":%q,"appSecret":%q,"verifyToken":"v"}}`,
		graphtest.Number, graphtest.Token, graphtest.Secret))
	if err := json.Unmarshal(made, &channel); err != nil {
		t.Fatal(err)
	}
	graph.Callback = func() string { return "http://" + v.address + channel.CallbackPath }

	const people = 6
	for person := range people {
		number := fmt.Sprintf("3361234567%d", person)
		hook(t, graph.Callback(), graphtest.Text("wamid.in."+number, number, "P", "hello", time.Now()))
	}
	var mu sync.Mutex
	acknowledged := map[string]string{} // message id by text
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	for person := range people {
		load.Go(func() {
			talk := v.openTalk(ctx, person)
			for n := 0; ctx.Err() == nil; n++ {
				client := fmt.Sprintf("%d-%d", person, n)
				for ctx.Err() == nil {
					if id := tryPost(ctx, v.api("/conversations/"+talk+"/messages"), v.key, client); id != "" {
						mu.Lock()
						acknowledged["message "+client] = id
						mu.Unlock()
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				time.Sleep(20 * time.Millisecond)
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
		more(10 + rand.IntN(40))
		v.kill()
		v.serve()
	}
	more(5)
	stop()
	load.Wait()
	v.judge(graph, acknowledged, kills)
}

func hook(t *testing.T, address string, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Hub-Signature-256", graphtest.Sign(body))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
}

// openTalk writes to a person first, and returns their conversation.
func (v *victim) openTalk(ctx context.Context, person int) string {
	number := fmt.Sprintf("3361234567%d", person)
	var m struct{ ConversationID string }
	for ctx.Err() == nil {
		body := fmt.Sprintf(`{"sessionId":"s","to":"+%s","template":{"name":"hello","language":"en"},"clientId":"first"}`, number)
		r, err := http.NewRequestWithContext(ctx, "POST", v.api("/messages"), strings.NewReader(body))
		if err != nil {
			return ""
		}
		r.Header.Set("X-API-Key", v.key)
		r.Header.Set("Content-Type", "application/json")
		if res, err := http.DefaultClient.Do(r); err == nil {
			err = json.NewDecoder(res.Body).Decode(&m)
			res.Body.Close()
			if err == nil && res.StatusCode == 202 {
				break
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return m.ConversationID
}

// judge waits until every acknowledged message has its end, and compares with what was recorded.
func (v *victim) judge(graph *graphtest.Graph, acknowledged map[string]string, kills int) {
	t := v.t
	status := map[string]string{}
	for text, id := range acknowledged {
		modelstest.Eventually(t, text+" has its end", func() bool { // a handed message waits for half a minute
			var m struct {
				Status string
				Error  *struct{ Code string }
			}
			if err := json.Unmarshal(get(t, v.api("/messages/"+id), v.key), &m); err != nil {
				t.Fatal(err)
			}
			status[text] = m.Status
			if m.Error != nil {
				status[text] += " " + m.Error.Code
			}
			return m.Status != "queued" && m.Status != "sent"
		})
	}
	recorded, last := map[string]int{}, map[string]int{}
	for _, s := range graph.Sent() {
		text := s.Text()
		if s.Type != "text" {
			continue
		}
		if recorded[text]++; recorded[text] > 1 {
			t.Errorf("%q was sent twice", text)
		}
		var person, n int
		if _, err := fmt.Sscanf(text, "message %d-%d", &person, &n); err == nil {
			if n < last[s.To] {
				t.Errorf("to %s: %d after %d", s.To, n, last[s.To])
			}
			last[s.To] = n
		}
	}
	unconfirmed := 0
	for text := range acknowledged {
		switch {
		case recorded[text] == 1 && status[text] == "delivered":
		case recorded[text] == 0 && status[text] == "failed unconfirmed":
			unconfirmed++ // killed between the note and the first byte: said, not lost
		default:
			t.Errorf("%q was recorded %d times and is %s", text, recorded[text], status[text])
		}
	}
	if len(acknowledged) == 0 || unconfirmed > kills {
		t.Errorf("of %d messages %d are unconfirmed", len(acknowledged), unconfirmed)
	}
	t.Logf("%d kills: %d acknowledged, %d recorded, none twice, order kept, %d said to be unconfirmed", kills, len(acknowledged), len(recorded), unconfirmed)
}
