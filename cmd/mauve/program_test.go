package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"mauve/models/modelstest"
)

// asProgram makes this test binary the program itself, so that none is linked beside it.
const asProgram = "MAUVE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	if err := os.Setenv(asProgram, "yes"); err != nil { // for the processes that the tests start
		panic(err)
	}
	modelstest.Run(m)
}

// program is the path of the program.
func program(t *testing.T) string {
	t.Helper()
	binary, err := os.Executable()
	assert.NilError(t, err)
	return binary
}

// process is mauve serve on a port of its own, which may be killed and started again.
type process struct {
	*exec.Cmd // the one that serves now
	url       string
	log       *journal // of all of them
}

// journal is what a process writes while others read it.
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

// freeAddress is one that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// spawn starts mauve serve and does not wait for it; at the end of the test it must stop when told to.
func spawn(t *testing.T, env ...string) *process {
	t.Helper()
	p := newProcess(t, env...)
	p.start(t)
	t.Cleanup(func() { p.stop(t) })
	return p
}

// stop tells it to stop, which it must without an error.
func (p *process) stop(t *testing.T) {
	_ = p.Process.Signal(os.Interrupt)
	assert.Check(t, p.Wait(), "a graceful stop")
}

// newProcess is a process that is not started.
func newProcess(t *testing.T, env ...string) *process {
	t.Helper()
	address := freeAddress(t)
	p := &process{Cmd: &exec.Cmd{Env: append(append(os.Environ(), env...), "ADDR="+address)}, url: "http://" + address, log: &journal{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s wrote:\n%s", p.url, p.log)
		}
	})
	return p
}

// command is a command of the program in the environment of the process.
func (p *process) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(program(t), args...)
	c.Env = p.Env
	return c
}

// start serves, as before where it served before.
func (p *process) start(t *testing.T) {
	t.Helper()
	p.Cmd = p.command(t, "serve")
	p.Stdout, p.Stderr = p.log, p.log
	assert.NilError(t, p.Start())
}

// kill ends it as a machine does that loses its power.
func (p *process) kill(t *testing.T) {
	t.Helper()
	assert.NilError(t, p.Process.Kill())
	_ = p.Wait() // it says that it was killed
}

func (p *process) ready(t *testing.T) {
	t.Helper()
	modelstest.Eventually(t, p.url+" is ready", func() bool { return isReady(p.url) })
}

// run runs another command of the program to its end and returns what it printed.
func (p *process) run(t *testing.T, args ...string) string {
	t.Helper()
	c := p.command(t, args...)
	var bad bytes.Buffer
	c.Stderr = &bad
	out, err := c.Output()
	assert.NilError(t, err, "mauve %v: %s%s", args, out, &bad)
	return strings.TrimSpace(string(out))
}

// isReady reports whether a server answers that it is ready.
func isReady(base string) bool {
	res, err := http.Get(base + "/readyz")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// api is the address of a path of the native API.
func (p *process) api(path string) string { return p.url + "/api/v2/public" + path }

// ask asks the native API, and returns the answer and its text.
func (p *process) ask(ctx context.Context, key, method, path, body string) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.api(path), strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("X-API-Key", key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, text, err
}

// call is ask, and reads the answer into out, if there is one.
func (p *process) call(t *testing.T, key, method, path, body string, out any) *http.Response {
	t.Helper()
	res, text, err := p.ask(t.Context(), key, method, path, body)
	assert.NilError(t, err, "%s", text)
	if out != nil {
		assert.NilError(t, json.Unmarshal(text, out), "%s", text)
	}
	return res
}

// read is call for what is there, whose answer it reads into out.
func (p *process) read(t *testing.T, key, path string, out any) {
	t.Helper()
	var text json.RawMessage
	res := p.call(t, key, "GET", path, "", &text)
	assert.Equal(t, res.StatusCode, 200, "GET %s: %s", path, text)
	assert.NilError(t, json.Unmarshal(text, out), "%s", text)
}

// browser signs in and returns what posts forms from then on.
func (p *process) browser(t *testing.T, email string) (post func(path string, form url.Values) int) {
	t.Helper()
	post, _ = p.signedIn(t, email)
	return post
}

// signedIn signs in and returns what posts forms, and what reads pages.
func (p *process) signedIn(t *testing.T, email string) (post func(path string, form url.Values) int, page func(path string) string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	assert.NilError(t, err)
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post = func(path string, form url.Values) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", p.url+path, strings.NewReader(form.Encode()))
		assert.NilError(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		res, err := client.Do(r)
		assert.NilError(t, err)
		res.Body.Close()
		return res.StatusCode
	}
	page = func(path string) string {
		t.Helper()
		res, err := client.Get(p.url + path)
		assert.NilError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		assert.NilError(t, err)
		return string(text)
	}
	assert.Equal(t, post("/sign-in", url.Values{"email": {email}, "password": {modelstest.Password}}), 303, "signing in")
	return post, page
}

var setUpAcme = []string{"setup", "--workspace", "Acme", "--email", "lea@acme.example", "--password", modelstest.Password}
