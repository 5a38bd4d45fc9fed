package mava_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/search"
)

func TestTicketsAreListed(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		refunds := c.category(c.Acme.Scope, "Refunds")
		var tags []string
		for _, name := range []string{"a", "b"} {
			tag, err := c.Acme.Scope.CreateTag(models.TagChange{Name: &name})
			if err != nil {
				t.Fatal(err)
			}
			tags = append(tags, string(tag.ID))
		}
		lea := string(c.Acme.Owner.ID)
		first := c.ticket()
		c.Clock.Pass(time.Minute)
		middle := c.Clock.Now().UTC().Format(time.RFC3339)
		c.Clock.Pass(time.Minute)
		second := c.call("POST", "/ticket", `{"customer":{},"category":"`+refunds+`","assignedTo":"`+lea+`","tags":["`+tags[0]+`"],"status":"Waiting"}`).want(t, 200).at("_id")
		c.Clock.Pass(time.Minute)
		third := c.call("POST", "/ticket", `{"customer":{"name":"Bob"},"tags":["`+tags[1]+`"]}`).want(t, 200).at("_id")
		far := c.Clock.Now().UTC().Add(time.Hour).Format(time.RFC3339)
		today := c.Clock.Now().UTC().Format(time.DateOnly)
		for query, want := range map[string][]string{"": {third, second, first}, "limit=1": {third}, "limit=1&skip=1": {second}, "skip=2": {first}, "skip=3": {}, "status=Waiting": {second}, "status=Resolved": {},
			"assignedTo=Unassigned": {third, first}, "assignedTo=" + lea: {second}, "category=" + refunds: {second}, "category=000000000000000000000000": {}, "tags=" + tags[0]: {second},
			"tags=" + tags[0] + "," + tags[1]: {third, second}, "origin=api": {third, second, first}, "origin=email": {}, "startDate=" + middle: {third, second}, "endDate=" + middle: {first},
			"startDate=2020-01-01&endDate=2020-12-31": {}, "startDate=" + middle + "&endDate=" + far + "&status=Open": {third}, "endDate=" + today: {}} {
			a := c.call("GET", "/tickets?"+query, "").want(t, 200)
			var got []string
			for i := range a.body["tickets"].([]any) {
				got = append(got, a.at(fmt.Sprintf("tickets.%d._id", i)))
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", query, got, want)
			}
			if strings.Contains(a.text, `"messages":[{`) {
				t.Errorf("%s: messages nobody asked for", query)
			}
		}
		c.call("GET", "/tickets?skip=2&includeMessages=true", "").has(t, "tickets.0.messages.0.content", "Where is my order?", "tickets.0.customer.email", "ada@b.example")
		for query, sentence := range map[string]string{"status=open": "Invalid status or priority", "assignedTo=x": "Agent not found", "category=x": "Category not found", "limit=0": "limit: is a number from 1 to 100",
			"limit=101": "limit: is a number from 1 to 100", "skip=-1": "skip: is a number from 0 to 1000000", "startDate=soon": "startDate: is not a date; write it as 2026-11-21 or 2026-11-21T08:00:00Z",
			"startDate=2024-01-01&endDate=2026-01-01": "endDate: must be at most a year after startDate", "startDate=2026-02-01&endDate=2026-01-01": "endDate: must be after startDate",
			"tags=x": "tags: is a list of at most 50 ids with commas", "origin=" + url.QueryEscape("\x00"): "origin: holds characters that are not text"} {
			c.call("GET", "/tickets?"+query, "").refused(t, 400, sentence)
		}
		assert.Check(t, is.Equal(c.as(c.glob, "GET", "/tickets", "").want(t, 200).text, `{"tickets":[]}`))
	})
}

