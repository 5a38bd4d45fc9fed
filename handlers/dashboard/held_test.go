package dashboard_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	_ "mauve/channels/whatsappcloud" // for what they have to say
	_ "mauve/channels/whatsappweb"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/reason"
	"mauve/models/search"
	"mauve/models/wire"
)

// chat is a conversation with Amara in Acme's sandbox, with templates.
type chat struct {
	*modelstest.World
	t    *testing.T
	on   *models.Channel
	said int
}

func openChat(t *testing.T, w *modelstest.World) *chat {
	t.Helper()
	on, err := w.Acme.Scope.CreateChannel(models.ChannelDraft{Kind: models.ChannelSandbox, Name: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Store.FinishCheck(t.Context(), accountOf(t, w, on.ID), models.Finding{Listed: true, Templates: []*models.Template{
		{Name: "greeting", Language: "en", Status: "APPROVED", Components: `[{"type":"HEADER","format":"TEXT","text":"For {{1}}"},{"type":"BODY","text":"Order {{2}} of {{1}}"},{"type":"BUTTONS","buttons":[{"type":"URL","text":"Track","url":"https://x.example/{{1}}"},{"type":"COPY_CODE","text":"Copy"}]}]`},
		{Name: "named", Language: "en", Status: "APPROVED", Components: `[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Dear {{first_name}}"}]`},
		{Name: "paused", Language: "en", Status: "PAUSED", Components: `[{"type":"BODY","text":"No"}]`},
		{Name: "carousel", Language: "en", Status: "APPROVED", Components: `[{"type":"CAROUSEL"}]`},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &chat{World: w, t: t, on: on}
}

// gets lets Amara write; the id that the vendor gave is returned.
func (c *chat) gets(kind models.MessageType, body string, content models.Content) string {
	c.t.Helper()
	c.said++
	in := models.Incoming{From: models.Sender{WhatsApp: "33612345678", Name: "Amara"}, ExternalID: fmt.Sprintf("wamid.%d", c.said), At: c.Clock.Now(), Type: kind, Body: body, Content: content}
	o, err := c.Acme.System.Receive(c.on.ID, in)
	assert.NilError(c.t, err)
	assert.Equal(c.t, o.Became, models.BecameMessage, "%+v", o)
	return in.ExternalID
}

func (c *chat) thread() string {
	c.t.Helper()
	l, err := search.Conversations(c.Acme.Scope, search.ConversationFilter{}, models.Page{})
	assert.NilError(c.t, err)
	assert.Assert(c.t, len(l.Items) != 0, "%+v", l)
	return "/inbox/" + string(l.Items[0].ID)
}

func TestEveryKindOfMessageIsShown(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, c := signIn(t, app, "lea@acme.example"), openChat(t, w)
		evil := `<img src=x onerror=alert(1)>`
		for _, k := range []struct {
			kind    models.MessageType
			body    string
			content models.Content
			shows   []string
		}{
			{models.TypeText, evil, models.Content{Forwarded: true}, []string{"Forwarded", "!<img src=x", "&lt;img src=x"}},
			{models.TypeText, "x", models.Content{Often: true}, []string{"Forwarded many times"}},
			{models.TypeImage, "A caption", models.Content{Media: &wire.Media{ID: "1", MIMEType: "image/jpeg", Size: 34_000}}, []string{"A caption", "Picture", "image/jpeg", "34 kB", "Not fetched"}},
			{models.TypeVideo, "", models.Content{Media: &wire.Media{ID: "1", Size: 2_340_000}}, []string{"Video", "2.3 MB"}},
			{models.TypeVoice, "", models.Content{Media: &wire.Media{ID: "1", MIMEType: "audio/ogg"}}, []string{"Voice message", "audio/ogg"}},
			{models.TypeAudio, "", models.Content{Media: &wire.Media{ID: "1"}}, []string{">Audio<"}},
			{models.TypeDocument, "", models.Content{Media: &wire.Media{ID: "1", FileName: evil}}, []string{"Document", "!<img src=x"}},
			{models.TypeSticker, "", models.Content{Media: &wire.Media{ID: "1", Size: 12}}, []string{"Sticker", "12 B"}},
			{models.TypeLocation, "Pier 3", models.Content{Location: &wire.Location{Latitude: 48.85, Longitude: 2.35}}, []string{"Pier 3", "48.85000, 2.35000", "openstreetmap.org/?mlat=48.850000"}},
			{models.TypeContacts, "Budi", models.Content{Contacts: []wire.VCard{{Name: "Budi", Organization: "Toko", Phones: []string{"+628123"}, Emails: []string{"b@x.example"}}}}, []string{">Budi<", "Toko", "+628123", "b@x.example"}},
			{models.TypeChoice, "Yes", models.Content{Choice: &wire.Choice{Kind: "button", Title: "Yes"}}, []string{"Pressed a button", ">Yes<"}},
			{models.TypeChoice, "Large", models.Content{Choice: &wire.Choice{Kind: "list", Title: "Large", Description: "40 cm"}}, []string{"Chosen from a list", "40 cm"}},
			{models.TypeChoice, "Sent", models.Content{Choice: &wire.Choice{Kind: "flow", Data: []byte(`{"flow_token":"t0ken","size":"XL"}`)}}, []string{"Filled in a form", "XL", "!t0ken"}},
			{models.TypeOrder, "2 × sku1", models.Content{Order: &wire.Order{Items: []wire.OrderItem{{ProductID: "sku1", Quantity: 2, Price: 9.5, Currency: "EUR"}}}}, []string{"sku1", "9.50 EUR"}},
			{models.TypeText, "From the ad", models.Content{Referral: &wire.Referral{Headline: "Spring", SourceURL: "javascript:alert(1)"}}, []string{"Came from an advertisement", "Spring", "!javascript:"}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{Headline: "Sea", SourceURL: "https://ads.example/1"}}, []string{`<a href="https://ads.example/1"`}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{Headline: "Sea", SourceURL: "//evil-1.example/"}}, []string{`!href="//evil-1.example/`}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{Headline: "Sea", SourceURL: "/evil-2"}}, []string{`!href="/evil-2`}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{Headline: "Sea", SourceURL: "mailto:evil-3@x.example"}}, []string{`!href="mailto:evil-3@x.example`}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{Headline: "Sea", SourceURL: "tel:+336"}}, []string{`!href="tel:+336`}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{Headline: "Sea", SourceURL: "ftp://evil-5.example"}}, []string{`!href="ftp://evil-5.example`}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{Headline: "Sea", SourceURL: "https:evil-6.example"}}, []string{`!href="https:evil-6.example`}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{Headline: "Sea", SourceURL: "https://evil-7@x.example/"}}, []string{`!href="https://evil-7@x.example/`}},
			{models.TypeText, "An ad", models.Content{Referral: &wire.Referral{SourceURL: "//evil-8.example/"}}, []string{"<b>//evil-8.example/</b>"}},
			{models.TypeDocument, "", models.Content{Media: &wire.Media{URL: "//evil-9.example/a"}}, []string{`!href="//evil`}},
			{models.TypeText, "Is it in stock?", models.Content{Product: &wire.Product{CatalogID: "1", ProductID: "SKU-9 <b>"}, QuotedID: "wamid.of-the-shop"}, []string{"Asks about the product SKU-9 &lt;b&gt;", "Is it in stock?", "!not here"}},
			{models.TypeSystem, "Amara has a new number.", models.Content{}, []string{"Amara has a new number."}},
			{models.TypeUnsupported, "", models.Content{Problem: "Message type unknown"}, []string{"cannot be shown here: Message type unknown"}},
			{models.TypeUnsupported, "", models.Content{}, []string{"of a kind that cannot be shown here"}},
			{models.TypeText, "An answer", models.Content{QuotedID: "wamid.nobody"}, []string{"Answers a message that is not here"}},
		} {
			c.Clock.Pass(time.Second)
			c.gets(k.kind, k.body, k.content)
			lea.ask("GET", c.thread(), nil).want(t, 200).shows(t, k.shows...)
		}
		lea.ask("GET", "/inbox?fragment=list", nil).shows(t, "![unsupported]") // as the store says it
	})
}

