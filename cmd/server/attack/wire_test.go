//go:build attack

package attack

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// raw sends bytes and returns all that comes back until the connection ends.
func (s *target) raw(t *testing.T, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", s.host)
	assert.NilError(t, err)
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // against a hang
	_, _ = io.WriteString(c, request)
	_ = c.(*net.TCPConn).CloseWrite()
	answer, _ := io.ReadAll(c)
	return string(answer)
}

// framings that two readers may read in two ways.
func (s *target) framings(t *testing.T) {
	const next = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
	post := func(version, head, body string) string {
		return "POST /sign-in HTTP/" + version + "\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n" + head + "\r\n" + body + next
	}
	const chunks = "3\r\na=b\r\n0\r\n\r\n"
	all := map[string]string{
		"two Transfer-Encoding lines":         post("1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunks),
		"Transfer-Encoding and a length":      post("1.1", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", chunks),
		"a length and Transfer-Encoding":      post("1.1", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", chunks),
		"a blank before a colon":              post("1.1", "Content-Length : 3\r\n", "a=b"),
		"a blank in a name":                   post("1.1", "X Y: z\r\nContent-Length: 3\r\n", "a=b"),
		"a folded line":                       post("1.1", "X-Y: z\r\n folded\r\nContent-Length: 3\r\n", "a=b"),
		"a folded Transfer-Encoding":          post("1.1", "Transfer-Encoding:\r\n chunked\r\n", chunks),
		"Transfer-Encoding on HTTP/1.0":       post("1.0", "Transfer-Encoding: chunked\r\n", chunks),
		"a bare line feed":                    post("1.1", "X-Y: z\nContent-Length: 3\r\n", "a=b"),
		"only bare line feeds":                "GET /readyz HTTP/1.1\nHost: a\n\n" + next,
		"two lengths":                         post("1.1", "Content-Length: 3\r\nContent-Length: 4\r\n", "a=b"),
		"an encoding that is not known":       post("1.1", "Transfer-Encoding: x\r\n", chunks),
		"chunked and something before it":     post("1.1", "Transfer-Encoding: gzip, chunked\r\n", chunks),
		"a signed length":                     post("1.1", "Content-Length: +3\r\n", "a=b"),
		"a carriage return alone in a header": post("1.1", "X-Y: a\rb\r\nContent-Length: 3\r\n", "a=b"),
	}
	refused := 0
	for name, request := range all {
		answer := s.raw(t, request)
		if strings.HasPrefix(answer, "HTTP/1.1 400") && strings.Count(answer, "HTTP/1.1 ") == 1 {
			refused++
			continue
		}
		t.Errorf("%s: %d answers, the first %.40q", name, strings.Count(answer, "HTTP/1.1 "), answer)
	}
	t.Logf("%d of %d framings refused, and nothing behind them read", refused, len(all))
}

// forwarded lines count from a trusted proxy alone, whichever line they are on.
func (s *target) forwarded(t *testing.T) {
	// Tries are counted by address: who can choose it can guess without end.
	send := func(address string, lines ...string) int {
		c, err := from(address).Dial("tcp", s.host)
		assert.NilError(t, err)
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		body := url.Values{"email": {"forwarded@acme.example"}, "password": {"not the password"}}.Encode()
		_, _ = fmt.Fprintf(c, "POST /sign-in HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n%sContent-Length: %d\r\n\r\n%s",
			s.host, s.host, strings.Join(lines, ""), len(body), body)
		answer, _ := io.ReadAll(c)
		var status int
		_, _ = fmt.Sscanf(string(answer), "HTTP/1.1 %d", &status)
		return status
	}
	count := func(address string, lines func(i int) []string) (looked int) {
		for i := range 20 {
			if send(address, lines(i)...) == 401 {
				looked++
			}
		}
		return looked
	}
	line := func(format string, args ...any) string { return fmt.Sprintf(format+"\r\n", args...) }
	for _, c := range []struct {
		name, address string
		lines         func(i int) []string
		want          int
	}{
		{"a client that names another address each time", "127.0.0.3", func(i int) []string { return []string{line("X-Forwarded-For: 192.0.2.%d", i)} }, 5},
		{"two lines, the first made up", "127.0.0.250", func(i int) []string {
			return []string{line("X-Forwarded-For: 192.0.2.%d", i), line("X-Forwarded-For: 198.51.100.1")}
		}, 5},
		{"one line, the left of it made up", "127.0.0.250", func(i int) []string { return []string{line("X-Forwarded-For: 192.0.2.%d, 198.51.100.2", i)} }, 5},
		{"a trusted proxy's clients are told apart", "127.0.0.250", func(i int) []string { return []string{line("X-Forwarded-For: 203.0.113.%d", i)} }, 20},
	} {
		looked := count(c.address, c.lines)
		t.Logf("%s: %d of 20 guesses looked at", c.name, looked)
		assert.Check(t, is.Equal(looked, c.want), c.name)
	}
}

// memory is taken by connections of people who do not say who they are: each
// kind of a program that has done nothing before, beside as many idle ones.
func memory(t *testing.T, engine string) {
	large := strings.Repeat("x", 900_000)
	posting := func(path string, length int, body string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, length, body)
	}
	reading := func(path string) string {
		return strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n", 8)
	}
	idle := -1
	for _, c := range []struct{ name, say string }{
		{"idle connections of people who saw a page", "GET /sign-in HTTP/1.1\r\nHost: a\r\n\r\n"},
		{"readers who read nothing, of the largest script", reading("SCRIPT")},
		{"readers who read nothing, of the OpenAPI document", reading("/api/v2/public/openapi.json")},
		{"held heads", "GET /sign-in HTTP/1.1\r\nHost: a\r\nX-Long: " + large[:12<<10]},
		{"held bodies of the sign-in", posting("/sign-in", 1_000_000, large)},
		{"held bodies of the API", posting("/api/v2/public/contacts", 1_000_000, large)},
		{"held uploads of the API", strings.Replace(posting("/api/v2/public/attachments", 1_000_000, large), "application/json", "multipart/form-data; boundary=x", 1)},
		{"held bodies of a vendor's calls", posting("/hooks/whatsapp/chan_000000000000000000000000", 1_000_000, large)},
		{"held bodies of a vendor's calls that name a signature", strings.Replace(posting("/hooks/whatsapp/CHANNEL", 1_000_000, large), "Host: a", "Host: a\r\nX-Hub-Signature-256: sha256="+strings.Repeat("a", 64), 1)},
	} {
		s := start(t, engine)
		visitor := s.person("127.0.0.9")
		_, page := visitor.get("/setup")
		if strings.Contains(c.say, "CHANNEL") {
			channel := s.vendorsChannel(t)
			c.say = strings.Replace(c.say, "CHANNEL", channel, 1)
		}
		alone := s.resident()
		most, slowest := s.hold(t, visitor, strings.ReplaceAll(c.say, "SCRIPT", aScript.FindString(page)))
		taken := most - alone
		if idle < 0 {
			idle = taken
		}
		t.Logf("%d %s: %d MiB, %+d beside none, %+d beside idle ones; a visitor waits %s at most", connections, c.name, most, taken, taken-idle, slowest.Round(time.Millisecond))
		assert.Check(t, taken-idle <= room, c.name)
		s.stop()
	}
}

// vendorsChannel sets the server up and returns the id of a channel that Meta calls.
func (s *target) vendorsChannel(t *testing.T) string {
	s.setUp(t)
	_, page := s.signedIn(t, owner).post("/settings/api-keys", url.Values{"name": {"shop"}, "scopes": {"read", "write"}})
	status, made := s.call(secretIn["key"].FindString(page), "POST", "/channels",
		`{"kind":"whatsapp","name":"Front desk","config":{"phoneNumberId":"107","accessToken":"t","appSecret":"s","verifyToken":"v"}}`)
	assert.Assert(t, is.Equal(status, 201), "%v", made)
	return made["id"].(string)
}

const (
	connections = 2000
	addresses   = 250
	room        = 64 // MiB that they may take above idle ones
)

var aScript = regexp.MustCompile(`/static/[\w.-]+\.js`)

// hold keeps connections open that say so much, and returns the most memory seen in MiB, and how long a visitor waited at most.
func (s *target) hold(t *testing.T, visitor *person, say string) (most int, slowest time.Duration) {
	t.Helper()
	var mu sync.Mutex
	var all []net.Conn
	alone, _ := visitor.get("/sign-in") // 404 as long as there is no workspace
	atOnce(connections, func(i int) string {
		c, err := from(fmt.Sprintf("127.0.2.%d", i%addresses)).Dial("tcp", s.host)
		if err != nil {
			t.Error(err)
			return ""
		}
		_ = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		_ = c.SetWriteDeadline(time.Now().Add(2 * time.Second)) // what is not taken in is not waited for
		_, _ = io.WriteString(c, say)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, c)
		return ""
	})
	for range 20 {
		began := time.Now()
		if status, text := visitor.get("/sign-in"); status != alone {
			t.Errorf("a visitor is answered %d, %d alone: %.200s", status, alone, text)
		}
		slowest = max(slowest, time.Since(began))
		most = max(most, s.resident())
		time.Sleep(50 * time.Millisecond)
	}
	for _, c := range all {
		c.Close()
	}
	return most, slowest
}

// secrets lie nowhere in clear: not in the store, the log or a backup.
func (s *target) secrets(t *testing.T, engine string) {
	lea := s.signedIn(t, owner)
	_, page := lea.post("/settings/webhooks", url.Values{"url": {"https://shop.example/"}, "events": {"message.created"}})
	s.told = append(s.told, secretIn["webhook"].FindString(page))
	_, page = lea.post("/settings/api-keys", url.Values{"name": {"all"}, "scopes": {"read", "write"}})
	key := secretIn["key"].FindString(page)
	s.told = append(s.told, key)
	_, answer := s.call(key, "POST", "/webhooks", `{"url":"https://other.example/","events":["message.created"]}`)
	s.told = append(s.told, fmt.Sprint(answer["secret"]))
	backup := filepath.Join(s.dir, "backup")
	out := exec.Command(program, "backup", backup)
	out.Env = s.env
	text, err := out.CombinedOutput()
	assert.NilError(t, err, string(text))
	haystacks := map[string][]byte{"the log": []byte(s.log.String())}
	for _, path := range append(glob(t, s.dir), backup) {
		if strings.HasSuffix(path, "secret.key") {
			continue
		}
		if haystacks[path], err = os.ReadFile(path); err != nil {
			delete(haystacks, path)
		}
	}
	for _, v := range s.env {
		if address, ok := strings.CutPrefix(v, "DATABASE_URL="); ok {
			haystacks["the store"] = dump(t, engine, address)
		}
	}
	found, looked := 0, 0
	for _, secret := range s.told {
		assert.Assert(t, len(secret) > 8, "a secret was not shown")
		for name, text := range haystacks {
			looked++
			if bytes.Contains(text, []byte(secret)) && !(name == "the log" && secret == s.told[0]) { // the set-up link is the log's to tell
				found++
				t.Errorf("%.14s… lies in clear in %s", secret, name)
			}
		}
	}
	t.Logf("%d secrets looked for in %d places: found %d times", len(s.told), len(haystacks), found)
	assert.Check(t, looked > 0)
}

func glob(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	})
	assert.NilError(t, err)
	return all
}

// dump is all text of the store.
func dump(t *testing.T, engine, address string) []byte {
	t.Helper()
	if engine == "sqlite" {
		path := strings.TrimPrefix(address, "sqlite:")
		var all []byte
		for _, end := range []string{"", "-wal"} {
			text, err := os.ReadFile(path + end)
			if err == nil {
				all = append(all, text...)
			}
		}
		assert.Assert(t, len(all) > 0)
		return all
	}
	db, err := sql.Open("pgx", address)
	assert.NilError(t, err)
	defer db.Close()
	tables, err := db.Query("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
	assert.NilError(t, err)
	var names []string
	for tables.Next() {
		var name string
		assert.NilError(t, tables.Scan(&name))
		names = append(names, name)
	}
	var all bytes.Buffer
	for _, name := range names {
		rows, err := db.Query("SELECT t::text FROM " + name + " t")
		assert.NilError(t, err)
		for rows.Next() {
			var row string
			assert.NilError(t, rows.Scan(&row))
			all.WriteString(row)
		}
		assert.NilError(t, rows.Err())
	}
	assert.Assert(t, all.Len() > 0)
	return all.Bytes()
}
