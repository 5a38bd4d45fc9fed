// Package isolation knows the whole program well enough to call all of it: it
// fills every table of a world by calling every line of every surface's table,
// with bodies made from the program's own documents and forms. Its tests then
// try every line with another workspace's ids; others take the filled world.
// Only tests import it.
package isolation

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofiber/fiber/v2"

	"mauve/cmd/server"
	"mauve/handlers/api"
	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/rights"
	"mauve/web"
)

// Site is the whole program on a world, with the tables of its surfaces.
type Site struct {
	*modelstest.World
	DB *sql.DB // beside the program, to read what is really there

	t      *testing.T
	server *server.Server
	app    *fiber.App
	doc    *openapi3.T
	ways   []way

	fields, queries []string // of all forms and pages
	n, calls        int      // of made-up texts, of calls
	owned           map[string]bool
}

// way is a route that needs a known caller.
type way struct {
	web.Route
	key       bool // called with an API key, not with a session
	operation *openapi3.Operation
}

func (w way) name() string  { return w.Method + " " + w.Path }
func (w way) uploads() bool { return w.Method == "POST" && strings.HasSuffix(w.Path, "/attachments") }
func (w way) places() int   { return len(parameter.FindAllString(w.Path, -1)) }
func (w way) hasID() bool   { return w.places() > 0 }
func (w way) writes() bool  { return w.Method != "GET" && w.Method != "HEAD" }

// at is the way's path with the ids in its places, in order; the last one in all that are left.
func (w way) at(ids ...string) string {
	n := -1
	return parameter.ReplaceAllStringFunc(w.Path, func(string) string { n++; return "/" + ids[min(n, len(ids)-1)] })
}

var parameter = regexp.MustCompile(`/:\w+`)

// Open puts the program together on the world; it is closed when the test ends.
func Open(t *testing.T, w *modelstest.World) *Site {
	t.Helper()
	s := &Site{World: w, t: t}
	driver, source := "pgx", w.URL
	if path, ok := strings.CutPrefix(w.URL, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	}
	var err error
	if s.DB, err = sql.Open(driver, source); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.DB.Close() })
	s.fields, s.queries = formFields(t)
	s.start()
	t.Cleanup(func() { s.Stop() })
	doc := s.send("GET", api.Prefix+"/openapi.json", "", nil)
	if s.doc, err = openapi3.NewLoader().LoadFromData([]byte(doc.text)); err != nil {
		t.Fatal(err)
	}
	for _, l := range s.server.Routes() {
		if l.Needs == rights.Public {
			continue
		}
		way := way{Route: l, key: strings.HasPrefix(l.Path, "/api/")}
		if rest, ok := strings.CutPrefix(l.Path, api.Prefix); ok {
			item := s.doc.Paths.Value(regexp.MustCompile(`:(\w+)`).ReplaceAllString(rest, "{$1}"))
			if item == nil || item.GetOperation(l.Method) == nil {
				t.Fatalf("%s %s is not in the document", l.Method, l.Path)
			}
			way.operation = item.GetOperation(l.Method)
		} else {
			way.operation = s.mavaOperation(way.name())
		}
		s.ways = append(s.ways, way)
	}
	return s
}

// Fill makes rows in every table of both workspaces.
func (s *Site) Fill() {
	s.t.Helper()
	s.owner(s.Acme).fill()
	s.owner(s.Globex).fill()
	s.Restart()
}