func TestReactionsEditsAndDeletions(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, c := signIn(t, app, "lea@acme.example"), openChat(t, w)
		first := c.gets(models.TypeText, "Look at this", models.Content{})
		thread := c.thread()
		react := func(to, emoji string) {
			c.Clock.Pass(time.Second)
			c.gets(models.TypeReaction, emoji, models.Content{Reaction: &wire.Reaction{ExternalID: to, Emoji: emoji}})
		}
		react(first, "🥳")
		react(first, "🎉")
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "🎉", "!🥳", "Look at this", `class="reactions"`, "!data-replaces")
		c.Clock.Pass(time.Second)
		c.gets(models.TypeText, "A later one", models.Content{QuotedID: first})
		last := lea.ask("GET", thread, nil).want(t, 200).shows(t, `class="quote"`)
		react(first, "💜")
		// A page that is open gets the message that the reaction is about, to put in its place.
		later := last.text[strings.LastIndex(last.text, `data-message="`)+14:][:24]
		lea.ask("GET", thread+"/messages?fragment=1&after="+later, nil).want(t, 200).shows(t, "💜", "Look at this", "data-replaces", "A later one", "!<html")
		react(first, "")
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "!💜", `!class="reactions"`)
		react("wamid.unknown", "🤷")
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "Amara reacted with 🤷 to a message that is not here")

		for _, in := range []models.Incoming{{Edits: first, Body: "Look at that", Type: models.TypeText}, {Deletes: "wamid.4", Type: models.TypeSystem}} {
			in.From, in.ExternalID, in.At = models.Sender{WhatsApp: "33612345678"}, "wamid.x"+in.Edits+in.Deletes, w.Clock.Now()
			if _, err := w.Acme.System.Receive(c.on.ID, in); err != nil {
				t.Fatal(err)
			}
		}
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "Look at that", "Edited", "This message was deleted.", "!Look at this", "!A later one")
	})
}

