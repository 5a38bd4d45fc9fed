package whatsappcloud_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"mauve/channels/channeltest"
	"mauve/channels/graphtest"
	"mauve/channels/whatsappcloud"
	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

const ada = "33612345678"

// meta drives the stand-in for Meta as the suite asks.
type meta struct {
	*graphtest.Graph
	mu   sync.Mutex
	next func() *graphtest.Refusal // what becomes of a message; nil: it is taken
	lost []channeltest.Got         // taken, and not answered
}

func (m *meta) answer(_ int, body map[string]any) *graphtest.Refusal {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next == nil {
		return nil
	}
	no := m.next()
	if no == nil { // it is taken, and the line breaks
		m.next, m.lost = nil, append(m.lost, channeltest.Got{Text: graphtest.Sent{Body: body}.Text()})
		panic(http.ErrAbortHandler)
	}
	return no
}

func (m *meta) becomes(next func() *graphtest.Refusal) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = next
	return "+" + ada
}

func (m *meta) Config() (first, other map[string]any) {
	return map[string]any{"phoneNumberId": graphtest.Number, "wabaId": graphtest.WABA, "accessToken": graphtest.Token, "appSecret": graphtest.Secret,
			"verifyToken": "sesame-opens", "throughput": 1000},
		map[string]any{"phoneNumberId": "7766554433221", "wabaId": "66554433", "accessToken": "another-token", "appSecret": "another-secret",
			"verifyToken": "another-word", "throughput": 7}
}

func (m *meta) Person() string              { return "+" + ada }
func (m *meta) Connect(d *channeltest.Desk) {}

func (m *meta) Write(d *channeltest.Desk, id, text string) { d.Call(m.Letter(id, text)) }

func (m *meta) Got(*channeltest.Desk) (all []channeltest.Got) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all = append(all, m.lost...)
	for _, s := range m.Sent() {
		all = append(all, channeltest.Got{ID: s.ID, Text: s.Text()})
	}
	return all
}

func (m *meta) Deliver(d *channeltest.Desk, of channeltest.Got) {
	d.Call(graphtest.Status(of.ID, "delivered", ada, nil))
}

func (m *meta) Refuse() string {
	return m.becomes(func() *graphtest.Refusal {
		return &graphtest.Refusal{Status: 400, Code: 131026, Detail: "Message undeliverable"}
	})
}

func (m *meta) HangUp() string { return m.becomes(func() *graphtest.Refusal { return nil }) }

func (m *meta) Leave() string {
	return m.becomes(func() *graphtest.Refusal { return &graphtest.Refusal{Status: 503} })
}

func (m *meta) Return() { m.becomes(nil) }

func (m *meta) Revoke(*channeltest.Desk) string {
	m.Take("the-next-token")
	return "+" + ada
}

func (m *meta) Mend(d *channeltest.Desk) {
	d.API("PATCH", "/channels/"+d.Channel, map[string]any{"config": map[string]any{"accessToken": "the-next-token"}})
}

func (m *meta) File(_ *channeltest.Desk, of channeltest.Got) []byte {
	for _, s := range m.Sent() {
		for _, u := range m.Uploads() {
			if s.ID == of.ID && strings.Contains(fmt.Sprint(s.Body), "id:"+u.ID) {
				return u.Bytes
			}
		}
	}
	return nil
}

func (m *meta) Give(d *channeltest.Desk, id string) []byte {
	m.Hold("media1", &graphtest.File{Bytes: channeltest.Picture, Says: "image/png"})
	d.Call(m.Media("wamid."+id, ada, "image", "media1", "", time.Now()))
	return channeltest.Picture
}

func (m *meta) Heard() int { return len(m.Reads()) }

func (m *meta) Letter(id, text string) []byte {
	return graphtest.Text("wamid."+id, ada, "Ada", text, time.Now())
}

func (m *meta) Sign(body []byte) (header, signature string) {
	return "X-Hub-Signature-256", graphtest.Sign(body)
}

func (m *meta) Handshake() (query, answer, wrong string) {
	const asked = "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
	return asked + "sesame-opens", "1158201444", asked + "open"
}

func TestWhatsAppIsAChannel(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, channeltest.Kind{
		Kind: models.ChannelWhatsApp,
		Start: func(t *testing.T, w *modelstest.World) (string, channeltest.Vendor) {
			m := &meta{Graph: graphtest.New(t)}
			m.Answer = m.answer
			return servertest.Run(t, server.Config{Addr: "127.0.0.1:0", Store: w.Store, GraphURL: m.URL, AllowPrivate: true}).URL(), m
		},
		Direct: func(t *testing.T) channeltest.Direct {
			graph := graphtest.New(t)
			adapter, err := whatsappcloud.New(graph.URL)
			assert.NilError(t, err)
			account := &models.Account{Settings: channeltype.Settings{"phoneNumberId": graphtest.Number, "accessToken": graphtest.Token}}
			return channeltest.Direct{Adapter: adapter, Account: account, Recipient: models.Recipient{WhatsApp: ada}, Taken: graph.Calls}
		},
		Bodies: []string{
			string(graphtest.Text("wamid.1", ada, "Ada", "hello", time.Unix(1_790_000_000, 0))),
			string(graphtest.Status("wamid.2", "read", ada, "m")),
		},
	})
}
