// Package graphtest stands in for Meta in tests: it takes messages as the Graph
// API does, remembers them in the order they came, answers as it is told, and
// calls back with statuses as a signed webhook, again until it is taken.
package graphtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Secret and Token are the app secret and the access token that it knows.
const (
	Secret = "graphtest-app-secret"
	Token  = "graphtest-token"
	Number = "1122334455667"
	WABA   = "9988776655"
)

// Sent is one message that it took.
type Sent struct {
	ID   string // the wamid it gave
	To   string
	Type string
	Body map[string]any
	At   time.Time
}

// Text is the message's text.
func (s Sent) Text() string {
	part, _ := s.Body["text"].(map[string]any)
	text, _ := part["body"].(string)
	return text
}

// Refusal is an answer that is not a success.
type Refusal struct {
	Status int
	Code   int
	Detail string
	Header map[string]string
}

// Graph is the stand-in.
type Graph struct {
	*httptest.Server
	// Answer decides about the nth message, from 1; nil takes it. Set it before the first call.
	Answer func(n int, body map[string]any) *Refusal
	// Upload decides about the nth file it is given, from 1; nil takes it. Set it before the first call.
	Upload func(n int) *Refusal
	// Slow is how long an answer takes after the message was recorded.
	Slow time.Duration
	// Statuses are reported of every message that was taken, to Callback, in this order.
	Statuses []string
	// Callback is where the webhook goes: it answers the whole address.
	Callback func() string
	// Templates is the list's body.
	Templates string

	mu      sync.Mutex
	n       int
	turned  int
	stalled chan struct{} // answers wait for its end
	sent    []Sent
	reads   []map[string]any
	tokens  map[string]bool
	files   map[string]*File
	asked   map[string]int
	served  map[string]int
	uploads []Uploaded
	serving atomic.Int32
	back    sync.WaitGroup
	closed  chan struct{}
}

// New starts a stand-in that ends with the test.
func New(tb testing.TB) *Graph {
	tb.Helper()
	g := &Graph{tokens: map[string]bool{Token: true}, files: map[string]*File{}, asked: map[string]int{}, served: map[string]int{}, closed: make(chan struct{}), Templates: `{"data":[]}`}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{version}/{number}/messages", g.messages)
	mux.HandleFunc("POST /{version}/{number}/media", g.upload)
	mux.HandleFunc("GET /files/{id}", g.serve)
	mux.HandleFunc("GET /{version}/{waba}/message_templates", g.templates)
	mux.HandleFunc("GET /{version}/{number}", g.number)
	g.Server = httptest.NewServer(mux)
	tb.Cleanup(func() {
		close(g.closed)
		g.back.Wait()
		g.Server.Close()
	})
	return g
}

// Sent returns what it took so far, in order.
func (g *Graph) Sent() []Sent {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]Sent(nil), g.sent...)
}

// Reads returns the read receipts it was told.
func (g *Graph) Reads() []map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]map[string]any(nil), g.reads...)
}

// Calls returns how many messages were tried.
func (g *Graph) Calls() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// Turned returns how many messages came with a token that was not taken; Calls does not count them.
func (g *Graph) Turned() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.turned
}

// Stall holds back the answers to what it takes from now on, until release is called.
func (g *Graph) Stall() (release func()) {
	held := make(chan struct{})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stalled = held
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.stalled = nil
		close(held)
	}
}

// Take makes a token good, and every other bad.
func (g *Graph) Take(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens = map[string]bool{token: true}
}

// known answers for a request whose token is not taken.
func (g *Graph) known(w http.ResponseWriter, r *http.Request) bool {
	g.mu.Lock()
	ok := g.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	g.mu.Unlock()
	if !ok {
		refuse(w, Refusal{Status: 401, Code: 190, Detail: "Error validating access token"})
	}
	return ok
}

func refuse(w http.ResponseWriter, r Refusal) {
	for name, value := range r.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.Status)
	if r.Code != 0 {
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": r.Detail, "type": "OAuthException", "code": r.Code,
			"error_data": map[string]string{"details": r.Detail}}})
	}
}

