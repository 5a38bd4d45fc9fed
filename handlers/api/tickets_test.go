package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/problem"
)

func (d *desk) ticket(fields string) string {
	d.t.Helper()
	return d.call(d.acme, "POST", "/tickets", fields).want(d.t, 201).at("id")
}

func (d *desk) made(path, fields string) string {
	d.t.Helper()
	return d.call(d.acme, "POST", path, fields).want(d.t, 201).at("id")
}

// audits are a ticket's audit entries in short: "who: field from→to; …".
func (d *desk) audits(ticket string) (all []string) {
	d.t.Helper()
	a := d.call(d.acme, "GET", "/tickets/"+ticket+"/timeline?perPage=100", "").want(d.t, 200)
	for i := range a.body["data"].([]any) {
		if a.at(fmt.Sprintf("data.%d.kind", i)) != "audit" {
			continue
		}
		audit := fmt.Sprintf("data.%d.audit.", i)
		var said []string
		for j := 0; a.at(audit+fmt.Sprintf("changes.%d", j)) != "<none>"; j++ {
			c := audit + fmt.Sprintf("changes.%d.", j)
			said = append(said, a.at(c+"field")+" "+a.at(c+"from")+"→"+a.at(c+"to"))
		}
		if a.at(audit+"event") == "ticket.updated" {
			all = append(all, a.at(audit+"author.kind")+": "+strings.Join(said, "; "))
		}
	}
	return all
}

// only keeps the entries that speak of the field.
func only(all []string, field string) (some []string) {
	for _, one := range all {
		if strings.Contains(one, ": "+field) || strings.Contains(one, "; "+field) {
			some = append(some, one)
		}
	}
	return some
}

func TestTicketsAreMadeReadAndChanged(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		billing, urgent := d.made("/categories", `{"name":"Billing"}`), d.made("/tags", `{"name":"urgent"}`)
		d.made("/attributes", `{"subject":"ticket","name":"Order"}`)
		lea := d.Acme.Owner.ID.With(models.PrefixMember)
		a := d.call(d.acme, "POST", "/tickets", `{"subject":"Invoice 12","contact":{"email":"ada@b.example","name":"Ada"},"categoryId":"`+billing+
			`","tags":["Urgent"],"assigneeId":"`+lea+`","priority":3,"attributes":{"order":"A-1"}}`).want(t, 201)
		id := a.at("id")
		assert.Assert(t, strings.HasPrefix(id, "tick_"), "%v %v", id, a.text)
		if !a.has(t, "number", "1", "status", "open", "priority", "3", "category.name", "Billing", "tags.0.id", urgent, "assignee.name", "Lea", "contact.email", "ada@b.example", "attributes.Order", "A-1", "conversationId", "<nil>", "firstResponseAt", "<nil>", "reopenedCount", "0") {
			t.FailNow()
		}
		for _, form := range []string{id, strings.TrimPrefix(id, "tick_")} {
			assert.Check(t, is.Equal(d.call(d.acme, "GET", "/tickets/"+form, "").want(t, 200).text, a.text))
		}
		assert.Check(t, is.Equal(d.call(d.acme, "GET", "/tickets/"+d.ticket(`{"subject":"Second"}`), "").at("number"), "2"))
		a = d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"resolved","priority":1,"categoryId":null,"assigneeId":null,"tags":[],"attributes":{"Order":null},"subject":"Invoice 13"}`,
			"If-Match", a.Header.Get("ETag")).want(t, 200)
		a.has(t, "status", "resolved", "category", "<nil>", "assignee", "<nil>", "tags", "[]", "attributes", "map[]")
		assert.Check(t, a.at("resolvedAt") != "<nil>", a.text)
		said := d.audits(id)
		if len(said) != 7 {
			t.Errorf("seven changes, %d entries: %q", len(said), said)
		}
		for _, want := range []string{"api_key: subject Invoice 12→Invoice 13", "api_key: priority 3→1", "api_key: category Billing→", "api_key: assignee Lea→",
			"api_key: tags urgent→", "api_key: attributes.Order A-1→"} {
			if !strings.Contains(strings.Join(said, "\n"), want) {
				t.Errorf("no entry says %q: %q", want, said)
			}
		}
	})
}

func TestEqualValuesWriteNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		one, two := d.made("/tags", `{"name":"one"}`), d.made("/tags", `{"name":"two"}`)
		id := d.ticket(`{"subject":"Same","tags":["one","two"]}`)
		before := modelstest.Told(t, d.Acme.Scope)
		read := d.call(d.acme, "GET", "/tickets/"+id, "")
		a := d.call(d.acme, "PATCH", "/tickets/"+id, `{"subject":"Same","status":"open","priority":2,"categoryId":null,"assigneeId":null,"tags":["`+two+`","`+one+`","ONE"],"attributes":{}}`).want(t, 200)
		assert.Check(t, is.Equal(a.text, read.text))
		assert.Check(t, is.Equal(a.Header.Get("ETag"), read.Header.Get("ETag")))
		after := modelstest.Told(t, d.Acme.Scope)
		assert.Check(t, is.Equal(after, before), "an event tells of nothing")
	})
}

func TestATicketChangesWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.ticket(`{"subject":"Whole"}`)
		a := d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"pending","priority":3,"categoryId":"cat_000000000000000000000000","assigneeId":"user_000000000000000000000000"}`).want(t, 422)
		a.has(t, "errors.0.field", "categoryId", "errors.1.field", "assigneeId")
		a = d.call(d.acme, "GET", "/tickets/"+id, "")
		a.has(t, "status", "open", "priority", "2")
		assert.Check(t, is.Len(d.audits(id), 0), a.text)
	})
}

func TestTheSecondOfTwoAgentsIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.ticket(`{"subject":"Race"}`)
		tag := d.call(d.acme, "GET", "/tickets/"+id, "").Header.Get("ETag")
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"priority":3}`, "If-Match", tag).want(t, 200)
		a := d.call(d.acme, "PATCH", "/tickets/"+id, `{"priority":1}`, "If-Match", tag).want(t, 412)
		a.has(t, "code", "changed_meanwhile")
		a = d.call(d.acme, "GET", "/tickets/"+id, "")
		a.has(t, "priority", "3")
	})
}

func (d *desk) talk(name string) (conversation string) {
	d.t.Helper()
	return d.call(d.acme, "POST", "/conversations", `{"contact":{"name":"`+name+`","email":"`+name+`@b.example"},"channel":"api","message":{"body":"Where is my order?","direction":"inbound"}}`).want(d.t, 201).at("id")
}

func (d *desk) writes(conversation, body string) {
	d.t.Helper()
	d.call(d.acme, "POST", "/conversations/"+conversation+"/messages", `{"body":"`+body+`","direction":"inbound"}`).want(d.t, 201)
}

func TestWhatIsSaidMovesTheTicket(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		conv := d.talk("ada")
		id := d.ticket(`{"conversationId":"` + conv + `"}`)
		status := func(want string) answer {
			t.Helper()
			a := d.call(d.acme, "GET", "/tickets/"+id, "").want(t, 200)
			if a.at("status") != want {
				t.Fatalf("status %s, want %s: %q", a.at("status"), want, d.audits(id))
			}
			return a
		}
		status("open").has(t, "subject", "Where is my order?", "contact.name", "ada", "channel", "api")
		m := d.call(d.acme, "POST", "/tickets/"+id+"/messages", `{"body":"It left today."}`).want(t, 202)
		status("waiting").has(t, "firstResponseAt", m.at("createdAt")) // the first response is the first reply
		d.writes(conv, "Thanks, and when does it come?")
		status("open")
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"pending"}`).want(t, 200)
		d.writes(conv, "Hello?")
		status("open")
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"resolved"}`).want(t, 200)
		d.Clock.Pass(6 * 24 * time.Hour)
		d.writes(conv, "It is broken")
		status("open").has(t, "reopenedCount", "1", "resolvedAt", "<nil>")
		want := []string{"api_key: status open→waiting", "contact: status waiting→open", "api_key: status open→pending", "contact: status pending→open"}
		said := only(d.audits(id), "status")
		if assert.Check(t, is.Len(said, 6)) {
			assert.Check(t, is.Equal(strings.Join(said[:4], "\n"), strings.Join(want, "\n")))
			assert.Check(t, strings.HasPrefix(said[4], "api_key: "), said[4])
			assert.Check(t, strings.HasPrefix(said[5], "contact: reopenedCount 0→1"), said[5])
		}
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"resolved"}`).want(t, 200)
		d.Clock.Pass(8 * 24 * time.Hour)
		d.writes(conv, "Something else now")
		status("resolved")
		l := d.call(d.acme, "GET", "/tickets?conversationId="+conv, "").want(t, 200)
		l.has(t, "meta.total", "2", "data.0.subject", "Something else now", "data.0.status", "open")
		// A conversation that never had a ticket gets none by itself.
		other := d.talk("eve")
		d.writes(other, "Hi")
		d.call(d.acme, "GET", "/tickets?conversationId="+other, "").has(t, "meta.total", "0")
		d.call(d.acme, "POST", "/tickets/"+d.ticket(`{"subject":"By API"}`)+"/messages", `{"body":"x"}`).want(t, 409)
	})
}

