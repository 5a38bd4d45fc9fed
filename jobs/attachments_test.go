package jobs_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/wire"
)

func TestAWebhookTellsOfAttachments(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		e := listen(t, ok)
		hook(t, w, e.URL, "message.created")
		deliver(t, w, true)
		s := w.Acme.Scope
		a, err := s.ReceiveAttachment(t.Context(), "a.txt", "", strings.NewReader("hello"), 10)
		if err == nil {
			a, err = s.KeepAttachment(a)
		}
		if err != nil {
			t.Fatal(err)
		}
		name := "Ada"
		_, err = s.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Name: &name}, Kind: models.ChannelAPI,
			First: &models.Draft{Attachments: []models.ID{a.ID}}})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the delivery", func() bool { return len(e.got()) == 1 })
		var told struct{ Data wire.Message }
		if err := json.Unmarshal(e.got()[0].body, &told); err != nil || len(told.Data.Attachments) != 1 {
			t.Fatal(err, string(e.got()[0].body))
		}
		got := told.Data.Attachments[0]
		if got.ID != a.ID.With(models.PrefixAttachment) || got.FileName != "a.txt" || got.Size != 5 || !strings.HasPrefix(got.URL, "http://desk.example/files/"+got.ID+"/a.txt?") {
			t.Errorf("%+v", got)
		}
	})
}
