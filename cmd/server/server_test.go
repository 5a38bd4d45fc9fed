package server_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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
		if err != nil {
			t.Fatal(err)
		}
		stop := servertest.Work(t, first)
		res, err := http.Get(first.URL() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("/readyz is %d while it serves", res.StatusCode)
		}
		stop()
		if _, err := http.Get(first.URL() + "/healthz"); err == nil {
			t.Error("it answers after it was stopped")
		}
		if first.Store().Ready(t.Context()) == nil {
			t.Error("the store that it opened is open after Close")
		}
		if err := first.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
		c.Addr = strings.TrimPrefix(first.URL(), "http://")
		second, err := server.New(t.Context(), c)
		if err != nil {
			t.Fatalf("its address is not free again: %v", err)
		}
		if err := second.Close(); err != nil { // without Run
			t.Errorf("closing what never ran: %v", err)
		}
	})
}

func TestAServerLeavesAStoreThatItWasGiven(t *testing.T) {
	t.Parallel()
	store := modelstest.Open(t, models.Options{URL: modelstest.Address(t, "sqlite")})
	s, err := server.New(t.Context(), server.Config{Store: store, PublicURL: "https://desk.example/"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	if err := store.Ready(t.Context()); err != nil {
		t.Errorf("the store is closed: %v", err)
	}
	if s.URL() != "https://desk.example" {
		t.Errorf("the URL is %q, want it without the slash", s.URL())
	}
}

func TestTheSetupLinkIsThereUntilAWorkspaceIs(t *testing.T) {
	t.Parallel()
	s := servertest.Run(t, config(t))
	link, err := s.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(link, s.URL()+"/setup?token=") {
		t.Errorf("the link is %q", link)
	}
	res, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the link answers %d", res.StatusCode)
	}
	founder := models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password}
	if _, _, err := s.Store().SetUp(t.Context(), founder); err != nil {
		t.Fatal(err)
	}
	if link, err = s.SetupLink(t.Context()); link != "" || err != nil {
		t.Errorf("with a workspace the link is %q, error %v", link, err)
	}
}

// A second program on a machine is told so before it touches the store.
func TestAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := config(t)
	c.Addr, c.DatabaseURL = taken.Addr().String(), modelstest.Unmigrated(t, "sqlite")
	_, err = server.New(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "Set ADDR to another port") {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(strings.TrimPrefix(c.DatabaseURL, "sqlite:")); !os.IsNotExist(err) {
		t.Errorf("the store was opened all the same: %v", err)
	}
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
		{"DATABASE_URL", func(c *server.Config) { c.DatabaseURL = "mysql://desk" }},
		{"REDIS_URL", func(c *server.Config) { c.RedisURL = "desk:6379:1" }},
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
			if !strings.Contains(err.Error(), c.name) {
				t.Errorf("the error does not name %s: %v", c.name, err)
			}
		})
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
			if err != nil {
				t.Error(err)
			}
			keys[i] = string(key)
		})
	}
	all.Wait()
	for i, key := range keys {
		if key != keys[0] || len(key) < 32 {
			t.Errorf("key %d is %q, the first %q", i, key, keys[0])
		}
	}
	info, err := os.Stat(c.SecretKeyFile())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its file has the mode %o", info.Mode().Perm())
	}
}

// A program that is told to stop before it serves stops.
func TestAServerThatIsToldToStopAtOnce(t *testing.T) {
	t.Parallel()
	s, err := server.New(t.Context(), config(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Errorf("running: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}