func TestTheWorkspaceDecidesWhatAMessageDoes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		off, on, day, hours := false, true, 0, 48
		if _, err := d.Acme.Scope.UpdateTicketRules(models.TicketRulesChange{FollowUp: &off, WaitingOnReply: &off, ManyOpen: &on, ReopenDays: &day, ResolveAfterHours: &hours}); err != nil {
			t.Fatal(err)
		}
		conv := d.talk("ada")
		id := d.ticket(`{"conversationId":"` + conv + `"}`)
		d.call(d.acme, "POST", "/tickets/"+id+"/messages", `{"body":"Hi"}`).want(t, 202)
		a := d.call(d.acme, "GET", "/tickets/"+id, "")
		a.has(t, "status", "open")
		assert.Check(t, a.at("firstResponseAt") != "<nil>", a.text)
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"resolved"}`).want(t, 200)
		d.Clock.Pass(time.Hour)
		d.writes(conv, "Too late")
		d.call(d.acme, "GET", "/tickets?conversationId="+conv, "").has(t, "meta.total", "1", "data.0.status", "resolved")
		d.ticket(`{"conversationId":"` + conv + `"}`)
		d.ticket(`{"conversationId":"` + conv + `"}`) // several may be open here
		bad := -1
		_, err := d.Acme.Scope.UpdateTicketRules(models.TicketRulesChange{ReopenDays: &bad})
		assert.Check(t, is.Equal(problem.KindOf(err), problem.Invalid), err)
	})
}

func TestOneOpenTicketPerConversation(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		conv := d.talk("ada")
		first := d.ticket(`{"conversationId":"` + conv + `"}`)
		a := d.call(d.acme, "POST", "/tickets", `{"conversationId":"`+conv+`"}`).want(t, 409)
		a.has(t, "code", "ticket_open", "existingId", first)
		d.call(d.acme, "PATCH", "/tickets/"+first, `{"status":"resolved"}`).want(t, 200)
		second := d.ticket(`{"conversationId":"` + conv + `"}`)
		d.call(d.acme, "PATCH", "/tickets/"+first, `{"status":"open"}`).want(t, 409)
		d.call(d.acme, "PATCH", "/tickets/"+second, `{"status":"resolved"}`).want(t, 200)
		d.call(d.acme, "PATCH", "/tickets/"+first, `{"status":"open"}`).want(t, 200)
		loose := d.ticket(`{"subject":"Loose"}`)
		d.call(d.acme, "PATCH", "/tickets/"+loose, `{"conversationId":"`+conv+`"}`).want(t, 409)
		d.call(d.acme, "PATCH", "/tickets/"+first, `{"conversationId":null}`).want(t, 200)
		a = d.call(d.acme, "PATCH", "/tickets/"+loose, `{"conversationId":"`+conv+`"}`).want(t, 200)
		a.has(t, "contact.name", "ada") // a conversation brings its contact
		bob := d.contact(d.acme, `{"name":"Bob"}`)
		d.call(d.acme, "PATCH", "/tickets/"+loose, `{"contactId":"`+bob+`"}`).want(t, 422).has(t, "errors.0.field", "contactId")
	})
}

func TestTicketsThatWaitAreResolvedByTheRule(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		hours := 48
		quiet := d.ticket(`{"subject":"Quiet","status":"waiting"}`)
		d.Clock.Pass(49 * time.Hour)
		n, err := d.Store.ResolveQuiet(t.Context())
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 0), "off by default")
		if _, err := d.Acme.Scope.UpdateTicketRules(models.TicketRulesChange{ResolveAfterHours: &hours}); err != nil {
			t.Fatal(err)
		}
		fresh, pending := d.ticket(`{"subject":"Fresh","status":"waiting"}`), d.ticket(`{"subject":"Pending","status":"pending"}`)
		n, err = d.Store.ResolveQuiet(t.Context())
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 1))
		for id, want := range map[string]string{quiet: "resolved", fresh: "waiting", pending: "pending"} {
			d.call(d.acme, "GET", "/tickets/"+id, "").has(t, "status", want)
		}
		said := d.audits(quiet)
		if assert.Check(t, is.Len(said, 1)) {
			assert.Check(t, strings.HasPrefix(said[0], "rule: "), said[0])
			assert.Check(t, is.Contains(said[0], "status waiting→resolved"))
		}
		// Our next word starts the wait anew.
		conv := d.talk("ada")
		talked := d.ticket(`{"conversationId":"` + conv + `"}`)
		d.call(d.acme, "POST", "/tickets/"+talked+"/messages", `{"body":"Hi"}`).want(t, 202)
		d.Clock.Pass(47 * time.Hour)
		d.call(d.acme, "POST", "/tickets/"+talked+"/messages", `{"body":"Still there?"}`).want(t, 202)
		d.Clock.Pass(2 * time.Hour)
		n, err = d.Store.ResolveQuiet(t.Context()) // fresh, by now
		assert.Check(t, err)
		assert.Check(t, is.Equal(n, 1))
		d.call(d.acme, "GET", "/tickets/"+talked, "").has(t, "status", "waiting")
		d.call(d.acme, "GET", "/tickets?status=resolved", "").has(t, "meta.total", "2")
	})
}

func TestTheTimelineIsInOrder(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		conv := d.talk("ada")
		id := d.ticket(`{"conversationId":"` + conv + `"}`)
		n := d.call(d.acme, "POST", "/tickets/"+id+"/notes", `{"body":"Ask the warehouse"}`).want(t, 201)
		n.has(t, "ticketId", id, "contactId", "<nil>", "author.kind", "api_key")
		d.Clock.Pass(time.Second)
		d.call(d.acme, "POST", "/tickets/"+id+"/messages", `{"body":"It left today."}`).want(t, 202)
		d.Clock.Pass(time.Second)
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"priority":3}`).want(t, 200)
		whole := d.call(d.acme, "GET", "/tickets/"+id+"/timeline", "").want(t, 200)
		var kinds []string
		for i := range whole.body["data"].([]any) {
			kinds = append(kinds, whole.at(fmt.Sprintf("data.%d.kind", i)))
		}
		assert.Check(t, is.Equal(strings.Join(kinds, " "), "message audit note message audit audit audit"), whole.text)
		whole.has(t, "meta.total", "7", "data.0.message.direction", "inbound")
		var paged []string
		for cursor := ""; ; {
			a := d.call(d.acme, "GET", "/tickets/"+id+"/timeline?perPage=2&cursor="+cursor, "").want(t, 200)
			for i := range a.body["data"].([]any) {
				paged = append(paged, a.at(fmt.Sprintf("data.%d.kind", i)))
			}
			if cursor = a.at("meta.nextCursor"); cursor == "<nil>" {
				break
			}
		}
		assert.Check(t, is.Equal(strings.Join(paged, " "), strings.Join(kinds, " ")), paged)
		d.call(d.acme, "GET", "/tickets/"+id+"/notes", "").want(t, 200).has(t, "data.0.body", "Ask the warehouse", "meta.total", "1")
		d.call(d.acme, "GET", "/tickets/"+id+"/messages", "").want(t, 200).has(t, "meta.total", "2")
		d.call(d.acme, "GET", "/tickets/"+d.ticket(`{"subject":"x"}`)+"/messages", "").want(t, 200).has(t, "data", "[]")
	})
}

