package dashboard_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/content"
	"mauve/models/modelstest"
	"mauve/models/wire"
)

// ticketed makes a ticket in Acme without a conversation.
func ticketed(t *testing.T, w *modelstest.World, change models.TicketChange) *models.Ticket {
	t.Helper()
	w.Clock.Pass(time.Second)
	made, err := w.Acme.Scope.CreateTicket(models.TicketStart{TicketChange: change})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func subject(text string) models.TicketChange { return models.TicketChange{Subject: &text} }

// says fails where a page lacks a text, or has one that begins with a "!".
func (p page) says(t testing.TB, texts ...string) page {
	t.Helper()
	for _, text := range texts {
		if text, without := strings.CutPrefix(text, "!"); strings.Contains(p.text, text) == without {
			t.Errorf("%s: has %q: %v", p.Request.URL, text, without)
		}
	}
	return p
}

func TestTheTableOfTickets(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		lea.ask("GET", "/tickets", nil).want(t, 200).says(t, "No tickets yet", "/tickets/new")
		scope, high := w.Acme.Scope, models.HighPriority
		category, err := scope.CreateCategory(models.CategoryChange{Name: new("Refunds")})
		if err != nil {
			t.Fatal(err)
		}
		tag, err := scope.CreateTag(models.TagChange{Name: new("vip")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = scope.CreateAttribute(models.AttributeChange{Subject: new("ticket"), Name: new("Plan")}); err != nil {
			t.Fatal(err)
		}
		first := ticketed(t, w, models.TicketChange{Subject: new("Parcel lost"), Priority: &high, Category: &category.ID, Assignee: &w.Acme.Owner.ID,
			Tags: &[]string{"vip"}, Attributes: map[string]any{"Plan": "Gold"}})
		ticketed(t, w, subject("Card declined"))
		for query, found := range map[string]string{
			"": "both", "q=parcel": "first", "q=%231": "first", "q=nothing": "none", "status=open": "both", "status=resolved": "none",
			"priority=3": "first", "priority=2": "second", "priority=9": "both", "status=bogus": "both", "category=" + string(category.ID): "first", "category=none": "second",
			"assignee=" + string(w.Acme.Owner.ID): "first", "assignee=none": "second", "assignee=bogus": "both", "tag=" + string(tag.ID): "first", "tag=none": "both",
			"attribute=plan:gold": "first", "attribute=Plan:Silver": "none", "sort=createdAt": "both",
		} {
			for _, fragment := range []string{"", "&fragment=rows"} {
				text := lea.ask("GET", "/tickets?"+query+fragment, nil).want(t, 200).text
				assert.Check(t, is.Equal(strings.Contains(text, "Parcel lost"), found == "both" || found == "first"), "%s does not show %s", query, found)
				assert.Check(t, is.Equal(strings.Contains(text, "Card declined"), found == "both" || found == "second"), "%s does not show %s", query, found)
				if strings.Contains(text, "<html") == (fragment != "") {
					t.Errorf("%s%s is the wrong one of page and part", query, fragment)
				}
			}
		}
		for _, bad := range []string{"cursor=bogus", "sort=bogus", "attribute=Plan", "attribute=Colour:red", "q=%00"} {
			lea.ask("GET", "/tickets?"+bad, nil).want(t, 422).says(t, "!<td", `role="alert"`)
		}
		// The columns are kept for the person.
		a := lea.ask("GET", "/tickets?columns=chosen&column=category&column=bogus", nil).want(t, 200).says(t, "Refunds", `<th scope="col">Category`, `!<th scope="col">Assignee`)
		if kept := a.Header.Get("Set-Cookie"); !strings.Contains(kept, "mauve_ticket_columns=category;") {
			t.Error("the columns are not kept:", kept)
		}
		lea.cookie += "; mauve_ticket_columns=category"
		lea.ask("GET", "/tickets", nil).says(t, `<th scope="col">Category`, `!<th scope="col">Assignee`)
		// The side bar counts the open ones that are hers.
		lea.ask("GET", "/tickets?fragment=work&active=tickets", nil).want(t, 200).says(t, ">1</span>", `aria-current="page"`, "!<html")
		lea.ask("GET", "/palette?q=parcel", nil).says(t, "#1 Parcel lost", "/tickets/"+string(first.ID))
		lea.ask("GET", "/palette?q=1", nil).says(t, "#1 Parcel lost")
		gus := signIn(t, app, "gus@globex.example")
		gus.ask("GET", "/tickets", nil).want(t, 200).says(t, "!Parcel")
		for _, path := range []string{"", "/move", "/messages"} {
			gus.post("/inbox", "/tickets/"+string(first.ID)+path, url.Values{"status": {"open"}, "body": {"x"}, "subject": {"x"}}).want(t, 404)
		}
		gus.ask("GET", "/tickets/"+string(first.ID), nil).want(t, 404)
		gus.ask("GET", "/tickets/none", nil).want(t, 404)
	})
}

func TestTheTableIsReadByPages(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		for range 51 {
			ticketed(t, w, subject("One of many"))
		}
		first := lea.ask("GET", "/tickets?status=open", nil).want(t, 200).says(t, "51 tickets", ">#51<", "!>#1<")
		_, rest, found := strings.Cut(first.text, `href="/tickets?cursor=`)
		if !found {
			t.Fatal("no next page")
		}
		cursor, _, _ := strings.Cut(rest, "&amp;")
		lea.ask("GET", "/tickets?status=open&cursor="+cursor, nil).want(t, 200).says(t, ">#1<", "!>#51<")
	})
}

