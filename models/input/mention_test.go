package input

import (
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	team := []string{"Ann", "Ann Lee", "Zoë", "李雷", "", "O'Neil (Ops)"}
	for _, c := range []struct{ name, text, want string }{
		{"a name behind an @ is meant", "@Ann look", "@Ann"},
		{"a name without an @ is not", "Ann look", ""},
		{"case does not matter", "please @aNN", "@aNN"},
		{"of two names that fit the longer one is meant", "@Ann Lee, look", "@Ann Lee"},
		{"the shorter one is meant where the longer goes on differently", "@Ann Leek", "@Ann"},
		{"a name ends where a word ends", "@Annabel", ""},
		{"a digit goes on with the word", "@Ann2", ""},
		{"a full stop ends it", "@Ann.", "@Ann"},
		{"the end of the text ends it", "ask @zoë", "@zoë"},
		{"an e-mail address is none", "lea@ann.example", ""},
		{"an @ behind a digit is none", "4@Ann", ""},
		{"an @ behind a bracket is one", "(@Ann)", "@Ann"},
		{"two @ are one mention", "@@Ann", "@Ann"},
		{"several stand in the text's order", "@Zoë and @Ann and @zoë", "@Zoë @Ann @zoë"},
		{"a name of another script is found", "@李雷 看", "@李雷"},
		{"a name may hold brackets", "@o'neil (ops)!", "@o'neil (ops)"},
		{"nobody is behind an @ alone", "@ Ann @", ""},
		{"nobody is behind an @ at the end", "look@", ""},
		{"broken UTF-8 before an @ is no word", "\xff@Ann", "@Ann"},
		{"broken UTF-8 within a name is not the name", "@Zo\xc3", ""},
	} {
		var got []string
		for _, m := range Mentions(c.text, team) {
			got = append(got, c.text[m.Start:m.End])
			if !strings.EqualFold("@"+team[m.Of], c.text[m.Start:m.End]) {
				t.Errorf("%s: %q is taken for %q", c.name, c.text[m.Start:m.End], team[m.Of])
			}
		}
		if said := strings.Join(got, " "); said != c.want {
			t.Errorf("%s: mentions in %q = %q, want %q", c.name, c.text, said, c.want)
		}
	}
	if team[0] != "Ann" || team[1] != "Ann Lee" {
		t.Error("the caller's list was put into another order")
	}
}
