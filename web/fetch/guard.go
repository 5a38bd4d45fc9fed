package fetch

import (
	"net"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

// guard knows every range that is not the public internet. Ports are left to people: webhooks listen
// anywhere.
var guard = ssrf.New(ssrf.WithAnyPort())

// dialer asks the guard about the address that is about to be connected to, whatever name led there.
func dialer(allowPrivate bool) *net.Dialer {
	d := &net.Dialer{Timeout: connectWithin, KeepAlive: 30 * time.Second}
	if !allowPrivate {
		d.Control = guard.Safe
	}
	return d
}

// isPrivate unwraps an IPv4 address written as IPv6 first, because that is how it would be called.
func isPrivate(ip netip.Addr) bool {
	return guard.SafeAddr(ip.WithZone("").Unmap()) != nil
}
