package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server"
	"mauve/cmd/server/servertest"
	"mauve/models"
	"mauve/models/modelstest"
)

// config is a program's on an empty SQLite store, at an address that the system chooses.
func config(t *testing.T) server.Config {
	return server.Config{Addr: "127.0.0.1:0", DatabaseURL: modelstest.Address(t, "sqlite"), DataDir: t.TempDir(), Passwords: modelstest.CheapPasswords}
}

// TestAServerStartsAndStops lets one serve with an open stream, stops it, and takes its address for the next.
func TestAServerStartsAndStops(t *testing.T) {
	t.Parallel()
	modelstest.EachEngine(t, func(t *testing.T, engine string) {
		c := config(t)
		c.DatabaseURL = modelstest.Address(t, engine)
		first, err := server.New(t.Context(), c)
		assert.NilError(t, err)
		stop := servertest.Work(t, first)
		res, err := http.Get(first.URL() + "/readyz")
		assert.NilError(t, err)
		res.Body.Close()
		assert.Check(t, is.Equal(res.StatusCode, http.StatusOK), "/readyz while it serves")
		stop()
		_, err = http.Get(first.URL() + "/healthz")
		assert.Check(t, err != nil, "it answers after it was stopped")
		assert.Check(t, first.Store().Ready(t.Context()) != nil, "the store that it opened is open after Close")
		assert.Check(t, first.Close(), "closing twice")
		c.Addr = strings.TrimPrefix(first.URL(), "http://")
		second, err := server.New(t.Context(), c)
		assert.NilError(t, err, "its address is not free again")
		assert.Check(t, second.Close(), "closing what never ran")
	})
}

// What web.Framed refuses is refused by the program, and what stands behind it is nobody's request.
func TestWhatIsHiddenBehindARequestIsNotRead(t *testing.T) {
	t.Parallel()
	s := servertest.Run(t, config(t))
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	assert.NilError(t, err)
	defer c.Close()
	assert.NilError(t, c.SetDeadline(time.Now().Add(time.Minute))) // against a hang
	_, err = io.WriteString(c, "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
	assert.NilError(t, err)
	answer, _ := io.ReadAll(c)
	assert.Check(t, strings.HasPrefix(string(answer), "HTTP/1.1 400 "), "%s", answer)
	assert.Check(t, is.Equal(strings.Count(string(answer), "HTTP/1.1 "), 1), "%s", answer)
	assert.Check(t, is.Contains(string(answer), "Connection: close"))
}

func TestAServerLeavesAStoreThatItWasGiven(t *testing.T) {
	t.Parallel()
	store := modelstest.Open(t, models.Options{URL: modelstest.Address(t, "sqlite")})
	s, err := server.New(t.Context(), server.Config{Store: store, PublicURL: "https://desk.example/"})
	assert.NilError(t, err)
	assert.Check(t, s.Close())
	assert.Check(t, store.Ready(t.Context()), "the store is closed")
	assert.Check(t, is.Equal(s.URL(), "https://desk.example"))
}

func TestTheSetupLinkIsThereUntilAWorkspaceIs(t *testing.T) {
	t.Parallel()
	s := servertest.Run(t, config(t))
	var link string
	tell := func(made string) { link = made }
	assert.NilError(t, s.TellSetupLink(t.Context(), tell))
	assert.Check(t, strings.HasPrefix(link, s.URL()+"/setup?token="), link)
	res, err := http.Get(link)
	assert.NilError(t, err)
	res.Body.Close()
	assert.Check(t, is.Equal(res.StatusCode, http.StatusOK), link)
	_, _, err = s.Store().SetUp(t.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
	assert.NilError(t, err)
	link = ""
	assert.Check(t, s.TellSetupLink(t.Context(), tell))
	assert.Check(t, is.Equal(link, ""), "with a workspace")
}

// A second program on a machine is told so before it touches the store.
func TestAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	defer taken.Close()
	c := config(t)
	c.Addr, c.DatabaseURL = taken.Addr().String(), modelstest.Unmigrated(t, "sqlite")
	_, err = server.New(t.Context(), c)
	assert.Check(t, is.ErrorContains(err, "Set ADDR to another port"))
	_, err = os.Stat(strings.TrimPrefix(c.DatabaseURL, "sqlite:"))
	assert.Check(t, is.ErrorIs(err, os.ErrNotExist), "the store was opened all the same")
}

func TestSettingsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(c *server.Config)
	}{
		{"MAX_UPLOAD", func(c *server.Config) { c.MaxUpload = -1 }},
		{"MAX_UPLOAD", func(c *server.Config) { c.MaxUpload = 1<<30 + 1 }},
		{"MAX_MEDIA", func(c *server.Config) { c.MaxMedia = -1 }},
		{"MAX_MEDIA", func(c *server.Config) { c.MaxMedia = 1<<30 + 1 }},
		{"TRUSTED_PROXIES", func(c *server.Config) { c.Trusted = []string{"10.0.0.0/8", "my proxy"} }},
		{"TRUSTED_PROXIES", func(c *server.Config) { c.Trusted = []string{"10.0.0.0/99"} }},
		{`TRUSTED_PROXIES: ""`, func(c *server.Config) { c.Trusted = []string{"10.0.0.1", ""} }},
		{`TRUSTED_PROXIES: " 10.0.0"`, func(c *server.Config) { c.Trusted = []string{"10.0.0.1", " 10.0.0"} }},
		{`TRUSTED_PROXIES: "10.0.0.1:80"`, func(c *server.Config) { c.Trusted = []string{"10.0.0.1:80"} }},
		{`TRUSTED_PROXIES: "10.0.0.1 10.0.0.2"`, func(c *server.Config) { c.Trusted = []string{"10.0.0.1 10.0.0.2"} }},
		{"DATABASE_URL", func(c *server.Config) { c.DatabaseURL = "mysql://desk" }},
		{"REDIS_URL", func(c *server.Config) { c.RedisURL = "desk:6379:1" }},
		{"REDIS_URL", func(c *server.Config) { c.RedisURL = "http://desk:6379" }},
		{"REDIS_URL", func(c *server.Config) { c.RedisURL = "redis://desk:6379?pool_size=5" }},
		{"REDIS_URL", func(c *server.Config) { c.RedisURL = "unix:///run/redis.sock?db=one" }},
		{"SECRET_KEY", func(c *server.Config) { c.SecretKey = "too short" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bad := config(t)
			c.change(&bad)
			s, err := server.New(t.Context(), bad)
			if err == nil {
				t.Fatal("it is taken", s.Close())
			}
			assert.Check(t, is.ErrorContains(err, c.name))
		})
	}
}