func (s *Site) start() {
	s.t.Helper()
	running, err := server.New(s.t.Context(), server.Config{Store: s.Store, PublicURL: "http://desk.example"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.server, s.app = running, running.App()
}

// Stop ends the program, which writes what it held back.
func (s *Site) Stop() {
	s.t.Helper()
	if err := s.server.Close(); err != nil {
		s.t.Error(err)
	}
}

// Restart ends the program and starts it anew.
func (s *Site) Restart() {
	s.Stop()
	s.start()
}

type reply struct {
	*http.Response
	text string
}

func (s *Site) send(method, path, body string, headers map[string]string) reply {
	s.t.Helper()
	s.calls++
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "desk.example"
	for name, v := range headers {
		r.Header.Set(name, v)
	}
	res, err := s.app.Test(r, int(modelstest.Patience.Milliseconds()))
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{res, string(text)}
}

// caller is somebody who calls: a member with a session and a key.
type caller struct {
	*Site
	team               modelstest.Team
	email, key, cookie string
	grants, keyGrants  rights.Grants
	openings           map[string]opening  // by the way's name
	prepared           map[string][]string // ids that openings take, by table
	refused            map[string]string   // what is told of an id of nothing, by way and place
}

func (s *Site) owner(team modelstest.Team) *caller {
	k, secret := s.Key(s.t, team, models.KeyDraft{Read: true, Write: true, CapCalls: 100_000})
	return &caller{Site: s, team: team, email: team.Owner.Email, key: secret, grants: team.Owner.Actor().Grants, keyGrants: k.Actor().Grants, openings: map[string]opening{}, refused: map[string]string{}}
}

// member is somebody of a lower role who joined the team.
func (s *Site) member(team modelstest.Team, role rights.Role) *caller {
	email := string(role) + "@" + strings.ToLower(team.Name) + ".example"
	m := s.Join(s.t, team, string(role), email, role)
	k, secret, err := s.Store.As(s.t.Context(), team.ID, m.Actor()).CreateOwnKey(s.Session(s.t, m).ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return &caller{Site: s, team: team, email: email, key: secret, grants: m.Actor().Grants, keyGrants: k.Actor().Grants}
}

// aFile is the body of an upload, and its type.
const (
	aFile     = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--cut--\r\n"
	aFileType = "multipart/form-data; boundary=cut"
)

// call goes the way with a body that fits it: JSON with a key, a form with a session, a file where one is taken.
func (c *caller) call(w way, path, body string) reply {
	c.t.Helper()
	kind := "application/json"
	if w.uploads() {
		body, kind = aFile, aFileType
	}
	if w.key {
		h := map[string]string{"Authorization": "Bearer " + c.key}
		if body != "" {
			h["Content-Type"] = kind
		}
		return c.send(w.Method, path, body, h)
	}
	a := c.browse(w, path, body)
	if c.cookie == "" || strings.HasPrefix(a.Header.Get("Location"), "/sign-in") || a.StatusCode == 401 {
		c.signIn()
		a = c.browse(w, path, body)
	}
	return a
}

func (c *caller) browse(w way, path, body string) reply {
	c.t.Helper()
	h := map[string]string{"Cookie": "mauve_session=" + c.cookie, "Sec-Fetch-Site": "same-origin"}
	if w.writes() {
		h["Content-Type"] = "application/x-www-form-urlencoded"
	}
	if w.uploads() {
		h["Content-Type"] = aFileType
	}
	a := c.send(w.Method, path, body, h)
	c.keepCookie(a)
	return a
}

func (c *caller) keepCookie(a reply) {
	for _, k := range a.Cookies() {
		if k.Name == "mauve_session" {
			c.cookie = k.Value
		}
	}
}

func (c *caller) signIn() {
	c.t.Helper()
	form := url.Values{"email": {c.email}, "password": {modelstest.Password}}
	a := c.send("POST", "/sign-in", form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
	if c.keepCookie(a); a.StatusCode != 303 || c.cookie == "" {
		c.t.Fatalf("%s cannot sign in: %d %s", c.email, a.StatusCode, a.text)
	}
}

// Tables tells which tables hold workspaces' rows, and whether these have ids.
func (s *Site) Tables() map[string]bool {
	if s.owned == nil {
		s.owned = s.readTables()
	}
	return s.owned
}

func (s *Site) readTables() map[string]bool {
	q := "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name IN ('workspace_id', 'id')"
	if s.Engine == "sqlite" {
		q = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name IN ('workspace_id', 'id')"
	}
	owned, named := map[string]bool{}, map[string]bool{}
	for _, row := range s.query(q) {
		if row[1] == "id" {
			named[row[0]] = true
		} else {
			owned[row[0]] = false
		}
	}
	for table := range owned {
		owned[table] = named[table]
	}
	return owned
}

// ids returns up to n ids of the team in each table, the newest first.
func (s *Site) ids(team modelstest.Team, n int) map[string][]string {
	found := map[string][]string{}
	for table, named := range s.Tables() {
		if !named {
			continue
		}
		if some := s.idsIn(table, team, n); len(some) > 0 {
			found[table] = some
		}
	}
	return found
}

func (s *Site) idsIn(table string, team modelstest.Team, n int) (ids []string) {
	q := fmt.Sprintf("SELECT id FROM %s WHERE workspace_id = '%s' ORDER BY id DESC LIMIT %d", table, team.ID, n)
	for _, row := range s.query(q) {
		ids = append(ids, row[0])
	}
	return ids
}

// dump is every row of the team, in an order of its own.
func (s *Site) dump(team modelstest.Team) string {
	var all bytes.Buffer
	tables := s.Tables()
	names := make([]string, 0, len(tables))
	for table := range tables {
		names = append(names, table)
	}
	slices.Sort(names)
	for _, table := range names {
		var lines []string
		for _, row := range s.query(fmt.Sprintf("SELECT * FROM %s WHERE workspace_id = '%s'", table, team.ID)) {
			lines = append(lines, table+" "+strings.Join(row, "|"))
		}
		slices.Sort(lines)
		fmt.Fprintln(&all, strings.Join(lines, "\n"))
	}
	return all.String()
}

func (s *Site) query(q string) (all [][]string) {
	s.t.Helper()
	rows, err := s.DB.QueryContext(s.t.Context(), q)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		s.t.Fatal(err)
	}
	for rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			s.t.Fatal(err)
		}
		row := make([]string, len(cells))
		for i, v := range cells {
			row[i] = fmt.Sprint(v)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return all
}
