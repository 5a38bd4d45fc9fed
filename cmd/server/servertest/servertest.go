// Package servertest runs the whole program inside a test, on a port of its
// own. Only tests import it.
package servertest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"mauve/channels/phonetest"
	"mauve/cmd/server"
	"mauve/models"
	"mauve/models/modelstest"
)

// Program is the program at work on an empty store, with a stand-in for WhatsApp's network.
type Program struct {
	URL    string
	Store  *models.Store
	Phones *phonetest.Network
}

// Start runs the program on the engine until the test ends.
func Start(t *testing.T, engine string) *Program {
	t.Helper()
	slog.SetDefault(slog.New(slog.NewTextHandler(logOf(t), &slog.HandlerOptions{Level: slog.LevelWarn})))
	phones := phonetest.New(t)
	running := Run(t, server.Config{Addr: "127.0.0.1:0", DatabaseURL: modelstest.Address(t, engine), DataDir: t.TempDir(), MaxConns: 8,
		Passwords: modelstest.CheapPasswords, Dial: phones.Dial, AllowPrivate: true, MaxMedia: 16 << 20})
	return &Program{URL: running.URL(), Store: running.Store(), Phones: phones}
}

// testLog is a test's output as long as it runs. There is one log for all tests of a package: another one may write to it
// when this one is over, which Go takes for a fault.
type testLog struct {
	mu sync.Mutex
	to io.Writer
}

func logOf(t *testing.T) *testLog {
	l := &testLog{to: t.Output()}
	t.Cleanup(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.to = io.Discard
	})
	return l
}

// Write writes.
func (l *testLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(line)
}

// Run runs a program as it is told to until the test ends, when it must stop without an error.
func Run(tb testing.TB, c server.Config) *server.Server {
	tb.Helper()
	running, err := server.New(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	stop := Work(tb, running)
	tb.Cleanup(stop)
	return running
}

// Work lets a program run that is put together, and returns what stops and closes it.
func Work(tb testing.TB, running *server.Server) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error("stopping:", err)
		}
		if err := running.Close(); err != nil {
			tb.Error("closing:", err)
		}
	}
}

// Post calls the API with the key and a JSON body, and returns the answer's text; what is refused fails the test.
func Post(t *testing.T, address, key, body string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode > 299 {
		t.Fatalf("%d %v: %s", res.StatusCode, err, answer)
	}
	return answer
}
