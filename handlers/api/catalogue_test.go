package api_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
)

func TestCategoriesAreKeptInOrderAndArchived(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		billing := d.made("/categories", `{"name":"Billing"}`)
		shipping := d.made("/categories", `{"name":"Shipping"}`)
		d.call(d.acme, "POST", "/categories", `{"name":" billing "}`).want(t, 409).has(t, "errors.0.field", "name")
		d.call(d.glob, "POST", "/categories", `{"name":"Billing"}`).want(t, 201)
		read := d.call(d.acme, "GET", "/categories/"+shipping, "").want(t, 200)
		d.call(d.acme, "PATCH", "/categories/"+shipping, `{"position":0}`, "If-Match", read.Header.Get("ETag")).want(t, 200)
		d.call(d.acme, "PATCH", "/categories/"+shipping, `{"position":5}`, "If-Match", read.Header.Get("ETag")).want(t, 412)
		d.call(d.acme, "GET", "/categories", "").want(t, 200).has(t, "data.0.id", shipping, "meta.total", "2")
		old := d.ticket(`{"subject":"Old","categoryId":"` + billing + `"}`)
		d.call(d.acme, "DELETE", "/categories/"+billing, "").want(t, 204)
		d.call(d.acme, "DELETE", "/categories/"+billing, "").want(t, 204)
		d.call(d.acme, "GET", "/categories", "").has(t, "meta.total", "1")
		d.call(d.acme, "GET", "/categories?archived=true", "").want(t, 200).has(t, "meta.total", "2")
		d.call(d.acme, "GET", "/tickets/"+old, "").has(t, "category.name", "Billing") // an archived category stays on old tickets
		d.call(d.acme, "PATCH", "/tickets/"+old, `{"categoryId":"`+billing+`","priority":1}`).want(t, 200)
		d.call(d.acme, "POST", "/tickets", `{"subject":"New","categoryId":"`+billing+`"}`).want(t, 422).has(t, "errors.0.field", "categoryId")
		d.call(d.acme, "PATCH", "/categories/"+billing, `{"archived":false,"name":"Money"}`).want(t, 200)
		d.call(d.acme, "POST", "/tickets", `{"subject":"New","categoryId":"`+billing+`"}`).want(t, 201).has(t, "category.name", "Money")
	})
}

func TestTagsAreMergedAndArchived(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		keep, gone := d.made("/tags", `{"name":"late"}`), d.made("/tags", `{"name":"delayed"}`)
		other := d.made("/tags", `{"name":"other"}`)
		both := d.ticket(`{"subject":"Both","tags":["late","delayed","other"]}`)
		one := d.ticket(`{"subject":"One","tags":["` + gone + `"]}`)
		none := d.ticket(`{"subject":"None","tags":["other"],"status":"pending"}`)
		d.call(d.acme, "POST", "/tags/"+keep+"/merge", `{"from":"`+gone+`"}`).want(t, 200).has(t, "name", "late")
		d.call(d.acme, "GET", "/tags/"+gone, "").want(t, 404)
		for id, want := range map[string]string{both: "late other", one: "late", none: "other"} {
			a := d.call(d.acme, "GET", "/tickets/"+id, "").want(t, 200)
			var names []string
			for i := range a.body["tags"].([]any) {
				names = append(names, a.at(fmt.Sprintf("tags.%d.name", i)))
			}
			if strings.Join(names, " ") != want {
				t.Errorf("want %s: %s", want, a.text)
			}
		}
		for query, total := range map[string]string{"tagId=" + keep: "2", "tagId=" + gone: "0", "tagId=" + other: "2", "tagId=" + other + "&status=open": "1"} {
			d.call(d.acme, "GET", "/tickets?"+query, "").has(t, "meta.total", total)
		}
		d.call(d.acme, "GET", "/tags/"+keep, "").want(t, 200).has(t, "name", "late", "archivedAt", "<nil>")
		for _, from := range []string{keep, gone, "x", "tag_000000000000000000000000"} {
			d.call(d.acme, "POST", "/tags/"+keep+"/merge", `{"from":"`+from+`"}`).want(t, 422).has(t, "errors.0.field", "from")
		}
		d.call(d.acme, "DELETE", "/tags/"+keep, "").want(t, 204)
		d.call(d.acme, "PATCH", "/tickets/"+none, `{"tags":["late","other"]}`).want(t, 422).has(t, "errors.0.field", "tags")
		d.call(d.acme, "PATCH", "/tickets/"+one, `{"tags":["late","other"]}`).want(t, 200)
		d.call(d.acme, "PATCH", "/tags/"+keep, `{"archived":false,"name":"Late!"}`).want(t, 200)
		d.call(d.acme, "GET", "/tickets/"+one, "").has(t, "tags.0.name", "Late!")
		d.call(d.acme, "GET", "/tags", "").want(t, 200).has(t, "meta.total", "2")
	})
}