func (g *Graph) messages(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	text, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(text, &body) != nil {
		return // a message cut off was never sent
	}
	if !g.known(w, r) {
		if body["status"] != "read" {
			g.mu.Lock()
			g.turned++
			g.mu.Unlock()
		}
		return
	}
	if body["status"] == "read" {
		g.mu.Lock()
		g.reads = append(g.reads, body)
		g.mu.Unlock()
		_, _ = io.WriteString(w, `{"success":true}`)
		return
	}
	g.mu.Lock()
	g.n++
	n := g.n
	g.mu.Unlock()
	if g.Answer != nil {
		if no := g.Answer(n, body); no != nil {
			refuse(w, *no)
			return
		}
	}
	s := g.record(n, body)
	g.mu.Lock()
	held := g.stalled
	g.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-g.closed:
		}
	}
	time.Sleep(g.Slow)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"messaging_product": "whatsapp",
		"contacts": []any{map[string]any{"input": s.To, "wa_id": s.To}}, "messages": []any{map[string]any{"id": s.ID}}})
	g.report(s)
}

func (g *Graph) record(n int, body map[string]any) Sent {
	to, _ := body["to"].(string)
	kind, _ := body["type"].(string)
	s := Sent{ID: fmt.Sprintf("wamid.graphtest.%s.%d", strings.TrimPrefix(g.URL, "http://"), n), To: to, Type: kind, Body: body, At: time.Now()}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent = append(g.sent, s)
	return s
}

// report calls back with each status, again and again until it is taken.
func (g *Graph) report(s Sent) {
	if g.Callback == nil {
		return
	}
	g.back.Go(func() {
		for _, status := range g.Statuses {
			body := Status(s.ID, status, s.To, s.Body["biz_opaque_callback_data"])
			for !g.call(body) {
				select {
				case <-g.closed:
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
		}
	})
}

func (g *Graph) call(body []byte) bool {
	req, err := http.NewRequest("POST", g.Callback(), bytes.NewReader(body))
	if err != nil {
		return true
	}
	req.Header.Set("X-Hub-Signature-256", Sign(body))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == 200
}

func (g *Graph) number(w http.ResponseWriter, r *http.Request) {
	if !g.known(w, r) {
		return
	}
	if f := g.file(r.PathValue("number")); f != nil {
		g.place(w, r, r.PathValue("number"), f)
		return
	}
	if strings.HasPrefix(r.PathValue("number"), "media") {
		refuse(w, Refusal{Status: 400, Code: 100, Detail: "Unsupported get request. Object with that ID does not exist"})
		return
	}
	_, _ = io.WriteString(w, `{"id":"`+Number+`","display_phone_number":"+1 631-555-8151","verified_name":"Acme","quality_rating":"GREEN","messaging_limit_tier":"TIER_1K"}`)
}

func (g *Graph) templates(w http.ResponseWriter, r *http.Request) {
	if g.known(w, r) {
		_, _ = io.WriteString(w, g.Templates)
	}
}

// Sign is the header's value for a body.
func Sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(Secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Envelope is a call with one value in it.
func Envelope(value string) []byte {
	return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"` + WABA + `","changes":[{"field":"messages","value":{` +
		`"messaging_product":"whatsapp","metadata":{"display_phone_number":"16315558151","phone_number_id":"` + Number + `"},` + value + `}}]}]}`)
}

// Text is a call with a text of somebody.
func Text(id, from, name, text string, at time.Time) []byte {
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	return Envelope(`"contacts":[{"profile":{"name":` + quoted(name) + `},"wa_id":` + quoted(from) + `}],` +
		`"messages":[{"from":` + quoted(from) + `,"id":` + quoted(id) + `,"timestamp":"` + fmt.Sprint(at.Unix()) + `","type":"text","text":{"body":` + quoted(text) + `}}]`)
}

// Status is a call with a status of a message.
func Status(id, status, to string, callback any) []byte {
	b, _ := json.Marshal(map[string]any{"id": id, "status": status, "timestamp": fmt.Sprint(time.Now().Unix()), "recipient_id": to,
		"biz_opaque_callback_data": callback})
	return Envelope(`"statuses":[` + string(b) + `]`)
}
