package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/dns/dnsmessage"
)

var ctx = context.Background()

func answering(t *testing.T, handle http.HandlerFunc) string {
	server := httptest.NewServer(handle)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// counting is a server inside the private network, and how often it was reached.
func counting(t *testing.T) (string, *atomic.Int64) {
	var calls atomic.Int64
	return answering(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) }), &calls
}

func TestPostBringsTheAnswer(t *testing.T) {
	url := answering(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.UserAgent()+" "+r.Header.Get("X-Given")+" "+r.Header.Get("Accept-Encoding"))
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s", r.Method, body)
	})
	client := New(Options{AllowPrivate: true, UserAgent: "Test/1"})
	answer, err := client.Post(ctx, url, http.Header{"x-given": {"yes"}, "User-Agent": {"other"}}, []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != 418 || string(answer.Head) != "POST hello" || answer.Took <= 0 {
		t.Errorf("got %+v", answer)
	}
	if got := answer.Header.Get("X-Seen"); got != "Test/1 yes" {
		t.Errorf("sent %q", got)
	}
}

// Here the typed address is not checked, so that only the guard at the connection stands in the way.
func TestGuardRefusesAtTheConnection(t *testing.T) {
	typed, calls := counting(t)
	port := portOf(t, typed)
	client := New(Options{})
	for _, host := range []string{"127.0.0.1", "[::1]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1", "172.16.0.1",
		"192.168.0.1", "100.64.0.1", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[fe80::1%25lo]", "[fd00::1]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1", "localhost"} {
		request, err := http.NewRequest(http.MethodPost, "http://"+host+":"+port, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.do(request); kindOf(err) != PrivateAddress {
			t.Errorf("%s: %v (%v)", host, err, errors.Unwrap(err))
		}
	}
	// Other spellings of 127.0.0.1 are names to some resolvers and addresses to others: either way no call.
	for _, host := range []string{"2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1"} {
		request, _ := http.NewRequest(http.MethodPost, "http://"+host+":"+port, nil)
		within, cancel := context.WithTimeout(ctx, 2*time.Second)
		if _, err := client.do(request.WithContext(within)); err == nil {
			t.Errorf("%s: %v (%v)", host, err, errors.Unwrap(err))
		}
		cancel()
	}
	if calls.Load() != 0 {
		t.Errorf("reached %d times", calls.Load())
	}
}

func TestPostRefusesPrivateAddressesAsTyped(t *testing.T) {
	typed, calls := counting(t)
	if _, err := New(Options{}).Post(ctx, typed, nil, nil); kindOf(err) != PrivateAddress {
		t.Errorf("got %v", err)
	}
	if calls.Load() != 0 {
		t.Error("reached")
	}
}

// A name that was public when typed and is private when called.
func TestNameThatChangesItsMind(t *testing.T) {
	typed, calls := counting(t)
	client := New(Options{})
	d := dialer(false)
	d.Resolver = resolverSaying(t, &[4]byte{127, 0, 0, 1})
	client.http.Transport.(*http.Transport).DialContext = d.DialContext
	_, err := client.Post(ctx, "http://rebind.example:"+portOf(t, typed), nil, nil)
	if kindOf(err) != PrivateAddress || calls.Load() != 0 {
		t.Errorf("reached %d times: %v (%v)", calls.Load(), err, errors.Unwrap(err))
	}
}

func portOf(t *testing.T, raw string) string {
	parsed, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Port()
}

// resolverSaying asks a name server of the test's, which gives every name the same address, or none.
func resolverSaying(t *testing.T, address *[4]byte) *net.Resolver {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		buffer := make([]byte, 512)
		for {
			size, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			var message dnsmessage.Message
			if message.Unpack(buffer[:size]) != nil {
				continue
			}
			message.Response, message.Additionals = true, nil
			if q := message.Questions[0]; q.Type == dnsmessage.TypeA && address != nil {
				message.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
					Body:   &dnsmessage.AResource{A: *address},
				}}
			}
			reply, _ := message.Pack()
			server.WriteTo(reply, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// net/http never sends loopback through a proxy from the environment, so a call cannot show this here.
func TestHasNoProxy(t *testing.T) {
	if New(Options{}).http.Transport.(*http.Transport).Proxy != nil {
		t.Error("has a proxy, which would connect past the guard")
	}
}

func TestRedirectIsAnAnswer(t *testing.T) {
	target, calls := counting(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		url := answering(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, status) })
		answer, err := New(Options{AllowPrivate: true}).Post(ctx, url, nil, []byte("x"))
		if err != nil || answer.Status != status || answer.Header.Get("Location") != target {
			t.Errorf("%d: %+v, %v", status, answer, err)
		}
	}
	if calls.Load() != 0 {
		t.Error("followed")
	}
}