func TestAttributesHoldTheirKind(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		kinds := map[string]struct{ fields, good, bad string }{
			"Text":   {``, `"a"`, `5`},
			"Number": {`,"type":"number"`, `1.5`, `"1.5"`},
			"Date":   {`,"type":"date"`, `"2026-11-21"`, `"21.11.2026"`},
			"Choice": {`,"type":"choice","choices":["red","blue"]`, `"red"`, `"Red"`},
			"YesNo":  {`,"type":"yes_no"`, `false`, `"no"`},
			"URL":    {`,"type":"url"`, `"https://a.example/x"`, `"javascript:alert(1)"`},
		}
		for name, k := range kinds {
			for _, subject := range []string{"ticket", "contact"} {
				id := d.made("/attributes", `{"subject":"`+subject+`","name":"`+name+`"`+k.fields+`}`)
				d.call(d.acme, "GET", "/attributes/"+id, "").want(t, 200)
				path := map[string]string{"ticket": "/tickets", "contact": "/contacts"}[subject]
				fields := map[string]string{"ticket": `"subject":"x"`, "contact": `"name":"x"`}[subject]
				a := d.call(d.acme, "POST", path, `{`+fields+`,"attributes":{"`+strings.ToLower(name)+`":`+k.good+`}}`).want(t, 201)
				a.has(t, "attributes."+name, strings.Trim(k.good, `"`))
				for _, bad := range []string{k.bad, `{"a":1}`, `[1]`} {
					a = d.call(d.acme, "POST", path, `{`+fields+`,"attributes":{"`+name+`":`+bad+`}}`).want(t, 422)
					if !a.has(t, "errors.0.field", "attributes."+name) {
						t.Log(bad)
					}
				}
			}
		}
		d.call(d.acme, "POST", "/tickets", `{"subject":"x","attributes":{"Nobody":"x"}}`).want(t, 422).has(t, "errors.0.field", "attributes.Nobody")
		if a := d.call(d.acme, "POST", "/contacts", `{"name":"x","attributes":{"free":"x"}}`).want(t, 201); a.at("attributes.free") != "x" {
			t.Error("a contact's attribute that nobody defined is a free field: " + a.text)
		}
		l := d.call(d.acme, "GET", "/attributes?subject=ticket", "").want(t, 200)
		l.has(t, "meta.total", "6")
		id := d.made("/attributes", `{"subject":"ticket","name":"Shelf"}`)
		kept := d.ticket(`{"subject":"x","attributes":{"Shelf":"B4"}}`)
		d.call(d.acme, "DELETE", "/attributes/"+id, "").want(t, 204)
		d.call(d.acme, "PATCH", "/tickets/"+kept, `{"attributes":{"Shelf":"B4"},"priority":1}`).want(t, 200)
		d.call(d.acme, "PATCH", "/tickets/"+kept, `{"attributes":{"Shelf":"B5"}}`).want(t, 422).has(t, "errors.0.field", "attributes.Shelf")
		d.call(d.acme, "PATCH", "/tickets/"+kept, `{"attributes":{"Shelf":null}}`).want(t, 200).has(t, "attributes", "map[]")
		a := d.call(d.acme, "PATCH", "/attributes/"+id, `{"archived":false,"name":"Rack","position":1}`).want(t, 200)
		a.has(t, "name", "Rack", "archivedAt", "<nil>")
	})
}

func TestMergingContactsMovesTheirTickets(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		keep, gone := d.contact(d.acme, `{"name":"Ada"}`), d.contact(d.acme, `{"name":"A."}`)
		stays := d.ticket(`{"subject":"Hers already","contactId":"` + keep + `"}`)
		var moved []string
		for range 3 {
			moved = append(moved, d.ticket(`{"subject":"Move","contactId":"`+gone+`"}`))
		}
		old := d.call(d.acme, "GET", "/tickets/"+moved[0], "").Header.Get("ETag")
		d.call(d.acme, "POST", "/contacts/"+keep+"/merge", `{"from":"`+gone+`"}`).want(t, 200)
		for _, id := range moved {
			d.call(d.acme, "GET", "/tickets/"+id, "").want(t, 200).has(t, "contact.id", keep)
			said := d.audits(id)
			if assert.Check(t, is.Len(said, 1)) {
				assert.Check(t, is.Equal(said[0], "api_key: contact A.→Ada"))
			}
			if told, is := d.follow(t, id), d.state(id); !maps.Equal(told, is) {
				t.Errorf("the trail tells %v\nthe ticket is %v", told, is)
			}
		}
		if said := d.audits(stays); len(said) != 0 {
			t.Errorf("nothing happened to it: %q", said)
		}
		d.call(d.acme, "PATCH", "/tickets/"+moved[0], `{"priority":3}`, "If-Match", old).want(t, 412)
		d.call(d.acme, "GET", "/contacts/"+keep+"/tickets", "").has(t, "meta.total", "4")
		told := 0
		cursor := ""
		modelstest.Eventually(t, "the feed tells of the tickets moved", func() bool { // behind other writers it waits
			a := d.call(d.acme, "GET", "/events?perPage=100&cursor="+cursor, "").want(t, 200)
			for i := range a.body["data"].([]any) {
				if one := fmt.Sprintf("data.%d.", i); a.at(one+"event") == "ticket.updated" && a.at(one+"data.changes.0.toId") == keep && a.at(one+"data.contact.id") == keep {
					told++
				}
			}
			cursor = a.at("meta.nextCursor")
			return told >= len(moved)
		})
		assert.Check(t, is.Equal(told, len(moved)))
	})
}

