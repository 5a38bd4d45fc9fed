package mava_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
)

var bareID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// TestMavaDocument holds what the Mava document says, a sentence a test.
func TestMavaDocument(t *testing.T) {
	each(t, func(t *testing.T, c *client) {
		refunds := c.category(c.Acme.Scope, "Refunds")
		put := func(t *testing.T, id, fields string) answer {
			return c.call("PUT", "/ticket", `{"ticketId":"`+id+`",`+fields+`}`)
		}
		updated := func(t *testing.T, id, fields string) {
			t.Helper()
			assert.Check(t, is.Equal(put(t, id, fields).want(t, 200).text, `{"message":"Ticket updated"}`))
		}
		said := []struct {
			sentence string
			test     func(t *testing.T)
		}{
			{"submitting custom attributes to new or existing customers", func(t *testing.T) {
				a := c.call("POST", "/identify", `{"emailAddress":"new@b.example","mavaCustomerId":"","customAttributes":[{"label":"Plan","value":"Team"},{"label":"Seats","value":12},{"label":"Empty","value":""}]}`).want(t, 200)
				a.has(t, "customer.email", "new@b.example", "customer.attributes.0.name", "Plan", "customer.attributes.0.content", "Team", "customer.attributes.1.content", "12", "customer.attributes.2", "<none>")
				assert.Check(t, bareID.MatchString(a.at("customer.attributes.0.attributeId")), "a label is a definition, made on first use: %v", a.text)
				a.has(t, "customer.attributes.0.attribute", a.at("customer.attributes.0.attributeId"))
				b := c.call("POST", "/identify", `{"emailAddress":"New@B.example","customAttributes":[{"label":"plan","value":"Company"}]}`).want(t, 200)
				b.has(t, "mavaCustomerId", a.at("mavaCustomerId"), "customer.attributes.0.content", "Company", "customer.attributes.0.attributeId", a.at("customer.attributes.0.attributeId"))
				defined, err := c.Acme.Scope.Attributes(models.AttributeOfContact, true)
				assert.Check(t, err)
				assert.Check(t, is.Len(defined, 2))
			}},
			{"If you send no customer ID, a customer will be created for you and a new customer ID sent back", func(t *testing.T) {
				a := c.call("POST", "/identify", `{"customAttributes":[{"label":"Wallet","value":"0x1"}]}`).want(t, 200)
				b := c.call("POST", "/identify", `{"emailAddress":"","mavaCustomerId":"","customAttributes":[]}`).want(t, 200)
				assert.Check(t, bareID.MatchString(a.at("mavaCustomerId")), "%v %v", a.text, b.text)
				a.has(t, "customerId", a.at("mavaCustomerId"), "customer._id", a.at("mavaCustomerId"))
				assert.Check(t, a.at("mavaCustomerId") != b.at("mavaCustomerId"), "%v %v", a.text, b.text)
			}},
			{"stored and used for subsequent calls to update that same customer", func(t *testing.T) {
				id := c.call("POST", "/identify", `{}`).want(t, 200).at("mavaCustomerId")
				for _, form := range []string{id, "con_" + id} {
					a := c.call("POST", "/identify", `{"mavaCustomerId":"`+form+`","emailAddress":"later@b.example","customAttributes":[{"label":"Tier","value":"gold"}]}`).want(t, 200)
					a.has(t, "customerId", id, "customer.email", "later@b.example", "customer.attributes.0.content", "gold")
				}
				for _, unknown := range []string{"000000000000000000000000", "x"} {
					c.call("POST", "/identify", `{"mavaCustomerId":"`+unknown+`"}`).refused(t, 400, "Customer not found")
				}
				c.as(c.glob, "POST", "/identify", `{"mavaCustomerId":"`+id+`"}`).refused(t, 400, "Customer not found")
			}},
			{"Status Updates: You can use the API to update ticket statuses, for example to close them", func(t *testing.T) {
				id := c.ticket()
				updated(t, id, `"status":"Resolved"`)
				s := c.read(id)
				assert.Check(t, is.Equal(s["status"], "Resolved"), s)
				assert.Check(t, s["resolvedAt"] != nil, s)
			}},
			{"Ticket Updates: for example adding a tag or category", func(t *testing.T) {
				id, name := c.ticket(), "vip"
				tag, err := c.Acme.Scope.CreateTag(models.TagChange{Name: &name})
				if err != nil {
					t.Fatal(err)
				}
				updated(t, id, `"tags":["`+string(tag.ID)+`"],"categoryId":"`+refunds+`"`)
				s := c.read(id)
				assert.Check(t, is.Equal(fmt.Sprint(s["tags"]), fmt.Sprintf("[map[_id:%s name:vip]]", tag.ID)), s)
				assert.Check(t, is.Equal(fmt.Sprint(s["category"]), fmt.Sprintf("map[_id:%s name:Refunds]", refunds)), s)
				put(t, id, `"tags":["000000000000000000000000"]`).want(t, 400)
			}},
			{"Private Notes: You can use the API to add private notes to tickets", func(t *testing.T) {
				id := c.ticket()
				c.call("PUT", "/message", `{"ticketId":"`+id+`","content":"Ask the warehouse","messageType":"InternalNote"}`).want(t, 200)
				messages := c.read(id)["messages"].([]any)
				note := messages[len(messages)-1].(map[string]any)
				assert.Check(t, is.Equal(note["content"], "Ask the warehouse"), note)
				assert.Check(t, is.Equal(note["messageType"], "InternalNote"), note)
				assert.Check(t, is.Equal(note["fromCustomer"], false), note)
				assert.Check(t, is.Equal(note["senderReferenceType"], "ClientMember"), note)
				s := c.read(id)
				assert.Check(t, is.Equal(s["status"], "Open"), "a note is no answer %v", s)
				assert.Check(t, is.Nil(s["firstAgentMessageCreatedAt"]), "a note is no answer %v", s)
			}},
			{"Messages: sending messages via API is coming soon", func(t *testing.T) {
				id := c.ticket()
				a := c.call("PUT", "/message", `{"ticketId":"`+id+`","content":"It left today","attachments":[{"fileName":"label.pdf","url":"https://a.example/label.pdf","fileType":"application/pdf"}],"messageType":"ExternalMessage"}`).want(t, 200)
				s := c.read(id)
				m := s["messages"].([]any)[1].(map[string]any)
				assert.Check(t, is.Equal(m["_id"], a.at("_id")), s)
				assert.Check(t, is.Equal(m["content"], "It left today"), s)
				assert.Check(t, is.Equal(fmt.Sprint(m["attachments"]), "[map[fileName:label.pdf fileType:application/pdf url:https://a.example/label.pdf]]"), s)
				assert.Check(t, is.Equal(m["messageType"], "ExternalMessage"), s)
				assert.Check(t, is.Equal(s["status"], "Waiting"), s)
				assert.Check(t, is.Equal(s["firstAgentMessageCreatedAt"], m["createdAt"]), s)
			}},
			{"Creating Tickets: creating tickets is coming soon", func(t *testing.T) {
				a := c.call("POST", "/ticket", `{"customer":{"name":"Eve","email":"eve@b.example","attributes":[{"label":"Plan","value":"Free"}]},"status":"Pending","category":"`+refunds+`",
					"assignedTo":"`+string(c.Acme.Owner.ID)+`","emailSubjectLine":"Refund","attributes":{"Order":"A-1"},"message":{"content":"I want my money back"}}`).want(t, 200)
				a.has(t, "status", "Pending", "priority", "2", "category.name", "Refunds", "assignedTo", string(c.Acme.Owner.ID), "emailSubjectLine", "Refund", "attributes.0.name", "Order", "attributes.0.content", "A-1", "customer.email", "eve@b.example", "customer.attributes.0.content", "Free", "messages.0.content", "I want my money back", "messages.0.fromCustomer", "true", "messages.0.senderReferenceType", "Customer", "firstCustomerMessageCreatedAt", a.at("messages.0.createdAt"), "client", string(c.Acme.ID), "sourceType", "api", "tags", "[]")
				b := c.call("POST", "/ticket", `{"customerId":"`+a.at("customer._id")+`"}`).want(t, 200)
				b.has(t, "status", "Open", "priority", "2", "messages", "[]", "category", "<nil>", "assignedTo", "<nil>", "customer._id", a.at("customer._id"))
			}},
			{"Retrieves a list of all active categories for the authenticated client", func(t *testing.T) {
				gone, yes := c.category(c.Acme.Scope, "Gone"), true
				c.category(c.Globex.Scope, "Theirs")
				if _, err := c.Acme.Scope.UpdateCategory(models.ID(gone), models.CategoryChange{Archived: &yes}); err != nil {
					t.Fatal(err)
				}
				a := c.call("GET", "/categories", "").want(t, 200)
				assert.Check(t, is.Equal(a.text, fmt.Sprintf(`{"categories":[{"_id":%[1]q,"id":%[1]q,"name":"Refunds"}]}`, refunds)))
			}},
			{"Requires API token authentication", func(t *testing.T) {
				for _, call := range [][3]string{{"GET", "/categories", ""}, {"GET", "/agents", ""}, {"GET", "/tickets", ""}, {"POST", "/identify", "{}"}, {"POST", "/ticket", "{}"}, {"PUT", "/ticket", "{}"}, {"PUT", "/message", "{}"}} {
					c.as("", call[0], call[1], call[2]).refused(t, 401, "Unauthorized")
				}
				for _, h := range [][2]string{{"Authorization", "Bearer " + c.acme}, {"X-API-Key", c.acme}, {"x-auth-token", c.acme}} {
					c.as("", "GET", "/categories", "", h[0], h[1]).want(t, 200)
				}
			}},
			{"Subject to rate limiting", func(t *testing.T) {
				_, tight := c.Key(t, c.Acme, models.KeyDraft{Read: true, CapCalls: 1, CapSeconds: 60})
				taken := c.as(tight, "GET", "/categories", "").want(t, 200)
				assert.Check(t, is.Equal(taken.Header.Get("RateLimit-Policy"), `"key";q=1;w=60`), taken.Header)
				assert.Check(t, is.Equal(taken.Header.Get("X-RateLimit-Remaining"), "0"), taken.Header)
				a := c.as(tight, "GET", "/categories", "")
				a.refused(t, 429, "Too many requests")
				assert.Check(t, a.Header.Get("Retry-After") != "", a.Header)
			}},
			{"Updates a ticket's status, priority, and/or category", func(t *testing.T) {
				id := c.ticket()
				updated(t, id, `"status":"Pending","priority":1,"categoryId":"`+refunds+`"`)
				s := c.read(id)
				assert.Check(t, is.Equal(s["status"], "Pending"), s)
				assert.Check(t, is.Equal(s["priority"], 1.0), s)
				assert.Check(t, s["category"] != nil, s)
			}},
			{"ticketId string Yes: The unique identifier of the ticket", func(t *testing.T) {
				id := c.ticket()
				updated(t, "tick_"+id, `"priority":3`)
				for _, body := range []string{`{"priority":3}`, `{"ticketId":5}`, `{"ticketId":null,"priority":1}`, `{"ticketId":"` + strings.ToUpper(id) + `A","priority":1}`} {
					c.call("PUT", "/ticket", body).refused(t, 400, "Ticket not found")
				}
			}},
			{"status, priority, categoryId: No (optional)", func(t *testing.T) {
				id := c.ticket()
				for _, one := range []string{`"status":"Waiting"`, `"priority":3`, `"categoryId":"` + refunds + `"`} {
					updated(t, id, one)
				}
				a := c.call("PUT", "/ticket", `{"ticketId":"`+id+`"}`)
				a.refused(t, 400, "Nothing to update: give status, priority, categoryId, assignedTo or tags")
			}},
			{`Status: "Open", "Resolved", "Pending", "Waiting"`, func(t *testing.T) {
				id := c.ticket()
				for _, status := range []string{"Resolved", "Pending", "Waiting", "Open"} {
					updated(t, id, `"status":"`+status+`"`)
					s := c.read(id)
					assert.Check(t, is.Equal(s["status"], status), s)
				}
			}},
			{"Priority: 1, 2, 3", func(t *testing.T) {
				id := c.ticket()
				for _, priority := range []string{"1", "2", "3"} {
					updated(t, id, `"priority":`+priority)
					s := c.read(id)
					assert.Check(t, is.Equal(fmt.Sprint(s["priority"]), priority), s)
				}
			}},
			{"CategoryId: Must be a valid category ID from GET /categories", func(t *testing.T) {
				updated(t, c.ticket(), `"categoryId":"`+c.call("GET", "/categories", "").at("categories.0._id")+`"`)
			}},
			{"Ticket not found (400)", func(t *testing.T) {
				id := c.ticket()
				for _, unknown := range []string{"000000000000000000000000", "nonsense", ""} {
					c.call("PUT", "/ticket", `{"ticketId":"`+unknown+`","priority":3}`).refused(t, 400, "Ticket not found")
					c.call("PUT", "/message", `{"ticketId":"`+unknown+`","content":"x","messageType":"InternalNote"}`).refused(t, 400, "Ticket not found")
				}
				c.as(c.glob, "PUT", "/ticket", `{"ticketId":"`+id+`","priority":3}`).refused(t, 400, "Ticket not found")
				c.as(c.glob, "PUT", "/message", `{"ticketId":"`+id+`","content":"x","messageType":"ExternalMessage"}`).refused(t, 400, "Ticket not found")
			}},
			{"Invalid category (400)", func(t *testing.T) {
				id := c.ticket()
				for _, unknown := range []string{`"000000000000000000000000"`, `"Refunds"`, `""`, `5`} {
					put(t, id, `"categoryId":`+unknown).refused(t, 400, "Category not found")
				}
			}},
			{"Invalid status/priority (400)", func(t *testing.T) {
				id := c.ticket()
				for _, bad := range []string{`"status":"open"`, `"status":"OPEN"`, `"status":"Closed"`, `"status":""`, `"status":1`, `"priority":0`, `"priority":4`, `"priority":"2"`, `"priority":1.5`, `"priority":-1`, `"priority":1e99`, `"priority":true`} {
					put(t, id, bad).refused(t, 400, "Invalid status or priority")
				}
				s := c.read(id)
				assert.Check(t, is.Equal(s["status"], "Open"), s)
				assert.Check(t, is.Equal(s["priority"], 2.0), s)
			}},
			{"Each change (status, priority, category) creates an audit log message", func(t *testing.T) {
				id := c.ticket()
				updated(t, id, `"status":"Pending","priority":3,"categoryId":"`+refunds+`"`)
				updated(t, id, `"status":"Resolved"`)
				log := c.log(id)
				if assert.Check(t, is.Len(log, 4)) {
					assert.Check(t, is.Contains(strings.Join(log, "\n"), "2→3 by test"))
					assert.Check(t, is.Contains(strings.Join(log, "\n"), "→Refunds by test"))
					assert.Check(t, is.Equal(log[3], "Pending→Resolved by test"))
				}
			}},
			{"Changes are only made if the new value differs from the current value", func(t *testing.T) {
				id := c.ticket()
				updated(t, id, `"status":"Open","priority":2`)
				updated(t, id, `"categoryId":"`+refunds+`"`)
				updated(t, id, `"categoryId":"`+refunds+`","priority":2,"assignedTo":null,"tags":[]`)
				assert.Check(t, is.Len(c.log(id), 1))
			}},
			{"Category must be active (not archived) and belong to the client", func(t *testing.T) {
				id, gone, yes := c.ticket(), c.category(c.Acme.Scope, "Gone again"), true
				foreign := c.category(c.Globex.Scope, "Their own")
				updated(t, id, `"categoryId":"`+gone+`"`)
				if _, err := c.Acme.Scope.UpdateCategory(models.ID(gone), models.CategoryChange{Archived: &yes}); err != nil {
					t.Fatal(err)
				}
				s := c.read(id)
				assert.Check(t, is.Equal(fmt.Sprint(s["category"]), fmt.Sprintf("map[_id:%s name:Gone again]", gone)), "an archived category stays where it is %v", s)
				put(t, c.ticket(), `"categoryId":"`+gone+`"`).refused(t, 400, "Category not found")
				put(t, id, `"categoryId":"`+foreign+`"`).refused(t, 400, "Category not found")
			}},
		}
		for _, s := range said {
			t.Run(s.sentence, s.test)
		}
	})
}
