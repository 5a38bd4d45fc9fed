package models

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestAValueIsOfItsAttribute(t *testing.T) {
	t.Parallel()
	choices := Words{"basic", "pro"}
	for _, c := range []struct {
		name string
		kind AttributeKind
		v    any
		want string
	}{
		{"nil clears any", NumberAttribute, nil, "nil"},
		{"the empty text clears any", ChoiceAttribute, "", "nil"},
		{"a text", TextAttribute, "pro", "pro"},
		{"a text of 2000 characters", TextAttribute, strings.Repeat("é", 2000), strings.Repeat("é", 2000)},
		{"a text of 2001", TextAttribute, strings.Repeat("é", 2001), "refused: f"},
		{"a text with a NUL", TextAttribute, "a\x00", "refused: f"},
		{"a number for a text", TextAttribute, 5.0, "refused: f"},
		{"a number", NumberAttribute, 1.5, "1.5"},
		{"zero is a number", NumberAttribute, 0.0, "0"},
		{"a number written as text", NumberAttribute, "5", "refused: f"},
		{"infinity", NumberAttribute, math.Inf(1), "refused: f"},
		{"no number", NumberAttribute, math.NaN(), "refused: f"},
		{"yes", YesNoAttribute, true, "true"},
		{"no is a value", YesNoAttribute, false, "false"},
		{"yes written as text", YesNoAttribute, "true", "refused: f"},
		{"a date", DateAttribute, "2026-11-21", "2026-11-21"},
		{"a day that never was", DateAttribute, "2026-02-30", "refused: f"},
		{"a date with a time", DateAttribute, "2026-11-21T12:00:00Z", "refused: f"},
		{"a date as others write it", DateAttribute, "21.11.2026", "refused: f"},
		{"a choice", ChoiceAttribute, "pro", "pro"},
		{"what is no choice", ChoiceAttribute, "Pro", "refused: f"},
		{"an address", URLAttribute, "https://x.example/", "https://x.example/"},
		{"what is no address", URLAttribute, "x.example", "refused: f"},
		{"a script", URLAttribute, "javascript:alert(1)", "refused: f"},
		{"a list", TextAttribute, []any{"a"}, "refused: f"},
	} {
		var fs faults
		a := &Attribute{Kind: c.kind, Choices: choices}
		got := "nil"
		if v := a.read(&fs, "f", c.v); v != nil {
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
		kind AttributeKind
		v    any
		want string
	}{
		{"a number", NumberAttribute, "1.5", "float64 1.5"},
		{"what is no number stays, to be refused", NumberAttribute, "many", "string many"},
		{"a number that is one stays", NumberAttribute, 2.0, "float64 2"},
		{"yes, whatever its case", YesNoAttribute, "TRUE", "bool true"},
		{"no", YesNoAttribute, "false", "bool false"},
		{"what is neither stays, to be refused", YesNoAttribute, "perhaps", "string perhaps"},
		{"a text", TextAttribute, "pro", "string pro"},
		{"a number as text", TextAttribute, 5.0, "string 5"},
		{"a yes as text", TextAttribute, true, "string true"},
		{"a list stays, to be refused", TextAttribute, []any{}, "[]interface {} []"},
		{"nothing stays nothing", TextAttribute, nil, "<nil> <nil>"},
	} {
		got := (&Attribute{Kind: c.kind}).fromText(c.v)
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
		if got := valueText(c.v); got != c.want {
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
		if got := fold(c.text); got != c.want {
			t.Errorf("%s: %q is compared as %q, want %q", c.name, c.text, got, c.want)
		}
	}
	if got := compared("A" + strings.Repeat("é", 300)); got != "a"+strings.Repeat("é", 199) {
		t.Errorf("of a long value %d characters are compared, want its first 200", len([]rune(got)))
	}
}

func TestWhichValuesATicketTakes(t *testing.T) {
	t.Parallel()
	plan := &Attribute{ID: "1", Name: "Plan", Folded: "plan", Kind: ChoiceAttribute, Choices: Words{"pro"}}
	seats := &Attribute{ID: "2", Name: "Seats", Folded: "seats", Kind: NumberAttribute}
	old := &Attribute{ID: "3", Name: "Old", Folded: "old", Kind: TextAttribute, ArchivedAt: ago(day)}
	known := map[string]*Attribute{"plan": plan, "seats": seats, "old": old}
	many := map[string]any{}
	for i := range 101 {
		many[fmt.Sprint(i)] = "x"
	}
	for _, c := range []struct {
		name   string
		values map[string]any
		have   Attributes
		loose  bool
		want   string // what is set, or refused
	}{
		{"a value by its name", map[string]any{"Plan": "pro"}, nil, false, "1=pro"},
		{"whatever the name's case", map[string]any{" pLAN ": "pro"}, nil, false, "1=pro"},
		{"nil clears", map[string]any{"Plan": nil}, Attributes{"1": "pro"}, false, "1=<nil>"},
		{"an unknown name", map[string]any{"Colour": "red"}, nil, false, "refused: attributes.Colour"},
		{"a value of another kind", map[string]any{"Seats": "5"}, nil, false, "refused: attributes.Seats"},
		{"… is read where a dialect sends text", map[string]any{"Seats": "5"}, nil, true, "2=5"},
		{"an archived attribute", map[string]any{"Old": "x"}, nil, false, "refused: attributes.Old"},
		{"an archived attribute that has the value keeps it", map[string]any{"Old": "x"}, Attributes{"3": "x"}, false, ""},
		{"an archived attribute may be cleared", map[string]any{"Old": nil}, Attributes{"3": "x"}, false, "3=<nil>"},
		{"a choice that is none any more stays where it is", map[string]any{"Plan": "basic"}, Attributes{"1": "basic"}, false, ""},
		{"… and is not newly set", map[string]any{"Plan": "basic"}, nil, false, "refused: attributes.Plan"},
		{"all faults are told at once", map[string]any{"Plan": "x", "Seats": "y"}, nil, false, "refused: attributes.Plan, attributes.Seats"},
		{"101 values", many, nil, false, "refused: attributes"},
	} {
		var fs faults
		var set []string
		for a, v := range fs.wanted(c.values, known, c.have, c.loose) {
			set = append(set, fmt.Sprintf("%s=%v", a.ID, v))
		}
		got := sorted(set)
		if err := fs.Err(); err != nil {
			got = verdict(err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
