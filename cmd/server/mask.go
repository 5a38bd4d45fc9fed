package server

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// masked stands where a password stood.
const masked = "xxxxx"

// address is a setting that may hold a password.
type address struct{ setting, text string }

func (c *Config) addresses() []address {
	return []address{{"DATABASE_URL", c.DatabaseURL}, {"REDIS_URL", c.RedisURL}, {"BLOB_URL", c.BlobURL}}
}

// readable refuses an address whose parts cannot be told from each other: what a library says of it may hold a
// piece of the password, of which nobody knows that it is one. A / or an @ that is not percent-encoded does that.
func (a address) readable() error {
	_, rest, ok := strings.Cut(a.text, "://")
	if !ok {
		return nil // nothing but its setting's own check reads it, and that quotes nothing
	}
	u, err := url.Parse(a.text)
	host := rest[:strings.IndexAny(rest+"/", "/?#")]
	if err == nil && strings.Count(rest, "@") < 2 && strings.Count(rest, "@") == strings.Count(host, "@") {
		_, err = url.ParseQuery(u.RawQuery)
		if err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s cannot be read. In its user and password, write all but letters and digits percent-encoded: %%40 for @, %%2F for /", a.setting)
}

// passwords are what the address may hold as one, as it is written, whether or not the address can be read.
func (a address) passwords() (all []string) {
	_, rest, ok := strings.Cut(a.text, "://")
	if !ok {
		rest = a.text
	}
	if before, _, ok := cutLast(rest, "@"); ok {
		if user, password, ok := strings.Cut(before, ":"); ok && password != user {
			all = append(all, password)
		}
	}
	if _, query, ok := strings.Cut(rest, "?"); ok {
		for _, pair := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
			name, value, _ := strings.Cut(pair, "=")
			if name, _ = url.QueryUnescape(name); strings.Contains(strings.ToLower(name), "pass") {
				all = append(all, value)
			}
		}
	}
	return all
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// leastMasked is the length from which a password is masked wherever it stands. A shorter one is in many a
// word; the addresses that hold it are masked whole.
const leastMasked = 4

// Mask returns what takes the passwords of the settings out of a text: however they are spelled there.
func (c *Config) Mask() *strings.Replacer {
	var words []string
	for _, a := range c.addresses() {
		for _, password := range a.passwords() {
			if password == "" {
				continue
			}
			words = append(words, a.text)
			if len(password) < leastMasked {
				continue
			}
			plain := password
			for _, decode := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
				if decoded, err := decode(password); err == nil {
					plain = decoded
					words = append(words, plain)
				}
			}
			words = append(words, password, url.QueryEscape(plain), url.PathEscape(plain),
				strings.TrimPrefix(url.UserPassword("", plain).String(), ":"))
		}
	}
	for _, w := range words {
		words = append(words, strings.Trim(strconv.Quote(w), `"`)) // as the log quotes
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, w := range slices.Compact(words) {
		pairs = append(pairs, w, masked)
	}
	return strings.NewReplacer(pairs...)
}

// MaskedWriter writes to w what is left of each text after the mask.
func MaskedWriter(w io.Writer, mask *strings.Replacer) io.Writer { return maskedWriter{w, mask} }

type maskedWriter struct {
	w    io.Writer
	mask *strings.Replacer
}

// Write writes one line whole, as the log does.
func (m maskedWriter) Write(b []byte) (int, error) {
	if _, err := m.mask.WriteString(m.w, string(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}
