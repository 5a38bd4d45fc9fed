package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// Kind says why a call failed, in a word that stays the same and may be stored.
type Kind string

// The kinds of failure.
const (
	BadURL         Kind = "bad_url"
	PrivateAddress Kind = "private_address"
	DNS            Kind = "dns"
	Refused        Kind = "refused"
	Timeout        Kind = "timeout"
	TLS            Kind = "tls"
	Other          Kind = "other"
)

// Error is why there is no whole answer. Its text is a sentence for a person and names no address, port or
// machine of ours; the cause, for the log, is behind Unwrap.
type Error struct {
	Kind    Kind
	Message string
	cause   error
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause, which must not be shown.
func (e *Error) Unwrap() error { return e.cause }

func bad(message string) *Error { return &Error{Kind: BadURL, Message: message} }

func private(cause error) *Error {
	return &Error{PrivateAddress, "The address is in a private network, which we do not call.", cause}
}

// explain finds the kind of what the transport returned. The order matters: a deadline may also be the
// cause of a failed look-up.
func explain(err error) *Error {
	var lookup *net.DNSError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return private(err)
	case errors.Is(err, context.Canceled):
		return &Error{Other, "The call was given up.", err}
	case isTimeout(err):
		return &Error{Timeout, "The server did not answer in time.", err}
	case errors.As(err, &lookup):
		return &Error{DNS, "The host name could not be found.", err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Refused, "The server refused the connection.", err}
	case isCertificate(err):
		return &Error{TLS, "The server's certificate could not be trusted.", err}
	case isTLS(err):
		return &Error{TLS, "The server and we could not agree on a secure connection.", err}
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return &Error{Other, "The server could not be reached.", err}
	}
	return &Error{Other, "The connection broke or the answer was not readable.", err}
}

func isTimeout(err error) bool {
	var timed interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout()
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &invalid) || errors.As(err, &name)
}

func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	// Alerts and most handshake failures have no type one could ask for.
	return errors.As(err, &record) || errors.As(err, &alert) || errors.Is(err, http.ErrSchemeMismatch) ||
		strings.Contains(err.Error(), "tls: ")
}
