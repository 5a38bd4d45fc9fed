package fetch

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

const longestURL = 2048

// CheckURL tells a person at once what Post would refuse, as an *Error of kind BadURL or PrivateAddress.
// It looks up no name: one that leads into a private network is found at the call.
func CheckURL(raw string, allowPrivate bool) error {
	if len(raw) > longestURL {
		return bad(addressTooLong)
	}
	address, err := url.Parse(raw)
	if err != nil {
		return bad(addressUnreadable)
	}
	if address.Scheme != "https" && address.Scheme != "http" {
		return bad(addressNotHTTP)
	}
	if address.User != nil {
		return bad(addressWithUser)
	}
	if address.Hostname() == "" {
		return bad(addressWithoutHost)
	}
	if port := address.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return bad(portOutOfRange)
		}
	}
	return checkHost(address.Hostname(), allowPrivate)
}

func checkHost(host string, allowPrivate bool) error {
	host, err := asciiHost(host)
	if err != nil {
		return bad(hostNameUnreadable)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil && endsInNumber(host) {
		return bad(ipAddressUnusual)
	}
	isLocal := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if !allowPrivate && (isLocal || err == nil && isPrivate(ip)) {
		return private(errors.New("typed address"))
	}
	return nil
}

// asciiHost writes a host as it is called: lower case, international names and wide digits as ASCII,
// without the dot at the end.
func asciiHost(host string) (string, error) {
	for _, r := range host {
		if r > 0x7f {
			// Only these: the rules for names also refuse the underscores that some real hosts have.
			converted, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return "", err
			}
			host = converted
			break
		}
	}
	if strings.ContainsAny(host, " \"'<>\\^`{|}") {
		return "", errors.New("not a host name")
	}
	return strings.TrimSuffix(strings.ToLower(host), "."), nil
}

// endsInNumber finds the other ways to write an IPv4 address (2130706433, 0x7f.1, 0177.0.0.1), which some
// systems resolve. No public name has a last label of digits.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, isHex := strings.CutPrefix(last, "0x"); isHex {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}
