package models

import (
	"strings"
	"testing"
)

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
