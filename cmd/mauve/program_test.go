package main

import (
	"bytes"
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
	code := m.Run()
	modelstest.Stop()
	os.Exit(code)
}

// program is the path of the program.
func program(t *testing.T) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// run runs a command of the program to its end and returns what it printed.
func run(t *testing.T, binary string, env []string, args ...string) string {
	t.Helper()
	c := exec.Command(binary, args...)
	c.Env = append(os.Environ(), env...)
	var bad bytes.Buffer
	c.Stderr = &bad
	out, err := c.Output()
	if err != nil {
		t.Fatalf("mauve %v: %v: %s%s", args, err, out, bad.String())
	}
	return strings.TrimSpace(string(out))
}

// process is mauve serve on a port of its own.
type process struct {
	*exec.Cmd
	url string
	log *journal
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
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// spawn starts mauve serve and does not wait for it; at the end of the test it must stop when told to.
func spawn(t *testing.T, binary string, env ...string) *process {
	t.Helper()
	address := freeAddress(t)
	p := &process{Cmd: exec.Command(binary, "serve"), url: "http://" + address, log: &journal{}}
	p.Env = append(append(os.Environ(), env...), "ADDR="+address)
	p.Stdout, p.Stderr = p.log, p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Signal(os.Interrupt)
		if err := p.Wait(); err != nil {
			t.Errorf("a graceful stop: %v: %s", err, p.log)
		}
	})
	return p
}

func (p *process) ready(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s wrote:\n%s", p.url, p.log)
		}
	})
	modelstest.Eventually(t, p.url+" is ready", func() bool { return isReady(p.url) })
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

// call asks the native API and reads the answer into out, if there is one.
func (p *process) call(t *testing.T, key, method, path, body string, out any) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.url+"/api/v2/public"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && out != nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return res
}

// browser signs in and returns what posts forms from then on.
func (p *process) browser(t *testing.T, email string) (post func(path string, form url.Values) int) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post = func(path string, form url.Values) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", p.url+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if status := post("/sign-in", url.Values{"email": {email}, "password": {modelstest.Password}}); status != 303 {
		t.Fatalf("signing in: %d", status)
	}
	return post
}

var setUpAcme = []string{"setup", "--workspace", "Acme", "--email", "lea@acme.example", "--password", modelstest.Password}
