package migrations_test

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	_ "mauve/channels/whatsappcloud" // for what they have to say
	_ "mauve/channels/whatsappweb"
	_ "mauve/jobs"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/reason"
	"mauve/models/search"
)

// TestSentencesOfBeforeBecomeReasons takes a store back to before reasons were kept as codes, and migrates it.
func TestSentencesOfBeforeBecomeReasons(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		scope := w.Acme.Scope
		_, err := scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelWhatsAppWeb, Name: "Phone"})
		assert.NilError(t, err)
		box, err := scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelSandbox, Name: "Box"})
		assert.NilError(t, err)
		_, _, err = scope.CreateWebhook(models.WebhookChange{URL: new("https://a.example/"), Events: &[]string{"contact.created"}})
		assert.NilError(t, err)
		name := "Ada"
		talk, err := scope.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Name: &name}, Kind: models.ChannelAPI})
		assert.NilError(t, err)
		_, err = scope.Send(talk.ID, models.Draft{Body: "Hello"})
		assert.NilError(t, err)
		account, err := w.Store.Account(t.Context(), box.ID)
		assert.NilError(t, err)
		_, err = w.Store.KeepInbound(t.Context(), account, []byte("{}"), w.Clock.Now())
		assert.NilError(t, err)

		db := w.SQL(t)
		const oops = "Something failed at Meta. It is tried again. (Meta: (#131000) oops) It was tried for the last time."
		rows := []struct{ table, column, before, after string }{
			{"channels", "status_detail", "Meta could not be asked about the number. It is asked again every minute.", `[{"code":"meta_away"}]`},
			{"channels", "facts", `{"number":"+1","note":"The templates are not known: the WhatsApp Business Account''s id is missing."}`,
				`{"note":"[{\"code\":\"templates_without_account\"}]","number":"+1"}`},
			{"channel_links", "detail", "WhatsApp refused the connection (403).", `[{"code":"connection_refused","args":["403"]}]`},
			{"webhooks", "disabled_reason", "Switched off by Léa (Open).", `[{"code":"switched_off_by","args":["Léa (Open)"]}]`},
			{"deliveries", "last_error", "It answered 503.", `[{"code":"endpoint_answered","args":["503"]}]`},
			{"messages", "error_detail", oops, `[{"code":"meta_131000"},{"code":"meta_said","args":["(#131000) oops"]},{"code":"last_try"}]`},
			{"messages", "amendment", `{"Kind":"edit","Body":"a \\u003c b","At":"2026-01-01T00:00:00Z","Failed":true,"Code":"x","Detail":"A vendor''s own words."}`,
				`{"At":"2026-01-01T00:00:00Z","Body":"a < b","Code":"x","Detail":"[{\"code\":\"said\",\"args\":[\"A vendor's own words.\"]}]","Failed":true,"Kind":"edit"}`},
			{"messages", "content", `{"media":{"size":9007199254740993,"problem":"The file is larger than 1 MiB."},"problem":"It may be viewed once, on the phone alone."}`,
				`{"media":{"problem":"[{\"code\":\"file_too_large\",\"args\":[\"1 MiB\"]}]","size":9007199254740993},"problem":"[{\"code\":\"viewed_once\"}]"}`},
			{"envelopes", "outcomes", `[{"What":"a","Became":"ignored","Because":"its channel was removed","MessageID":""},{"What":"b","Because":""}]`,
				`[{"Became":"ignored","Because":"[{\"code\":\"envelope_channel_removed\"}]","MessageID":"","What":"a"},{"Because":"","What":"b"}]`},
		}
		back := []string{"DELETE FROM goose_db_version WHERE version_id = 27"}
		for _, r := range rows {
			back = append(back, fmt.Sprintf("UPDATE %s SET %s = '%s'", r.table, r.column, strings.ReplaceAll(r.before, `\\u`, `\u`)))
		}
		for _, statement := range back {
			_, err := db.Exec(statement)
			assert.NilError(t, err, statement)
		}
		for range 2 { // it harms nothing to be done again
			assert.NilError(t, w.Store.Migrate(t.Context()))
			for _, r := range rows {
				var kept string
				assert.NilError(t, db.QueryRow(fmt.Sprintf("SELECT %s FROM %s LIMIT 1", r.column, r.table)).Scan(&kept), r.table)
				assert.Check(t, is.Equal(kept, r.after), "%s.%s", r.table, r.column)
			}
			_, err = db.Exec("DELETE FROM goose_db_version WHERE version_id = 27")
			assert.NilError(t, err)
		}
		assert.NilError(t, w.Store.Migrate(t.Context()))
		all, err := search.LatestMessages(scope, talk.ID, models.Page{})
		assert.NilError(t, err)
		m := all.Items[0].Wire()
		assert.Check(t, is.Equal(all.Items[0].ErrorDetail.String(), oops))
		assert.Check(t, is.Equal(m.Content.Problem, "It may be viewed once, on the phone alone."))
		assert.Check(t, is.Equal(m.Content.Media.Problem, "The file is larger than 1 MiB."))
		assert.Check(t, is.Equal(m.Change.Error.Detail, "A vendor's own words."))
	})
}

// FuzzReasons: whatever a vendor says can be kept and told, and what was kept as a sentence is told as it was.
func FuzzReasons(f *testing.F) {
	for _, seed := range []string{"", "x", "%s %d %!s(MISSING)", "a (Meta: b) (Meta: c) It was tried for the last time.",
		"Meta answered 99999999999999999999.", `[{"code":"said"}]`, `[{"code":`} {
		f.Add(seed)
	}
	parser := reason.NewParser()
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 || strings.ToValidUTF8(text, "") != text || strings.Contains(text, "\x00") || strings.HasPrefix(text, `[{"code":`) {
			return
		}
		if said := reason.Said(text).String(); said != text {
			t.Errorf("%q is told as %q", text, said)
		}
		if told := parser.Parse(text).String(); told != text {
			t.Errorf("%q was kept, and is told as %q", text, told)
		}
	})
}
