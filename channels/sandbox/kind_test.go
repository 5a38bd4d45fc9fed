package sandbox_test

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"mauve/channels/channeltest"
	"mauve/channels/graphtest"
	"mauve/channels/sandbox"
	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/search"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// parrot is the magic number that answers with what it got: so one sees what reached it.
const parrot = "+12025550103"

// nobody drives the sandbox by its magic numbers: it has no vendor.
type nobody struct{}

func (nobody) Config() (first, other map[string]any) {
	return map[string]any{"throughput": 1000}, map[string]any{"throughput": 7}
}

func (nobody) Person() string            { return parrot }
func (nobody) Connect(*channeltest.Desk) {}

// keep stores a body as the sandbox's own follow-ups are, in Meta's form.
func keep(d *channeltest.Desk, body []byte) {
	id, _ := models.ParseID(models.PrefixChannel, d.Channel)
	account, err := d.Store.Account(d.T.Context(), id)
	assert.NilError(d.T, err)
	_, err = d.Store.KeepInbound(d.T.Context(), account, body, d.Store.Now())
	assert.NilError(d.T, err)
}

func (nobody) Write(d *channeltest.Desk, id, text string) {
	keep(d, graphtest.Text("wamid."+id, strings.TrimPrefix(parrot, "+"), "Ada", text, time.Now()))
}

// Got is what the parrot answers that it was written, and what the other numbers took, in the order in which it was kept.
func (nobody) Got(d *channeltest.Desk) (all []channeltest.Got) {
	var kept []*models.Message
	talks, err := search.Conversations(d.Acme.Scope, search.ConversationFilter{}, models.Page{Size: 100})
	assert.NilError(d.T, err)
	for _, talk := range talks.Items {
		said, err := search.Messages(d.Acme.Scope, talk.ID, models.Page{Size: 100})
		assert.NilError(d.T, err)
		for _, m := range said.Items {
			text, answers := strings.CutPrefix(m.Body, "You wrote:")
			if m.Body = strings.TrimPrefix(text, " "); m.IsInbound() && answers || !m.IsInbound() && talk.Contact.Phone != parrot && m.ExternalID != nil {
				kept = append(kept, m)
			}
		}
	}
	slices.SortStableFunc(kept, func(a, b *models.Message) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, m := range kept {
		all = append(all, channeltest.Got{ID: *m.ExternalID, Text: m.Body})
	}
	return all
}

func (nobody) Deliver(*channeltest.Desk, channeltest.Got) {} // by itself, a moment after it was sent
func (nobody) Refuse() string                             { return "+12025550105" }
func (nobody) Revoke(*channeltest.Desk) string            { return "+12025550108" }

func (nobody) Leave() string { return "+12025550107" }
func (nobody) Return()       {} // by itself, at the third try

func (nobody) Mend(d *channeltest.Desk) { d.API("POST", "/channels/"+d.Channel+"/check", nil) }

func (nobody) Give(d *channeltest.Desk, id string) []byte {
	const picture = "sandbox-picture"
	file, err := sandbox.Sandbox{}.Fetch(d.T.Context(), nil, models.MediaRef{ID: picture}, 0)
	assert.NilError(d.T, err)
	content, err := io.ReadAll(file)
	assert.NilError(d.T, err)
	person := strings.TrimPrefix(parrot, "+")
	keep(d, graphtest.Envelope(`"contacts":[{"wa_id":"`+person+`"}],"messages":[{"from":"`+person+`","id":"wamid.`+id+`","timestamp":"1","type":"image","image":{"id":"`+
		picture+`","mime_type":"image/png"}}]`))
	return content
}

func TestTheSandboxIsAChannel(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, channeltest.Kind{
		Kind: models.ChannelSandbox,
		Start: func(t *testing.T, w *modelstest.World) (string, channeltest.Vendor) {
			return servertest.Run(t, server.Config{Addr: "127.0.0.1:0", Store: w.Store}).URL(), nobody{}
		},
		Bodies: []string{string(graphtest.Text("wamid.1", "12025550103", "Ada", "hello", time.Unix(1_790_000_000, 0)))},
		// No number hangs up or keeps a file, and nobody hears what was read.
		Cannot: []string{"HangUp", "File", "Heard"},
		Direct: func(*testing.T) channeltest.Direct {
			return channeltest.Direct{Adapter: sandbox.Sandbox{}, Account: &models.Account{}, Recipient: models.Recipient{WhatsApp: "12025550102"}}
		},
	})
}
