package isolation

import (
	"strings"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/rights"
)

// ownOnly are lines whose rows only the one who made them may change, whatever the role.
var ownOnly = map[string]string{"POST /tickets/views/:id/delete": "a shared view is its maker's and the admins'"}

// lowerRoles holds every line's need against what agents and admins are answered.
func (c *caller) lowerRoles() {
	for _, role := range []rights.Role{rights.Agent, rights.Admin} {
		m := c.member(c.team, role)
		m.openings = c.openings
		c.fill()
		for _, w := range c.ways {
			if notCalled[w.name()] != "" || ownOnly[w.name()] != "" {
				continue
			}
			grants := m.grants
			if w.key {
				grants = m.keyGrants
			}
			o := c.openings[w.name()]
			a := m.call(w, c.path(w, o), c.body(w, o, ""))
			if refused := a.StatusCode == 403; refused == grants.Has(w.Needs) {
				c.t.Errorf("%s as %s: %d, and the table says %s of %v", w.name(), role, a.StatusCode, w.Needs, grants)
			}
		}
	}
}

// narrowKeys holds every line of the surfaces for keys against a key with one scope.
func (c *caller) narrowKeys() {
	for _, scope := range []string{"read", "write"} {
		_, narrow := c.Key(c.t, c.team, models.KeyDraft{Read: scope == "read", Write: scope == "write", CapCalls: 100_000})
		n := &caller{Site: c.Site, team: c.team, key: narrow, openings: c.openings}
		for _, w := range c.ways {
			if !w.key || w.hasID() && notCalled[w.name()] != "" {
				continue
			}
			o := c.openings[w.name()]
			a := n.call(w, c.path(w, o), c.body(w, o, ""))
			needs := map[bool]string{true: "write", false: "read"}[w.writes()]
			if needs == scope {
				assert.Check(c.t, a.StatusCode != 403, "%s with a key to %s", w.name(), scope)
				continue
			}
			assert.Check(c.t, is.Equal(a.StatusCode, 403), "%s with a key to %s", w.name(), scope)
			assert.Check(c.t, is.Equal(a.Header.Get("WWW-Authenticate"), `Bearer error="insufficient_scope", scope="`+needs+`"`), "%s with a key to %s", w.name(), scope)
		}
	}
}

// nobody calls without credentials, and with bad ones.
func (s *Site) nobody() {
	for n, w := range s.ways {
		if n%8 == 0 {
			s.Clock.Pass(time.Minute) // an address that keeps failing waits
		}
		path := w.at(string(models.NewID(time.Now())))
		for _, headers := range []map[string]string{{}, {"Authorization": "Bearer x", "Cookie": "mauve_session=aaaaaaaaaaaaaaaaaaaaaaaaaaaa"}} {
			a := s.send(w.Method, path, "", headers)
			status := 401
			switch {
			case w.key:
				assert.Check(s.t, is.Equal(a.Header.Get("WWW-Authenticate"), "Bearer"), "%s as nobody", w.name())
			case !w.writes():
				status = 303
				assert.Check(s.t, strings.HasPrefix(a.Header.Get("Location"), "/sign-in?next="), "%s sends nobody to %q", w.name(), a.Header.Get("Location"))
			}
			assert.Check(s.t, is.Equal(a.StatusCode, status), "%s as nobody", w.name())
		}
	}
}
