package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"mauve/models"
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
		if !strings.HasPrefix(id, "tick_") || a.at("number") != "1" || a.at("status") != "open" || a.at("priority") != "3" || a.at("category.name") != "Billing" ||
			a.at("tags.0.id") != urgent || a.at("assignee.name") != "Lea" || a.at("contact.email") != "ada@b.example" || a.at("attributes.Order") != "A-1" ||
			a.at("conversationId") != "<nil>" || a.at("firstResponseAt") != "<nil>" || a.at("reopenedCount") != "0" {
			t.Fatal(a.text)
		}
		for _, form := range []string{id, strings.TrimPrefix(id, "tick_")} {
			if got := d.call(d.acme, "GET", "/tickets/"+form, "").want(t, 200); got.text != a.text {
				t.Errorf("%s\n%s", got.text, a.text)
			}
		}
		if n := d.call(d.acme, "GET", "/tickets/"+d.ticket(`{"subject":"Second"}`), "").at("number"); n != "2" {
			t.Error(n)
		}
		a = d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"resolved","priority":1,"categoryId":null,"assigneeId":null,"tags":[],"attributes":{"Order":null},"subject":"Invoice 13"}`,
			"If-Match", a.Header.Get("ETag")).want(t, 200)
		if a.at("status") != "resolved" || a.at("resolvedAt") == "<nil>" || a.at("category") != "<nil>" || a.at("assignee") != "<nil>" || a.at("tags") != "[]" || a.at("attributes") != "map[]" {
			t.Error(a.text)
		}
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
		before, _ := d.Acme.Scope.LastEvent()
		read := d.call(d.acme, "GET", "/tickets/"+id, "")
		a := d.call(d.acme, "PATCH", "/tickets/"+id, `{"subject":"Same","status":"open","priority":2,"categoryId":null,"assigneeId":null,"tags":["`+two+`","`+one+`","ONE"],"attributes":{}}`).want(t, 200)
		if a.text != read.text || a.Header.Get("ETag") != read.Header.Get("ETag") {
			t.Error(a.text)
		}
		if after, _ := d.Acme.Scope.LastEvent(); after != before {
			t.Error("an event tells of nothing")
		}
	})
}

func TestATicketChangesWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.ticket(`{"subject":"Whole"}`)
		a := d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"pending","priority":3,"categoryId":"cat_000000000000000000000000","assigneeId":"user_000000000000000000000000"}`).want(t, 422)
		if a.at("errors.0.field") != "categoryId" || a.at("errors.1.field") != "assigneeId" {
			t.Error(a.text)
		}
		if a = d.call(d.acme, "GET", "/tickets/"+id, ""); a.at("status") != "open" || a.at("priority") != "2" || len(d.audits(id)) != 0 {
			t.Error(a.text)
		}
	})
}

func TestTheSecondOfTwoAgentsIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.ticket(`{"subject":"Race"}`)
		tag := d.call(d.acme, "GET", "/tickets/"+id, "").Header.Get("ETag")
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"priority":3}`, "If-Match", tag).want(t, 200)
		a := d.call(d.acme, "PATCH", "/tickets/"+id, `{"priority":1}`, "If-Match", tag).want(t, 412)
		if a.at("code") != "changed_meanwhile" {
			t.Error(a.text)
		}
		if a = d.call(d.acme, "GET", "/tickets/"+id, ""); a.at("priority") != "3" {
			t.Error(a.text)
		}
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
		if a := status("open"); a.at("subject") != "Where is my order?" || a.at("contact.name") != "ada" || a.at("channel") != "api" {
			t.Error(a.text)
		}
		m := d.call(d.acme, "POST", "/tickets/"+id+"/messages", `{"body":"It left today."}`).want(t, 202)
		if a := status("waiting"); a.at("firstResponseAt") != m.at("createdAt") {
			t.Error("the first response is the first reply", a.text)
		}
		d.writes(conv, "Thanks, and when does it come?")
		status("open")
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"pending"}`).want(t, 200)
		d.writes(conv, "Hello?")
		status("open")
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"resolved"}`).want(t, 200)
		d.Clock.Pass(6 * 24 * time.Hour)
		d.writes(conv, "It is broken")
		if a := status("open"); a.at("reopenedCount") != "1" || a.at("resolvedAt") != "<nil>" {
			t.Error(a.text)
		}
		want := []string{"api_key: status open→waiting", "contact: status waiting→open", "api_key: status open→pending", "contact: status pending→open"}
		said := only(d.audits(id), "status")
		if len(said) != 6 || strings.Join(said[:4], "\n") != strings.Join(want, "\n") || !strings.HasPrefix(said[4], "api_key: ") || !strings.HasPrefix(said[5], "contact: reopenedCount 0→1") {
			t.Errorf("%q", said)
		}
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"resolved"}`).want(t, 200)
		d.Clock.Pass(8 * 24 * time.Hour)
		d.writes(conv, "Something else now")
		status("resolved")
		l := d.call(d.acme, "GET", "/tickets?conversationId="+conv, "").want(t, 200)
		if l.at("meta.total") != "2" || l.at("data.0.subject") != "Something else now" || l.at("data.0.status") != "open" {
			t.Error(l.text)
		}
		// A conversation that never had a ticket gets none by itself.
		other := d.talk("eve")
		d.writes(other, "Hi")
		if l := d.call(d.acme, "GET", "/tickets?conversationId="+other, ""); l.at("meta.total") != "0" {
			t.Error(l.text)
		}
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
		if a := d.call(d.acme, "GET", "/tickets/"+id, ""); a.at("status") != "open" || a.at("firstResponseAt") == "<nil>" {
			t.Error(a.text)
		}
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"resolved"}`).want(t, 200)
		d.Clock.Pass(time.Hour)
		d.writes(conv, "Too late")
		if l := d.call(d.acme, "GET", "/tickets?conversationId="+conv, ""); l.at("meta.total") != "1" || l.at("data.0.status") != "resolved" {
			t.Error(l.text)
		}
		d.ticket(`{"conversationId":"` + conv + `"}`)
		d.ticket(`{"conversationId":"` + conv + `"}`) // several may be open here
		bad := -1
		if _, err := d.Acme.Scope.UpdateTicketRules(models.TicketRulesChange{ReopenDays: &bad}); models.KindOf(err) != models.Invalid {
			t.Error(err)
		}
	})
}

func TestOneOpenTicketPerConversation(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		conv := d.talk("ada")
		first := d.ticket(`{"conversationId":"` + conv + `"}`)
		a := d.call(d.acme, "POST", "/tickets", `{"conversationId":"`+conv+`"}`).want(t, 409)
		if a.at("code") != "ticket_open" || a.at("existingId") != first {
			t.Error(a.text)
		}
		d.call(d.acme, "PATCH", "/tickets/"+first, `{"status":"resolved"}`).want(t, 200)
		second := d.ticket(`{"conversationId":"` + conv + `"}`)
		d.call(d.acme, "PATCH", "/tickets/"+first, `{"status":"open"}`).want(t, 409)
		d.call(d.acme, "PATCH", "/tickets/"+second, `{"status":"resolved"}`).want(t, 200)
		d.call(d.acme, "PATCH", "/tickets/"+first, `{"status":"open"}`).want(t, 200)
		loose := d.ticket(`{"subject":"Loose"}`)
		d.call(d.acme, "PATCH", "/tickets/"+loose, `{"conversationId":"`+conv+`"}`).want(t, 409)
		d.call(d.acme, "PATCH", "/tickets/"+first, `{"conversationId":null}`).want(t, 200)
		if a := d.call(d.acme, "PATCH", "/tickets/"+loose, `{"conversationId":"`+conv+`"}`).want(t, 200); a.at("contact.name") != "ada" {
			t.Error("a conversation brings its contact: " + a.text)
		}
		bob := d.contact(d.acme, `{"name":"Bob"}`)
		if a := d.call(d.acme, "PATCH", "/tickets/"+loose, `{"contactId":"`+bob+`"}`).want(t, 422); a.at("errors.0.field") != "contactId" {
			t.Error(a.text)
		}
	})
}

func TestTicketsThatWaitAreResolvedByTheRule(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		hours := 48
		quiet := d.ticket(`{"subject":"Quiet","status":"waiting"}`)
		d.Clock.Pass(49 * time.Hour)
		if n, err := d.Store.ResolveQuiet(t.Context()); n != 0 || err != nil {
			t.Error("off by default", n, err)
		}
		if _, err := d.Acme.Scope.UpdateTicketRules(models.TicketRulesChange{ResolveAfterHours: &hours}); err != nil {
			t.Fatal(err)
		}
		fresh, pending := d.ticket(`{"subject":"Fresh","status":"waiting"}`), d.ticket(`{"subject":"Pending","status":"pending"}`)
		if n, err := d.Store.ResolveQuiet(t.Context()); n != 1 || err != nil {
			t.Error(n, err)
		}
		for id, want := range map[string]string{quiet: "resolved", fresh: "waiting", pending: "pending"} {
			if a := d.call(d.acme, "GET", "/tickets/"+id, ""); a.at("status") != want {
				t.Error(a.text)
			}
		}
		if said := d.audits(quiet); len(said) != 1 || !strings.HasPrefix(said[0], "rule: ") || !strings.Contains(said[0], "status waiting→resolved") {
			t.Errorf("%q", said)
		}
		// Our next word starts the wait anew.
		conv := d.talk("ada")
		talked := d.ticket(`{"conversationId":"` + conv + `"}`)
		d.call(d.acme, "POST", "/tickets/"+talked+"/messages", `{"body":"Hi"}`).want(t, 202)
		d.Clock.Pass(47 * time.Hour)
		d.call(d.acme, "POST", "/tickets/"+talked+"/messages", `{"body":"Still there?"}`).want(t, 202)
		d.Clock.Pass(2 * time.Hour)
		if n, err := d.Store.ResolveQuiet(t.Context()); n != 1 || err != nil { // fresh, by now
			t.Error(n, err)
		}
		if a := d.call(d.acme, "GET", "/tickets/"+talked, ""); a.at("status") != "waiting" {
			t.Error(a.text)
		}
		if l := d.call(d.acme, "GET", "/tickets?status=resolved", ""); l.at("meta.total") != "2" {
			t.Error(l.text)
		}
	})
}

func TestTheTimelineIsInOrder(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		conv := d.talk("ada")
		id := d.ticket(`{"conversationId":"` + conv + `"}`)
		n := d.call(d.acme, "POST", "/tickets/"+id+"/notes", `{"body":"Ask the warehouse"}`).want(t, 201)
		if n.at("ticketId") != id || n.at("contactId") != "<nil>" || n.at("author.kind") != "api_key" {
			t.Error(n.text)
		}
		d.Clock.Pass(time.Second)
		d.call(d.acme, "POST", "/tickets/"+id+"/messages", `{"body":"It left today."}`).want(t, 202)
		d.Clock.Pass(time.Second)
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"priority":3}`).want(t, 200)
		whole := d.call(d.acme, "GET", "/tickets/"+id+"/timeline", "").want(t, 200)
		var kinds []string
		for i := range whole.body["data"].([]any) {
			kinds = append(kinds, whole.at(fmt.Sprintf("data.%d.kind", i)))
		}
		if got := strings.Join(kinds, " "); got != "message audit note message audit audit audit" || whole.at("meta.total") != "7" || whole.at("data.0.message.direction") != "inbound" {
			t.Error(got, whole.text)
		}
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
		if strings.Join(paged, " ") != strings.Join(kinds, " ") {
			t.Error(paged)
		}
		if l := d.call(d.acme, "GET", "/tickets/"+id+"/notes", "").want(t, 200); l.at("data.0.body") != "Ask the warehouse" || l.at("meta.total") != "1" {
			t.Error(l.text)
		}
		if l := d.call(d.acme, "GET", "/tickets/"+id+"/messages", "").want(t, 200); l.at("meta.total") != "2" {
			t.Error(l.text)
		}
		if l := d.call(d.acme, "GET", "/tickets/"+d.ticket(`{"subject":"x"}`)+"/messages", "").want(t, 200); l.at("data") != "[]" {
			t.Error(l.text)
		}
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
			if l.at("meta.total") != total || fmt.Sprint(len(l.body["data"].([]any))) != total {
				t.Errorf("%s: want %s: %s", query, total, l.text)
			}
		}
		for sort, first := range map[string]string{"-createdAt": "Bare", "createdAt": "Blue lamp", "-updatedAt": "Blue lamp", "updatedAt": "Bare"} {
			d.call(d.acme, "PATCH", "/tickets/"+full, fmt.Sprintf(`{"attributes":{"Seats":%d}}`, len(sort)+100)).want(t, 200)
			if l := d.call(d.acme, "GET", "/tickets?perPage=1&sort="+url.QueryEscape(sort), "").want(t, 200); l.at("data.0.subject") != first {
				t.Errorf("%s: %s", sort, l.text)
			}
		}
		if l := d.call(d.acme, "GET", "/contacts/"+ada+"/tickets", "").want(t, 200); l.at("data.0.id") != full {
			t.Error(l.text)
		}
		if l := d.call(d.glob, "GET", "/tickets", "").want(t, 200); l.at("meta.total") != "0" {
			t.Error(l.text)
		}
		d.call(d.acme, "DELETE", "/contacts/"+ada, "").want(t, 204)
		d.call(d.acme, "GET", "/tickets/"+full, "").want(t, 404)
		for query, total := range map[string]string{"": "1", "tagId=" + urgent: "0", "status=pending": "0", "categoryId=" + billing: "0"} {
			if l := d.call(d.acme, "GET", "/tickets?"+query, "").want(t, 200); l.at("meta.total") != total {
				t.Errorf("after the contact went, %s: %s", query, l.text)
			}
		}
	})
}