func TestATicketsPage(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		for name, kind := range map[string]models.AttributeKind{"Seats": models.NumberAttribute, "Due": models.DateAttribute, "Paid": models.YesNoAttribute, "Size": models.ChoiceAttribute} {
			change := models.AttributeChange{Subject: new("ticket"), Name: &name, Kind: &kind}
			if kind == models.ChoiceAttribute {
				change.Choices = &[]string{"S", "M"}
			}
			if _, err := w.Acme.Scope.CreateAttribute(change); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Acme.Scope.CreateTag(models.TagChange{Name: new("a, b")}); err != nil {
			t.Fatal(err)
		}
		made := ticketed(t, w, models.TicketChange{Subject: new("Parcel lost"), Tags: &[]string{"a, b"}})
		page := "/tickets/" + string(made.ID)
		lea.ask("GET", page, nil).want(t, 200).says(t, "Parcel lost", "No conversation is linked", "Lea made the ticket", "Seats", `value="a, b"`)

		form := func() url.Values {
			now, err := w.Acme.Scope.Ticket(made.ID)
			if err != nil {
				t.Fatal(err)
			}
			w.Clock.Pass(time.Second)
			return url.Values{"version": {now.Version()}, "seen": {wire.Stamp(now.UpdatedAt)}, "subject": {now.Subject}, "status": {string(now.Status)}, "priority": {"2"},
				"categoryId": {""}, "assigneeId": {string(now.AssigneeID)}, "tags": {"a, b"}, "attributes.Seats": {"2.5"}, "attributes.Due": {"2026-12-24"}, "attributes.Paid": {"yes"}, "attributes.Size": {"M"}}
		}
		all := form()
		all.Set("priority", "3")
		all.Set("assigneeId", string(w.Acme.Owner.ID))
		lea.post(page, page, all).want(t, 303)
		now, err := w.Acme.Scope.Ticket(made.ID)
		assert.NilError(t, err)
		assert.Equal(t, now.Priority, 3, "%+v", now)
		assert.Equal(t, now.Assignee, "Lea", "%+v", now)
		assert.Assert(t, is.Len(now.Facts, 4), "%+v", now)
		assert.Assert(t, is.Len(now.Tags, 1), "%+v", now)
		for _, f := range now.Facts {
			if f.Name == "Seats" {
				assert.Check(t, is.Equal(f.Value, 2.5), "%s is %v", f.Name, f.Value)
			}
			if f.Name == "Paid" {
				assert.Check(t, is.Equal(f.Value, true), "%s is %v", f.Name, f.Value)
			}
		}
		lea.ask("GET", page, nil).says(t, "Lea changed the priority from Normal to High", "Lea set the assignee to Lea", "Lea set “Due” to 2026-12-24")

		for name, values := range map[string][]string{
			"status": {"Open", "done", ""}, "priority": {"0", "4", "1.5", "high"}, "categoryId": {"none", string(made.ID), "\x00"}, "assigneeId": {string(w.Globex.Owner.ID)},
			"tags": {"unknown", strings.Repeat("x,", 10_000) + "y"}, "attributes.Seats": {"two"}, "attributes.Due": {"24.12.2026"}, "attributes.Paid": {"perhaps"}, "attributes.Size": {"XL"},
			"subject": {strings.Repeat("x", 201), "a\x00b"},
		} {
			for _, value := range values {
				bad := form()
				bad.Set(name, value)
				a := lea.post(page, page, bad).want(t, 422)
				if !strings.Contains(a.text, "field-"+name+"-error") {
					t.Errorf("the form does not say what is wrong with %s %.20q", name, value)
				}
			}
		}
		after, err := w.Acme.Scope.Ticket(made.ID)
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(after.Version(), now.Version()), "a refused form changed something")
		}
		lea.post(page, page, url.Values{}).want(t, 422)
	})
}

func TestWhoIsSecondIsToldWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		max := agent(t, w, app)
		made := ticketed(t, w, subject("Parcel lost"))
		page := "/tickets/" + string(made.ID)
		both := url.Values{"version": {made.Version()}, "seen": {wire.Stamp(made.UpdatedAt)}, "subject": {"Parcel lost"}, "priority": {"2"}}
		w.Clock.Pass(time.Second)
		both.Set("status", "pending")
		max.post(page, page, both).want(t, 303)
		both.Set("status", "resolved")
		both.Set("subject", "Parcel found")
		told := lea.post(page, page, both).want(t, 412).says(t, "Max changed the status from Open to Pending", `value="Parcel found"`, `value="pending" selected`)
		now, err := w.Acme.Scope.Ticket(made.ID)
		assert.NilError(t, err)
		assert.Equal(t, now.Status, models.TicketPending, "%+v", now)
		assert.Equal(t, now.Subject, "Parcel lost", "%+v", now)
		// The form that came back knows of it, and can be saved.
		_, rest, _ := strings.Cut(told.text, `name="version" autocomplete="off" value="`)
		version, _, _ := strings.Cut(rest, `"`)
		both.Set("version", version)
		lea.post(page, page, both).want(t, 303)
	})
}

func TestATicketFromAConversation(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		c := wrote(t, w, "Amara", "Where is my parcel?")
		thread, form := "/inbox/"+string(c.ID), "/tickets/new?conversation="+string(c.ID)
		lea.ask("GET", thread, nil).says(t, `href="`+form+`"`)
		lea.ask("GET", form, nil).want(t, 200).says(t, `value="Where is my parcel?"`, "From the conversation with Amara")
		made := lea.post(form, "/tickets", url.Values{"subject": {"Parcel"}, "conversationId": {string(c.ID)}, "priority": {"2"}, "categoryId": {""}, "assigneeId": {""}}).want(t, 303).Header.Get("Location")
		lea.ask("GET", form, nil).want(t, 303)
		lea.post("/tickets", "/tickets", url.Values{"subject": {"Again"}, "conversationId": {string(c.ID)}, "priority": {"2"}}).want(t, 409).says(t, "has ticket #1 that is not resolved")
		for _, part := range []string{"", "?fragment=bar"} {
			lea.ask("GET", thread+part, nil).says(t, `href="`+made+`"`, ">#1<")
		}
		lea.ask("GET", thread+"?fragment=details", nil).says(t, "#1 Parcel")
		lea.ask("GET", "/contacts/"+string(c.ContactID), nil).says(t, "#1 Parcel")

		// A reply makes it wait, the customer opens it again; a note goes nowhere, and only once.
		w.Clock.Pass(time.Second)
		say := func(kind, body, id string, status int) {
			t.Helper()
			lea.post(made, made+"/messages", url.Values{"kind": {kind}, "body": {body}, "client_id": {id}}).want(t, status)
		}
		say("reply", "On its way", "c1", 303)
		for range 2 {
			say("note", "Max knows", "c2", 303)
		}
		say("reply", "", "c3", 422)
		say("note", strings.Repeat("x", content.LongestText+1), "c4", 422)
		text := lea.ask("GET", made+"?fragment=timeline", nil).want(t, 200).says(t, "Where is my parcel?", "On its way", "Lea changed the status from Open to Waiting", "Lea gave the first answer", "!<html").text
		assert.Check(t, is.Equal(strings.Count(text, "Max knows"), 1), "a repeated note is there twice")
		w.Clock.Pass(time.Second)
		if _, err := w.Acme.Scope.Send(c.ID, models.Draft{Body: "It is not here", Direction: models.Inbound}); err != nil {
			t.Fatal(err)
		}
		lea.ask("GET", made, nil).says(t, "Amara changed the status from Waiting to Open")
		lea.ask("GET", made+"?fragment=bar", nil).want(t, 200).says(t, "Resolve", "!<html")

		for _, path := range []string{"/tickets/new?conversation=none", "/tickets/new?conversation=" + string(w.Globex.Owner.ID)} {
			lea.ask("GET", path, nil).want(t, 404)
		}
		lea.post("/tickets/new", "/tickets", url.Values{"priority": {"2"}}).want(t, 422)
		lea.post("/tickets/new", "/tickets", url.Values{"subject": {"x"}, "priority": {"7"}}).want(t, 422)
		lea.post("/tickets/new", "/tickets", url.Values{"subject": {"x"}, "conversationId": {"bogus"}}).want(t, 404)

		// One made without a conversation says that replies go nowhere, and offers to link one.
		w.Clock.Pass(time.Second)
		loose := ticketed(t, w, models.TicketChange{Contact: &c.ContactID})
		page := "/tickets/" + string(loose.ID)
		lea.ask("GET", page, nil).says(t, "replies go nowhere", "No subject", string(c.ID))
		lea.post(page, page+"/messages", url.Values{"kind": {"reply"}, "body": {"x"}}).want(t, 409)
		lea.post(page, page+"/messages", url.Values{"kind": {"note"}, "body": {"x"}}).want(t, 303)
		lea.post(page, page, url.Values{"conversationId": {string(c.ID)}}).want(t, 409)
		lea.post(made, made+"/move?by=status&from=ticket", url.Values{"status": {"resolved"}}).want(t, 303)
		lea.post(page, page, url.Values{"conversationId": {string(c.ID)}}).want(t, 303)
		lea.ask("GET", page, nil).says(t, "!replies go nowhere", "Lea linked a conversation")
	})
}

// TestWhatSomebodyNamedIsNotTranslated: a word of ours that is somebody's name stays their name in every language.
func TestWhatSomebodyNamedIsNotTranslated(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		tag, err := w.Acme.Scope.CreateTag(models.TagChange{Name: new("Open")})
		assert.NilError(t, err)
		_, err = w.Acme.Scope.UpdateTag(tag.ID, models.TagChange{Archived: new(true)})
		assert.NilError(t, err)
		made, err := w.Acme.Scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: new("Parcel")}})
		assert.NilError(t, err)
		page := "/tickets/" + string(made.ID)
		form := url.Values{"version": {made.Version()}, "seen": {wire.Stamp(made.UpdatedAt)}, "subject": {"Parcel"}, "priority": {"2"}, "tags": {"Open"}}
		lea.post(page, page, form, "Accept-Language", "fr").want(t, 422).says(t, "&#34;Open&#34; est archivé et ne peut plus être choisi")
		lea.ask("GET", "/tickets/"+strings.Repeat("0", 24), nil, "Accept-Language", "fr").want(t, 404).says(t, "Introuvable : ticket.")
	})
}
