package isolation

import (
	"maps"
	"slices"
	"time"

	"mauve/models"
)

// What the tables cannot tell; each with its reason.
var (
	// notCalled are lines of a table that are not called here.
	notCalled = map[string]string{
		"POST /api/public/contacts":   "its body is in no document; the dialect's own tests hold it against two workspaces",
		"POST /api/public/inbox/send": "likewise",
		"GET /live":                   "a stream that does not end; TestAReaderWhoWasAwayMissesNothing holds it against two workspaces",
	}
	// second are form fields that take another row of a table than the one the path names.
	second = map[string]map[string]string{"POST /settings/tags/:id/merge": {"into": "tags"}}
	// particular are form fields whose value differs between forms.
	particular = map[string]map[string]string{
		"POST /tickets":                          {"status": "pending", "priority": "2", "conversationId": "", "assigneeId": "", "contactId": "", "tags": "", "version": "", "seen": ""},
		"POST /tickets/:id":                      {"status": "pending", "priority": "2", "assigneeId": "", "contactId": "", "conversationId": "", "tags": "", "version": "", "seen": ""},
		"POST /inbox/:id/messages":               {"reply_to": ""},
		"POST /inbox/:id/messages/:message/edit": {"version": ""},
		"POST /tickets/:id/messages":             {"reply_to": ""},
		"POST /inbox/:id/reaction":               {"emoji": "👍"},
		"POST /tickets/:id/reaction":             {"emoji": "👍"},
		"POST /tickets/:id/move":                 {"status": "waiting"},
		"POST /tickets/bulk":                     {"status": "", "priority": "3", "assignee": "", "category": ""},
		"POST /tickets/views":                    {"query": "status=open", "shared": "yes"},
		"POST /settings/tickets":                 {"reopenDays": "7", "resolveAfterHours": "0"},
		"POST /settings/categories/:id":          {"position": "1"},
		"POST /settings/attributes":              {"type": "text", "subject": "contact", "choices": "", "position": ""},
		"POST /settings/attributes/:id":          {"name": "", "choices": "", "position": "1"},
	}
)

// fill calls what makes rows: whatever POST there is, those that need a row first last.
func (c *caller) fill() {
	for _, deep := range []bool{false, true, false} {
		c.Clock.Pass(2 * time.Second) // newer ids sort after older ones, and the last ones are not used up
		for _, w := range c.ways {
			if w.Method == "POST" && w.hasID() == deep && notCalled[w.name()] == "" {
				c.open(w)
			}
		}
	}
}

// opening is how a way was opened with rows of the caller's own.
type opening struct {
	table string // whose ids the path takes
	field string // whose ids a form takes in fields of no particular meaning, if it must
	body  map[string]any
	ids   []string          // the rows of the path themselves, where the newest of a table will not do
	also  map[string]string // form fields that take a row of their own, unless an id is reached for
}

// open looks for an id of the caller's own and a body that the way takes.
func (c *caller) open(w way) bool {
	if o, ok := c.openings[w.name()]; ok {
		return c.call(w, c.path(w, o), c.body(w, o, "")).StatusCode < 400
	}
	tries := c.tries(w)
	ids := map[string][]string{"": {""}}
	if w.hasID() {
		ids = c.ids(c.team, 3)
	}
	for table, some := range ids {
		for _, id := range some {
			for n, o := range tries {
				a := c.call(w, w.at(id), c.body(w, o, ""))
				if a.StatusCode < 400 {
					c.openings[w.name()] = opening{table: table, field: o.field, body: o.body}
					return true
				}
				if a.StatusCode == 404 && n == 0 && w.hasID() {
					break // not an id of that kind
				}
			}
		}
	}
	return false
}

// tries are the ways to fill the call that may open it.
func (c *caller) tries(w way) (all []opening) {
	for _, body := range c.bodies(w) {
		all = append(all, opening{body: body})
	}
	if !w.key && w.writes() {
		for table := range c.ids(c.team, 1) {
			all = append(all, opening{field: table})
		}
	}
	return all
}

// with are the ids of the path, one of them replaced.
func (o opening) with(place int, id string) []string {
	if o.ids == nil {
		return []string{id}
	}
	ids := slices.Clone(o.ids)
	ids[place] = id
	return ids
}

// path is the way's with the newest id of our own.
func (c *caller) path(w way, o opening) string {
	if !w.hasID() {
		return w.Path
	}
	if o.ids != nil {
		return w.at(o.ids...)
	}
	for _, id := range c.idsIn(o.table, c.team, 1) {
		return w.at(id)
	}
	return w.at(string(models.NewID(time.Now())))
}

// body is what the way took, made anew; in a form every field of no particular meaning carries the id.
func (c *caller) body(w way, o opening, id string) string {
	if w.key {
		return encode(c.again(o.body))
	}
	if w.writes() && id == "" && o.field != "" {
		for _, own := range c.idsIn(o.field, c.team, 1) {
			id = own
		}
	}
	if w.writes() {
		return c.form(id, c.overrides(w, o, id))
	}
	return ""
}

// overrides are the fields of particular meaning; those that take a second row do, unless an id is reached for.
func (c *caller) overrides(w way, o opening, id string) map[string]string {
	fields := map[string]string{}
	maps.Copy(fields, particular[w.name()])
	if id == "" {
		maps.Copy(fields, o.also)
	}
	for field, table := range second[w.name()] {
		if ids := c.idsIn(table, c.team, 2); id == "" && len(ids) == 2 {
			fields[field] = ids[1]
		}
	}
	return fields
}
