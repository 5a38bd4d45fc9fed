package input

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mauve/models/problem"
)

func TestALineIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		min, max   int
		want       string // the text, or what is refused
	}{
		{"a line stays", "Ann", 1, 5, "Ann"},
		{"blanks around it are cut", " \tAnn\n", 1, 5, "Ann"},
		{"characters are counted, not bytes", "éééé", 1, 4, "éééé"},
		{"one too many", "ééééé", 1, 4, "refused: f"},
		{"one too few", "a", 2, 4, "refused: f"},
		{"just enough", "ab", 2, 4, "ab"},
		{"nothing where something is needed", " ", 1, 4, "refused: f"},
		{"nothing where nothing is needed", " ", 0, 4, ""},
		{"two lines", "a\nb", 0, 4, "refused: f"},
		{"a tab", "a\tb", 0, 4, "refused: f"},
		{"a NUL", "a\x00", 0, 4, "refused: f"},
		{"broken UTF-8", "a\xff", 0, 4, "refused: f"},
	} {
		var fs Reader
		got := fs.Line("f", c.text, c.min, c.max)
		if err := fs.Err(); err != nil {
			got = verdict(err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestABodyIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"lines stay", "a\n\nb", "a\n\nb"},
		{"lines of Windows end as others do", "a\r\nb", "a\nb"},
		{"blanks around it stay: they may be meant", " a ", " a "},
		{"as long as may be", "ééééé", "ééééé"},
		{"one character more", "éééééé", "refused: f"},
		{"what ends as Windows does is counted after", "a\r\nb\r\nc", "a\nb\nc"},
		{"blanks alone", " \n\t", "refused: f"},
		{"nothing", "", "refused: f"},
		{"a NUL", "a\x00", "refused: f"},
		{"broken UTF-8", "a\xc3", "refused: f"},
	} {
		var fs Reader
		got := fs.Text("f", c.text, 5)
		if err := fs.Err(); err != nil {
			got = verdict(err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnEmailAddressIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		needed     bool
		want       string
	}{
		{"an address stays", "ann@x.example", true, "ann@x.example"},
		{"in lower case", "Ann@X.Example", true, "ann@x.example"},
		{"blanks around it are cut", " ann@x.example\n", true, "ann@x.example"},
		{"a plus and dots are part of it", "ann.b+news@x.example", true, "ann.b+news@x.example"},
		{"254 bytes", strings.Repeat("a", 244) + "@x.example", true, strings.Repeat("a", 244) + "@x.example"},
		{"255 bytes", strings.Repeat("a", 245) + "@x.example", true, "refused: f"},
		{"nothing where it is needed", "", true, "refused: f"},
		{"nothing where it is not", " ", false, ""},
		{"a name with its address", "Ann <ann@x.example>", true, "refused: f"},
		{"two", "a@x.example, b@x.example", true, "refused: f"},
		{"no host", "ann@", true, "refused: f"},
		{"a host without a dot", "ann@localhost", true, "refused: f"},
		{"a dot before the @ alone", "a.b@localhost", true, "refused: f"},
		{"no @", "ann.example", true, "refused: f"},
		{"a blank within", "ann b@x.example", true, "refused: f"},
	} {
		var fs Reader
		got := fs.Email("f", c.text, c.needed)
		if err := fs.Err(); err != nil {
			got = verdict(err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLabelsAreRead(t *testing.T) {
	t.Parallel()
	many := make([]string, 6)
	for i := range many {
		many[i] = fmt.Sprint("l", i)
	}
	for _, c := range []struct {
		name string
		list []string
		want string
	}{
		{"in the order given", []string{"b", "a"}, "b|a"},
		{"blanks around them are cut", []string{" a ", "b\n"}, "a|b"},
		{"each once", []string{"a", "b", "a", " a"}, "a|b"},
		{"empty ones are passed over", []string{"", " ", "a"}, "a"},
		{"none", nil, ""},
		{"as long as may be", []string{"éééééééé"}, "éééééééé"},
		{"one character more", []string{"ééééééééé"}, "refused: f"},
		{"a comma", []string{"a,b"}, "refused: f"},
		{"a line break", []string{"a\nb"}, "refused: f"},
		{"a NUL", []string{"a\x00"}, "refused: f"},
		{"as many as may be", many[:5], "l0|l1|l2|l3|l4"},
		{"one more", many, "refused: f"},
		{"one more that is there already", append(many[:5:5], "l0"), "l0|l1|l2|l3|l4"},
	} {
		var fs Reader
		got := strings.Join(fs.Labels("f", c.list, 5, 8), "|")
		if err := fs.Err(); err != nil {
			got = verdict(err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFreeFieldsAreChecked(t *testing.T) {
	t.Parallel()
	many := map[string]any{}
	for i := range 101 {
		many[fmt.Sprint(i)] = true
	}
	for _, c := range []struct {
		name string
		a    map[string]any
		want string
	}{
		{"texts, numbers, yes, no and nothing", map[string]any{"a": "x", "b": 1.5, "c": true, "d": false, "e": nil}, "taken"},
		{"none", nil, "taken"},
		{"a list", map[string]any{"a": []any{}}, "refused: f.a"},
		{"an object", map[string]any{"a": map[string]any{}}, "refused: f.a"},
		{"a text of 2000 characters", map[string]any{"a": strings.Repeat("é", 2000)}, "taken"},
		{"a text of 2001", map[string]any{"a": strings.Repeat("é", 2001)}, "refused: f.a"},
		{"a name of 80 characters", map[string]any{strings.Repeat("é", 80): 1.0}, "taken"},
		{"a name of 81", map[string]any{strings.Repeat("é", 81): 1.0}, "refused: f"},
		{"no name", map[string]any{"": 1.0}, "refused: f"},
		{"101 of them", many, "refused: f"},
	} {
		var fs Reader
		fs.FreeFields("f", c.a)
		if got := verdict(fs.Err()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// verdict is what becomes of a change: "taken", or which fields it is refused for.
func verdict(err error) string {
	bad, ok := errors.AsType[*problem.Error](err)
	switch {
	case err == nil:
		return "taken"
	case !ok:
		return "broken: " + err.Error()
	}
	fields := make([]string, len(bad.Faults))
	for i, f := range bad.Faults {
		fields[i] = f.Field
	}
	return "refused: " + strings.Join(fields, ", ")
}
