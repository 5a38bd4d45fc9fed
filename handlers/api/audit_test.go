package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mauve/models"
	"mauve/models/modelstest"
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
				if c.Field == "tags" {
					c.From, c.To, c.FromID, c.ToID = "", "", d.tagsNow(c.FromID), d.tagsNow(c.ToID)
				}
				if now, says := [2]string{state[c.Field], state[c.Field+".id"]}, [2]string{c.From, c.FromID}; now != says {
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

// tagsNow is a set of tags, each under the tag it was merged into, if it was.
func (d *desk) tagsNow(ids string) string {
	all := strings.Split(ids, ",")
	for i, id := range all {
		for d.mergedTags[id] != "" {
			id = d.mergedTags[id]
		}
		all[i] = id
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ",")
}

// learnMerges reads in the feed which tags were merged, n so far. Behind other writers the feed waits.
func (d *desk) learnMerges(n int) {
	modelstest.Eventually(d.t, fmt.Sprintf("the feed tells of %d tags merged", n), func() bool {
		for len(d.mergedTags) < n {
			a := d.call(d.acme, "GET", "/events?perPage=100&cursor="+d.feedAt, "").want(d.t, 200)
			for i := range a.body["data"].([]any) {
				if one := fmt.Sprintf("data.%d.", i); a.at(one+"event") == "tag.merged" {
					d.mergedTags[a.at(one+"data.id")] = a.at(one + "data.into")
				}
			}
			if d.feedAt = a.at("meta.nextCursor"); a.at("meta.more") == "false" {
				break
			}
		}
		return len(d.mergedTags) >= n
	})
}

// state spells what the ticket is now in the trail's words; its tags by id alone.
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
	var ids []string
	for i := range a.body["tags"].([]any) {
		ids = append(ids, a.at(fmt.Sprintf("tags.%d.id", i)))
	}
	s["tags.id"] = d.tagsNow(strings.Join(ids, ","))
	for name, v := range a.body["attributes"].(map[string]any) {
		s["attributes."+name] = fmt.Sprint(v)
		if n, ok := v.(float64); ok {
			s["attributes."+name] = strconv.FormatFloat(n, 'f', -1, 64)
		}
	}
	return s.dropEmpty()
}

// TestTheTrailTellsTheTicket does anything that moves a ticket, in any order,
// and rebuilds its present state from its audit entries and the feed's word of
// merged tags alone.
func TestTheTrailTellsTheTicket(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.mergedTags = map[string]string{}
		rows := map[string][]string{"/categories/": {d.made("/categories", `{"name":"Billing"}`), d.made("/categories", `{"name":"Shipping"}`)}}
		for _, name := range []string{"a", "b", "c"} {
			rows["/tags/"] = append(rows["/tags/"], d.made("/tags", `{"name":"`+name+`"}`))
		}
		rows["/attributes/"] = []string{d.made("/attributes", `{"subject":"ticket","name":"Seats","type":"number"}`),
			d.made("/attributes", `{"subject":"ticket","name":"Paid","type":"yes_no"}`), d.made("/attributes", `{"subject":"ticket","name":"Shelf"}`)}
		categories := []string{"null", `"` + rows["/categories/"][0] + `"`, `"` + rows["/categories/"][1] + `"`, `"cat_000000000000000000000000"`}
		agents := []string{"null", `"` + d.Acme.Owner.ID.With(models.PrefixMember) + `"`, `"user_000000000000000000000000"`}
		person, merges := 0, 0
		fresh := func() string {
			person++
			return d.contact(d.acme, fmt.Sprintf(`{"name":"Person %d"}`, person))
		}
		rapid.Check(t, func(r *rapid.T) {
			person++
			conv := d.talk(fmt.Sprintf("p%d", person))
			id := d.ticket([]string{`{"subject":"Start"}`, `{"conversationId":"` + conv + `","priority":1}`, `{"subject":"Done","status":"resolved"}`}[rapid.IntRange(0, 2).Draw(r, "start")])
			one := func(of ...string) string { return rapid.SampledFrom(of).Draw(r, "value") }
			passing := fmt.Sprintf("t%d", person)
			into := d.made("/tags", `{"name":"`+passing+`"}`)
			fields := map[string]func() string{
				"subject":        func() string { return one(`"One"`, `"Two"`, `""`, `"a\nb"`) },
				"status":         func() string { return one(`"open"`, `"pending"`, `"waiting"`, `"resolved"`, `"Open"`) },
				"priority":       func() string { return one("1", "2", "3", "4") },
				"categoryId":     func() string { return one(categories...) },
				"assigneeId":     func() string { return one(agents...) },
				"conversationId": func() string { return one("null", `"`+conv+`"`) },
				"contactId":      func() string { return one("null", `"`+fresh()+`"`) },
				"tags": func() string {
					return one("[]", `["a"]`, `["c","`+rows["/tags/"][0]+`"]`, `["b","b"]`, `["x"]`, `["`+passing+`"]`, `["a","`+passing+`","b"]`)
				},
				"attributes": func() string {
					return one(`{"Seats":1}`, `{"Seats":2.5,"Paid":true}`, `{"Seats":null}`, `{"Paid":false,"Shelf":"B4"}`, `{"Shelf":""}`, `{"Paid":"x"}`)
				},
			}
			names := slices.Sorted(maps.Keys(fields))
			for range rapid.IntRange(1, 14).Draw(r, "steps") {
				switch rapid.IntRange(0, 11).Draw(r, "act") {
				case 0:
					d.writes(conv, "Hello?")
				case 1:
					d.call(d.acme, "POST", "/tickets/"+id+"/messages", `{"body":"Yes?"}`)
				case 2:
					d.Clock.Pass(time.Duration(rapid.IntRange(1, 200).Draw(r, "hours")) * time.Hour)
				case 3: // its contact becomes another one
					if from := d.call(d.acme, "GET", "/tickets/"+id, "").at("contact.id"); strings.HasPrefix(from, "con_") {
						d.call(d.acme, "POST", "/contacts/"+fresh()+"/merge", `{"from":"`+from+`"}`).want(t, 200)
					}
				case 4: // a tag that it may carry goes into one that it may carry
					if a := d.call(d.acme, "POST", "/tags/"+one(rows["/tags/"]...)+"/merge", `{"from":"`+into+`"}`); a.StatusCode == 200 {
						merges++
						passing = fmt.Sprintf("t%dm%d", person, merges)
						into = d.made("/tags", `{"name":"`+passing+`"}`)
					}
				case 5: // what it carries can no longer be set, or can again
					kind := one("/categories/", "/tags/", "/attributes/")
					d.call(d.acme, "PATCH", kind+one(rows[kind]...), `{"archived":`+one("true", "false")+`}`).want(t, 200)
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
			d.learnMerges(merges)
			if told, is := d.follow(r, id), d.state(id); !maps.Equal(told, is) {
				r.Fatalf("the trail tells %v\nthe ticket is %v", told, is)
			}
		})
	})
}
