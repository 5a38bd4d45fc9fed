package models

import (
	"fmt"
	"strings"
	"testing"
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
		var fs faults
		got := fs.line("f", c.text, c.min, c.max)
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
		var fs faults
		got := fs.body("f", c.text, 5)
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
		var fs faults
		got := fs.email("f", c.text, c.needed)
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
		var fs faults
		got := strings.Join(fs.words("f", c.list, 5, 8), "|")
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
	many := Attributes{}
	for i := range 101 {
		many[fmt.Sprint(i)] = true
	}
	for _, c := range []struct {
		name string
		a    Attributes
		want string
	}{
		{"texts, numbers, yes, no and nothing", Attributes{"a": "x", "b": 1.5, "c": true, "d": false, "e": nil}, "taken"},
		{"none", nil, "taken"},
		{"a list", Attributes{"a": []any{}}, "refused: f.a"},
		{"an object", Attributes{"a": map[string]any{}}, "refused: f.a"},
		{"a text of 2000 characters", Attributes{"a": strings.Repeat("é", 2000)}, "taken"},
		{"a text of 2001", Attributes{"a": strings.Repeat("é", 2001)}, "refused: f.a"},
		{"a name of 80 characters", Attributes{strings.Repeat("é", 80): 1.0}, "taken"},
		{"a name of 81", Attributes{strings.Repeat("é", 81): 1.0}, "refused: f"},
		{"no name", Attributes{"": 1.0}, "refused: f"},
		{"101 of them", many, "refused: f"},
	} {
		var fs faults
		fs.attributes("f", c.a)
		if got := verdict(fs.Err()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAnIDIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       ID
		ok         bool
	}{
		{"bare", string(anID), anID, true},
		{"with its prefix", "con_" + string(anID), anID, true},
		{"with another's prefix", "tick_" + string(anID), "", false},
		{"with its prefix twice", "con_con_" + string(anID), "", false},
		{"in capitals", strings.ToUpper(string(anID)), "", false},
		{"a digit short", string(anID[1:]), "", false},
		{"a digit long", string(anID) + "0", "", false},
		{"with a letter that is no digit", "g" + string(anID[1:]), "", false},
		{"with a blank", " " + string(anID[1:]), "", false},
		{"nothing", "", "", false},
		{"the prefix alone", "con_", "", false},
	} {
		got, ok := ParseID(PrefixContact, c.text)
		if ok != c.ok {
			t.Errorf("%s: %q is an id: %t, want %t", c.name, c.text, ok, c.ok)
		}
		if got != c.want {
			t.Errorf("%s: %q is read as %q, want %q", c.name, c.text, got, c.want)
		}
	}
	if got := ID("").With(PrefixContact); got != "" {
		t.Errorf("nobody is written %q, want nothing", got)
	}
	if older, newer := NewID(noon), NewID(noon.Add(seconds(1))); older >= newer {
		t.Errorf("%s of an older row does not sort before %s", older, newer)
	}
}
