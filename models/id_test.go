package models

import (
	"strings"
	"testing"
)

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