// A test's call comes from 0.0.0.0; that a proxy there is trusted shows in what is told of the connection.
func TestTrustedProxiesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		written []string
		trusted bool
	}{
		{nil, false}, {[]string{""}, false}, {[]string{" "}, false},
		{[]string{"10.0.0.1", " 0.0.0.0"}, true},
		{[]string{"10.0.0.0/8 ", "\t0.0.0.0/32"}, true},
		{[]string{"::ffff:0.0.0.0"}, true},
		{[]string{"::ffff:0.0.0.0/120"}, true},
		{[]string{"::ffff:10.0.0.0/104"}, false},
		{[]string{"::1", "fe80::/10"}, false},
	} {
		settings := config(t)
		settings.Addr, settings.PublicURL, settings.Trusted = "", "http://desk.example", c.written
		s, err := server.New(t.Context(), settings)
		assert.NilError(t, err, "%q", c.written)
		r := httptest.NewRequest("GET", "/healthz", nil)
		r.Header.Set("X-Forwarded-Proto", "https")
		res, err := s.App().Test(r, -1)
		assert.NilError(t, err)
		assert.Check(t, is.Equal(res.Header.Get("Strict-Transport-Security") != "", c.trusted), "%q", c.written)
		assert.NilError(t, s.Close())
	}
}

// Of several processes that start at once on an empty folder one makes the key, and all use it.
func TestOneSecretKeyIsMade(t *testing.T) {
	t.Parallel()
	c := server.Config{DataDir: filepath.Join(t.TempDir(), "data")}
	keys := make([]string, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := c.Secret()
			assert.Check(t, err)
			keys[i] = string(key)
		})
	}
	all.Wait()
	for i, key := range keys {
		assert.Check(t, is.Equal(key, keys[0]), "key %d, and the first", i)
	}
	assert.Check(t, len(keys[0]) >= 32, "the key is %q", keys[0])
	info, err := os.Stat(c.SecretKeyFile())
	assert.NilError(t, err)
	assert.Check(t, is.Equal(info.Mode().Perm(), os.FileMode(0o600)), "its file's mode")
}

// A program that is told to stop before it serves stops.
func TestAServerThatIsToldToStopAtOnce(t *testing.T) {
	t.Parallel()
	s, err := server.New(t.Context(), config(t))
	assert.NilError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Check(t, s.Run(ctx))
	assert.Check(t, s.Close())
}
