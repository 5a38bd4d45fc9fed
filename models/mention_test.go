package models

import (
	"strings"
	"testing"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	team := []*Member{{Name: "Ann"}, {Name: "Ann Lee"}, {Name: "Zoë"}, {Name: "李雷"}, {Name: ""}, {Name: "O'Neil (Ops)"}}
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
			if !strings.EqualFold("@"+m.Member.Name, c.text[m.Start:m.End]) {
				t.Errorf("%s: %q is taken for %q", c.name, c.text[m.Start:m.End], m.Member.Name)
			}
		}
		if said := strings.Join(got, " "); said != c.want {
			t.Errorf("%s: mentions in %q = %q, want %q", c.name, c.text, said, c.want)
		}
	}
	if team[0].Name != "Ann" || team[1].Name != "Ann Lee" {
		t.Error("the caller's list was put into another order")
	}
}

func TestMentionedOfAnEvent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		d    Changes
		want string
	}{
		{"an event without changes names nobody", nil, ""},
		{"one with other changes names nobody", Changes{"body": {To: "x"}}, ""},
		{"one names somebody", Changes{"mentions": {To: "a"}}, "a"},
		{"several are apart", Changes{"mentions": {To: "a,b"}}, "a|b"},
	} {
		if got := strings.Join((&Event{Changes: c.d}).Mentioned(), "|"); got != c.want {
			t.Errorf("%s: mentioned = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestOnlyANoteMentions(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		c := d.contact(t, ContactChange{Name: new("Carl")})
		api, err := d.channelOfKind(ChannelAPI)
		if err != nil {
			t.Fatal(err)
		}
		talk, err := d.StartConversation(c.ID, api.ID)
		if err != nil {
			t.Fatal(err)
		}
		lea := string(d.lea.ID)
		for _, row := range []struct {
			name  string
			draft Draft
			want  string
		}{
			{"a note names a member", Draft{Kind: PrivateNote, Body: "@Lea look"}, lea},
			{"a member named twice is named once", Draft{Kind: PrivateNote, Body: "@Lea @lea"}, lea},
			{"a note that names nobody has no mentions", Draft{Kind: PrivateNote, Body: "@Max look"}, ""},
			{"a reply to the customer mentions nobody", Draft{Body: "@Lea will look"}, ""},
		} {
			m, err := d.Send(talk.ID, row.draft)
			if err != nil {
				t.Fatalf("%s: %v", row.name, err)
			}
			told := d.events(t, m.ID, MessageCreated)
			if len(told) != 1 {
				t.Fatalf("%s: %d events, want 1", row.name, len(told))
			}
			if got := strings.Join(told[0].Mentioned(), ","); got != row.want {
				t.Errorf("%s: mentioned = %q, want %q", row.name, got, row.want)
			}
		}
	})
}
