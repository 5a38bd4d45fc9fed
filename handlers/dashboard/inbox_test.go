package dashboard_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
)

// wrote opens a conversation in which a contact wrote.
func wrote(t *testing.T, w *modelstest.World, name, body string) *models.Conversation {
	t.Helper()
	w.Clock.Pass(time.Second)
	c, err := w.Acme.Scope.OpenConversation(models.ConversationStart{Contact: &models.ContactChange{Name: &name, ExternalID: &name}, Kind: models.ChannelAPI,
		First: &models.Draft{Body: body, Direction: models.Inbound}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheInboxShowsWhoWaits(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.ask("GET", "/inbox", nil).want(t, 200).shows(t, "Nobody has written yet") // it teaches what to do
		c := wrote(t, w, "Amara", "Where is my parcel?")
		list := lea.ask("GET", "/inbox?fragment=list", nil).want(t, 200).text
		for _, text := range []string{"Amara", "Where is my parcel?", "1 unread message"} {
			if !strings.Contains(list, text) {
				t.Errorf("the list lacks %q", text)
			}
		}
		views := lea.ask("GET", "/inbox?fragment=views&active=mine", nil).want(t, 200).text
		assert.Check(t, is.Contains(views, `data-unread="1"`), "the views count wrong")
		assert.Check(t, is.Equal(strings.Count(views, ">1</span>"), 2), "the views count wrong")
		if strings.Contains(list+views, "<html") {
			t.Error("the fragment is a page")
		}
		page := lea.ask("GET", "/inbox/"+string(c.ID), nil).want(t, 200).text
		assert.Check(t, is.Contains(page, `id="message-`))
		assert.Check(t, !strings.Contains(page, `data-unread="1"`), "opening it does not read it")
		for _, view := range []string{"?view=mine", "?status=closed", "?status=snoozed", "?q=nothing+like+it", "?status=bogus&view=bogus", "?cursor=bogus"} {
			want := 200
			if view == "?cursor=bogus" {
				want = 422
			}
			a := lea.ask("GET", "/inbox"+view, nil).want(t, want)
			assert.Check(t, is.Equal(strings.Contains(a.text, "Amara"), strings.Contains(view, "bogus&")), view)
		}
	})
}

func TestAPageIsFoundByTheIDOfTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		c := wrote(t, w, "Amara", "Where is my parcel?")
		all, err := w.Acme.Scope.Channels()
		if err != nil {
			t.Fatal(err)
		}
		for given, shown := range map[string]string{
			"/inbox/" + c.ID.With(models.PrefixConversation) + "?q=par":  "/inbox/" + string(c.ID) + "?q=par",
			"/contacts/" + c.ContactID.With(models.PrefixContact):        "/contacts/" + string(c.ContactID),
			"/settings/channels/" + all[0].ID.With(models.PrefixChannel): "/settings/channels/" + string(all[0].ID),
		} {
			if at := lea.ask("GET", given, nil).want(t, 303).Header.Get("Location"); at != shown {
				t.Errorf("%s leads to %s", given, at)
			}
			lea.ask("GET", shown, nil).want(t, 200)
		}
		lea.ask("GET", "/inbox/"+string(c.ContactID), nil).want(t, 404)
		lea.post("/inbox", "/inbox/"+c.ID.With(models.PrefixConversation)+"/status", url.Values{"status": {"closed"}}).want(t, 303)
		now, err := w.Acme.Scope.Conversation(c.ID)
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(now.Status, models.StatusClosed), "%+v", now)
		}
	})
}

func TestWhatLeavesTheListMakesRoomForTheNext(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		last, middle, first := wrote(t, w, "Zoe Zimmer", "3"), wrote(t, w, "Yan Young", "2"), wrote(t, w, "Xi Xanthos", "1")
		leads := func(c *models.Conversation, form url.Values, want string) {
			t.Helper()
			at := lea.post("/inbox", "/inbox/"+string(c.ID)+"/status?q=", form).want(t, 303).Header.Get("Location")
			if !strings.HasPrefix(at, want) {
				t.Errorf("%v leads to %s, want %s", form, at, want)
			}
		}
		leads(middle, url.Values{"status": {"closed"}}, "/inbox/"+string(last.ID)+"?undo="+string(middle.ID)+"&said=closed")
		leads(last, url.Values{"status": {"snoozed"}, "until": {"1h"}}, "/inbox/"+string(first.ID)+"?undo=")
		leads(first, url.Values{"status": {"snoozed"}}, "/inbox?undo=")
		leads(middle, url.Values{"status": {"open"}}, "/inbox/"+string(middle.ID))
		lea.post("/inbox", "/inbox/"+string(middle.ID)+"/status", url.Values{"status": {"done"}}).want(t, 422)

		undo := lea.ask("GET", "/inbox?said=closed&undo="+string(middle.ID), nil).text
		assert.Check(t, is.Contains(undo, "/inbox/"+string(middle.ID)+"/status"), "nothing undoes it")
		assert.Check(t, is.Contains(undo, "Undo"), "nothing undoes it")
		w.Clock.Pass(2 * time.Hour)
		if _, err := w.Store.WakeSnoozed(t.Context()); err != nil {
			t.Fatal(err)
		}
		list := lea.ask("GET", "/inbox", nil).text
		assert.Check(t, is.Contains(list, "Zoe Zimmer"), "snoozed for an hour, it did not come back")
		assert.Check(t, !strings.Contains(list, "Xi Xanthos"), "snoozed for longer, it came back")
	})
}