func TestTheWindowShutsAndTemplatesPass(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, gus, c := signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example"), openChat(t, w)
		c.gets(models.TypeText, "Hi", models.Content{})
		thread := c.thread()
		gate := func() page { return lea.ask("GET", thread+"?fragment=gate", nil).want(t, 200) }
		c.Clock.Pass(30 * time.Minute)
		gate().shows(t, "You may write freely for another", "23h 2", "!Choose a template", "!<html")
		c.Clock.Pass(25 * time.Hour)
		shut := gate().shows(t, "only a template passes", "greeting · en", "named · en", "!paused", "!carousel")
		lea.post(thread, thread+"/messages", url.Values{"body": {"Free text"}}).want(t, 422).shows(t, "Send a template.", "Free text")
		lea.post(thread, thread+"/messages", url.Values{"body": {"A note"}, "kind": {"note"}}).want(t, 303)

		id := optionOf(t, shut.text, "greeting")
		filling := lea.ask("GET", thread+"?template="+id, nil).want(t, 200)
		filling.shows(t, `name="header.1"`, `name="body.1"`, `name="body.2"`, `name="button.0"`, `name="button.1"`, "{{2}}")
		full := url.Values{"template": {id}, "header.1": {"Amara"}, "body.1": {"tea"}, "body.2": {"A-17"}, "button.0": {"track17"}, "button.1": {"SAVE"}, "client_id": {"c1"}}
		lea.post(thread, thread+"/template", with(full, "act", "preview", "body.1", "")).want(t, 200).shows(t, ">A-17<", ">{{1}}<", "track17")
		for field, bad := range map[string]string{"body.1": "", "body.2": "a\nb", "header.1": strings.Repeat("x", 1025), "button.1": strings.Repeat("x", 21), "button.0": "a     b"} {
			lea.post(thread, thread+"/template", with(full, field, bad)).want(t, 422).shows(t, `id="gap-`+field+`-error"`, "It was not sent. Look at the marked fields.", "!"+field+":")
		}
		lea.post(thread, thread+"/template", full).want(t, 303)
		lea.post(thread, thread+"/template", full).want(t, 303) // sent twice, it is one
		said := lea.ask("GET", thread, nil).want(t, 200).shows(t, "For Amara", "Order A-17 of tea", "Template greeting", "Waiting to be sent")
		if n := strings.Count(said.text, "Order A-17 of tea"); n != 1 {
			// The list shows the beginning of it, too.
			if n = strings.Count(said.text, `<div class="text">For Amara`); n != 1 {
				t.Errorf("the template is there %d times", n)
			}
		}
		named := optionOf(t, shut.text, "named")
		for _, link := range []string{"", "not a link", "javascript:alert(1)"} {
			lea.post(thread, thread+"/template", url.Values{"template": {named}, "body.first_name": {"Ada"}, "header.file": {link}}).want(t, 422).shows(t, "gap-header.file-error")
		}
		lea.post(thread, thread+"/template", url.Values{"template": {named}, "body.first_name": {"Ada"}, "header.file": {"https://x.example/a.png"}}).want(t, 303)
		lea.post(thread, thread+"/template", url.Values{"template": {"nonsense"}}).want(t, 404)
		gus.post("/inbox", thread+"/template", full).want(t, 404)
		gus.ask("GET", thread+"?fragment=gate", nil).want(t, 404)

		// They answer: anything may be written again.
		c.gets(models.TypeText, "Back again", models.Content{})
		gate().shows(t, "You may write freely", "!only a template passes")
	})
}

