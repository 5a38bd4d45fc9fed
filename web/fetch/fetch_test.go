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
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
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
	assert.Check(t, is.Equal(answer.Status, 418), "%+v", answer)
	assert.Check(t, is.Equal(string(answer.Head), "POST hello"), "%+v", answer)
	assert.Check(t, answer.Took > 0, "%v %+v", answer.Took, answer)
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
		_, err = client.do(request)
		assert.Check(t, is.Equal(kindOf(err), PrivateAddress), "%s: %v (%v)", host, err, errors.Unwrap(err))
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
	assert.Check(t, is.Equal(calls.Load(), int64(0)), "reached")
}

// A name that was public when typed and is private when called.
func TestNameThatChangesItsMind(t *testing.T) {
	typed, calls := counting(t)
	client := New(Options{})
	d := dialer(false)
	d.Resolver = resolverSaying(t, &[4]byte{127, 0, 0, 1})
	client.http.Transport.(*http.Transport).DialContext = d.DialContext
	_, err := client.Post(ctx, "http://rebind.example:"+portOf(t, typed), nil, nil)
	assert.Check(t, is.Equal(kindOf(err), PrivateAddress), "reached %d times: %v (%v)", calls.Load(), err, errors.Unwrap(err))
	assert.Check(t, is.Equal(calls.Load(), int64(0)), "reached %d times: %v (%v)", calls.Load(), err, errors.Unwrap(err))
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
	assert.Check(t, is.Nil(New(Options{}).http.Transport.(*http.Transport).Proxy), "has a proxy, which would connect past the guard")
}

func TestRedirectIsAnAnswer(t *testing.T) {
	target, calls := counting(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		url := answering(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, status) })
		answer, err := New(Options{AllowPrivate: true}).Post(ctx, url, nil, []byte("x"))
		assert.Check(t, err)
		assert.Check(t, is.Equal(answer.Status, status), "%+v", answer)
		assert.Check(t, is.Equal(answer.Header.Get("Location"), target), "%+v", answer)
	}
	assert.Check(t, is.Equal(calls.Load(), int64(0)), "followed")
}

// watched notes how long its requests may still take when they leave.
type watched struct {
	http.RoundTripper
	left time.Duration // 0 if there is no end
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	if by, ok := r.Context().Deadline(); ok {
		w.left = time.Until(by)
	}
	return w.RoundTripper.RoundTrip(r)
}

// TestSlowServersAreTimedOut by servers that never end: that the call ends is the client's doing.
func TestSlowServersAreTimedOut(t *testing.T) {
	forever := func(r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the client is gone
		<-r.Context().Done()
	}
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		status int
		head   string
	}{
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { forever(r) }, 0, ""},
		"slow body": {func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("begin"))
			w.(http.Flusher).Flush()
			forever(r)
		}, 200, "begin"},
	} {
		t.Run(name, func(t *testing.T) {
			url := answering(t, c.handle)
			// A busy machine may not even begin to answer in so short a time; then it is given more.
			for timeout := 150 * time.Millisecond; ; timeout *= 2 {
				client := New(Options{AllowPrivate: true, Timeout: timeout})
				out := &watched{RoundTripper: client.http.Transport}
				client.http.Transport = out
				answer, err := client.Post(ctx, url, nil, []byte("x"))
				assert.Check(t, out.left != 0)
				assert.Check(t, out.left <= timeout, out.left)
				assert.Check(t, is.Equal(kindOf(err), Timeout), "%+v, %v (%v)", answer, err, errors.Unwrap(err))
				if string(answer.Head) != c.head && timeout < time.Minute {
					continue
				}
				assert.Check(t, is.Equal(answer.Status, c.status), "%+v", answer)
				assert.Check(t, is.Equal(string(answer.Head), c.head))
				break
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
	assert.Check(t, len(answer.Head) <= headLimit, "kept %d bytes, valid: %t", len(answer.Head), utf8.Valid(answer.Head))
	assert.Check(t, len(answer.Head) >= headLimit-4, "kept %d bytes, valid: %t", len(answer.Head), utf8.Valid(answer.Head))
	assert.Check(t, utf8.Valid(answer.Head), "kept %d bytes, valid: %t", len(answer.Head), utf8.Valid(answer.Head))
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

	client := New(Options{AllowPrivate: true, Timeout: time.Minute})
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
	cancelled, cancel := context.WithCancel(ctx)
	url := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := New(Options{AllowPrivate: true, Timeout: time.Minute}).Post(cancelled, url, nil, nil)
	assert.Check(t, is.ErrorIs(err, context.Canceled))
	assert.Check(t, is.Equal(kindOf(err), Other))
}

func TestConnectionsPerHostAreCapped(t *testing.T) {
	const calls = 3 * connectionsPerHost
	var open, most atomic.Int64
	entered, leave := make(chan struct{}, calls), make(chan struct{})
	url := answering(t, func(http.ResponseWriter, *http.Request) {
		now := open.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		entered <- struct{}{}
		<-leave
		open.Add(-1)
	})
	client := New(Options{AllowPrivate: true, Timeout: 2 * time.Minute})
	errs := make(chan error)
	for range calls {
		go func() {
			_, err := client.Post(ctx, url, nil, []byte("x"))
			errs <- err
		}()
	}
	// All places are taken before the first is given back, and then one by one.
	for range connectionsPerHost {
		<-entered
	}
	for range calls {
		leave <- struct{}{}
		assert.Check(t, <-errs)
	}
	assert.Check(t, is.Equal(most.Load(), int64(connectionsPerHost)))
}