func TestSnoozingUntilAMorningIsInTheReadersZone(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.cookie += "; mauve_zone=Asia/Jakarta"
		c := wrote(t, w, "Amara", "Hi")
		jakarta, err := time.LoadLocation("Asia/Jakarta")
		if err != nil {
			t.Fatal(err)
		}
		for _, until := range []string{"tomorrow", "week"} {
			lea.post("/inbox", "/inbox/"+string(c.ID)+"/status", url.Values{"status": {"snoozed"}, "until": {until}}).want(t, 303)
			now, err := w.Acme.Scope.Conversation(c.ID)
			assert.NilError(t, err)
			assert.Assert(t, now.SnoozedUntil != nil, "%+v", now)
			at := now.SnoozedUntil.In(jakarta)
			assert.Check(t, is.Equal(at.Hour(), 9), "%s is %s", until, at)
			if until == "week" {
				assert.Check(t, is.Equal(at.Weekday(), time.Monday), "%s is %s", until, at)
			}
			assert.Check(t, at.After(w.Clock.Now()), "%s is %s", until, at)
		}
	})
}

func TestWhatIsTypedIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, max := signIn(t, app, "lea@acme.example"), agent(t, w, app)
		c := wrote(t, w, "Amara", "Hi")
		thread, draft := "/inbox/"+string(c.ID), "/inbox/"+string(c.ID)+"/draft"
		typed := func(p *person, text string) bool { return strings.Contains(p.ask("GET", thread, nil).text, text) }
		lea.post(thread, draft, url.Values{"body": {"Half a sen"}, "kind": {"note"}}).want(t, 204)
		lea.post(thread, draft, url.Values{"body": {"Half a sentence"}, "kind": {"note"}, "client_id": {"c1"}}).want(t, 204)
		assert.Check(t, typed(lea, "Half a sentence"), "a draft is its writer's own, and is kept")
		assert.Check(t, !typed(max, "Half a sentence"), "a draft is its writer's own, and is kept")
		lea.post(thread, thread+"/messages", url.Values{"body": {"Half a sentence"}, "kind": {"note"}, "client_id": {"c1"}}).want(t, 303)
		// A save that was under way arrives after the message.
		lea.post(thread, draft, url.Values{"body": {"Half a sentenc"}, "client_id": {"c1"}}).want(t, 204)
		assert.Check(t, !typed(lea, "Half a sentence</textarea>"), "what was sent is still a draft")
		assert.Check(t, !typed(lea, "Half a sentenc</textarea>"), "what was sent is still a draft")
		lea.post(thread, draft, url.Values{"body": {"x"}, "client_id": {"c2"}}).want(t, 204)
		lea.post(thread, draft, url.Values{"body": {" "}, "client_id": {"c2"}}).want(t, 204)
		if typed(lea, ">x</textarea>") {
			t.Error("an emptied draft is still there")
		}
		lea.post(thread, "/inbox/"+strings.Repeat("0", 24)+"/draft", url.Values{"body": {"x"}}).want(t, 404)
		lea.post(thread, draft, url.Values{"body": {strings.Repeat("x", 10_001)}}).want(t, 422)
		lea.post(thread, draft, url.Values{"body": {"\x00"}}).want(t, 422)
		gus := signIn(t, app, "gus@globex.example")
		gus.post("/inbox", draft, url.Values{"body": {"x"}}).want(t, 404)
	})
}

