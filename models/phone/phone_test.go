package phone

import (
	"slices"
	"strings"
	"testing"

	"mauve/models/problem"
)

func TestSpellings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, number, other string }{
		{"Brazil's mobile number loses its ninth digit", "+5531998762202", "+553198762202"},
		{"Brazil's old mobile number gains it", "+553198762202", "+5531998762202"},
		{"a mobile number of Brazil begins with 6 at least", "+5531968762202", "+553168762202"},
		{"… and gains its ninth digit from 6 on", "+553168762202", "+5531968762202"},
		{"a landline of Brazil has one spelling", "+553133334444", ""},
		{"a ninth digit before a landline's number is no ninth digit", "+5531958762202", ""},
		{"a number of Brazil that is too long has one spelling", "+55319987622021", ""},
		{"a number of Brazil that is too short has one spelling", "+55319987622", ""},
		{"Mexico's number loses its 1", "+5215512345678", "+525512345678"},
		{"Mexico's number gains it", "+525512345678", "+5215512345678"},
		{"a number of Mexico that is too short has one spelling", "+52551234567", ""},
		{"Argentina's mobile number loses its 9", "+5491123456789", "+541123456789"},
		{"Argentina's number gains it", "+541123456789", "+5491123456789"},
		{"a number of Argentina with its 9 and a digit too few has one spelling", "+549112345678", ""},
		{"a number of any other country has one spelling", "+33612345678", ""},
		{"a number without its plus sign is not looked into", "5531998762202", ""},
		{"the empty text is itself", "", ""},
	} {
		want := []string{c.number}
		if c.other != "" {
			want = append(want, c.other)
		}
		got := Spellings(c.number)
		if !slices.Equal(got, want) {
			t.Errorf("%s: spellings of %q = %q, want %q", c.name, c.number, got, want)
		}
		if c.other == "" {
			continue
		}
		if back := Spellings(c.other); !slices.Contains(back, c.number) {
			t.Errorf("%s: %q is not spelled back: spellings of %q = %q", c.name, c.number, c.other, back)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, country, want string }{
		{"E.164 stays as it is", "+33612345678", "", "+33612345678"},
		{"spaces are passed over", "+33 6 12 34 56 78", "", "+33612345678"},
		{"dashes, dots, brackets and slashes are passed over", "+33 (6).12-34/56-78", "", "+33612345678"},
		{"the blanks and dashes of word processors are passed over", "+33\u00a06\u202f12\u201034\u201156\u201378", "", "+33612345678"},
		{"blanks around it are cut", "  +33612345678\t", "", "+33612345678"},
		{"a leading 00 is a plus sign", "0033612345678", "", "+33612345678"},
		{"… inside a bracket too", "(0033) 612345678", "", "+33612345678"},
		{"a national number is the country's", "06 12 34 56 78", "FR", "+33612345678"},
		{"a country code is stronger than the country", "+4915112345678", "FR", "+4915112345678"},
		{"digits that are valid with a plus sign alone are that", "6281234567890", "FR", "+6281234567890"},
		{"… without a country too", "6281234567890", "", "+6281234567890"},
		{"digits that are the country's number are that", "2025550123", "US", "+12025550123"},
		{"Brazil's old spelling is kept", "+55 31 9876-2202", "", "+553198762202"},
		{"Mexico's old spelling is a number, written as it is today", "+52 1 55 1234 5678", "", "+525512345678"},
		{"nothing is no number, and no fault", "", "FR", ""},
		{"blanks are no number, and no fault", " \t", "FR", ""},
	} {
		got, err := Parse(c.text, c.country)
		if err != nil {
			t.Errorf("%s: %q in %q is refused: %v", c.name, c.text, c.country, err)
		}
		if got != c.want {
			t.Errorf("%s: %q in %q = %q, want %q", c.name, c.text, c.country, got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	// $ is the end of what is said.
	for _, c := range []struct{ name, text, country, says string }{
		{"a national number without a country", "0612345678", "", "has no country code"},
		{"letters", "+33 CALL ME", "", `'C' does not belong in one`},
		{"a line break within", "+33612\n345678", "", `'\n' does not belong in one`},
		{"a NUL", "+33612345678\x00", "", "does not belong in one"},
		{"a plus sign within", "33+612345678", "", "is not a phone number$"},
		{"four digits", "+3312", "", "is not a phone number$"},
		{"four digits of the country", "1234", "FR", "is not a phone number$"},
		{"eighteen digits", "+336123456781234567", "", "is not a phone number$"},
		{"a plus sign alone", "+", "FR", "is not a phone number$"},
		{"a country code that nobody has", "+99912345678", "", "is not a phone number that exists"},
		{"too many digits for its country", "+336123456789012", "", "is not a phone number that exists"},
	} {
		got, err := Parse(c.text, c.country)
		if problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %q in %q = %q, %v; want it refused", c.name, c.text, c.country, got, err)
			continue
		}
		if got != "" {
			t.Errorf("%s: %q is refused and read as %q all the same", c.name, c.text, got)
		}
		if !strings.Contains(err.Error()+"$", c.says) {
			t.Errorf("%s: the refusal of %q = %q, want it to say %q", c.name, c.text, err, c.says)
		}
	}
}

func TestWithPlus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a number of WhatsApp's gets its plus sign", "6281234567890", "+6281234567890"},
		{"Mexico's old spelling is known", "5215512345678", "+5215512345678"},
		{"blanks around it are cut", " 6281234567890 ", "+6281234567890"},
		{"a number that has one keeps it", "+6281234567890", "+6281234567890"},
		{"a leading 0 is national", "0612345678", "0612345678"},
		{"digits that are no number stay", "12345", "12345"},
		{"text stays", "hello", "hello"},
		{"nothing stays", "", ""},
	} {
		if got := WithPlus(c.text); got != c.want {
			t.Errorf("%s: WithPlus(%q) = %q, want %q", c.name, c.text, got, c.want)
		}
	}
}
