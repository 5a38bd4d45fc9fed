// Package input reads what people, programs and vendors send: lines, texts,
// addresses, labels. It cleans each and says what is wrong with it, and knows no
// row. Start with Reader; value.go is for fields that somebody defined, clean.go
// for what vendors pass on, which is not refused.
package input

import (
	"errors"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mauve/models/phone"
	"mauve/models/problem"
)

// Reader reads the fields of a change. Each of its methods reads one kind, returns it cleaned and adds what is wrong with
// it to the faults, which Err returns in the end. The zero value has read nothing.
type Reader struct{ problem.Faults }

// Line reads a one-line text of min to max characters, trimmed.
func (f *Reader) Line(field, text string, min, max int) string {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	switch {
	case !Readable(text):
		f.Add(field, "holds characters that are not text")
	case strings.ContainsFunc(text, unicode.IsControl):
		f.Add(field, "must be one line of text")
	case n == 0 && min > 0:
		f.Add(field, "is missing")
	case n < min:
		f.Add(field, "must have at least %d characters", min)
	case n > max:
		f.Add(field, "must have at most %d characters, has %d", max, n)
	}
	return text
}

// Text reads a text of several lines and at most max characters.
func (f *Reader) Text(field, text string, max int) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	switch n := utf8.RuneCountInString(text); {
	case !Readable(text):
		f.Add(field, "holds characters that are not text")
	case strings.TrimSpace(text) == "":
		f.Add(field, "is missing")
	case n > max:
		f.Add(field, "must have at most %d characters, has %d", max, n)
	}
	return text
}

// PlainID is the form of an id that can stand in an address.
var PlainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Readable reports whether both stores can keep the text: PostgreSQL takes no NUL and no broken UTF-8.
func Readable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// NormalEmail is an e-mail address as it is kept and compared, whether or not it is one.
func NormalEmail(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// Email reads an address and returns it as it is compared. Where none is needed, the empty text is one.
func (f *Reader) Email(field, text string, needed bool) string {
	text = NormalEmail(text)
	if text == "" {
		if needed {
			f.Add(field, "is missing")
		}
		return ""
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || !Readable(text) || !strings.Contains(text[strings.LastIndexByte(text, '@'):], ".") {
		f.Add(field, "is not an e-mail address")
	}
	return text
}

// Phone reads a number as people write it in the country, and returns it as E.164.
func (f *Reader) Phone(field, text, country string) string {
	number, err := phone.Parse(text, country)
	if bad, ok := errors.AsType[*problem.Error](err); ok {
		fault := bad.Faults[0]
		fault.Field = field
		f.Faults = append(f.Faults, fault)
	}
	return number
}

// Labels reads a list of at most most labels of at most long characters: trimmed, without doubles, in the order given.
func (f *Reader) Labels(field string, list []string, most, long int) []string {
	out := []string{}
	for _, w := range list {
		w = strings.TrimSpace(w)
		switch {
		case w == "" || slices.Contains(out, w):
			continue
		case utf8.RuneCountInString(w) > long:
			f.Add(field, "a label must have at most %d characters", long)
		case !Readable(w) || strings.ContainsFunc(w, unicode.IsControl) || strings.Contains(w, ","):
			f.Add(field, "a label is one line of text without commas")
		}
		out = append(out, w)
	}
	if len(out) > most {
		f.Add(field, "holds %d labels, at most %d are allowed", len(out), most)
	}
	return out
}

// FreeFields checks free fields: at most 100, short names, plain values.
func (f *Reader) FreeFields(field string, a map[string]any) map[string]any {
	if len(a) > 100 {
		f.Add(field, "holds %d attributes, at most 100 are allowed", len(a))
	}
	for name, v := range a {
		if n := utf8.RuneCountInString(name); n == 0 || n > 80 || !Readable(name) {
			f.Add(field, "an attribute's name has 1 to 80 characters")
		}
		switch v := v.(type) {
		case nil, bool, float64:
		case string:
			if utf8.RuneCountInString(v) > 2000 || !Readable(v) {
				f.Add(field+"."+name, "must be a text of at most 2000 characters")
			}
		default:
			f.Add(field+"."+name, "must be a text, a number, true, false or null")
		}
	}
	return a
}

// Link reads an address that a vendor is to fetch.
func (f *Reader) Link(field, text string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || len(text) > 2000 || !Readable(text) {
		f.Add(field, "is not a web address")
	}
}

// WebAddress checks the form of an address that people typed; where it may lead is decided when it is called.
func (f *Reader) WebAddress(field, text string) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		f.Add(field, "is missing")
	case len(text) > 2048 || !Readable(text) || err != nil || u.Host == "" || u.Hostname() == "":
		f.Add(field, "is not a web address")
	case u.Scheme != "https" && u.Scheme != "http":
		f.Add(field, "must begin with https:// or http://")
	case u.User != nil:
		f.Add(field, "must not hold a user name or password")
	}
}