func TestAThreadIsReadInParts(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		c := wrote(t, w, "Amara", "said 0")
		for i := 1; i < 60; i++ {
			w.Clock.Pass(time.Second)
			if _, err := w.Acme.Scope.Send(c.ID, models.Draft{Body: fmt.Sprint("said ", i)}); err != nil {
				t.Fatal(err)
			}
		}
		thread := "/inbox/" + string(c.ID)
		lea.post(thread, thread+"/assignee", url.Values{"assignee": {string(w.Acme.Owner.ID)}}).want(t, 303)
		lea.post(thread, thread+"/labels", url.Values{"label": {"vip"}, "new": {"parcel"}}).want(t, 303)
		page := lea.ask("GET", thread, nil).text
		for text, shown := range map[string]bool{">said 59<": true, ">said 10<": true, ">said 9<": false, "assigned": true, "set the labels": true} {
			if strings.Contains(page, text) != shown {
				t.Errorf("%q shown: %v", text, !shown)
			}
		}
		older := regexp.MustCompile(`href="(/inbox/\w+\?cursor=[\w-]+)"`).FindStringSubmatch(page)
		if older == nil {
			t.Fatal("no older messages")
		}
		lea.ask("GET", older[1], nil).want(t, 200).shows(t, ">said 9<", "!>said 10<")
		ids := regexp.MustCompile(`data-message="(\w+)"`).FindAllStringSubmatch(page, -1)
		assert.Assert(t, is.Len(ids, 52), "rows")
		assert.Check(t, is.Equal(strings.Count(lea.ask("GET", thread+"/messages?fragment=1&after="+ids[47][1], nil).want(t, 200).text, "data-message="), 5), "after the 48th row")
		if rows := lea.ask("GET", thread+"/messages?fragment=1&after="+ids[51][1], nil).want(t, 200).text; !strings.Contains(rows, "set the labels") {
			t.Error("after an event nothing is found")
		}
		assert.Check(t, is.Equal(strings.Count(lea.ask("GET", thread+"/messages?fragment=1&message="+ids[3][1], nil).want(t, 200).text, "data-message="), 1), "one message is not one")
		lea.ask("GET", thread+"/messages?fragment=1&after="+strings.Repeat("0", 24), nil).want(t, 404)
		for _, part := range []string{"bar", "details"} {
			lea.ask("GET", thread+"?fragment="+part, nil).want(t, 200).shows(t, "!<html", "Amara")
		}
	})
}

// Without JavaScript a refused message comes back with what was typed; a script gets a sentence.
func TestARefusedMessageIsNotLost(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		c := wrote(t, w, "Amara", "Hi")
		path := "/inbox/" + string(c.ID) + "/messages"
		long := strings.Repeat("too long ", 2000)
		lea.post("/inbox", path, url.Values{"body": {long}}).want(t, 422).shows(t, long[:900], "composer-error")
		if _, err := w.Acme.Scope.UpdateContact(c.ContactID, models.ContactChange{Blocked: new(true)}); err != nil {
			t.Fatal(err)
		}
		a := lea.ask("POST", path, url.Values{"body": {"x"}}, "Sec-Fetch-Site", "same-origin", "HX-Request-Type", "partial").want(t, 409)
		assert.Check(t, is.Equal(a.text, "This contact is blocked. Unblock them first."))
	})
}

func TestThePaletteFindsPagesAndPeople(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, max := signIn(t, app, "lea@acme.example"), agent(t, w, app)
		wrote(t, w, "Amara", "Hi")
		for _, c := range []struct {
			who    *person
			q, has string
			want   bool
		}{{lea, "", "API keys", true}, {max, "", "API keys", false}, {lea, "amara", "Amara", true}, {lea, "KEYS", "/settings/api-keys", true}, {lea, "zzz", "Nothing found", true}} {
			if a := c.who.ask("GET", "/palette?q="+url.QueryEscape(c.q), nil).want(t, 200); strings.Contains(a.text, c.has) != c.want {
				t.Errorf("%q shows %q: %v", c.q, c.has, !c.want)
			}
		}
	})
}

func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.ask("GET", "/inbox", nil, "Accept-Language", "fr-CH, en;q=0.5").shows(t, `lang="fr"`, "Boîte de réception")
		lea.cookie += "; mauve_lang=id"
		lea.ask("GET", "/inbox", nil, "Accept-Language", "fr").shows(t, `lang="id"`) // as it was chosen
	})
}

// A list that an event lets draw itself anew stays on its page, with the open conversation marked, however often.
func TestTheListIsRefreshedWhereItIs(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		oldest := wrote(t, w, "Person 00", "first of all")
		for i := 1; i <= 50; i++ {
			wrote(t, w, fmt.Sprintf("Person %02d", i), "hello")
		}
		refresh := regexp.MustCompile(`data-live-url="(/inbox\?[^"]*fragment=list[^"]*)"`)
		older := regexp.MustCompile(`href="(/inbox\?cursor=[\w-]+)"`)
		first := lea.ask("GET", "/inbox", nil).want(t, 200).shows(t, "Person 50", "!Person 00").text
		for at, marked := range map[string]bool{older.FindStringSubmatch(first)[1]: false, "/inbox/" + string(oldest.ID): false, "/inbox?fragment=list&selected=" + string(oldest.ID) + "&" + strings.TrimPrefix(older.FindStringSubmatch(first)[1], "/inbox?"): true} {
			page := lea.ask("GET", at, nil).want(t, 200)
			for range 3 {
				next := html.UnescapeString(refresh.FindStringSubmatch(page.text)[1])
				again := lea.ask("GET", next, nil).want(t, 200)
				assert.Check(t, is.Equal(strings.Contains(again.text, "Person 00"), at != "/inbox/"+string(oldest.ID)), "%s is refreshed as %s: %s", at, next, again.text)
				assert.Check(t, is.Equal(strings.Contains(again.text, `aria-current="true"`), marked), "%s is refreshed as %s: %s", at, next, again.text)
				page = again
			}
		}
	})
}
