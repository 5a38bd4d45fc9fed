package isolation

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"gotest.tools/v3/assert"

	"mauve/handlers/api"
	"mauve/handlers/dashboard"
	"mauve/handlers/mava"
	"mauve/handlers/maveraa"
	"mauve/models"
	"mauve/models/rights"
	"mauve/web"
	"mauve/web/webtest"
)

// undocumented are bodies of ways that no document describes: enough of one for the operation to be reached.
var undocumented = map[string]string{
	"POST /api/public/contacts":   `{"name": "Ada", "phone": "+33612345678"}`,
	"POST /api/public/inbox/send": `{"sessionId": "a", "targetNumber": "33612345678", "message": "Hello"}`,
}

// parts are the rights for what a call makes beside what it is for, where its body says so.
var parts = map[string]rights.Grants{
	"POST /api/v2/public/conversations": {rights.WriteContacts, rights.WriteMessages},
	"POST /api/v2/public/messages":      {rights.WriteContacts, rights.WriteConversations},
	"POST /api/ticket":                  {rights.WriteContacts, rights.WriteConversations, rights.WriteMessages},
}

// searched make a page ask for what it is there for.
var searched = map[string]string{"GET /palette": "?q=a"}

// neededRights holds the right in each line of the tables against the one that its operation asks for by itself, where the
// route lets everybody pass: without it the operation refuses, and with it and those to read it does not. So a page and the
// calls that come to the same operation need the same.
func (c *caller) neededRights() {
	c.fill()
	var left rights.Grants
	server := webtest.Server(c.t, c.World)
	groups := []web.Group{api.Group(server, "test"), maveraa.Group(server), mava.Group(server), dashboard.Group(server)}
	for i, g := range groups {
		groups[i].Routes = slices.Clone(g.Routes)
		for j, r := range g.Routes {
			if r.Needs != rights.Public {
				groups[i].Routes[j].Needs = rights.Known
			}
		}
		groups[i].Identify = func(call *fiber.Ctx) (*models.Scope, error) {
			scope, err := g.Identify(call)
			if err != nil {
				return nil, err
			}
			actor := scope.Actor()
			actor.Grants = actor.Grants.And(left)
			return c.Store.As(call.UserContext(), scope.Workspace(), actor), nil
		}
	}
	defer func(app *fiber.App) { c.app = app }(c.app)
	c.app = webtest.Open(c.t, server, groups...)

	all := c.team.Owner.Actor().Grants
	reading := slices.DeleteFunc(slices.Clone(all), func(g rights.Grant) bool {
		return !strings.HasSuffix(string(g), ":read") && g != rights.InspectChannels
	})
	try := func(w way) reply {
		o, body := c.openings[w.name()], undocumented[w.name()]
		if body == "" {
			body = c.body(w, o, "")
		}
		return c.call(w, c.path(w, o)+searched[w.name()], body)
	}
	for _, without := range []bool{true, false} { // the second time rows go away
		for _, w := range c.ways {
			need := rights.Grants{w.Needs}
			if w.Needs == rights.Known || notCalled[w.name()] != "" && undocumented[w.name()] == "" {
				continue
			}
			if without {
				left = all.Minus(need)
				a := try(w)
				formOnly := !w.writes() && !slices.Contains(reading, w.Needs) // what is filled in there needs more than to be shown
				assert.Check(c.t, a.StatusCode == 403 || formOnly, "%s does all without %s: %d", w.name(), w.Needs, a.StatusCode)
				continue
			}
			left = reading.Plus(need).Plus(parts[w.name()])
			a := try(w)
			assert.Check(c.t, a.StatusCode != 403, "%s needs more than %s: %s", w.name(), w.Needs, a.text[:min(len(a.text), 300)])
		}
	}
}
