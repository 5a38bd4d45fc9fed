package channeltest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"mauve/channels/channeltest"
	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// program is somebody's own, which talks by an api channel: it writes by the API and hears by a webhook.
type program struct {
	*httptest.Server
	mu    sync.Mutex
	got   []channeltest.Got
	files map[string]string // where the file of a message is
}

// told is what the program reads of a message.created.
type told struct {
	Data struct {
		ID, ChannelID, Direction, Body string
		Attachments                    []struct{ URL string }
	}
}

func newProgram(t *testing.T) *program {
	p := &program{files: map[string]string{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e told
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		if e.Data.Direction != "outbound" {
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.got = append(p.got, channeltest.Got{ID: e.Data.ID, Text: e.Data.Body})
		for _, a := range e.Data.Attachments {
			p.files[e.Data.ID] = a.URL
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (*program) Config() (first, other map[string]any) { return nil, nil }
func (*program) Person() string                        { return "+33612345678" }

func (p *program) Connect(d *channeltest.Desk) {
	d.API("POST", "/webhooks", map[string]any{"url": p.URL, "events": []string{"message.created"}})
}

func (p *program) Write(d *channeltest.Desk, id, text string) {
	said := map[string]any{"body": text, "direction": "inbound", "externalId": id}
	if talk := d.Talk(); talk != "<none>" {
		d.API("POST", "/conversations/"+talk+"/messages", said)
		return
	}
	d.API("POST", "/conversations", map[string]any{"contact": map[string]any{"phone": p.Person(), "name": "Ada"}, "channelId": d.Channel, "message": said})
}

func (p *program) Got(*channeltest.Desk) []channeltest.Got {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]channeltest.Got(nil), p.got...)
}

func (p *program) File(d *channeltest.Desk, of channeltest.Got) []byte {
	p.mu.Lock()
	at := p.files[of.ID]
	p.mu.Unlock()
	assert.Assert(d.T, at != "", "no link to the file is told")
	return d.Open(at)
}

func TestTheAPIIsAChannel(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, channeltest.Kind{
		Kind: models.ChannelAPI,
		Start: func(t *testing.T, w *modelstest.World) (string, channeltest.Vendor) {
			return servertest.Run(t, server.Config{Addr: "127.0.0.1:0", Store: w.Store, AllowPrivate: true}).URL(), newProgram(t)
		},
	})
}
