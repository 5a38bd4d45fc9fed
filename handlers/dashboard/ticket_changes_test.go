package dashboard_test

import (
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

// undoOf returns the path of the undo that a page's toast offers, after a change led to it.
func undoOf(t *testing.T, p *person, a page) string {
	t.Helper()
	form := p.ask("GET", a.want(t, 303).Header.Get("Location"), nil).want(t, 200)
	found := regexp.MustCompile(`action="(/tickets/undo/\w+)"`).FindStringSubmatch(form.text)
	if found == nil {
		t.Fatal("nothing undoes it")
	}
	return found[1]
}

func TestManyTicketsAreChangedAtOnceAndBack(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		max := agent(t, w, app)
		var ids []string
		var all []*models.Ticket
		for range 3 {
			made := ticketed(t, w, subject("Parcel lost"))
			all, ids = append(all, made), append(ids, string(made.ID))
		}
		status := func(i int) string {
			now, err := w.Acme.Scope.Ticket(all[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			return string(now.Status) + " " + now.Assignee
		}
		w.Clock.Pass(time.Second)
		change := url.Values{"ticket": ids, "status": {"resolved"}, "assignee": {string(w.Acme.Owner.ID)}, "priority": {""}, "category": {""}}
		done := lea.post("/tickets", "/tickets/bulk?status=open", change).want(t, 303)
		lea.ask("GET", done.Header.Get("Location"), nil).says(t, "3 tickets changed.", `name="back" value="/tickets?status=open"`)
		undo := undoOf(t, lea, done)
		for i := range all {
			assert.Check(t, is.Equal(status(i), "resolved Lea"))
		}
		// Only who made the change takes it back, once; what was changed since stays.
		w.Clock.Pass(time.Second)
		max.post("/tickets", undo, url.Values{}).want(t, 404)
		max.post("/tickets", "/tickets/"+ids[2], url.Values{"status": {"pending"}}).want(t, 303)
		to := lea.post("/tickets", undo, url.Values{"back": {"/tickets?status=open"}}).want(t, 303).Header.Get("Location")
		assert.Check(t, is.Equal(to, "/tickets?status=open&said=undone-some"))
		lea.post("/tickets", undo, url.Values{}).want(t, 404)
		assert.Check(t, is.Equal(status(0), "open "))
		assert.Check(t, is.Equal(status(1), "open "))
		assert.Check(t, is.Equal(status(2), "pending Lea"))
		now, _ := w.Acme.Scope.Ticket(all[0].ID)
		assert.Check(t, is.Equal(now.ReopenedCount, 0), "undone, it was reopened %d times, resolved %v", now.ReopenedCount, now.ResolvedAt)
		assert.Check(t, is.Nil(now.ResolvedAt), "undone, it was reopened %d times, resolved %v", now.ReopenedCount, now.ResolvedAt)
		lea.ask("GET", "/tickets/"+ids[0], nil).says(t, "Lea changed the status from Resolved to Open")
		// Where it leads is a page of ours.
		again := undoOf(t, lea, lea.post("/tickets", "/tickets/"+ids[0]+"/move?by=status", url.Values{"status": {"waiting"}}))
		to = lea.post("/tickets", again, url.Values{"back": {"//evil.example"}}).want(t, 303).Header.Get("Location")
		assert.Check(t, is.Equal(to, "/tickets?said=undone"))
		// After an hour it is too late.
		late := undoOf(t, lea, lea.post("/tickets", "/tickets/"+ids[0]+"/move?by=assignee", url.Values{"assignee": {string(w.Acme.Owner.ID)}}))
		w.Clock.Pass(61 * time.Minute)
		lea.post("/tickets", late, url.Values{}).want(t, 404)
		if err := w.Store.Purge(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestABulkChangeIsAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		made := ticketed(t, w, subject("Parcel lost"))
		theirs, err := w.Globex.Scope.CreateTicket(models.TicketStart{TicketChange: subject("Secret")})
		if err != nil {
			t.Fatal(err)
		}
		// Of a conversation's two, one is resolved: both cannot be opened.
		c := wrote(t, w, "Amara", "Hi")
		first := ticketed(t, w, models.TicketChange{Conversation: &c.ID, Status: new(models.TicketResolved)})
		ticketed(t, w, models.TicketChange{Conversation: &c.ID})
		many := make([]string, 101)
		for i := range many {
			many[i] = string(made.ID)
		}
		mine := string(made.ID)
		for name, row := range map[string]struct {
			form   url.Values
			status int
		}{
			"another workspace's": {url.Values{"ticket": {mine, string(theirs.ID)}, "status": {"pending"}}, 404},
			"no id":               {url.Values{"ticket": {mine, "bogus"}, "status": {"pending"}}, 404},
			"none":                {url.Values{"status": {"pending"}}, 422},
			"too many":            {url.Values{"ticket": many, "status": {"pending"}}, 422},
			"nothing to change":   {url.Values{"ticket": {mine}}, 422},
			"no status":           {url.Values{"ticket": {mine}, "status": {"Pending"}}, 422},
			"no priority":         {url.Values{"ticket": {mine}, "priority": {"1.5"}}, 422},
			"a stranger":          {url.Values{"ticket": {mine}, "status": {"pending"}, "assignee": {string(w.Globex.Owner.ID)}}, 422},
			"no category":         {url.Values{"ticket": {mine}, "status": {"pending"}, "category": {mine}}, 422},
			"a second open one":   {url.Values{"ticket": {mine, string(first.ID)}, "status": {"open"}, "priority": {"3"}}, 409},
		} {
			lea.post("/tickets", "/tickets/bulk", row.form).want(t, row.status)
			now, err := w.Acme.Scope.Ticket(made.ID)
			if assert.Check(t, err) {
				assert.Check(t, is.Equal(now.Version(), made.Version()), "%s: it was changed, %v", name, err)
			}
		}
		// What is in the way is told with the ticket it is about, in the reader's language.
		form := url.Values{"ticket": {mine, string(first.ID)}, "status": {"open"}}
		lea.post("/tickets", "/tickets/bulk", form).says(t, "#2: The conversation has ticket #3 that is not resolved.", "Nothing was changed.")
		lea.post("/tickets", "/tickets/bulk", form, "Accept-Language", "fr").says(t, "N° 2 : La conversation a le ticket n° 3, qui n&#39;est pas résolu.", "Rien n&#39;a été modifié.")
		for _, bad := range []url.Values{{}, {"status": {"done"}}} {
			lea.post("/tickets", "/tickets/"+mine+"/move?by=status", bad).want(t, 422)
		}
		lea.post("/tickets", "/tickets/"+mine+"/move?by=assignee", url.Values{"assignee": {"bogus"}}).want(t, 422)
		// The value it has already is no change, and leaves nothing to undo.
		to := lea.post("/tickets", "/tickets/bulk", url.Values{"ticket": {mine}, "status": {"open"}}).want(t, 303).Header.Get("Location")
		assert.Check(t, !strings.Contains(to, "undo"), to)
	})
}

func TestTheBoard(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		agent(t, w, app)
		for range 26 {
			ticketed(t, w, subject("One of many"))
		}
		hers := ticketed(t, w, models.TicketChange{Subject: new("Parcel lost"), Assignee: &w.Acme.Owner.ID, Status: new(models.TicketPending)})
		ticketed(t, w, models.TicketChange{Subject: new("Long gone"), Assignee: &w.Acme.Owner.ID, Status: new(models.TicketResolved)})
		column := func(page, id string) string {
			_, rest, _ := strings.Cut(page, `id="column-`+id+`"`)
			inside, _, _ := strings.Cut(rest, "</section>")
			return inside
		}
		byStatus := lea.ask("GET", "/tickets/board", nil).want(t, 200).text
		n := strings.Count(column(byStatus, "open"), "board-card")
		assert.Check(t, is.Equal(n, 25))
		assert.Check(t, is.Contains(column(byStatus, "open"), ">26</span>"))
		assert.Check(t, is.Contains(byStatus, `href="/tickets?status=open"`))
		assert.Check(t, is.Contains(column(byStatus, "pending"), "Parcel lost"), "a ticket is not in its column")
		assert.Check(t, is.Contains(column(byStatus, "resolved"), "Long gone"), "a ticket is not in its column")
		byPerson := lea.ask("GET", "/tickets/board?by=assignee&fragment=1", nil).want(t, 200).says(t, "!<html", "!Long gone", "Nobody", "Max").text
		assert.Check(t, is.Contains(column(byPerson, string(w.Acme.Owner.ID)), "Parcel lost"), "a ticket is not at its assignee")
		assert.Check(t, is.Contains(column(byPerson, ""), "One of many"), "a ticket is not at its assignee")
		to := lea.post("/tickets", "/tickets/"+string(hers.ID)+"/move?by=assignee", url.Values{"assignee": {""}}).want(t, 303).Header.Get("Location")
		assert.Check(t, strings.HasPrefix(to, "/tickets/board?by=assignee&undo="), to)
		now, err := w.Acme.Scope.Ticket(hers.ID)
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(now.Assignee, ""), "%+v", now)
		}
		gus := signIn(t, app, "gus@globex.example")
		gus.ask("GET", "/tickets/board?by=assignee", nil).want(t, 200).says(t, "!Parcel", "!Max")
	})
}

