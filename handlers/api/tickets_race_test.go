package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
)

func TestTicketsAreNumberedWithoutGapsOrDoubles(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var mu sync.Mutex
		var numbers []int
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 5 {
					n, err := strconv.Atoi(d.raw(d.acme, "POST", "/tickets", `{"subject":"x"}`).at("number"))
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					numbers = append(numbers, n)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		slices.Sort(numbers)
		for i, n := range numbers {
			assert.Equal(t, n, i+1, numbers)
		}
		d.call(d.glob, "POST", "/tickets", `{"subject":"x"}`).want(t, 201).has(t, "number", "1") // another workspace counts for itself
	})
}

// TestEverybodyAtOnce lets a customer, agents and the rule at one ticket; nothing
// is a 5xx, and the trail still tells the ticket entry by entry.
func TestEverybodyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		hours := 1
		if _, err := d.Acme.Scope.UpdateTicketRules(models.TicketRulesChange{ResolveAfterHours: &hours}); err != nil {
			t.Fatal(err)
		}
		conv := d.talk("ada")
		id := d.ticket(`{"conversationId":"` + conv + `"}`)
		var all sync.WaitGroup
		at := func(method, path, body string) {
			all.Go(func() {
				for i := range 8 {
					a := d.raw(d.acme, method, path, fmt.Sprintf(body, i%3+1))
					assert.Check(t, a.StatusCode < 500, "%v %v", a.StatusCode, a.text)
				}
			})
		}
		at("POST", "/conversations/"+conv+"/messages", `{"body":"Hello? %d","direction":"inbound"}`)
		at("POST", "/tickets/"+id+"/messages", `{"body":"Yes %d"}`)
		at("PATCH", "/tickets/"+id, `{"priority":%d,"status":"resolved"}`)
		at("PATCH", "/tickets/"+id, `{"status":"open","subject":"Subject %d"}`)
		all.Go(func() {
			for range 8 {
				d.Clock.Pass(2 * time.Hour)
				if _, err := d.Store.ResolveQuiet(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		all.Wait()
		if told, is := d.follow(t, id), d.state(id); !maps.Equal(told, is) {
			t.Errorf("the trail tells %v\nthe ticket is %v", told, is)
		}
		sum := 0
		for _, status := range models.TicketStatuses {
			n, err := strconv.Atoi(d.call(d.acme, "GET", "/tickets?status="+string(status), "").at("meta.total"))
			sum += n
			assert.Check(t, err)
			assert.Check(t, n >= 0, "%v %v", n, status)
		}
		if sum != 1 {
			t.Errorf("the totals of the statuses come to %d", sum)
		}
	})
}

func TestTicketEventsAreTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		hook := d.made("/webhooks", `{"url":"https://example.com/h","events":["ticket.created","ticket.updated","note.created"]}`)
		id := d.ticket(`{"subject":"Told","priority":3}`)
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"pending","priority":1}`).want(t, 200)
		d.call(d.acme, "PATCH", "/tickets/"+id, `{"status":"pending"}`).want(t, 200)
		d.made("/tickets/"+id+"/notes", `{"body":"x"}`)
		l := d.call(d.acme, "GET", "/webhooks/"+hook+"/deliveries", "").want(t, 200)
		told := map[string]int{}
		for i := range l.body["data"].([]any) {
			told[l.at(fmt.Sprintf("data.%d.event", i))]++
		}
		assert.Check(t, is.Equal(told["ticket.created"], 1), told)
		assert.Check(t, is.Equal(told["ticket.updated"], 2), told)
		assert.Check(t, is.Equal(told["note.created"], 1), told)
		var updates []*models.Event
		modelstest.Eventually(t, "the feed tells of both changes", func() bool {
			events, err := d.Acme.Scope.EventsAfter("", 100)
			assert.NilError(t, err)
			updates = slices.DeleteFunc(events, func(e *models.Event) bool { return e.Kind != models.TicketUpdated })
			return len(updates) >= 2
		})
		assert.Check(t, is.Len(updates, 2))
		for _, e := range updates {
			var data struct {
				ID, Status string
				Priority   int
				Changes    []struct{ Field, From, To string }
			}
			if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
				t.Fatal(err)
			}
			assert.Check(t, is.Equal(data.ID, id), e.Data)
			assert.Check(t, is.Equal(data.Status, "pending"), e.Data)
			assert.Check(t, is.Equal(data.Priority, 1), e.Data)
			assert.Check(t, is.Len(data.Changes, 1), e.Data)
		}
	})
}
