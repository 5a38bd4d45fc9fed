package fetch

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func kindOf(err error) Kind {
	var known *Error
	if errors.As(err, &known) {
		return known.Kind
	}
	return ""
}

func TestCheckURL(t *testing.T) {
	for _, c := range []struct {
		url  string
		want Kind
	}{
		{"https://example.com/hook?x=1", ""},
		{"http://example.com:8080", ""},
		{"HTTPS://EXAMPLE.com./", ""},
		{"https://my_host.example/", ""},
		{"https://bücher.example/", ""},
		{"https://8.8.8.8/", ""},
		{"https://[2001:4860:4860::8888]/", ""},
		{"https://1and1.example/", ""},

		{"", BadURL},
		{"example.com/hook", BadURL},
		{"ftp://example.com", BadURL},
		{"file:///etc/passwd", BadURL},
		{"javascript:alert(1)", BadURL},
		{"http:example.com", BadURL},
		{"http://", BadURL},
		{"http:///path", BadURL},
		{"http://:80/", BadURL},
		{"https://user@example.com", BadURL},
		{"https://user:secret@example.com", BadURL},
		{"https://@example.com", BadURL},
		{"https://example.com:0/", BadURL},
		{"https://example.com:65536/", BadURL},
		{"https://exam ple.com/", BadURL},
		{"https://example.com/\n", BadURL},
		{"https://%31%32%37.0.0.1/", BadURL},
		{"https://example.com/" + strings.Repeat("x", 2048), BadURL},

		{"http://localhost/", PrivateAddress},
		{"http://LocalHost./", PrivateAddress},
		{"http://api.localhost:9/", PrivateAddress},
		{"http://127.0.0.1/", PrivateAddress},
		{"http://127.0.0.1./", PrivateAddress},
		{"http://127.9.9.9:8080/", PrivateAddress},
		{"http://0.0.0.0/", PrivateAddress},
		{"http://10.1.2.3/", PrivateAddress},
		{"http://172.31.0.1/", PrivateAddress},
		{"http://192.168.1.1/", PrivateAddress},
		{"http://100.64.0.1/", PrivateAddress},
		{"http://169.254.169.254/latest/meta-data", PrivateAddress},
		{"http://224.0.0.1/", PrivateAddress},
		{"http://255.255.255.255/", PrivateAddress},
		{"http://[::]/", PrivateAddress},
		{"http://[::1]/", PrivateAddress},
		{"http://[fe80::1%25eth0]/", PrivateAddress},
		{"http://[fd00::1]/", PrivateAddress},
		{"http://[::ffff:127.0.0.1]/", PrivateAddress},
		{"http://[::ffff:a9fe:a9fe]/", PrivateAddress},
		{"http://[64:ff9b::7f00:1]/", PrivateAddress},
		{"http://[2002:7f00:1::]/", PrivateAddress},
		{"http://127.0.0.1/", PrivateAddress},

		{"http://2130706433/", BadURL},
		{"http://0x7f000001/", BadURL},
		{"http://0x7f.0.0.1/", BadURL},
		{"http://127.0.0.0x1/", BadURL},
		{"http://0177.0.0.1/", BadURL},
		{"http://127.1/", BadURL},
		{"http://127.0.0.1.2/", BadURL},
	} {
		if got := kindOf(CheckURL(c.url, false)); got != c.want {
			t.Errorf("%.60q: %q, want %q", c.url, got, c.want)
		}
		if c.want == PrivateAddress {
			if err := CheckURL(c.url, true); err != nil {
				t.Errorf("%q with private networks allowed: %v", c.url, err)
			}
		}
	}
}

// Whatever is typed: refused with a sentence, or callable.
func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{"https://example.com", "http://127.1", "http://[::1%25x]:1/", "http://bü.example\\@x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if err := CheckURL(raw, false); err != nil && (kindOf(err) == "" || err.Error() == "") {
			t.Errorf("%q: an error without kind or sentence: %#v", raw, err)
		} else if _, unusable := http.NewRequest(http.MethodPost, raw, nil); err == nil && unusable != nil {
			t.Errorf("%q: may be typed and not called: %v", raw, unusable)
		}
	})
}

func TestSafeText(t *testing.T) {
	for _, c := range []struct {
		raw, want string
		limit     int
	}{
		{"plain", "plain", 10},
		{"", "", 10},
		{"a\x00b", "a\uFFFDb", 10},
		{"a\xffb", "a\uFFFDb", 10},
		{"grün", "gr", 3},
		{"grün", "grü", 4},
		{"a😀", "a", 4},
		{"a😀", "a😀", 5},
		{"\xff\x00\xff\x00", "\uFFFD", 4},
		{"\xbf\xbf\xbf\xbf\xbf", "\uFFFD", 3},
	} {
		if got := string(safeText([]byte(c.raw), c.limit)); got != c.want {
			t.Errorf("%q cut to %d: %q, want %q", c.raw, c.limit, got, c.want)
		}
	}
}
