package models

import (
	"errors"
	"mauve/models/phone"
	"mauve/models/problem"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// faults is what is wrong with a change. Each of its methods reads one kind of field, cleans it and adds what is wrong with it.
type faults struct{ problem.Faults }

// line reads a one-line text of min to max characters, trimmed.
func (f *faults) line(field, text string, min, max int) string {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	switch {
	case !readable(text):
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

// body reads a text of several lines and at most max characters.
func (f *faults) body(field, text string, max int) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	switch n := utf8.RuneCountInString(text); {
	case !readable(text):
		f.Add(field, "holds characters that are not text")
	case strings.TrimSpace(text) == "":
		f.Add(field, "is missing")
	case n > max:
		f.Add(field, "must have at most %d characters, has %d", max, n)
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
			f.Add(field, "is missing")
		}
		return ""
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || !readable(text) || !strings.Contains(text[strings.LastIndexByte(text, '@'):], ".") {
		f.Add(field, "is not an e-mail address")
	}
	return text
}

// phone reads a number as people write it and returns it as E.164.
func (f *faults) phone(field, text, country string) string {
	number, err := phone.Parse(text, country)
	if bad, ok := errors.AsType[*problem.Error](err); ok {
		fault := bad.Faults[0]
		fault.Field = field
		f.Faults = append(f.Faults, fault)
	}
	return number
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
			f.Add(field, "a label must have at most %d characters", long)
		case !readable(w) || strings.ContainsFunc(w, unicode.IsControl) || strings.Contains(w, ","):
			f.Add(field, "a label is one line of text without commas")
		}
		out = append(out, w)
	}
	if len(out) > most {
		f.Add(field, "holds %d labels, at most %d are allowed", len(out), most)
	}
	return out
}

// attributes checks free fields: at most 100, short names, plain values.
func (f *faults) attributes(field string, a Attributes) Attributes {
	if len(a) > 100 {
		f.Add(field, "holds %d attributes, at most 100 are allowed", len(a))
	}
	for name, v := range a {
		if n := utf8.RuneCountInString(name); n == 0 || n > 80 || !readable(name) {
			f.Add(field, "an attribute's name has 1 to 80 characters")
		}
		switch v := v.(type) {
		case nil, bool, float64:
		case string:
			if utf8.RuneCountInString(v) > 2000 || !readable(v) {
				f.Add(field+"."+name, "must be a text of at most 2000 characters")
			}
		default:
			f.Add(field+"."+name, "must be a text, a number, true, false or null")
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