func TestSavedViews(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, max := signIn(t, app, "lea@acme.example"), agent(t, w, app)
		save := func(p *person, name, query, shared string, status int) {
			t.Helper()
			p.post("/tickets", "/tickets/views", url.Values{"name": {name}, "query": {query}, "shared": {shared}}).want(t, status)
		}
		save(lea, "Burning", "status=open&priority=3&evil=1", "yes", 303)
		save(lea, "Just mine", "assignee=none", "", 303)
		save(max, "Max's own", "status=waiting", "", 303)
		save(max, "Max's for all", "status=pending", "yes", 303)
		for name, query := range map[string]string{"": "status=open", "No filter": "", "Bad": "%zz", strings.Repeat("x", 61): "status=open"} {
			save(lea, name, query, "", 422)
		}
		lea.ask("GET", "/tickets?priority=3&status=open", nil).says(t, "Burning", "Just mine", "!Max&#39;s own", "!evil", "Forget this view")
		max.ask("GET", "/tickets", nil).says(t, "Burning", "!Just mine", "Max&#39;s own")
		views, err := w.Acme.Scope.SavedViews()
		assert.NilError(t, err)
		assert.Assert(t, is.Len(views, 3))
		gus := signIn(t, app, "gus@globex.example")
		gus.ask("GET", "/tickets", nil).says(t, "!Burning")
		for _, v := range views {
			forget := "/tickets/views/" + string(v.ID) + "/delete"
			gus.post("/inbox", forget, url.Values{}).want(t, 404)
			switch v.Name {
			case "Just mine":
				max.post("/tickets", forget, url.Values{}).want(t, 404)
			case "Burning":
				max.post("/tickets", forget, url.Values{}).want(t, 403)
			}
			lea.post("/tickets", forget, url.Values{}).want(t, 303)
		}
		lea.ask("GET", "/tickets", nil).says(t, "!Burning")
	})
}

func TestWhoIsNamedInANoteIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, max := signIn(t, app, "lea@acme.example"), agent(t, w, app)
		c := wrote(t, w, "Amara", "Hi @Max")
		made := ticketed(t, w, models.TicketChange{Conversation: &c.ID})
		ticket, thread := "/tickets/"+string(made.ID), "/inbox/"+string(c.ID)
		note := func(path, kind, body string) {
			t.Helper()
			w.Clock.Pass(time.Second)
			lea.post(path, path+"/messages", url.Values{"kind": {kind}, "body": {body}}).want(t, 303)
		}
		note(ticket, "note", "Ask @MAX, not max@max.example or @Maxim <b>")
		max.ask("GET", ticket, nil).says(t, `<mark class="mention self">@MAX</mark>, not max@max.example or @Maxim &lt;b&gt;`)
		lea.ask("GET", ticket, nil).says(t, `<mark class="mention">@MAX</mark>`)
		note(thread, "note", "@Max? And @Lea")
		max.ask("GET", thread, nil).says(t, `<mark class="mention self">@Max</mark>? And <mark class="mention">@Lea</mark>`)
		note(thread, "reply", "Hello @Max")

		events, err := w.Acme.Scope.EventsAfter("", 100)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range events {
			toast := "/mentions/" + string(e.ID)
			if len(e.Mentioned()) == 0 {
				max.ask("GET", toast, nil).want(t, 404)
				continue
			}
			told = append(told, max.ask("GET", toast, nil).want(t, 200).says(t, "!<html").text)
			lea.ask("GET", toast, nil).want(t, 404) // her own word
			signIn(t, app, "gus@globex.example").ask("GET", toast, nil).want(t, 404)
		}
		if assert.Check(t, is.Len(told, 2)) {
			assert.Check(t, is.Contains(told[0], "Lea mentioned you in #1"))
			assert.Check(t, is.Contains(told[0], ticket))
			assert.Check(t, is.Contains(told[1], "Lea mentioned you in Amara"))
		}
		max.ask("GET", "/mentions/bogus", nil).want(t, 404)
	})
}
