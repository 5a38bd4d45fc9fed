package jobs_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels"
	"mauve/jobs"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/search"
)

// plain sends and reads, and can nothing else.
type plain struct{}

func (plain) Send(_ context.Context, _ *models.Dispatch, leaving func() error) models.Tried {
	if err := leaving(); err != nil {
		return models.Tried{Verdict: models.RetryMessage}
	}
	return models.Tried{Verdict: models.Accepted, ExternalID: "1"}
}

func (plain) Read([]byte) []channels.Item { return []channels.Item{{What: "news", Recheck: true}} }

// work sets every job that asks an adapter to work until the test ends.
func work(t *testing.T, w *modelstest.World, set channels.Set) {
	ctx, stop := context.WithCancel(context.Background())
	reader := jobs.NewReader(w.Store, set)
	var all sync.WaitGroup
	for _, run := range []func(context.Context){jobs.NewSender(w.Store, set).Run, reader.Run, jobs.NewFetcher(w.Store, set, 0).Run, jobs.NewHolder(w.Store, set, reader.Wake).Run,
		func(ctx context.Context) { jobs.CheckChannels(ctx, w.Store, set) }} {
		all.Go(func() { run(ctx) })
	}
	t.Cleanup(func() { stop(); all.Wait() })
}

// TestWhatNobodyCanDoIsSaid: a kind whose adapter has not the ability, or of which there is no adapter, gets a reason and stops nobody.
func TestWhatNobodyCanDoIsSaid(t *testing.T) {
	t.Parallel()
	const notServed = "This version does not serve its kind of channel."
	for name, c := range map[string]struct {
		set                    channels.Set
		text, file             string // what becomes of a message, and of one with a file
		textWhy, fileWhy       string
		check, fetch, read, on string // what is said of a check, a file that came in, a call, and of a phone's session
	}{
		"no adapter": {channels.Set{}, "queued", "queued", notServed, notServed, notServed, notServed, notServed, notServed},
		"an adapter that can little": {channels.Set{models.ChannelSandbox: plain{}, models.ChannelWhatsAppWeb: plain{}}, "sent", "failed", "", "This channel takes no files.",
			"This channel's vendor cannot be asked how it is.", "This channel passes on no files.", "the account is looked at again", notServed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
				s := w.Acme.Scope
				box, err := s.CreateChannel(models.ChannelDraft{Kind: models.ChannelSandbox, Name: "Box"})
				assert.NilError(t, err)
				phone, err := s.CreateChannel(models.ChannelDraft{Kind: models.ChannelWhatsAppWeb, Name: "Phone"})
				assert.NilError(t, err)
				in := models.Incoming{From: models.Sender{WhatsApp: "33612345678"}, ExternalID: "in-1", At: w.Clock.Now(), Type: models.TypeImage, Media: &models.MediaRef{ID: "m1"}}
				came, err := w.Acme.System.Receive(box.ID, in)
				assert.NilError(t, err)
				heard, err := s.Message(came.MessageID)
				assert.NilError(t, err)
				account, err := w.Store.Account(t.Context(), box.ID)
				assert.NilError(t, err)
				_, err = w.Store.KeepInbound(t.Context(), account, []byte("{}"), w.Clock.Now())
				assert.NilError(t, err)
				_, err = s.ReadConversation(heard.ConversationID)
				assert.NilError(t, err)
				said, err := s.Send(heard.ConversationID, models.Draft{Body: "hello"})
				assert.NilError(t, err)
				work(t, w, c.set)

				becomes := func(what string, id models.ID, status, why string) {
					t.Helper()
					var m *models.Message
					modelstest.Eventually(t, what, func() bool {
						m, err = s.Message(id)
						assert.NilError(t, err)
						return string(m.Status) == status && strings.HasPrefix(m.ErrorDetail.String(), why)
					})
				}
				becomes("the text has its outcome", said.ID, c.text, c.textWhy)
				file, err := s.ReceiveAttachment(t.Context(), "a.txt", "", strings.NewReader("hello"), 10)
				assert.NilError(t, err)
				file, err = s.KeepAttachment(file)
				assert.NilError(t, err)
				talk, err := s.TalkTo(models.Outgoing{To: "+33612345679", ChannelID: box.ID})
				assert.NilError(t, err)
				carried, err := s.Send(talk.ID, models.Draft{Attachments: []models.ID{file.ID}})
				assert.NilError(t, err)
				becomes("the file has its outcome", carried.ID, c.file, c.fileWhy)
				modelstest.Eventually(t, "the file that came in has its outcome", func() bool {
					m, err := s.Message(came.MessageID)
					assert.NilError(t, err)
					return m.Content.Media != nil && m.Wire().Content.Media.Problem == c.fetch
				})
				modelstest.Eventually(t, "the call has its outcome", func() bool {
					calls, err := search.Envelopes(s, box.ID, models.Page{})
					assert.NilError(t, err)
					return len(calls.Items) == 1 && len(calls.Items[0].Outcomes) == 1 && calls.Items[0].Outcomes[0].Because.String() == c.read
				})
				modelstest.Eventually(t, "the check says why", func() bool {
					now, err := s.Channel(box.ID)
					assert.NilError(t, err)
					return now.Note().String() == c.check && now.Status == models.Connected
				})
				modelstest.Eventually(t, "the session says why", func() bool {
					link, err := s.ChannelLink(phone.ID)
					assert.NilError(t, err)
					return link.Detail.String() == c.on
				})
				told, err := s.EventsAfter("", 1000)
				assert.NilError(t, err)
				told = slices.DeleteFunc(told, func(e *models.Event) bool { return e.Kind != models.ChannelLinkChanged })
				assert.Check(t, is.Len(told, 1), "how often the session is told of")
			})
		})
	}
}

// TestAChannelWithoutAVendorIsNotChecked: an api channel has nobody to ask, and a phone's session is always known.
func TestAChannelWithoutAVendorIsNotChecked(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		s := w.Acme.Scope
		for kind, checked := range map[models.ChannelKind]bool{models.ChannelAPI: false, models.ChannelWhatsAppWeb: false, models.ChannelSandbox: true} {
			c, err := s.CreateChannel(models.ChannelDraft{Kind: kind, Name: string(kind)})
			assert.NilError(t, err)
			_, err = s.CheckChannel(c.ID)
			assert.NilError(t, err)
			assert.NilError(t, w.Acme.System.CheckSoon(c.ID))
			c, err = s.Channel(c.ID)
			assert.NilError(t, err)
			assert.Check(t, is.Equal(c.CheckAt != nil, checked), kind)
		}
	})
}
