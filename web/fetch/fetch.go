// Package fetch calls addresses that people typed: webhook endpoints and the like.
//
// Whoever types the address chooses where our server connects to, so a call never reaches a private
// network, follows no redirect, and ends in time and size. The rule holds where the connection is made
// (guard.go), after the name was resolved: a name that changes its mind between check and call gains
// nothing. CheckURL (address.go) says the same earlier and kinder, when the address is typed.
package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"time"
)

const (
	// headLimit is how much of an answer is kept.
	headLimit = 4 << 10
	// headersLimit is far above what servers send, and far below what hurts.
	headersLimit = 64 << 10
	// connectionsPerHost keeps one slow host from taking all our sockets. Many workspaces may call the
	// same host, so it is not small.
	connectionsPerHost = 32
	// connectWithin ends a connection attempt that outlives its call, for TCP and TLS each.
	connectWithin = 10 * time.Second
)

// Options are what a Client may differ in. The zero value is the strict one.
type Options struct {
	// AllowPrivate lets calls into private networks, for people who run both ends themselves.
	AllowPrivate bool
	// Timeout is for the whole call, from the name's look-up to the last byte. 0 means 15 seconds.
	Timeout time.Duration
	// UserAgent is "Mauve" if empty.
	UserAgent string
}

// Client calls addresses that people typed: no private networks, no redirects, capped and timed.
// It is safe for concurrent use, and is made once, because it keeps connections.
type Client struct {
	http    http.Client
	options Options
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	// Head is the first 4 KiB of the body as text that any database takes: valid UTF-8 without NUL.
	Head []byte
	// Took is the time from the call to the end of what was read.
	Took time.Duration
}

// New makes a client.
func New(options Options) *Client {
	if options.Timeout == 0 {
		options.Timeout = 15 * time.Second
	}
	if options.UserAgent == "" {
		options.UserAgent = "Mauve"
	}
	return &Client{options: options, http: http.Client{
		Transport:     transport(options.AllowPrivate),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func transport(allowPrivate bool) *http.Transport {
	return &http.Transport{
		// Never a proxy from the environment: it would connect for us, past the guard.
		Proxy:                  nil,
		DialContext:            dialer(allowPrivate).DialContext,
		TLSHandshakeTimeout:    connectWithin,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		MaxConnsPerHost:        connectionsPerHost,
		MaxIdleConnsPerHost:    2,
		MaxIdleConns:           200,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: headersLimit,
		// What is kept of the body is what was sent, and a small body cannot unpack into a big one.
		DisableCompression: true,
		// A kept HTTP/2 connection whose other end is gone would fail every call until the system notices.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}
}

// Post sends the body once; trying again is the caller's. Any status is an answer, a redirect too. The
// error is always an *Error, and an Answer beside it holds what had come until then.
func (c *Client) Post(ctx context.Context, url string, header http.Header, body []byte) (Answer, error) {
	if err := CheckURL(url, c.options.AllowPrivate); err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, explain(err)
	}
	for name, values := range header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	request.Header.Set("User-Agent", c.options.UserAgent)
	return c.do(request)
}

func (c *Client) do(request *http.Request) (Answer, error) {
	start := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{Took: time.Since(start)}, explain(err)
	}
	defer response.Body.Close()
	// One byte more than is kept: a short body is then read to its end, and its connection used again.
	head, err := io.ReadAll(io.LimitReader(response.Body, headLimit+1))
	answer := Answer{
		Status: response.StatusCode,
		Header: safeHeader(response.Header),
		Head:   safeText(head, headLimit),
		Took:   time.Since(start),
	}
	if err != nil {
		return answer, explain(err)
	}
	return answer, nil
}
