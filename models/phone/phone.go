// Package phone reads and spells phone numbers. It knows nothing but them.
package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"mauve/models/problem"
)

// Parse reads a phone number as people write it (plus sign, spaces,
// dashes, dots, brackets, leading 00) and returns it as E.164; the empty text
// is no number. A number without a country code is read as one of the country
// (ISO 3166 alpha-2), and refused when that is empty. Digits that are no valid
// number there but one with a plus sign before them are that. It fails with Invalid.
func Parse(text, country string) (string, error) {
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
			return "", problem.InvalidField("phone", "is not a phone number: %q does not belong in one", r)
		}
	}
	if digits < 5 || digits > 17 || strings.LastIndexByte(text, '+') > strings.IndexAny(text, "0123456789") {
		return "", problem.InvalidField("phone", "is not a phone number")
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
		return "", problem.InvalidField("phone", "has no country code: write it as +62 812…, or set the workspace's default country")
	}
	return "", problem.InvalidField("phone", "is not a phone number that exists")
}

// WithPlus puts a plus sign before digits that are a valid number with one, as
// WhatsApp and its clients write numbers; it returns any other text as it is.
// What reads numbers that always carry their country code asks it before Parse.
func WithPlus(text string) string {
	text = strings.TrimSpace(text)
	if first := strings.TrimLeft(text, "( "); first == "" || first[0] < '1' || first[0] > '9' {
		return text
	}
	for _, spelling := range Spellings("+" + text) {
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
	for _, number := range Spellings(plain)[1:] {
		if n, err := phonenumbers.Parse(number, ""); err == nil && phonenumbers.IsPossibleNumber(n) {
			return phonenumbers.Format(n, phonenumbers.E164)
		}
	}
	return ""
}

// Spellings returns the ways in which WhatsApp may write one mobile number
// in E.164, the given one first. Brazil's mobile numbers have a ninth digit that
// old accounts lack, Mexico's had a 1 and Argentina's a 9 after the country code
// (Meta, "Phone numbers", 2026-10).
func Spellings(number string) []string {
	other := ""
	switch rest, n := number, len(number); {
	case strings.HasPrefix(rest, "+55") && n == 14 && rest[5] == '9' && rest[6] >= '6':
		other = rest[:5] + rest[6:]
	case strings.HasPrefix(rest, "+55") && n == 13 && rest[5] >= '6':
		other = rest[:5] + "9" + rest[5:]
	case strings.HasPrefix(rest, "+521") && n == 14:
		other = "+52" + rest[4:]
	case strings.HasPrefix(rest, "+52") && n == 13:
		other = "+521" + rest[3:]
	case strings.HasPrefix(rest, "+549") && n == 14:
		other = "+54" + rest[4:]
	case strings.HasPrefix(rest, "+54") && n == 13 && rest[3] != '9':
		other = "+549" + rest[3:]
	}
	if other == "" {
		return []string{number}
	}
	return []string{number, other}
}

// IsCountry reports whether the text is a country's code (ISO 3166 alpha-2, in capitals) by which numbers can be read.
func IsCountry(code string) bool { return phonenumbers.GetCountryCodeForRegion(code) != 0 }