func TestAKeyThatOnlyWritesWorksTickets(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		_, writer := d.Key(t, d.Acme, models.KeyDraft{Write: true, CapCalls: 1000})
		conv := d.talk("ada")
		keep, gone := d.call(writer, "POST", "/tags", `{"name":"a"}`).want(t, 201).at("id"), d.call(writer, "POST", "/tags", `{"name":"b"}`).want(t, 201).at("id")
		shelf := d.call(writer, "POST", "/attributes", `{"subject":"ticket","name":"Shelf"}`).want(t, 201).at("id")
		category := d.call(writer, "POST", "/categories", `{"name":"a"}`).want(t, 201).at("id")
		id := d.call(writer, "POST", "/tickets", `{"conversationId":"`+conv+`","tags":["a","b"],"attributes":{"Shelf":"1"},"categoryId":"`+category+`"}`).want(t, 201).at("id")
		d.call(writer, "PATCH", "/tickets/"+id, `{"status":"pending","attributes":{"Shelf":"2"}}`).want(t, 200)
		d.call(writer, "POST", "/tickets/"+id+"/notes", `{"body":"x"}`).want(t, 201)
		d.call(writer, "POST", "/tickets/"+id+"/messages", `{"body":"x"}`).want(t, 202)
		d.call(writer, "POST", "/tags/"+keep+"/merge", `{"from":"`+gone+`"}`).want(t, 200)
		d.call(writer, "PATCH", "/categories/"+category, `{"name":"c"}`).want(t, 200)
		d.call(writer, "DELETE", "/attributes/"+shelf, "").want(t, 204)
		d.call(writer, "GET", "/tickets/"+id, "").want(t, 403)
	})
}
