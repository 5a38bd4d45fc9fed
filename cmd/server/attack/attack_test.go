//go:build attack

// Package attack attacks the program from outside, as somebody would who is up to
// no good, and counts what got through. `make attack` runs it.
package attack

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/modelstest"
)

var program string // the built one: what it holds is measured

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mauve-attack")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "mauve")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "mauve/cmd/mauve")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	code := 1
	if err = build.Run(); err == nil {
		code = modelstest.Run(m)
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// target is a server of its own on an empty store.
type target struct {
	t    *testing.T
	url  string
	host string
	env  []string
	log  *journal
	pid  int
	dir  string
	stop func()
	told []string // secrets that were shown to somebody
}

type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func start(t *testing.T, engine string) *target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	host := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	s := &target{t: t, url: "http://" + host, host: host, log: &journal{}, dir: dir}
	s.env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GOGC=") }), "ADDR="+host, "DATA_DIR="+dir, "DATABASE_URL="+modelstest.Unmigrated(t, engine), "TRUSTED_PROXIES=127.0.0.250")
	serve := exec.Command(program, "serve")
	serve.Env, serve.Stdout, serve.Stderr = s.env, s.log, s.log
	assert.NilError(t, serve.Start())
	s.pid = serve.Process.Pid
	s.stop = sync.OnceFunc(func() {
		_ = serve.Process.Signal(os.Interrupt)
		_ = serve.Wait()
	})
	t.Cleanup(s.stop)
	modelstest.Eventually(t, "it serves", func() bool {
		res, err := http.Get(s.url + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == 200
	})
	return s
}

// resident is how many MiB the program has in memory.
func (s *target) resident() int {
	s.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	assert.NilError(s.t, err)
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	kib, err := strconv.Atoi(string(m[1]))
	assert.NilError(s.t, err)
	return kib >> 10
}

// person is a browser at a loopback address.
type person struct {
	*target
	http.Client
}

func from(address string) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}, Timeout: time.Minute}
}

func (s *target) person(address string) *person {
	jar, _ := cookiejar.New(nil)
	return &person{s, http.Client{Jar: jar, Timeout: 5 * time.Minute, Transport: &http.Transport{DialContext: from(address).DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// post sends a form as a browser does and returns the status and the page.
func (p *person) post(path string, form url.Values) (int, string) {
	r, err := http.NewRequest("POST", p.url+path, strings.NewReader(form.Encode()))
	assert.NilError(p.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.url)
	return p.answer(r)
}

func (p *person) get(path string) (int, string) {
	r, err := http.NewRequest("GET", p.url+path, nil)
	assert.NilError(p.t, err)
	return p.answer(r)
}

func (p *person) answer(r *http.Request) (int, string) {
	res, err := p.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func (p *person) signIn(email, password string) int {
	status, _ := p.post("/sign-in", url.Values{"email": {email}, "password": {password}})
	return status
}

// call calls the API with a key.
func (s *target) call(key, method, path, body string) (int, map[string]any) {
	r, err := http.NewRequest(method, s.url+"/api/v2/public"+path, strings.NewReader(body))
	assert.NilError(s.t, err)
	r.Header.Set("Authorization", "Bearer "+key)
	if method == "POST" {
		r.Header.Set("Idempotency-Key", rand.Text()) // so that answers with secrets are stored
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	assert.NilError(s.t, err)
	defer res.Body.Close()
	var answer map[string]any
	_ = json.NewDecoder(res.Body).Decode(&answer)
	return res.StatusCode, answer
}

// atOnce does it n times side by side and counts the outcomes.
func atOnce(n int, do func(i int) string) map[string]int {
	outcomes := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			outcome := do(i)
			mu.Lock()
			defer mu.Unlock()
			outcomes[outcome]++
		})
	}
	close(begin)
	all.Wait()
	return outcomes
}

const (
	owner = "lea@acme.example"
	good  = modelstest.Password
)

var secretIn = map[string]*regexp.Regexp{
	"key":        regexp.MustCompile(`mauve_live_\w{36}`),
	"invitation": regexp.MustCompile(`/join/[\w-]+`),
	"set-up":     regexp.MustCompile(`/setup\?token=([\w-]+)`),
	"webhook":    regexp.MustCompile(`whsec_[\w+/=]+`),
}

// TestAttack does one thing after the other to one server: each begins with what the last one left.
func TestAttack(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s := start(t, engine)
			s.told = s.setUp(t)
			t.Run("framings", s.framings)
			t.Run("forwarded", s.forwarded)
			t.Run("people", s.people)
			t.Run("secrets", func(t *testing.T) { s.secrets(t, engine) })
			t.Run("guesses", s.guesses)
			t.Run("memory", func(t *testing.T) { memory(t, engine) })
		})
	}
}

// setUp uses the set-up link several times at once, and returns the secrets that were told.
func (s *target) setUp(t *testing.T) []string {
	token := secretIn["set-up"].FindStringSubmatch(s.log.String())
	assert.Assert(t, token != nil, "no set-up link:\n%s", s.log)
	form := url.Values{"token": {token[1]}, "workspace": {"Acme"}, "name": {"Lea"}, "email": {owner}, "password": {good}}
	made := atOnce(3, func(int) string {
		status, _ := s.person("127.0.0.1").post("/setup", form)
		return strconv.Itoa(status)
	})
	t.Logf("set-up link used 3 times at once: %v", made)
	assert.Check(t, is.Equal(made["303"], 1))
	return []string{token[1], good}
}