// with is a copy of a form with some fields replaced.
func with(form url.Values, pairs ...string) url.Values {
	all := url.Values{}
	for name, values := range form {
		all[name] = values
	}
	for i := 0; i < len(pairs); i += 2 {
		all.Set(pairs[i], pairs[i+1])
	}
	return all
}

// optionOf is the value of a list's option whose label starts so.
func optionOf(t *testing.T, page, label string) string {
	t.Helper()
	at := strings.Index(page, ">"+label)
	if at < 0 {
		t.Fatal("no option", label)
	}
	from := strings.LastIndex(page[:at], `value="`) + 7
	return page[from : from+24]
}

func TestAFailedMessageIsSentAgain(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, gus, c := signIn(t, app, "lea@acme.example"), signIn(t, app, "gus@globex.example"), openChat(t, w)
		c.gets(models.TypeText, "Hi", models.Content{})
		thread := c.thread()
		m, err := w.Acme.Scope.Send(models.ID(strings.TrimPrefix(thread, "/inbox/")), models.Draft{Body: "Hello"})
		if err != nil {
			t.Fatal(err)
		}
		retry := thread + "/messages/" + string(m.ID) + "/retry"
		lea.post(thread, retry, url.Values{}).want(t, 409) // it has not failed
		for _, s := range []struct{ state, shows string }{{"sent", "Sent"}, {"delivered", "Delivered"}, {"read", "Read"}} {
			if _, err := w.Acme.System.Progress(m.ID, models.MessageState(s.state), "", reason.Reason{}); err != nil {
				t.Fatal(err)
			}
			lea.ask("GET", thread+"/messages?fragment=1&message="+string(m.ID), nil).want(t, 200).shows(t, s.shows, "Hello", "!Hi")
		}
		sound, err := w.Acme.Scope.Send(m.ConversationID, models.Draft{Content: models.Content{Media: &wire.Media{URL: "https://x.example/a.ogg"}}})
		if err == nil {
			_, err = w.Acme.System.Progress(sound.ID, models.Played, "", reason.Reason{})
		}
		if err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", thread+"/messages?fragment=1&message="+string(sound.ID), nil).want(t, 200).shows(t, "Played", "!Delivered")
		if m, err = w.Acme.Scope.Send(m.ConversationID, models.Draft{Body: "Again"}); err == nil {
			_, err = w.Acme.System.Progress(m.ID, models.Failed, "131026", reason.Said("The number is not on WhatsApp. Ask for another."))
		}
		if err != nil {
			t.Fatal(err)
		}
		retry = thread + "/messages/" + string(m.ID) + "/retry"
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "The number is not on WhatsApp. Ask for another.", retry)
		gus.post("/inbox", retry, url.Values{}).want(t, 404)
		other := wrote(t, w, "Zoe", "x")
		lea.post(thread, "/inbox/"+string(other.ID)+"/messages/"+string(m.ID)+"/retry", url.Values{}).want(t, 404)
		lea.post(thread, thread+"/messages/nonsense/retry", url.Values{}).want(t, 404)
		lea.post(thread, retry, url.Values{}).want(t, 303)
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "Waiting to be sent", "!"+retry)
		if _, err := w.Acme.System.Progress(m.ID, models.Failed, "1", reason.Said("No.")); err != nil {
			t.Fatal(err)
		}
		c.Clock.Pass(25 * time.Hour)
		lea.post(thread, retry, url.Values{}).want(t, 422).shows(t, "Send a template.")
		if err := w.Acme.Scope.DeleteChannel(c.on.ID); err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", thread, nil).want(t, 200).shows(t, "The channel was removed.")
	})
}