func TestNothingThatIsAListOrAnObjectIsNull(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		subject := "Made elsewhere"
		if _, err := c.Acme.Scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: &subject}}); err != nil {
			t.Fatal(err)
		}
		a := c.call("GET", "/tickets?includeMessages=true", "").want(t, 200)
		one := a.body["tickets"].([]any)[0].(map[string]any)
		for _, member := range []string{"tags", "attributes", "messages", "customer"} {
			assert.Check(t, one[member] != nil, "%v %v", member, a.text)
		}
		assert.Check(t, one["customer"].(map[string]any)["attributes"] != nil, a.text)
		assert.Check(t, is.Equal(one["sourceType"], "api"), a.text)
		assert.Check(t, is.Equal(c.as(c.glob, "GET", "/categories", "").want(t, 200).text, `{"categories":[]}`))
		// A ticket without a conversation has nowhere to answer.
		c.call("PUT", "/message", `{"ticketId":"`+one["_id"].(string)+`","content":"x","messageType":"ExternalMessage"}`).refused(t, 400, "Ticket has no conversation")
	})
}

func TestFilesOfAMessageAreTold(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		id, desk := c.ticket(), c.Acme.Scope
		a, err := desk.ReceiveAttachment(t.Context(), "bill.pdf", "", strings.NewReader("%PDF-1.4"), 100)
		if err == nil {
			a, err = desk.KeepAttachment(a)
		}
		if err == nil {
			_, err = desk.ReplyOnTicket(models.ID(id), models.Draft{Attachments: []models.ID{a.ID}})
		}
		if err != nil {
			t.Fatal(err)
		}
		told := c.call("GET", "/tickets?includeMessages=true", "").want(t, 200)
		assert.Check(t, is.Contains(told.text, `"attachments":[{"fileName":"bill.pdf","url":"http://desk.example/files/`))
		assert.Check(t, is.Contains(told.text, `"fileType":"application/pdf"`))
	})
}

// TestFilesByTheirAddresses are messages of their own, in both directions; a note names them.
func TestFilesByTheirAddresses(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		made := c.call("POST", "/ticket", `{"customer":{"name":"Ada","email":"ada@b.example"},
			"message":{"content":"It is broken","attachments":[{"fileName":"crack.jpg","url":"https://a.example/crack.jpg","fileType":"image/jpeg"}]}}`).want(t, 200)
		made.has(t, "messages.0.content", "It is broken", "messages.0.attachments.0.url", "https://a.example/crack.jpg", "messages.0.fromCustomer", "true")
		say := func(kind, more string) {
			c.call("PUT", "/message", `{"ticketId":"`+made.at("_id")+`","messageType":"`+kind+`",`+more+`}`).want(t, 200)
		}
		say("ExternalMessage", `"content":"Listen","attachments":[{"url":"https://a.example/how-to.mp3"},{"fileName":"form.pdf","url":"https://a.example/f?id=1","fileType":"application/pdf"}]`)
		say("InternalNote", `"attachments":[{"fileName":"bill.pdf","url":"https://a.example/bill.pdf"},{"url":"https://a.example/"}]`)
		a := c.call("GET", "/tickets?includeMessages=true", "").want(t, 200)
		var said []string
		for _, m := range a.body["tickets"].([]any)[0].(map[string]any)["messages"].([]any) {
			if m := m.(map[string]any); m["messageType"] != "StatusAction" {
				said = append(said, fmt.Sprint(m["content"], m["attachments"]))
			}
		}
		want := []string{"It is broken[map[fileName:crack.jpg fileType:image/jpeg url:https://a.example/crack.jpg]]", "Listen[]",
			"[map[fileName:how-to.mp3 fileType: url:https://a.example/how-to.mp3]]", "[map[fileName:form.pdf fileType:application/pdf url:https://a.example/f?id=1]]",
			"bill.pdf: https://a.example/bill.pdf\na.example: https://a.example/[]"}
		if !slices.Equal(said, want) {
			t.Errorf("got %q\nwant %q", said, want)
		}
		many := strings.Repeat(`{"url":"https://a.example/x.pdf"},`, 21)
		c.call("PUT", "/message", `{"ticketId":"`+made.at("_id")+`","messageType":"ExternalMessage","attachments":[`+strings.TrimSuffix(many, ",")+`]}`).want(t, 400)
		c.call("PUT", "/message", `{"ticketId":"`+made.at("_id")+`","messageType":"ExternalMessage","attachments":[{"url":"https://a.example/x.pdf","fileName":"`+strings.Repeat("x", 300)+`"}]}`).want(t, 400)
	})
}

