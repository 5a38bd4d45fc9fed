package isolation

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
)

// What the tables cannot tell the test; each with its reason.
var (
	// notMade are tables in which no call makes a row.
	notMade = map[string]string{
		"envelopes": "written by a vendor's signed call alone, and no route takes an envelope's id",
		"attempts":  "written by the delivery worker alone, and no route takes an attempt's id",
	}
	// takesAny are ways that refuse no id, and change nothing for one of nothing.
	takesAny = map[string]string{
		"POST /settings/account/sessions/:id/end": "ending what is already over is no error",
	}
)

// TestNoRouteCrossesTheWorkspace calls every line of every group's table. The
// lines, the bodies and the forms are taken from the program, so that a new
// route is held to the same without a word here.
func TestNoRouteCrossesTheWorkspace(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		s := Open(t, w)
		s.everyRouteIsInATable()
		acme, globex := s.owner(w.Acme), s.owner(w.Globex)
		acme.fill()
		acme.prepare()
		s.Restart()
		s.everyTableHasARow(w.Acme)
		theirs, before := s.ids(w.Acme, 1), s.dump(w.Acme)
		maps.Copy(theirs, acme.prepared)
		globex.prepare()
		globex.everyWayOpens()
		steps := []struct {
			name string
			run  func()
		}{
			{"another workspace's ids are ids of nothing", func() { globex.reachFor(theirs) }},
			{"a lower role is refused", globex.lowerRoles},
			{"a key without the scope is refused", globex.narrowKeys},
			{"nobody is refused", s.nobody},
			{"every operation asks for its route's right", globex.neededRights},
		}
		for _, step := range steps {
			began := s.calls
			t.Run(step.name, func(t *testing.T) {
				s.t = t
				defer func(outer *testing.T) { s.t = outer }(t)
				step.run()
				assert.Check(t, is.Equal(s.dump(w.Acme), before), "a row of the other workspace changed")
				t.Logf("%d calls", s.calls-began)
			})
		}
	})
}

// everyRouteIsInATable holds what Fiber serves against the groups' tables. What is in one says what it needs.
func (s *Site) everyRouteIsInATable() {
	known := map[string]bool{"GET /healthz": true, "GET /readyz": true}
	for _, r := range s.server.Routes() {
		known[r.Method+" "+r.Path] = true
	}
	for _, r := range s.app.GetRoutes(true) {
		if name := r.Method + " " + r.Path; r.Method != "HEAD" && !known[name] {
			s.t.Errorf("%s is in no group's table", name)
		}
	}
}

func (s *Site) everyTableHasARow(team modelstest.Team) {
	ids := s.ids(team, 1)
	for table, named := range s.Tables() {
		if named && len(ids[table]) == 0 && notMade[table] == "" {
			s.t.Errorf("nothing that was called made a row of %s: no id of it is tried", table)
		}
	}
}

func (c *caller) everyWayOpens() {
	c.fill()
	for _, w := range c.ways {
		if _, opened := c.openings[w.name()]; opened || notCalled[w.name()] != "" || c.open(w) {
			continue
		}
		if c.fill(); !c.open(w) { // an earlier line took the rows it needs
			c.t.Errorf("%s was opened with none of our own ids and made-up fields: say in this file how it is", w.name())
		}
	}
}

// reachFor puts each id into every place of every way, and beside it an id of nothing: both must fare alike.
func (c *caller) reachFor(theirs map[string][]string) {
	nothing, of := map[string]string{}, map[string]string{}
	for table, ids := range theirs {
		for _, id := range ids {
			last := "0"
			if strings.HasSuffix(id, "0") {
				last = "1"
			}
			nothing[id], of[id] = id[:23]+last, table // it sorts where the other does
		}
	}
	// Those that write come last: they may leave the ids about as names and labels.
	for _, writes := range []bool{false, true} {
		for _, w := range c.ways {
			if w.writes() == writes && notCalled[w.name()] == "" {
				c.reachBy(w, nothing, of)
			}
		}
	}
	// Were what was made for a way gone by now, its answers would prove nothing.
	c.preparedOpen(func(status int) bool { return status != 404 && status != 403 })
}

// asksFor are the tables whose ids a page's parameter may take, where its name does not begin as theirs does.
var asksFor = map[string]string{"assignee": "members", "selected": "conversations", "after": "messages", "undo": "ticket_undos", "q": "contacts"}

// mayName reports whether a parameter may take ids of the table. Every page is
// asked with every parameter that any page reads, so all ids in all of them
// would be a hundred thousand calls; the API's few are asked with all.
func mayName(w way, parameter, table string) bool {
	return w.key || asksFor[parameter] == table || len(parameter) > 2 && strings.HasPrefix(table, parameter[:len(parameter)-1])
}