func TestTicketsOfAnotherWorkspaceAreMissingTickets(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.made("/attributes", `{"subject":"ticket","name":"Shelf"}`)
		rows := map[string]string{"/tickets/": d.ticket(`{"subject":"x"}`), "/categories/": d.made("/categories", `{"name":"x"}`), "/tags/": d.made("/tags", `{"name":"x"}`),
			"/attributes/": d.made("/attributes", `{"subject":"ticket","name":"x"}`)}
		bodies := map[string]string{"/tickets/": `{"priority":3}`, "/categories/": `{"name":"y"}`, "/tags/": `{"name":"y"}`, "/attributes/": `{"name":"y"}`}
		same := func(method, path, id, rest, body string) {
			t.Helper()
			foreign := d.call(d.glob, method, path+id+rest, body).want(t, 404)
			prefix, _, _ := strings.Cut(id, "_")
			missing := d.call(d.glob, method, path+prefix+"_000000000000000000000000"+rest, body).want(t, 404)
			if !foreign.has(t, "detail", missing.at("detail")) {
				t.Log(method, path, "tells a foreign row from a missing one")
			}
		}
		for path, id := range rows {
			same("GET", path, id, "", "")
			same("PATCH", path, id, "", bodies[path])
			if path != "/tickets/" {
				same("DELETE", path, id, "", "")
			}
		}
		for _, rest := range []string{"/notes", "/messages", "/timeline"} {
			same("GET", "/tickets/", rows["/tickets/"], rest, "")
		}
		same("POST", "/tickets/", rows["/tickets/"], "/notes", `{"body":"x"}`)
		same("POST", "/tickets/", rows["/tickets/"], "/messages", `{"body":"x"}`)
		same("POST", "/tags/", rows["/tags/"], "/merge", `{"from":"tag_111111111111111111111111"}`)
		conv, lea := d.talk("ada"), d.Acme.Owner.ID.With(models.PrefixMember)
		person := d.contact(d.acme, `{"name":"x"}`)
		for field, id := range map[string]string{"categoryId": `"` + rows["/categories/"] + `"`, "assigneeId": `"` + lea + `"`, "contactId": `"` + person + `"`,
			"conversationId": `"` + conv + `"`, "tags": `["` + rows["/tags/"] + `"]`, "attributes.Shelf": "{}"} {
			body := `{"subject":"x","` + field + `":` + id + `}`
			if field == "attributes.Shelf" {
				body = `{"subject":"x","attributes":{"Shelf":"x"}}`
			}
			d.call(d.glob, "POST", "/tickets", body).want(t, 422).has(t, "errors.0.field", field)
		}
		d.call(d.glob, "GET", "/tickets", "").has(t, "meta.total", "0")
	})
}