func TestTicketsAreFilteredByEveryField(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		billing, urgent := d.made("/categories", `{"name":"Billing"}`), d.made("/tags", `{"name":"urgent"}`)
		d.made("/attributes", `{"subject":"ticket","name":"Seats","type":"number"}`)
		lea := d.Acme.Owner.ID.With(models.PrefixMember)
		conv := d.talk("ada")
		start := d.Clock.Now().UTC().Format(time.RFC3339)
		d.Clock.Pass(2 * time.Second)
		full := d.ticket(`{"conversationId":"` + conv + `","categoryId":"` + billing + `","tags":["urgent"],"assigneeId":"` + lea + `","priority":3,"status":"pending","subject":"Blue lamp","attributes":{"Seats":12}}`)
		d.ticket(`{"subject":"Bare"}`)
		ada := d.call(d.acme, "GET", "/tickets/"+full, "").at("contact.id")
		for query, total := range map[string]string{"": "2", "status=pending": "1", "status=resolved": "0", "priority=3": "1", "priority=1": "0",
			"categoryId=" + billing: "1", "categoryId=none": "1", "assigneeId=" + lea: "1", "assigneeId=none": "1", "tagId=" + urgent: "1",
			"tagId=" + urgent + "&status=open": "0", "tagId=" + urgent + "&categoryId=" + billing: "1", "contactId=" + ada: "1", "conversationId=" + conv: "1", "channel=api": "1", "channel=email": "0",
			"number=1": "1", "number=9": "0", "attribute=seats:12": "1", "attribute=Seats:13": "0", "q=blue": "1", "q=bl": "1", "q=red": "0",
			"createdSince=" + start: "2", "createdBefore=" + start: "0", "updatedSince=" + start: "2", "status=pending&priority=3&assigneeId=" + lea + "&q=lamp": "1"} {
			l := d.call(d.acme, "GET", "/tickets?"+query, "").want(t, 200)
			l.has(t, "meta.total", total)
			assert.Check(t, is.Equal(fmt.Sprint(len(l.body["data"].([]any))), total), "%v %v", query, l.text)
		}
		for sort, first := range map[string]string{"-createdAt": "Bare", "createdAt": "Blue lamp", "-updatedAt": "Blue lamp", "updatedAt": "Bare"} {
			d.call(d.acme, "PATCH", "/tickets/"+full, fmt.Sprintf(`{"attributes":{"Seats":%d}}`, len(sort)+100)).want(t, 200)
			d.call(d.acme, "GET", "/tickets?perPage=1&sort="+url.QueryEscape(sort), "").want(t, 200).has(t, "data.0.subject", first)
		}
		d.call(d.acme, "GET", "/contacts/"+ada+"/tickets", "").want(t, 200).has(t, "data.0.id", full)
		d.call(d.glob, "GET", "/tickets", "").want(t, 200).has(t, "meta.total", "0")
		d.call(d.acme, "DELETE", "/contacts/"+ada, "").want(t, 204)
		d.call(d.acme, "GET", "/tickets/"+full, "").want(t, 404)
		for query, total := range map[string]string{"": "1", "tagId=" + urgent: "0", "status=pending": "0", "categoryId=" + billing: "0"} {
			d.call(d.acme, "GET", "/tickets?"+query, "").want(t, 200).has(t, "meta.total", total)
		}
	})
}

