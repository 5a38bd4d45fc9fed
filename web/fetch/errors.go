package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"mauve/models/reason"
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
	Kind  Kind
	Why   reason.Reason
	cause error
}

// Error is the reason in English.
func (e *Error) Error() string { return e.Why.String() }

// Reason is why, for people.
func (e *Error) Reason() reason.Reason { return e.Why }

// Unwrap gives the cause, which must not be shown.
func (e *Error) Unwrap() error { return e.cause }

func bad(why reason.Form) *Error { return &Error{Kind: BadURL, Why: why.With()} }

func private(cause error) *Error {
	return &Error{PrivateAddress, privateNetwork.With(), cause}
}

// What people are told.
var (
	addressTooLong       = reason.Define("address_too_long", "The address is longer than 2048 characters.")
	addressUnreadable    = reason.Define("address_unreadable", "This is not an address we can read. It should look like https://example.com/path.")
	addressNotHTTP       = reason.Define("address_not_http", "The address must begin with https:// or http://.")
	addressWithUser      = reason.Define("address_with_user", "The address must not hold a user name or password.")
	addressWithoutHost   = reason.Define("address_without_host", "The address has no host name.")
	portOutOfRange       = reason.Define("port_out_of_range", "The port must be between 1 and 65535.")
	hostNameUnreadable   = reason.Define("host_name_unreadable", "The host name holds characters that host names cannot have.")
	ipAddressUnusual     = reason.Define("ip_address_unusual", "Write the IP address in its usual form, like 192.0.2.1.")
	privateNetwork       = reason.Define("private_network", "The address is in a private network, which we do not call.")
	callGivenUp          = reason.Define("call_given_up", "The call was given up.")
	serverTimeout        = reason.Define("server_timeout", "The server did not answer in time.")
	hostNotFound         = reason.Define("host_not_found", "The host name could not be found.")
	serverRefused        = reason.Define("server_refused", "The server refused the connection.")
	certificateUntrusted = reason.Define("certificate_untrusted", "The server's certificate could not be trusted.")
	noSecureConnection   = reason.Define("no_secure_connection", "The server and we could not agree on a secure connection.")
	serverUnreachable    = reason.Define("server_unreachable", "The server could not be reached.")
	connectionBroke      = reason.Define("connection_broke", "The connection broke or the answer was not readable.")
)

// explain finds the kind of what the transport returned. The order matters: a deadline may also be the
// cause of a failed look-up.
func explain(err error) *Error {
	var lookup *net.DNSError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return private(err)
	case errors.Is(err, context.Canceled):
		return &Error{Other, callGivenUp.With(), err}
	case isTimeout(err):
		return &Error{Timeout, serverTimeout.With(), err}
	case errors.As(err, &lookup):
		return &Error{DNS, hostNotFound.With(), err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Refused, serverRefused.With(), err}
	case isCertificate(err):
		return &Error{TLS, certificateUntrusted.With(), err}
	case isTLS(err):
		return &Error{TLS, noSecureConnection.With(), err}
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return &Error{Other, serverUnreachable.With(), err}
	}
	return &Error{Other, connectionBroke.With(), err}
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