// TestBadTickets sends what no client should; every answer is a 4xx that names the field.
func TestBadTickets(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.ticket(`{"subject":"x"}`)
		d.made("/attributes", `{"subject":"ticket","name":"Seats","type":"number"}`)
		many := `["` + strings.Repeat(`tag_000000000000000000000000","`, 9_999) + `tag_000000000000000000000000"]`
		long := strings.Repeat("é", 300)
		for _, c := range []struct {
			method, path, body string
			status             int
			field              string
		}{
			{"PATCH", "/tickets/" + id, `{}`, 422, "body"}, {"PATCH", "/tickets/" + id, `{"status":null}`, 422, "body"}, {"PATCH", "/tickets/" + id, ``, 400, ""},
			{"PATCH", "/tickets/" + id, `{"status":"Open"}`, 422, "status"}, {"PATCH", "/tickets/" + id, `{"status":""}`, 422, "status"}, {"PATCH", "/tickets/" + id, `{"status":1}`, 422, "status"},
			{"PATCH", "/tickets/" + id, `{"priority":0}`, 422, "priority"}, {"PATCH", "/tickets/" + id, `{"priority":4}`, 422, "priority"}, {"PATCH", "/tickets/" + id, `{"priority":"2"}`, 422, "priority"},
			{"PATCH", "/tickets/" + id, `{"priority":1.5}`, 422, "priority"}, {"PATCH", "/tickets/" + id, `{"priority":-9223372036854775809}`, 422, "priority"},
			{"PATCH", "/tickets/" + id, `{"categoryId":"cat_1"}`, 422, "categoryId"}, {"PATCH", "/tickets/" + id, `{"categoryId":5}`, 422, "categoryId"},
			{"PATCH", "/tickets/" + id, `{"assigneeId":"tick_000000000000000000000000"}`, 422, "assigneeId"}, {"PATCH", "/tickets/" + id, `{"conversationId":"conv_000000000000000000000000"}`, 422, "conversationId"},
			{"PATCH", "/tickets/" + id, `{"contactId":"con_000000000000000000000000"}`, 422, "contactId"}, {"PATCH", "/tickets/" + id, `{"tags":` + many + `}`, 422, "tags"},
			{"PATCH", "/tickets/" + id, `{"tags":["nobody"]}`, 422, "tags"}, {"PATCH", "/tickets/" + id, `{"tags":5}`, 422, "tags"}, {"PATCH", "/tickets/" + id, `{"tags":[{}]}`, 422, ""},
			{"PATCH", "/tickets/" + id, `{"subject":"` + long + `"}`, 422, "subject"}, {"PATCH", "/tickets/" + id, `{"subject":"a\nb"}`, 422, "subject"},
			{"PATCH", "/tickets/" + id, `{"attributes":{"Seats":"many"}}`, 422, "attributes.Seats"}, {"PATCH", "/tickets/" + id, `{"attributes":{"Seats":1e999}}`, 400, ""},
			{"PATCH", "/tickets/" + id, `{"attributes":[]}`, 422, "attributes"}, {"PATCH", "/tickets/" + id, `{"colour":"red"}`, 422, "colour"},
			{"POST", "/tickets", `{}`, 422, "subject"}, {"POST", "/tickets", `{"contactId":"` + d.contact(d.acme, `{"name":"a"}`) + `","contact":{"name":"b"}}`, 422, "contact"},
			{"POST", "/tickets", `{"contact":{"phone":"x"}}`, 422, "contact.phone"}, {"POST", "/tickets/" + id + "/notes", `{"body":" "}`, 422, "body"}, {"POST", "/tickets/" + id + "/notes", `{}`, 422, "body"},
			{"GET", "/tickets/tick_1", "", 404, ""}, {"GET", "/tickets/%00", "", 404, ""}, {"GET", "/tickets?status=Open", "", 422, "status"}, {"GET", "/tickets?priority=4", "", 422, "priority"},
			{"GET", "/tickets?categoryId=x", "", 422, "categoryId"}, {"GET", "/tickets?assigneeId=me", "", 422, "assigneeId"}, {"GET", "/tickets?tagId=x", "", 422, "tagId"}, {"GET", "/tickets?number=x", "", 422, "number"},
			{"GET", "/tickets?attribute=x", "", 422, "attribute"}, {"GET", "/tickets?attribute=nobody:x", "", 422, "attribute"}, {"GET", "/tickets?q=%00", "", 422, "q"}, {"GET", "/tickets?channel=%ff", "", 422, "channel"},
			{"GET", "/tickets?createdSince=x", "", 422, "createdSince"}, {"GET", "/tickets?sort=name", "", 422, "sort"}, {"GET", "/tickets?cursor=x", "", 422, "cursor"}, {"GET", "/tickets?q=%22%25_'", "", 200, ""},
			{"POST", "/categories", `{"name":""}`, 422, "name"}, {"POST", "/categories", `{"name":"` + long + `"}`, 422, "name"}, {"POST", "/categories", `{"name":"a","position":-1}`, 422, "position"},
			{"POST", "/tags", `{"name":"  "}`, 422, "name"}, {"POST", "/attributes", `{"subject":"car","name":"x"}`, 422, "subject"}, {"POST", "/attributes", `{"subject":"ticket","name":"x","type":"colour"}`, 422, "type"},
			{"POST", "/attributes", `{"subject":"ticket","name":"x","type":"choice"}`, 422, "choices"}, {"POST", "/attributes", `{"subject":"ticket","name":"x","choices":["a"]}`, 422, "choices"},
		} {
			a := d.call(d.acme, c.method, c.path, c.body)
			assert.Check(t, is.Equal(a.StatusCode, c.status), "%s %s %.60s: %d naming %q, want %d naming %q: %.300s", c.method, c.path, c.body, a.StatusCode, a.at("errors.0.field"), c.status, c.field, a.text)
			if c.field != "" {
				a.has(t, "errors.0.field", c.field)
			}
		}
		if said := d.audits(id); len(said) != 0 {
			t.Errorf("refused changes left entries: %q", said)
		}
	})
}