func TestAKeyThatOnlyWritesWorksTickets(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		_, writer := d.Key(t, d.Acme, models.KeyDraft{Write: true, CapCalls: 1000})
		conv := d.talk("ada")
		keep, gone := d.raw(writer, "POST", "/tags", `{"name":"a"}`).want(t, 201).at("id"), d.call(writer, "POST", "/tags", `{"name":"b"}`).want(t, 201).at("id")
		shelf := d.raw(writer, "POST", "/attributes", `{"subject":"ticket","name":"Shelf"}`).want(t, 201).at("id")
		category := d.raw(writer, "POST", "/categories", `{"name":"a"}`).want(t, 201).at("id")
		id := d.raw(writer, "POST", "/tickets", `{"conversationId":"`+conv+`","tags":["a","b"],"attributes":{"Shelf":"1"},"categoryId":"`+category+`"}`).want(t, 201).at("id")
		d.raw(writer, "PATCH", "/tickets/"+id, `{"status":"pending","attributes":{"Shelf":"2"}}`).want(t, 200)
		d.raw(writer, "POST", "/tickets/"+id+"/notes", `{"body":"x"}`).want(t, 201)
		d.raw(writer, "POST", "/tickets/"+id+"/messages", `{"body":"x"}`).want(t, 202)
		d.raw(writer, "POST", "/tags/"+keep+"/merge", `{"from":"`+gone+`"}`).want(t, 200)
		d.raw(writer, "PATCH", "/categories/"+category, `{"name":"c"}`).want(t, 200)
		d.raw(writer, "DELETE", "/attributes/"+shelf, "").want(t, 204)
		d.raw(writer, "GET", "/tickets/"+id, "").want(t, 403)
	})
}