func TestAgentsAndAssignment(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		a := c.call("GET", "/agents", "").want(t, 200)
		lea := string(c.Acme.Owner.ID)
		assert.Check(t, is.Equal(a.text, fmt.Sprintf(`{"agents":[{"id":%q,"email":"lea@acme.example","username":"Lea","walletAddress":null}]}`, lea)))
		id := c.ticket()
		for _, step := range [][2]string{{`"` + lea + `"`, lea}, {`"user_` + lea + `"`, lea}, {`null`, "<nil>"}} {
			c.call("PUT", "/ticket", `{"ticketId":"`+id+`","assignedTo":`+step[0]+`}`).want(t, 200)
			assert.Check(t, is.Equal(fmt.Sprint(c.read(id)["assignedTo"]), step[1]))
		}
		for _, bad := range []string{`"000000000000000000000000"`, `"` + string(c.Globex.Owner.ID) + `"`, `""`, `5`, `{}`} {
			c.call("PUT", "/ticket", `{"ticketId":"`+id+`","assignedTo":`+bad+`}`).refused(t, 400, "Agent not found")
		}
		log := c.log(id)
		if assert.Check(t, is.Len(log, 2)) {
			assert.Check(t, is.Equal(log[0], "→Lea by test"))
			assert.Check(t, is.Equal(log[1], "Lea→ by test"))
		}
	})
}

func TestAnUpdateIsWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		id := c.ticket()
		for _, bad := range []string{`"status":"Resolved","priority":9`, `"status":"Resolved","categoryId":"000000000000000000000000"`, `"priority":1,"tags":["000000000000000000000000"]`,
			`"status":"Resolved","assignedTo":"000000000000000000000000"`} {
			c.call("PUT", "/ticket", `{"ticketId":"`+id+`",`+bad+`}`).want(t, 400)
		}
		s := c.read(id)
		assert.Check(t, is.Equal(s["status"], "Open"), s)
		assert.Check(t, is.Equal(s["priority"], 2.0), s)
		assert.Check(t, is.Len(c.log(id), 0), s)
	})
}

func TestAttributesTakeTheirDefinitionsKind(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		number, yesNo, subject := models.NumberAttribute, models.YesNoAttribute, models.AttributeOfContact
		for name, kind := range map[string]*models.AttributeKind{"Seats": &number, "Paid": &yesNo} {
			if _, err := c.Acme.Scope.CreateAttribute(models.AttributeChange{Subject: &subject, Name: &name, Kind: kind}); err != nil {
				t.Fatal(err)
			}
		}
		a := c.call("POST", "/identify", `{"emailAddress":"a@b.example","customAttributes":[{"label":"seats","value":"12"},{"label":"Paid","value":"true"}]}`).want(t, 200)
		a.has(t, "customer.attributes.0.content", "true", "customer.attributes.1.content", "12")
		assert.Check(t, is.Contains(a.text, `"content":12}`))
		for _, bad := range []string{`{"label":"Seats","value":"many"}`, `{"label":"Paid","value":"perhaps"}`, `{"label":"","value":"x"}`, `{"label":"Deep","value":{"a":1}}`, `5`} {
			a := c.call("POST", "/identify", `{"emailAddress":"a@b.example","customAttributes":[`+bad+`]}`).want(t, 400)
			assert.Check(t, is.Contains(a.at("error"), "attributes"), "%v %v", bad, a.text)
		}
		c.call("POST", "/identify", `{"emailAddress":"nobody","customAttributes":[]}`).refused(t, 400, "email: is not an e-mail address")
		b := c.call("POST", "/identify", `{"emailAddress":"a@b.example"}`).want(t, 200)
		b.has(t, "customer.attributes.1.content", "12") // a refused call changes nothing
	})
}