func TestANewMessageAsksForTheChannel(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		person, err := w.Acme.Scope.CreateContact(models.ContactChange{Name: new("Ada"), Phone: new("+33612345678")})
		if err != nil {
			t.Fatal(err)
		}
		at := "/contacts/" + string(person.ID)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "New message", "!Choose the channel")
		c := openChat(t, w)
		lea.ask("GET", at, nil).want(t, 200).shows(t, "Choose the channel", `value="`+string(c.on.ID)+`"`)
		to := lea.post(at, at+"/conversations", url.Values{"channel_id": {string(c.on.ID)}}).want(t, 303).Header.Get("Location")
		lea.ask("GET", to, nil).want(t, 200).shows(t, "You may write freely")
		assert.Check(t, is.Equal(lea.post(at, at+"/conversations", url.Values{"channel_id": {string(c.on.ID)}}).want(t, 303).Header.Get("Location"), to), "a second conversation on the channel")
		lea.post(at, at+"/conversations", url.Values{"channel_id": {"nonsense"}}).want(t, 422)
	})
}

// TestReasonsAreToldInTheReadersLanguage: why a channel needs attention, a message failed and a file did not come.
func TestReasonsAreToldInTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, c := signIn(t, app, "lea@acme.example"), openChat(t, w)
		why := reason.NewParser().Parse
		c.gets(models.TypeUnsupported, "", models.Content{Problem: why("It may be viewed once, on the phone alone.").Kept()})
		c.gets(models.TypeImage, "", models.Content{Media: &wire.Media{State: models.MediaLost, Problem: why("The file is larger than 100 MiB.").Kept()}})
		thread := c.thread()
		m, err := w.Acme.Scope.Send(models.ID(strings.TrimPrefix(thread, "/inbox/")), models.Draft{Body: "Hello"})
		if err == nil {
			_, err = w.Acme.System.Progress(m.ID, models.Failed, "131000", why("Something failed at Meta. It is tried again. (Meta: (#131000) oops) It was tried for the last time."))
		}
		if err == nil {
			err = w.Store.FinishCheck(t.Context(), accountOf(t, w, c.on.ID), models.Finding{Refused: true,
				Detail: why("Meta does not take the access token. Make a new one and put it into the channel's settings. (Meta: Error validating access token)")})
		}
		if err != nil {
			t.Fatal(err)
		}
		token := map[string]string{
			"fr": "Meta refuse le jeton d’accès. Créez-en un nouveau et mettez-le dans les réglages du canal. (Meta : Error validating access token)",
			"id": "Meta tidak menerima token akses. Buat yang baru dan masukkan ke pengaturan saluran. (Meta: Error validating access token)",
			"en": "Meta does not take the access token. Make a new one and put it into the channel&#39;s settings. (Meta: Error validating access token)",
		}
		failed := map[string]string{
			"fr": "Quelque chose a échoué chez Meta. Un nouvel essai suit. (Meta : (#131000) oops) C’était le dernier essai.",
			"id": "Ada yang gagal di Meta. Akan dicoba lagi. (Meta: (#131000) oops) Itu percobaan terakhir.",
			"en": "Something failed at Meta. It is tried again. (Meta: (#131000) oops) It was tried for the last time.",
		}
		file := map[string]string{"fr": "Le fichier dépasse 100 MiB.", "id": "Berkas lebih besar dari 100 MiB.", "en": "The file is larger than 100 MiB."}
		once := map[string]string{"fr": "À voir une seule fois", "id": "Hanya dapat dilihat sekali", "en": "It may be viewed once"}
		for tag := range token {
			for _, page := range []string{channelsPage, channelsPage + "/" + string(c.on.ID), thread, thread + "?fragment=gate"} {
				lea.ask("GET", page, nil, "Accept-Language", tag).want(t, 200).shows(t, token[tag])
			}
			lea.ask("GET", thread, nil, "Accept-Language", tag).shows(t, failed[tag], file[tag], once[tag])
		}
		now, err := w.Acme.Scope.Channel(c.on.ID)
		if assert.Check(t, err) {
			assert.Check(t, strings.HasPrefix(*now.Wire().StatusDetail, "Meta does not take"), "the API speaks English: %s", *now.Wire().StatusDetail)
		}
	})
}
