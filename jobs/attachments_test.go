package jobs_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

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
		assert.NilError(t, json.Unmarshal(e.got()[0].body, &told))
		assert.Assert(t, is.Len(told.Data.Attachments, 1), string(e.got()[0].body))
		got := told.Data.Attachments[0]
		assert.Check(t, is.Equal(got.ID, a.ID.With(models.PrefixAttachment)), "%+v", got)
		assert.Check(t, is.Equal(got.FileName, "a.txt"), "%+v", got)
		assert.Check(t, is.Equal(got.Size, int64(5)), "%+v", got)
		assert.Check(t, strings.HasPrefix(got.URL, "http://desk.example/files/"+got.ID+"/a.txt?"), "%v %+v", got.URL, got)
	})
}