func TestSlowServersAreTimedOut(t *testing.T) {
	client := New(Options{AllowPrivate: true, Timeout: 150 * time.Millisecond})
	wait := func(r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Second):
		}
	}
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		status int
		head   string
	}{
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { wait(r) }, 0, ""},
		"slow body": {func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("begin"))
			w.(http.Flusher).Flush()
			wait(r)
		}, 200, "begin"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			answer, err := client.Post(ctx, answering(t, c.handle), nil, []byte("x"))
			if kindOf(err) != Timeout || answer.Status != c.status || string(answer.Head) != c.head {
				t.Errorf("got %+v, %v (%v)", answer, err, errors.Unwrap(err))
			}
			if time.Since(start) > time.Second {
				t.Errorf("took %s", time.Since(start))
			}
		})
	}
}

func TestHugeBodyIsCapped(t *testing.T) {
	var sent atomic.Int64
	done := make(chan struct{})
	url := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(done)
		chunk := []byte(strings.Repeat("grün\x00", 10_000))
		for range 10_000 {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	answer, err := New(Options{AllowPrivate: true}).Post(ctx, url, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Head) > headLimit || len(answer.Head) < headLimit-4 || !utf8.Valid(answer.Head) {
		t.Errorf("kept %d bytes, valid: %t", len(answer.Head), utf8.Valid(answer.Head))
	}
	<-done
	if sent.Load() > 100<<20 {
		t.Errorf("let the server send %d bytes", sent.Load())
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	url := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 200 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1000))
		}
	})
	if _, err := New(Options{AllowPrivate: true}).Post(ctx, url, nil, nil); kindOf(err) != Other {
		t.Errorf("got %v", err)
	}
}

func TestKindsOfFailure(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	plain := answering(t, func(http.ResponseWriter, *http.Request) {})
	gone, _ := net.Listen("tcp", "127.0.0.1:0")
	gone.Close()
	broken := answering(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

	client := New(Options{AllowPrivate: true, Timeout: 5 * time.Second})
	for name, c := range map[string]struct {
		url  string
		want Kind
	}{
		"untrusted certificate": {secure.URL, TLS},
		"plain where secure":    {strings.Replace(plain, "http:", "https:", 1), TLS},
		"nobody listens":        {"http://" + gone.Addr().String(), Refused},
		"connection cut":        {broken, Other},
		"no address":            {"nonsense", BadURL},
	} {
		_, err := client.Post(ctx, c.url, nil, []byte("x"))
		if kindOf(err) != c.want {
			t.Errorf("%s: kind %q (%v), want %q", name, kindOf(err), errors.Unwrap(err), c.want)
		}
		if err != nil && strings.ContainsAny(err.Error(), ":[]0123456789") && c.want != BadURL {
			t.Errorf("%s: %q tells more than a sentence", name, err)
		}
	}
}

func TestUnknownNameIsItsOwnKind(t *testing.T) {
	client := New(Options{})
	d := dialer(false)
	d.Resolver = resolverSaying(t, nil)
	client.http.Transport.(*http.Transport).DialContext = d.DialContext
	if _, err := client.Post(ctx, "https://nobody.example/", nil, nil); kindOf(err) != DNS {
		t.Errorf("got %v (%v)", err, errors.Unwrap(err))
	}
}

func TestGivenUpCallSaysSo(t *testing.T) {
	url := answering(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	cancelled, cancel := context.WithCancel(ctx)
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := New(Options{AllowPrivate: true}).Post(cancelled, url, nil, nil)
	if !errors.Is(err, context.Canceled) || kindOf(err) != Other {
		t.Errorf("got %v", err)
	}
}

func TestConnectionsPerHostAreCapped(t *testing.T) {
	var open, most atomic.Int64
	url := answering(t, func(http.ResponseWriter, *http.Request) {
		now := open.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		time.Sleep(20 * time.Millisecond)
		open.Add(-1)
	})
	client := New(Options{AllowPrivate: true})
	errs := make(chan error)
	for range 3 * connectionsPerHost {
		go func() {
			_, err := client.Post(ctx, url, nil, []byte("x"))
			errs <- err
		}()
	}
	for range 3 * connectionsPerHost {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > connectionsPerHost {
		t.Errorf("%d at once", most.Load())
	}
}
