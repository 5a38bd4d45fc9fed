package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mauve/models"
)

// trail is a ticket's state as its audit entries tell it, by field.
type trail map[string]string

// follow reads the whole timeline and applies each entry's changes; an entry
// whose from is not what the trail says so far is a fault.
func (d *desk) follow(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, ticket string) trail {
	state := trail{"reopenedCount": "0"}
	for cursor := ""; ; {
		a := d.call(d.acme, "GET", "/tickets/"+ticket+"/timeline?perPage=40&cursor="+cursor, "")
		for i := range a.body["data"].([]any) {
			if a.at(fmt.Sprintf("data.%d.kind", i)) != "audit" {
				continue
			}
			var changes []struct{ Field, From, To, FromID, ToID string }
			raw, _ := json.Marshal(a.body["data"].([]any)[i].(map[string]any)["audit"].(map[string]any)["changes"])
			if err := json.Unmarshal(raw, &changes); err != nil {
				t.Fatal(err)
			}
			for _, c := range changes {
				if state[c.Field] != c.From || state[c.Field+".id"] != c.FromID {
					t.Fatalf("%s was %q (%s), an entry says from %q (%s)", c.Field, state[c.Field], state[c.Field+".id"], c.From, c.FromID)
				}
				state[c.Field], state[c.Field+".id"] = c.To, c.ToID
			}
		}
		if cursor = a.at("meta.nextCursor"); cursor == "<nil>" {
			return state.dropEmpty()
		}
	}
}

func (s trail) dropEmpty() trail {
	maps.DeleteFunc(s, func(_, v string) bool { return v == "" })
	return s
}

// state spells what the ticket is now in the trail's words.
func (d *desk) state(ticket string) trail {
	a := d.call(d.acme, "GET", "/tickets/"+ticket, "")
	s := trail{}
	text := func(field, path string) {
		if v := a.at(path); v != "<nil>" {
			s[field] = v
		}
	}
	for _, field := range []string{"subject", "status", "priority", "resolvedAt", "reopenedCount", "firstResponseAt", "conversationId"} {
		text(field, field)
	}
	for _, field := range []string{"category", "assignee", "contact"} {
		if a.body[field] != nil {
			text(field, field+".name")
			text(field+".id", field+".id")
		}
	}
	var names, ids []string
	for i := range a.body["tags"].([]any) {
		names = append(names, a.at(fmt.Sprintf("tags.%d.name", i)))
		ids = append(ids, a.at(fmt.Sprintf("tags.%d.id", i)))
	}
	s["tags"], s["tags.id"] = strings.Join(names, ", "), strings.Join(ids, ",")
	for name, v := range a.body["attributes"].(map[string]any) {
		s["attributes."+name] = fmt.Sprint(v)
		if n, ok := v.(float64); ok {
			s["attributes."+name] = strconv.FormatFloat(n, 'f', -1, 64)
		}
	}
	return s.dropEmpty()
}

// TestTheTrailTellsTheTicket does anything that moves a ticket, in any order,
// and rebuilds its present state from its audit entries alone.
func TestTheTrailTellsTheTicket(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		categories := []string{"null", `"` + d.made("/categories", `{"name":"Billing"}`) + `"`, `"` + d.made("/categories", `{"name":"Shipping"}`) + `"`, `"cat_000000000000000000000000"`}
		agents := []string{"null", `"` + d.Acme.Owner.ID.With(models.PrefixMember) + `"`, `"user_000000000000000000000000"`}
		// Names and ids sort alike, so that the two lists of the entry stand in one order.
		tags := []string{d.made("/tags", `{"name":"a"}`)}
		for _, name := range []string{"b", "c"} {
			d.Clock.Pass(time.Second)
			tags = append(tags, d.made("/tags", `{"name":"`+name+`"}`))
		}
		d.made("/attributes", `{"subject":"ticket","name":"Seats","type":"number"}`)
		d.made("/attributes", `{"subject":"ticket","name":"Paid","type":"yes_no"}`)
		d.made("/attributes", `{"subject":"ticket","name":"Shelf"}`)
		person := 0
		rapid.Check(t, func(r *rapid.T) {
			person++
			conv := d.talk(fmt.Sprintf("p%d", person))
			id := d.ticket([]string{`{"subject":"Start"}`, `{"conversationId":"` + conv + `","priority":1,"tags":["a"]}`, `{"subject":"Done","status":"resolved","attributes":{"Seats":1}}`}[rapid.IntRange(0, 2).Draw(r, "start")])
			one := func(of ...string) string { return rapid.SampledFrom(of).Draw(r, "value") }
			fields := map[string]func() string{
				"subject":        func() string { return one(`"One"`, `"Two"`, `""`, `"a\nb"`) },
				"status":         func() string { return one(`"open"`, `"pending"`, `"waiting"`, `"resolved"`, `"Open"`) },
				"priority":       func() string { return one("1", "2", "3", "4") },
				"categoryId":     func() string { return one(categories...) },
				"assigneeId":     func() string { return one(agents...) },
				"conversationId": func() string { return one("null", `"`+conv+`"`) },
				"tags":           func() string { return one("[]", `["a"]`, `["c","`+tags[0]+`"]`, `["b","b"]`, `["x"]`) },
				"attributes": func() string {
					return one(`{"Seats":1}`, `{"Seats":2.5,"Paid":true}`, `{"Seats":null}`, `{"Paid":false,"Shelf":"B4"}`, `{"Shelf":""}`, `{"Paid":"x"}`)
				},
			}
			names := []string{"subject", "status", "priority", "categoryId", "assigneeId", "conversationId", "tags", "attributes"}
			for range rapid.IntRange(1, 12).Draw(r, "steps") {
				switch rapid.IntRange(0, 7).Draw(r, "act") {
				case 0:
					d.writes(conv, "Hello?")
				case 1:
					d.call(d.acme, "POST", "/tickets/"+id+"/messages", `{"body":"Yes?"}`)
				case 2:
					d.Clock.Pass(time.Duration(rapid.IntRange(1, 200).Draw(r, "hours")) * time.Hour)
				default:
					var set []string
					for _, f := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 4, rapid.ID).Draw(r, "fields") {
						set = append(set, `"`+f+`":`+fields[f]())
					}
					if a := d.call(d.acme, "PATCH", "/tickets/"+id, "{"+strings.Join(set, ",")+"}"); a.StatusCode >= 500 {
						r.Fatal(a.text)
					}
				}
			}
			if told, is := d.follow(r, id), d.state(id); !maps.Equal(told, is) {
				r.Fatalf("the trail tells %v\nthe ticket is %v", told, is)
			}
		})
	})
}