func TestSilentTicketsAskForNobodysAttention(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		for _, silent := range []string{"true", "false"} {
			c.call("POST", "/ticket", `{"customer":{"name":"`+silent+`"},"message":{"content":"Hi"},"silent":`+silent+`}`).want(t, 200)
		}
		l, err := search.Conversations(c.Acme.Scope, search.ConversationFilter{Unread: true}, models.Page{})
		if assert.Check(t, err) && assert.Check(t, is.Equal(l.Total, int64(1)), "%+v", l) {
			assert.Check(t, is.Equal(l.Items[0].Contact.Name, "false"), "%+v", l)
		}
	})
}

func TestARepeatedWriteAnswersTheFirst(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		body := `{"customer":{"name":"Ada"},"message":{"content":"Hi"}}`
		a := c.call("POST", "/ticket", body, "Idempotency-Key", "one").want(t, 200)
		b := c.call("POST", "/ticket", body, "Idempotency-Key", "one").want(t, 200)
		assert.Check(t, is.Equal(a.text, b.text))
		assert.Check(t, is.Equal(b.Header.Get("Idempotent-Replayed"), "true"))
		c.call("POST", "/ticket", `{"customer":{"name":"Eve"}}`, "Idempotency-Key", "one").refused(t, 422, "That Idempotency-Key was used with another request.")
		note := `{"ticketId":"` + a.at("_id") + `","content":"x","messageType":"InternalNote"}`
		c.call("PUT", "/message", note, "Idempotency-Key", "two").want(t, 200)
		c.call("PUT", "/message", note, "Idempotency-Key", "two").want(t, 200)
		assert.Check(t, is.Equal(len(c.read(a.at("_id"))["messages"].([]any)), 2), "messages")
	})
}

// TestBadBodies sends what no client should; nothing of it is a 5xx.
func TestBadBodies(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		id := c.ticket()
		many := `["` + strings.Repeat(`000000000000000000000000","`, 9_999) + `000000000000000000000000"]`
		long := strings.Repeat("é", 20_000)
		for _, call := range []struct {
			method, path, body string
			status             int
			sentence           string
		}{
			{"PUT", "/ticket", ``, 400, "The body must be a JSON object"}, {"PUT", "/ticket", `{`, 400, ""}, {"PUT", "/ticket", `[]`, 400, "The body must be a JSON object"}, {"PUT", "/ticket", `null`, 400, "Ticket not found"},
			{"PUT", "/ticket", `{"ticketId":"` + id + `","tags":` + many + `}`, 400, "tags: holds 10000 tags, at most 50 are allowed"},
			{"PUT", "/ticket", `{"ticketId":"` + id + `","tags":"x"}`, 400, "tags: has the wrong type"}, {"PUT", "/ticket", `{"ticketId":"` + id + `","tags":[5]}`, 400, ""}, {"PUT", "/ticket", `{"ticketId":"` + id + `\u0000","priority":1}`, 400, ""},
			{"PUT", "/message", `{"ticketId":"` + id + `","messageType":"InternalNote"}`, 400, "content: is missing: give content or attachments"}, {"PUT", "/message", `{"ticketId":"` + id + `","content":"x"}`, 400, "Invalid messageType"},
			{"PUT", "/message", `{"ticketId":"` + id + `","content":"x","messageType":"internalnote"}`, 400, "Invalid messageType"}, {"PUT", "/message", `{"ticketId":"` + id + `","content":"` + long + `","messageType":"ExternalMessage"}`, 400, ""},
			{"PUT", "/message", `{"ticketId":"` + id + `","attachments":[{"url":"javascript:alert(1)"}],"messageType":"ExternalMessage"}`, 400, "attachments: a url is not a web address"}, {"PUT", "/message", `{"ticketId":"` + id + `","content":5,"messageType":"InternalNote"}`, 400, "content: has the wrong type"},
			{"POST", "/ticket", `{}`, 400, "customer: is missing: give customerId or customer"}, {"POST", "/ticket", `{"customerId":"x"}`, 400, "Customer not found"}, {"POST", "/ticket", `{"customerId":"000000000000000000000000"}`, 400, "Customer not found"},
			{"POST", "/ticket", `{"customer":{"email":"x"}}`, 400, ""}, {"POST", "/ticket", `{"customer":{},"status":"open"}`, 400, "Invalid status or priority"}, {"POST", "/ticket", `{"customer":{},"priority":7}`, 400, "Invalid status or priority"},
			{"POST", "/ticket", `{"customer":{},"category":"000000000000000000000000"}`, 400, "Category not found"}, {"POST", "/ticket", `{"customer":{},"message":{}}`, 400, ""}, {"POST", "/ticket", `{"customer":5}`, 400, "customer: has the wrong type"},
			{"POST", "/identify", `{"customAttributes":5}`, 400, ""}, {"POST", "/identify", `{"emailAddress":5}`, 400, "emailAddress: has the wrong type"}, {"GET", "/nowhere", "", 404, "Not found"}, {"DELETE", "/ticket", "", 404, "Not found"},
		} {
			a := c.call(call.method, call.path, call.body)
			said := fmt.Sprintf("%s %s %.80s: %.200s", call.method, call.path, call.body, a.text)
			assert.Check(t, is.Equal(a.StatusCode, call.status), said)
			if call.sentence != "" {
				assert.Check(t, is.Equal(a.at("error"), call.sentence), said)
			}
			assert.Check(t, a.at("error") != "", said)
			assert.Check(t, is.Len(a.body, 1), said)
		}
		l, err := search.Tickets(c.Acme.Scope, search.TicketFilter{}, models.Page{})
		if assert.Check(t, err) {
			assert.Check(t, is.Equal(l.Total, int64(1)), "refused calls left something")
			assert.Check(t, is.Len(c.log(id), 0), "refused calls left something")
		}
		_, reader := c.Key(t, c.Acme, models.KeyDraft{Read: true})
		a := c.as(reader, "PUT", "/ticket", `{"ticketId":"`+id+`","priority":1}`).want(t, 403)
		assert.Check(t, is.Equal(a.Header.Get("WWW-Authenticate"), `Bearer error="insufficient_scope", scope="write"`), a.Header)
	})
}