func (c *caller) reachBy(w way, theirs, of map[string]string) {
	o := c.openings[w.name()]
	for id, nothing := range theirs {
		for place := range w.places() {
			a := c.alike(w, fmt.Sprint("place ", place), func(id string) (string, string) { return w.at(o.with(place, id)...), c.body(w, o, "") }, id, nothing)
			if a.StatusCode < 400 && takesAny[w.name()] == "" {
				c.t.Errorf("%s: %d for an id of another workspace", w.name(), a.StatusCode)
			}
		}
		for _, name := range w.queries(c.Site) {
			if !mayName(w, name, of[id]) {
				continue
			}
			c.alike(w, "query "+name, func(id string) (string, string) {
				return c.path(w, o) + "?" + url.Values{name: {id}}.Encode(), c.body(w, o, "")
			}, id, nothing)
		}
		if !w.key && w.writes() {
			c.alike(w, "form", func(id string) (string, string) { return c.path(w, o), c.body(w, o, id) }, id, nothing)
		}
		for _, member := range textsIn(w.schema()) {
			c.reachInBody(w, o, member, id, nothing)
		}
	}
}

// reachInBody puts the id into a member of the body; where it is refused, also with each other member left out,
// which may have been in its way.
func (c *caller) reachInBody(w way, o opening, member []string, id, nothing string) {
	for _, without := range append([]string{""}, slices.Collect(maps.Keys(o.body))...) {
		if without == member[0] {
			continue
		}
		a := c.alike(w, fmt.Sprint("body ", member, " without ", without), func(id string) (string, string) {
			body := c.again(o.body)
			if delete(body, without); body == nil {
				body = map[string]any{}
			}
			put(body, member, id, w.schema())
			return c.path(w, o), encode(body)
		}, id, nothing)
		if a.StatusCode < 400 {
			return
		}
	}
}

// alike calls with the id and holds the answer against that for an id of nothing in the same place of the way, and
// returns it. What is refused to nothing there is remembered. Where the first call used up a row of our own, both are made
// again, each with fresh rows.
func (c *caller) alike(w way, slot string, place func(id string) (path, body string), id, nothing string) reply {
	c.t.Helper()
	slot = w.name() + " " + slot
	var a, b reply
	for try := range 3 {
		ask := func(id string) reply {
			if try > 0 && w.writes() { // reading uses up nothing, and new rows would show in the page
				c.fill()
			}
			path, body := place(id)
			r := c.call(w, path, body)
			if names(r.text, "acme") {
				c.t.Errorf("%s %s shows what is another workspace's: %s", w.Method, path, r.text)
			}
			return r
		}
		a = ask(id)
		if refusal, known := c.refused[slot]; known && told(w, a) == refusal {
			return a
		}
		b = ask(nothing)
		if a.text == b.text && a.Status == b.Status && a.Header.Get("Location") == b.Header.Get("Location") || told(w, a) == told(w, b) {
			if b.StatusCode >= 400 || !w.writes() { // what is written for one id may show in the next answer
				c.refused[slot] = told(w, b)
			}
			return a
		}
	}
	path, body := place(id)
	c.t.Fatalf("%s %s %s (ids of %s) tells another workspace's id from an id of nothing:\n%s", w.Method, path, body, c.openings[w.name()].table, apart(told(w, a), told(w, b)))
	return a
}

// names reports whether the text has the word, in whatever case. Keys, signatures and tokens are long and of both cases, and
// spell any word now and then.
func names(text, word string) bool {
	if !strings.Contains(strings.ToLower(text), word) {
		return false
	}
	text = madeUp.ReplaceAllStringFunc(text, func(run string) string {
		if run == strings.ToLower(run) {
			return run
		}
		return ""
	})
	return strings.Contains(strings.ToLower(text), word)
}

var madeUp = regexp.MustCompile(`[A-Za-z0-9_+=-]{26,}`)

// TestAKeyIsNoName is the rows of what is taken for another workspace's.
func TestAKeyIsNoName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Globex": false, "<b>Acme</b>": true, "lea@ACME.example": true, "lea%40acme.example": true, `"acmeu397545u"`: true, "name=acmeu397545u&key=mauve_live_BvANKcgaTFt6o0HQVn9abGs7aCMevJ0ZB2fu": true,
		"mauve_live_BvANKcgaTFt6o0HQVn9abGs7aCMevJ0ZB2fu": false, "GEZDGNBVGY3TQOJQACMEZDGNBV": false, "acmeu397545u-acmeu397545u-acmeu397545u": true,
	} {
		assert.Check(t, is.Equal(names(text, "acme"), want), text)
	}
}

// refusals are the sentences of a page that tell what was wrong with a form. They are found by hand: pages are long, and
// most have none.
func refusals(page string) (all []string) {
	for {
		at := -1
		for _, mark := range []string{`class="error`, `role="alert"`} {
			if i := strings.Index(page, mark); i >= 0 && (at < 0 || i < at) {
				at = i
			}
		}
		if at < 0 {
			return all
		}
		page = page[at:]
		end := len(page)
		for _, tag := range []string{"</p>", "</div>", "</span>"} {
			if i := strings.Index(page, tag); i >= 0 {
				end = min(end, i)
			}
		}
		all, page = append(all, page[:end]), page[end:]
	}
}

// told is what of an answer must not differ. Of a page that a form made only what it refuses is compared: the
// lists around it grew with what was called in between. That it shows nothing of Acme's is checked of every answer.
func told(w way, r reply) string {
	text := r.text
	if !w.key && w.writes() {
		text = strings.Join(refusals(text), " ")
	}
	return plain(r.Status + " " + r.Header.Get("Location") + " " + text)
}
