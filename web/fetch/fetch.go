// Package fetch calls addresses that people typed: no private networks, no
// redirects, capped and timed. It imports nothing of ours.
package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

const (
	timeout = 15 * time.Second
	headCap = 4 << 10 // bytes of the answer that are kept
	bodyCap = 256 << 10
)

// Client calls addresses that people typed.
type Client struct{ http *http.Client }

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Head   []byte // the first 4 KiB of the body, as valid UTF-8 without NUL
	Took   time.Duration
}

// Error says why nothing came back, in a sentence that tells nothing of the inside.
type Error struct {
	Message string
	cause   error
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, for the log.
func (e *Error) Unwrap() error { return e.cause }

// New returns a client. Private, loopback and link-local addresses are refused
// when connecting, whatever name led there, unless allowPrivate.
func New(allowPrivate bool) *Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !allowPrivate {
		dialer.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return &Client{http: &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: timeout,
			MaxResponseHeaderBytes: 64 << 10, MaxIdleConns: 256, MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post sends body and returns the answer, whatever its status. The error is an *Error.
func (c *Client) Post(ctx context.Context, url string, header http.Header, body []byte) (Answer, error) {
	began := time.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, &Error{"That is not a web address.", err}
	}
	request.Header = header
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, &Error{sentence(err), err}
	}
	defer response.Body.Close()
	head, err := io.ReadAll(io.LimitReader(response.Body, headCap))
	if err != nil {
		return Answer{}, &Error{sentence(err), err}
	}
	// Read on a little, so that the connection can be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, bodyCap))
	text := strings.ReplaceAll(strings.ToValidUTF8(string(head), "\uFFFD"), "\x00", "\uFFFD")
	return Answer{Status: response.StatusCode, Header: response.Header, Head: []byte(text), Took: time.Since(began)}, nil
}

func sentence(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timed net.Error
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "The address leads into a private network, which is not allowed here."
	case errors.As(err, &dns):
		return "The host's name is not known."
	case errors.As(err, &certificate):
		return "The host's certificate is not trusted."
	case errors.As(err, &timed) && timed.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "It did not answer within 15 seconds."
	case strings.Contains(err.Error(), "connection refused"):
		return "The host refused the connection."
	}
	return "The connection broke."
}