// TestServerError500 is the document's last error, and that the native API below the same prefix keeps its own face.
func TestServerError500(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		c.call("GET", "/v2/public/me", "").want(t, 200).has(t, "workspace.name", "Acme")
		c.call("GET", "/v2/public/nowhere", "").want(t, 404).has(t, "code", "no_such_page")
		if err := c.Store.Close(); err != nil {
			t.Fatal(err)
		}
		c.call("GET", "/categories", "").refused(t, 500, "Internal server error")
	})
}

func TestAKeyThatOnlyWritesWrites(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		_, writer := c.Key(t, c.Acme, models.KeyDraft{Write: true, CapCalls: 1000})
		c.as(writer, "POST", "/identify", `{"emailAddress":"w@b.example","customAttributes":[{"label":"Plan","value":"x"}]}`).want(t, 200)
		a := c.as(writer, "POST", "/ticket", `{"customer":{"email":"w@b.example"},"message":{"content":"Hi"},"attributes":{"Order":"1"},"silent":true}`).want(t, 200)
		c.as(writer, "PUT", "/ticket", `{"ticketId":"`+a.at("_id")+`","status":"Pending","assignedTo":"`+string(c.Acme.Owner.ID)+`"}`).want(t, 200)
		for _, kind := range []string{"InternalNote", "ExternalMessage"} {
			c.as(writer, "PUT", "/message", `{"ticketId":"`+a.at("_id")+`","content":"x","messageType":"`+kind+`"}`).want(t, 200)
		}
		c.as(writer, "GET", "/tickets", "").want(t, 403)
		c.as(writer, "HEAD", "/tickets", "").want(t, 403)
		c.call("HEAD", "/tickets", "").want(t, 200)
	})
}

func TestALabelIsDefinedOnce(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				a := c.call("POST", "/identify", fmt.Sprintf(`{"emailAddress":"p%d@b.example","customAttributes":[{"label":"Plan","value":"x"},{"label":"Tier","value":"y"}]}`, i))
				assert.Check(t, is.Equal(a.StatusCode, 200), a.text)
			})
		}
		all.Wait()
		defined, err := c.Acme.Scope.Attributes(models.AttributeOfContact, true)
		assert.Check(t, err)
		assert.Check(t, is.Len(defined, 2))
	})
}
