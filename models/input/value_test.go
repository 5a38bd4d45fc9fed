package input

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestAValueIsOfItsKind(t *testing.T) {
	t.Parallel()
	choices := []string{"basic", "pro"}
	for _, c := range []struct {
		name string
		kind ValueKind
		v    any
		want string
	}{
		{"nil clears any", NumberValue, nil, "nil"},
		{"the empty text clears any", ChoiceValue, "", "nil"},
		{"a text", TextValue, "pro", "pro"},
		{"a text of 2000 characters", TextValue, strings.Repeat("é", 2000), strings.Repeat("é", 2000)},
		{"a text of 2001", TextValue, strings.Repeat("é", 2001), "refused: f"},
		{"a text with a NUL", TextValue, "a\x00", "refused: f"},
		{"a number for a text", TextValue, 5.0, "refused: f"},
		{"a number", NumberValue, 1.5, "1.5"},
		{"zero is a number", NumberValue, 0.0, "0"},
		{"a number written as text", NumberValue, "5", "refused: f"},
		{"infinity", NumberValue, math.Inf(1), "refused: f"},
		{"no number", NumberValue, math.NaN(), "refused: f"},
		{"yes", YesNoValue, true, "true"},
		{"no is a value", YesNoValue, false, "false"},
		{"yes written as text", YesNoValue, "true", "refused: f"},
		{"a date", DateValue, "2026-11-21", "2026-11-21"},
		{"a day that never was", DateValue, "2026-02-30", "refused: f"},
		{"a date with a time", DateValue, "2026-11-21T12:00:00Z", "refused: f"},
		{"a date as others write it", DateValue, "21.11.2026", "refused: f"},
		{"a choice", ChoiceValue, "pro", "pro"},
		{"what is no choice", ChoiceValue, "Pro", "refused: f"},
		{"an address", URLValue, "https://x.example/", "https://x.example/"},
		{"what is no address", URLValue, "x.example", "refused: f"},
		{"a script", URLValue, "javascript:alert(1)", "refused: f"},
		{"a list", TextValue, []any{"a"}, "refused: f"},
	} {
		var fs Reader
		got := "nil"
		if v := fs.Value("f", c.v, c.kind, choices); v != nil {
			got = fmt.Sprint(v)
		}
		if err := fs.Err(); err != nil {
			got = verdict(err)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAValueIsReadFromText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		kind ValueKind
		v    any
		want string
	}{
		{"a number", NumberValue, "1.5", "float64 1.5"},
		{"what is no number stays, to be refused", NumberValue, "many", "string many"},
		{"a number that is one stays", NumberValue, 2.0, "float64 2"},
		{"yes, whatever its case", YesNoValue, "TRUE", "bool true"},
		{"no", YesNoValue, "false", "bool false"},
		{"what is neither stays, to be refused", YesNoValue, "perhaps", "string perhaps"},
		{"a text", TextValue, "pro", "string pro"},
		{"a number as text", TextValue, 5.0, "string 5"},
		{"a yes as text", TextValue, true, "string true"},
		{"a list stays, to be refused", TextValue, []any{}, "[]interface {} []"},
		{"nothing stays nothing", TextValue, nil, "<nil> <nil>"},
	} {
		got := c.kind.FromText(c.v)
		if said := fmt.Sprintf("%T %v", got, got); said != c.want {
			t.Errorf("%s: it is read as %s, want %s", c.name, said, c.want)
		}
	}
}

func TestAValueIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, ""}, {"", ""}, {"a b", "a b"}, {true, "true"}, {false, "false"}, {0.0, "0"}, {1.5, "1.5"}, {-2.0, "-2"},
		{12345678.0, "12345678"}, {1e21, "1000000000000000000000"}, {0.1, "0.1"},
	} {
		if got := ValueText(c.v); got != c.want {
			t.Errorf("%v is written %q, want %q", c.v, got, c.want)
		}
	}
}

func TestNamesAreCompared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"case does not tell two apart", "VIP Customer", "vip customer"},
		{"blanks neither", "  vip \t\n customer ", "vip customer"},
		{"letters of any script", "ÉTÉ", "été"},
		{"nothing is nothing", " ", ""},
	} {
		if got := Fold(c.text); got != c.want {
			t.Errorf("%s: %q is compared as %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestTheHeadOfAValueIsCompared(t *testing.T) {
	t.Parallel()
	if got := Compared("A" + strings.Repeat("é", 300)); got != "a"+strings.Repeat("é", 199) {
		t.Errorf("of a long value %d characters are compared, want its first 200", len([]rune(got)))
	}
}
