package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

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
	modelstest.EachEngine(t, func(t *testing.T, engine string) { killSender(t, modelstest.Address(t, engine), kills()) })
}

func killSender(t *testing.T, store string, kills int) {
	graph := graphtest.New(t)
	graph.Slow, graph.Statuses = 30*time.Millisecond, []string{"sent", "delivered"}
	p, key := openVictim(t, store, "WHATSAPP_GRAPH_URL="+graph.URL)
	var channel struct{ CallbackPath string }
	made := servertest.Post(t, p.api("/channels"), key, fmt.Sprintf(`{"kind":"whatsapp","name":"Shop","sessionId":"s","config":{"phoneNumberId":%q,"wabaId":"1","accessToken":%q,"appSecret":%q,"verifyToken":"v"}}`,
		graphtest.Number, graphtest.Token, graphtest.Secret))
	assert.NilError(t, json.Unmarshal(made, &channel))
	graph.Callback = func() string { return p.url + channel.CallbackPath }

	const people = 6
	number := func(person int) string { return fmt.Sprintf("3361234567%d", person) }
	for person := range people {
		hook(t, graph.Callback(), graphtest.Text("wamid.in."+number(person), number(person), "P", "hello", time.Now()))
	}
	l := &load{process: p, key: key, acknowledged: map[string]string{}}
	l.begin(t.Context(), people, 20*time.Millisecond, func(ctx context.Context, person int) string { // by writing to them first
		var m struct{ ConversationID string }
		l.insist(ctx, "/messages", fmt.Sprintf(`{"sessionId":"s","to":"+%s","template":{"name":"hello","language":"en"},"clientId":"first"}`, number(person)), &m)
		return m.ConversationID
	})
	for range kills {
		l.more(t, 10+rand.IntN(40))
		p.kill(t)
		p.start(t)
		p.ready(t)
	}
	l.more(t, 5)
	l.end()
	judge(t, l, graph, kills)
}

func hook(t *testing.T, address string, body []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", address, bytes.NewReader(body))
	assert.NilError(t, err)
	r.Header.Set("X-Hub-Signature-256", graphtest.Sign(body))
	res, err := http.DefaultClient.Do(r)
	assert.NilError(t, err)
	res.Body.Close()
	assert.Equal(t, res.StatusCode, 200)
}

// judge waits until every acknowledged message has its end, and compares with what was recorded.
func judge(t *testing.T, l *load, graph *graphtest.Graph, kills int) {
	t.Helper()
	status := map[string]string{}
	for text, id := range l.acknowledged {
		modelstest.Eventually(t, text+" has its end", func() bool { // a handed message waits for half a minute
			var m struct {
				Status string
				Error  *struct{ Code string }
			}
			l.read(t, l.key, "/messages/"+id, &m)
			status[text] = m.Status
			if m.Error != nil {
				status[text] += " " + m.Error.Code
			}
			return m.Status != "queued" && m.Status != "sent"
		})
	}
	recorded, last := map[string]int{}, map[string]int{}
	for _, s := range graph.Sent() {
		if s.Type != "text" {
			continue
		}
		text := s.Text()
		recorded[text]++
		assert.Check(t, is.Equal(recorded[text], 1), "how often %q was sent", text)
		var person, n int
		if _, err := fmt.Sscanf(text, "message %d-%d", &person, &n); assert.Check(t, err, text) {
			assert.Check(t, n >= last[s.To], "to %s: %d after %d", s.To, n, last[s.To])
			last[s.To] = n
		}
	}
	unconfirmed := 0
	for text := range l.acknowledged {
		switch {
		case recorded[text] == 1 && status[text] == "delivered":
		case recorded[text] == 0 && status[text] == "failed unconfirmed":
			unconfirmed++ // killed between the note and the first byte: said, not lost
		default:
			t.Errorf("%q was recorded %d times and is %s", text, recorded[text], status[text])
		}
	}
	assert.Check(t, len(l.acknowledged) > 0)
	assert.Check(t, unconfirmed <= kills, "of %d messages %d are unconfirmed after %d kills", len(l.acknowledged), unconfirmed, kills)
	t.Logf("%d kills: %d acknowledged, %d recorded, none twice, order kept, %d said to be unconfirmed", kills, len(l.acknowledged), len(recorded), unconfirmed)
}
