package dashboard_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
)

func TestTheCataloguesOfTickets(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		for _, kind := range []string{"categories", "tags", "attributes"} {
			at := "/settings/" + kind
			form := url.Values{"name": {"First"}, "subject": {"ticket"}, "type": {"text"}}
			lea.ask("GET", at, nil).want(t, 200)
			lea.post(at, at, form).want(t, 303)
			lea.post(at, at, form).want(t, 409).says(t, "one of that name already")
			form.Set("name", " ")
			lea.post(at, at, form).want(t, 422).says(t, "field-name-after-1-error")
			_, rest, _ := strings.Cut(lea.ask("GET", at, nil).text, `id="row-`)
			id, _, _ := strings.Cut(rest, `"`)
			row := at + "/" + id
			lea.post(at, row, url.Values{"name": {"Renamed"}, "position": {"7"}}).want(t, 303)
			lea.post(at, row, url.Values{"archived": {"yes"}}).want(t, 303)
			lea.ask("GET", at, nil).says(t, `value="Renamed"`, "Archived", "Use again")
			lea.post(at, row, url.Values{"archived": {"no"}}).want(t, 303)
			lea.post(at, row, url.Values{"name": {""}}).want(t, 422)
			if kind != "tags" {
				lea.ask("GET", at, nil).says(t, `value="7"`)
				for _, bad := range []string{"-1", "x", "1.5", "1000001"} {
					lea.post(at, row, url.Values{"position": {bad}}).want(t, 422)
				}
			}
			gus := signIn(t, app, "gus@globex.example")
			gus.post(at, row, url.Values{"name": {"Stolen"}}).want(t, 404)
			gus.ask("GET", at, nil).says(t, "!Renamed")
			lea.post(at, at+"/none", url.Values{"name": {"x"}}).want(t, 404)
		}
		for _, bad := range []url.Values{{"name": {"A"}, "subject": {"car"}, "type": {"text"}}, {"name": {"A"}, "subject": {"ticket"}, "type": {"colour"}},
			{"name": {"A"}, "subject": {"ticket"}, "type": {"choice"}}, {"name": {"A"}, "subject": {"ticket"}, "type": {"text"}, "choices": {"a,b"}}} {
			lea.post("/settings/attributes", "/settings/attributes", bad).want(t, 422)
		}
		lea.post("/settings/attributes", "/settings/attributes", url.Values{"name": {"Size"}, "subject": {"contact"}, "type": {"choice"}, "choices": {"S, M"}}).want(t, 303)
		lea.ask("GET", "/settings/attributes", nil).says(t, `value="S, M"`, "Contacts · Choice")
	})
}

func TestTagsAreMerged(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea := signIn(t, app, "lea@acme.example")
		var ids []string
		for _, name := range []string{"refund", "refunds"} {
			tag, err := w.Acme.Scope.CreateTag(models.TagChange{Name: &name})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, string(tag.ID))
		}
		made := ticketed(t, w, models.TicketChange{Subject: new("x"), Tags: &[]string{"refunds"}})
		merge := "/settings/tags/" + ids[1] + "/merge"
		for into, status := range map[string]int{"": 404, "bogus": 404, string(made.ID): 404, ids[1]: 422} {
			lea.post("/settings/tags", merge, url.Values{"into": {into}}).want(t, status)
		}
		lea.post("/settings/tags", merge, url.Values{"into": {ids[0]}}).want(t, 303)
		now, err := w.Acme.Scope.Ticket(made.ID)
		if assert.Check(t, err) && assert.Check(t, is.Len(now.Tagged, 1), "%+v", now) {
			assert.Check(t, is.Equal(now.Tagged[0].Name, "refund"), "%+v", now)
		}
		lea.ask("GET", "/settings/tags", nil).says(t, "!refunds")
	})
}

func TestHowTicketsBehaveIsSet(t *testing.T) {
	each(t, func(t *testing.T, w *modelstest.World, app *fiber.App) {
		lea, max := signIn(t, app, "lea@acme.example"), agent(t, w, app)
		form := url.Values{"reopenDays": {"3"}, "resolveAfterHours": {"48"}, "manyOpen": {"yes"}}
		lea.post("/settings/tickets", "/settings/tickets", form).want(t, 303)
		r, err := w.Acme.Scope.TicketRules()
		assert.NilError(t, err)
		assert.Check(t, is.Equal(r.ReopenDays, 3), "%+v", r)
		assert.Check(t, is.Equal(r.ResolveAfterHours, 48), "%+v", r)
		assert.Check(t, r.ManyOpen, "%+v", r)
		assert.Check(t, !r.FollowUp, "%+v", r)
		assert.Check(t, !r.WaitingOnReply, "%+v", r)
		lea.ask("GET", "/settings/tickets", nil).says(t, `value="48"`)
		for field, values := range map[string][]string{"reopenDays": {"-1", "366", "x", ""}, "resolveAfterHours": {"-1", "9000", "1.5"}} {
			for _, value := range values {
				bad := url.Values{"reopenDays": {"3"}, "resolveAfterHours": {"48"}}
				bad.Set(field, value)
				lea.post("/settings/tickets", "/settings/tickets", bad).want(t, 422).says(t, "field-"+field+"-error")
			}
		}
		again, err := w.Acme.Scope.TicketRules()
		assert.NilError(t, err)
		assert.Check(t, is.Equal(*again, *r), "a refused form changed the rules")
		for _, path := range []string{"tickets", "categories", "tags", "attributes"} {
			max.ask("GET", "/settings/"+path, nil).want(t, 403)
			max.post("/inbox", "/settings/"+path, url.Values{"name": {"x"}}).want(t, 403)
		}
	})
}
