package toychannel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"mauve/channels/channeltest"
)

const (
	token = "toy-token-1"
	key   = "toy-key-1"
	ada   = "33612345678"
)

// vendor stands in for the makers of the pagers.
type vendor struct {
	*httptest.Server
	mu      sync.Mutex
	token   string
	become  string // of the next page: refused, lost or away; empty: it is taken
	pages   []page
	changed []channeltest.Got
	files   map[string][]byte
	read    int
}

func newVendor(t *testing.T) *vendor {
	v := &vendor{token: token, files: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /lines/{line}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /lines/{line}/pages", v.take)
	mux.HandleFunc("POST /files", v.keep)
	mux.HandleFunc("GET /files/{id}", v.give)
	mux.HandleFunc("PUT /pages/{id}", v.change)
	mux.HandleFunc("DELETE /pages/{id}", v.change)
	mux.HandleFunc("POST /pages/{id}/read", func(http.ResponseWriter, *http.Request) { v.read++ })
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // a call that was cut off
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		v.mu.Lock()
		defer v.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+v.token {
			w.WriteHeader(401)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) take(w http.ResponseWriter, r *http.Request) {
	var p page
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		w.WriteHeader(400)
		return
	}
	switch v.become {
	case "away":
		w.WriteHeader(503)
		return
	case "refused":
		w.WriteHeader(422)
		_, _ = io.WriteString(w, `{"why":"this pager is off"}`)
		return
	}
	p.ID = fmt.Sprint("page-", len(v.pages)+1)
	v.pages = append(v.pages, p)
	if v.become == "lost" {
		v.become = ""
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(w, `{"id":"`+p.ID+`"}`)
}

func (v *vendor) keep(w http.ResponseWriter, r *http.Request) {
	content, _ := io.ReadAll(r.Body)
	id := fmt.Sprint("file-", len(v.files)+1)
	v.files[id] = content
	_, _ = io.WriteString(w, `{"id":"`+id+`"}`)
}

func (v *vendor) give(w http.ResponseWriter, r *http.Request) {
	content, known := v.files[r.PathValue("id")]
	if !known {
		w.WriteHeader(404)
		return
	}
	_, _ = w.Write(content)
}

func (v *vendor) change(_ http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	v.changed = append(v.changed, channeltest.Got{ID: r.PathValue("id"), Text: string(text)})
}

func (v *vendor) becomes(what string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.become = what
	return v.Person()
}

// What the suite asks of it.

func (v *vendor) Config() (first, other map[string]any) {
	return map[string]any{"line": "line-1", "token": token, "signingKey": key, "loud": true, "throughput": 1000},
		map[string]any{"line": "line-2", "token": "toy-token-2", "signingKey": "toy-key-2", "loud": false, "repeats": 0, "throughput": 7}
}

func (*vendor) Person() string            { return "+" + ada }
func (*vendor) Connect(*channeltest.Desk) {}

func (v *vendor) Write(d *channeltest.Desk, id, text string) { d.Call(v.Letter(id, text)) }

func (v *vendor) Got(*channeltest.Desk) (all []channeltest.Got) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range v.pages {
		all = append(all, channeltest.Got{ID: p.ID, Text: p.Text})
	}
	return all
}

func spelled(p page) []byte {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts alone
	}
	return body
}

func (v *vendor) Letter(id, text string) []byte {
	return spelled(page{ID: id, Person: ada, Name: "Ada", Text: text})
}

func (*vendor) Sign(body []byte) (header, signature string) { return signatureHeader, sign(key, body) }

func (*vendor) Handshake() (query, answer, wrong string) {
	return "?word=hello&key=" + key, "hello", "?word=hello&key=other"
}

func (v *vendor) Deliver(d *channeltest.Desk, of channeltest.Got) {
	d.Call(spelled(page{ID: of.ID, Status: "delivered"}))
}

func (v *vendor) Refuse() string { return v.becomes("refused") }
func (v *vendor) HangUp() string { return v.becomes("lost") }
func (v *vendor) Leave() string  { return v.becomes("away") }
func (v *vendor) Return()        { v.becomes("") }

func (v *vendor) Revoke(*channeltest.Desk) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.token = "toy-token-3"
	return v.Person()
}

func (v *vendor) Mend(d *channeltest.Desk) {
	d.API("PATCH", "/channels/"+d.Channel, map[string]any{"config": map[string]any{"token": "toy-token-3"}})
}

func (v *vendor) File(d *channeltest.Desk, of channeltest.Got) []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range v.pages {
		if p.ID == of.ID {
			return v.files[p.File]
		}
	}
	return nil
}

func (v *vendor) Give(d *channeltest.Desk, id string) []byte {
	v.mu.Lock()
	v.files["from-ada"] = channeltest.Picture
	v.mu.Unlock()
	d.Call(spelled(page{ID: id, Person: ada, Name: "Ada", File: "from-ada"}))
	return channeltest.Picture
}

func (v *vendor) Changed(*channeltest.Desk) []channeltest.Got {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]channeltest.Got(nil), v.changed...)
}

func (v *vendor) Heard() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.read
}

// last is the last page, as it was sent.
func (v *vendor) last(t *testing.T) page {
	v.mu.Lock()
	defer v.mu.Unlock()
	assert.Assert(t, len(v.pages) > 0)
	return v.pages[len(v.pages)-1]
}

// missing are those of the texts that the other one has not.
func missing(text string, all ...string) (those []string) {
	for _, want := range all {
		if !strings.Contains(text, want) {
			those = append(those, want)
		}
	}
	return those
}
