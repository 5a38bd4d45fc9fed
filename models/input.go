package models

import (
	"errors"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// line reads a one-line text of min to max characters, trimmed.
func (f *faults) line(field, text string, min, max int) string {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	switch {
	case !readable(text):
		f.add(field, "holds characters that are not text")
	case strings.ContainsFunc(text, unicode.IsControl):
		f.add(field, "must be one line of text")
	case n == 0 && min > 0:
		f.add(field, "is missing")
	case n < min:
		f.add(field, "must have at least %d characters", min)
	case n > max:
		f.add(field, "must have at most %d characters, has %d", max, n)
	}
	return text
}

// body reads a text of several lines and at most max characters.
func (f *faults) body(field, text string, max int) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	switch n := utf8.RuneCountInString(text); {
	case !readable(text):
		f.add(field, "holds characters that are not text")
	case strings.TrimSpace(text) == "":
		f.add(field, "is missing")
	case n > max:
		f.add(field, "must have at most %d characters, has %d", max, n)
	}
	return text
}

// readable reports whether both stores can keep the text: PostgreSQL takes no NUL and no broken UTF-8.
func readable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// NormalEmail is an e-mail address as it is kept and compared, whether or not it is one.
func NormalEmail(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// email reads an address and returns it as it is compared.
func (f *faults) email(field, text string, needed bool) string {
	text = NormalEmail(text)
	if text == "" {
		if needed {
			f.add(field, "is missing")
		}
		return ""
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || !readable(text) || !strings.Contains(text[strings.LastIndexByte(text, '@'):], ".") {
		f.add(field, "is not an e-mail address")
	}
	return text
}

// phone reads a number as people write it and returns it as E.164.
func (f *faults) phone(field, text, country string) string {
	number, err := ParsePhone(text, country)
	if bad, ok := errors.AsType[*Error](err); ok {
		fault := bad.Faults[0]
		fault.Field = field
		*f = append(*f, fault)
	}
	return number
}

// ParsePhone reads a phone number as people write it (plus sign, spaces,
// dashes, dots, brackets, leading 00) and returns it as E.164; the empty text
// is no number. A number without a country code is read as one of the country
// (ISO 3166 alpha-2), and refused when that is empty. Digits that are no valid
// number there but one with a plus sign before them are that. It fails with Invalid.
func ParsePhone(text, country string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+ -.()/\u00a0\u202f\u2010\u2011\u2013", r):
			return "", InvalidField("phone", "is not a phone number: %q does not belong in one", r)
		}
	}
	if digits < 5 || digits > 17 || strings.LastIndexByte(text, '+') > strings.IndexAny(text, "0123456789") {
		return "", InvalidField("phone", "is not a phone number")
	}
	text = strings.ReplaceAll(text, "\u202f", " ") // the narrow blank of French typography, which the library does not know
	if plain := strings.TrimLeft(text, "( "); strings.HasPrefix(plain, "00") {
		text = "+" + strings.TrimPrefix(plain, "00")
	}
	n, err := phonenumbers.Parse(text, country)
	if whole := WithPlus(text); whole != text && (err != nil || !phonenumbers.IsValidNumber(n)) {
		text = whole
		n, err = phonenumbers.Parse(text, "")
	}
	if err == nil && phonenumbers.IsPossibleNumber(n) {
		return phonenumbers.Format(n, phonenumbers.E164), nil
	}
	if number := otherSpelling(text); number != "" {
		return number, nil
	}
	if country == "" && !strings.HasPrefix(text, "+") {
		return "", InvalidField("phone", "has no country code: write it as +62 812…, or set the workspace's default country")
	}
	return "", InvalidField("phone", "is not a phone number that exists")
}

// WithPlus puts a plus sign before digits that are a valid number with one, as
// WhatsApp and its clients write numbers; it returns any other text as it is.
// What reads numbers that always carry their country code asks it before ParsePhone.
func WithPlus(text string) string {
	text = strings.TrimSpace(text)
	if first := strings.TrimLeft(text, "( "); first == "" || first[0] < '1' || first[0] > '9' {
		return text
	}
	for _, spelling := range PhoneSpellings("+" + text) {
		if n, err := phonenumbers.Parse(spelling, ""); err == nil && phonenumbers.IsValidNumber(n) {
			return "+" + text
		}
	}
	return text
}

// otherSpelling reads a number with its country code in the spelling that
// phone books have today, where the one given is an older one; else it is empty.
func otherSpelling(text string) string {
	if !strings.HasPrefix(strings.TrimLeft(text, "( "), "+") {
		return ""
	}
	plain := "+" + strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	for _, number := range PhoneSpellings(plain)[1:] {
		if n, err := phonenumbers.Parse(number, ""); err == nil && phonenumbers.IsPossibleNumber(n) {
			return phonenumbers.Format(n, phonenumbers.E164)
		}
	}
	return ""
}

// words reads a list of labels: trimmed, without doubles, in the order given.
func (f *faults) words(field string, list []string, most, long int) Words {
	out := Words{}
	for _, w := range list {
		w = strings.TrimSpace(w)
		switch {
		case w == "" || slices.Contains(out, w):
			continue
		case utf8.RuneCountInString(w) > long:
			f.add(field, "a label must have at most %d characters", long)
		case !readable(w) || strings.ContainsFunc(w, unicode.IsControl) || strings.Contains(w, ","):
			f.add(field, "a label is one line of text without commas")
		}
		out = append(out, w)
	}
	if len(out) > most {
		f.add(field, "holds %d labels, at most %d are allowed", len(out), most)
	}
	return out
}

// attributes checks free fields: at most 100, short names, plain values.
func (f *faults) attributes(field string, a Attributes) Attributes {
	if len(a) > 100 {
		f.add(field, "holds %d attributes, at most 100 are allowed", len(a))
	}
	for name, v := range a {
		if n := utf8.RuneCountInString(name); n == 0 || n > 80 || !readable(name) {
			f.add(field, "an attribute's name has 1 to 80 characters")
		}
		switch v := v.(type) {
		case nil, bool, float64:
		case string:
			if utf8.RuneCountInString(v) > 2000 || !readable(v) {
				f.add(field+"."+name, "must be a text of at most 2000 characters")
			}
		default:
			f.add(field+"."+name, "must be a text, a number, true, false or null")
		}
	}
	return a
}

// Stamp writes a time as every answer does: RFC 3339, UTC, milliseconds.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func stampOrNil(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := Stamp(*t)
	return &s
}

func textOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
