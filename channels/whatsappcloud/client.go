// Package whatsappcloud speaks WhatsApp by Meta's Cloud API: read.go what comes
// in, send.go what goes out, check.go whether the account is in order, errors.go
// what Meta's codes mean. vendor.go names the members of Meta's JSON.
package whatsappcloud

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mauve/channels"
	"mauve/models"
)

// GraphURL is Meta's, with the version this package was written against.
const GraphURL = "https://graph.facebook.com/v24.0"

const (
	callWithin  = 20 * time.Second
	dialWithin  = 5 * time.Second
	answerLimit = 4 << 20
)

// Client is the adapter. It keeps connections and is made once.
type Client struct {
	base  string
	http  http.Client
	files http.Client // for bodies of any length: its calls are bound by their contexts
}

// New returns an adapter that calls the Graph API at base; empty is Meta's. A
// base without a path is given Meta's version.
func New(base string) (*Client, error) {
	if base == "" {
		base = GraphURL
	}
	u, err := url.Parse(strings.TrimSuffix(base, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("WHATSAPP_GRAPH_URL is not a web address: %q", base)
	}
	if u.Path == "" {
		u.Path = GraphURL[strings.LastIndexByte(GraphURL, '/'):]
	}
	dialer := &net.Dialer{Timeout: dialWithin, KeepAlive: 30 * time.Second}
	calls := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &line{Conn: conn}, nil
		},
		TLSHandshakeTimeout: dialWithin,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 32, MaxConnsPerHost: 64,
		// Shorter than Meta keeps a silent line: writing into one that the other end closed leaves open
		// whether the message arrived.
		IdleConnTimeout:        10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		// HTTP/1.1 alone: a message has its line for itself, so it is known whether a byte of it left.
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	files := calls.Clone()
	files.ResponseHeaderTimeout = filesAnswerWithin
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: u.String(),
		http:  http.Client{Timeout: callWithin, CheckRedirect: stay, Transport: calls},
		files: http.Client{CheckRedirect: stay, Transport: files}}, nil
}

// line is a connection that counts what was written to it.
type line struct {
	net.Conn
	sent atomic.Int64
}

// Write writes and counts.
func (l *line) Write(b []byte) (int, error) {
	n, err := l.Conn.Write(b)
	l.sent.Add(int64(n))
	return n, err
}

// leaving is a body that runs a step when its first byte is asked for, which the
// transport does when the line stands, and holds the byte back if the step fails.
type leaving struct {
	io.Reader
	step func() error
}

// Read runs the step once and reads.
func (l *leaving) Read(b []byte) (int, error) {
	if l.step != nil {
		if err := l.step(); err != nil {
			return 0, err
		}
		l.step = nil
	}
	return l.Reader.Read(b)
}

// answer is what Meta answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// errStayed says that not a byte of the request left.
var errStayed = errors.New("nothing was sent")

// call makes one request. If step is given it runs before the body leaves. The
// error is errStayed where the vendor cannot have seen the request.
func (c *Client) call(ctx context.Context, a *models.Account, method, path string, body []byte, step func() error) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	var wire atomic.Pointer[line]
	var before atomic.Int64
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if l := lineOf(info.Conn); l != nil {
			before.Store(l.sent.Load())
			wire.Store(l)
		}
	}})
	gate := &gate{step: step}
	request, err := c.request(ctx, a, method, path, body, gate.pass)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	passed := gate.shut()
	if err != nil {
		l := wire.Load()
		// After a call that was given up the transport may still be writing.
		silent := ctx.Err() == nil && !isTimeout(err) && (l == nil || l.sent.Load() == before.Load())
		if !passed || silent {
			err = errors.Join(errStayed, err)
		}
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	return &answer{response.StatusCode, response.Header, text}, err
}

// gate lets the step before a body run once, and never after the call is over:
// the transport reads bodies in a goroutine of its own.
type gate struct {
	mu           sync.Mutex
	step         func() error
	passed, over bool
}

// pass runs the step; the body leaves only if it returns nil.
func (g *gate) pass() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return errStayed
	}
	if g.step != nil {
		if err := g.step(); err != nil {
			return err
		}
	}
	g.passed = true
	return nil
}

// shut ends the call and reports whether the body was let pass.
func (g *gate) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	return g.passed
}

func isTimeout(err error) bool {
	var timed interface{ Timeout() bool }
	return errors.As(err, &timed) && timed.Timeout()
}

func lineOf(conn net.Conn) *line {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	l, _ := conn.(*line)
	return l
}

func (c *Client) request(ctx context.Context, a *models.Account, method, path string, body []byte, step func() error) (*http.Request, error) {
	fresh := func() (io.ReadCloser, error) { return io.NopCloser(&leaving{bytes.NewReader(body), step}), nil }
	var content io.Reader
	if body != nil {
		content, _ = fresh()
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.ContentLength, request.GetBody = int64(len(body)), fresh
		request.Header.Set("Content-Type", "application/json")
	}
	identify(request, a)
	return request, nil
}

// identify says who asks.
func identify(request *http.Request, a *models.Account) {
	request.Header.Set("Authorization", "Bearer "+a.Settings["accessToken"])
	request.Header.Set("User-Agent", "Mauve")
}

// failure reads an answer as Meta's refusal; nil if it is a success.
func (a *answer) failure() *graphError {
	var g graphError
	_ = json.Unmarshal(a.body, &g)
	if a.status >= 200 && a.status < 300 && g.Error == nil {
		return nil
	}
	return &g
}

// Signature is in X-Hub-Signature-256 (Meta, "Validate payloads", 2026-10).
func (*Client) Signature(header func(string) string) string { return header("X-Hub-Signature-256") }

// Verify checks the signature over the raw body with the app's secret. Without a
// secret nothing is ours.
func (*Client) Verify(a *models.Account, signature string, body []byte) bool {
	return Signed(a.Settings["appSecret"], signature, body)
}

// Signed reports, in constant time, whether the header's value signs the body with the secret.
func Signed(secret, signature string, body []byte) bool {
	given, ok := strings.CutPrefix(signature, "sha256=")
	sum, err := hex.DecodeString(given)
	if !ok || err != nil || secret == "" {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hmac.Equal(sum, mac.Sum(nil))
}

// Handshake answers Meta's question when the callback address is set up (Meta, "Verification requests", 2026-10).
func (*Client) Handshake(a *models.Account, query func(string) string) (string, bool) {
	want, challenge := a.Settings["verifyToken"], query("hub.challenge")
	same := subtle.ConstantTimeCompare([]byte(query("hub.verify_token")), []byte(want)) == 1
	return challenge, query("hub.mode") == "subscribe" && want != "" && same && challenge != "" && len(challenge) <= 256
}

// Read takes a stored body apart.
func (*Client) Read(body []byte) []channels.Item { return Read(body) }
