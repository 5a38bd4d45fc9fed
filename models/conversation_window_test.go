package models

import (
	"fmt"
	"testing"
	"time"

	"mauve/models/wire"
)

func TestWhatOpensAWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		m     Message
		known *time.Time
		want  string
	}{
		{"a text does, from when the vendor says it was written", Message{Type: TypeText, SentAt: ago(time.Minute)}, nil, "1m0s ago"},
		{"without the vendor's time, from when it came", Message{Type: TypeText}, nil, "0s ago"},
		{"a reaction does", Message{Type: TypeReaction}, nil, "0s ago"},
		{"a message of no known type does", Message{Type: TypeUnsupported}, nil, "0s ago"},
		{"a later one moves it on", Message{Type: TypeText, SentAt: ago(time.Minute)}, ago(time.Hour), "1m0s ago"},
		{"an older one that came late does not move it back", Message{Type: TypeText, SentAt: ago(2 * time.Hour)}, ago(time.Hour), "no"},
		{"one of the same moment leaves it", Message{Type: TypeText, SentAt: ago(time.Hour)}, ago(time.Hour), "no"},
		{"a word of the system does not", Message{Type: TypeSystem}, nil, "no"},
		{"what the team says does not", Message{Type: TypeText, Direction: Outbound}, nil, "no"},
	} {
		c.m.CreatedAt = noon
		if c.m.Direction == "" {
			c.m.Direction = Inbound
		}
		got := "no"
		if at := c.m.opensWindow(&Conversation{LastInboundAt: c.known}); at != nil {
			got = noon.Sub(*at).String() + " ago"
		}
		if got != c.want {
			t.Errorf("%s: it opens the window from %s, want %s", c.name, got, c.want)
		}
	}
}

// TestWhatPassesAWindow sends on each side of its end.
func TestWhatPassesAWindow(t *testing.T) {
	t.Parallel()
	text := Draft{Body: "hello"}
	template := Draft{Content: Content{Template: &wire.TemplateUse{Name: "greeting", Language: "en_US"}}}
	refused := Draft{Content: Content{Template: &wire.TemplateUse{Name: "refused", Language: "en_US"}}}
	note := Draft{Kind: PrivateNote, Body: "look"}
	never := time.Duration(-1)
	rows := []struct {
		name  string
		kind  ChannelKind
		wrote time.Duration // ago; never
		draft Draft
		want  string
	}{
		{"a text within the day passes", ChannelWhatsApp, day - time.Millisecond, text, "taken"},
		{"a text at the day's end is refused", ChannelWhatsApp, day, text, "refused: outside_window"},
		{"a text to somebody who never wrote is refused", ChannelWhatsApp, never, text, "refused: outside_window"},
		{"a template passes at any time", ChannelWhatsApp, day, template, "taken"},
		{"a template to somebody who never wrote passes", ChannelWhatsApp, never, template, "taken"},
		{"a template that Meta refused does not", ChannelWhatsApp, 0, refused, "refused: template_not_approved"},
		{"a note is no message to the contact", ChannelWhatsApp, never, note, "taken"},
		{"the sandbox lets a text pass at first", ChannelSandbox, never, text, "taken"},
		{"… and has the same day", ChannelSandbox, day, text, "refused: outside_window"},
		{"an api channel has no window", ChannelAPI, never, text, "taken"},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		channels := map[ChannelKind]*Channel{ChannelWhatsApp: d.channel(t, ChannelWhatsApp), ChannelSandbox: d.channel(t, ChannelSandbox)}
		var err error
		if channels[ChannelAPI], err = d.channelOfKind(ChannelAPI); err != nil {
			t.Fatal(err)
		}
		err = d.change(func(tx *Tx) error {
			return tx.keepTemplates(channels[ChannelWhatsApp], []*Template{
				{Name: "greeting", Language: "en_US", Status: "APPROVED", Components: `[{"type":"BODY","text":"Hi"}]`},
				{Name: "refused", Language: "en_US", Status: "REJECTED", Components: `[]`}})
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range rows {
			on := channels[c.kind]
			number := fmt.Sprintf("3361234%04d", i)
			var conversation ID
			if c.wrote == never {
				opened, err := d.StartConversation(d.contact(t, ContactChange{Phone: new("+" + number)}).ID, on.ID)
				if err != nil {
					t.Fatal(err)
				}
				conversation = opened.ID
			} else {
				conversation = d.hear(t, on, Incoming{From: Sender{WhatsApp: number}, At: d.Now()}).ConversationID
				d.clock.pass(c.wrote)
			}
			m, err := d.Send(conversation, c.draft)
			if got := verdict(err); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			if err == nil && c.draft.Content.Template != nil && m.Body != "Hi" {
				t.Errorf("%s: the template says %q, want %q", c.name, m.Body, "Hi")
			}
		}
	})
}

// TestAWindowIsOfThePersonNotOfTheTalk opens a second conversation with who wrote in the first.
func TestAWindowIsOfThePersonNotOfTheTalk(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelWhatsApp)
		m := d.hear(t, on, Incoming{From: Sender{WhatsApp: "33612345678"}})
		d.clock.pass(time.Hour)
		second, err := d.StartConversation(m.AuthorID, on.ID)
		if err != nil {
			t.Fatal(err)
		}
		if end := second.WindowEnd(); end == nil || !end.Equal(noon.Add(day)) {
			t.Errorf("the second conversation's window ends at %v, want a day after the contact wrote in the first", end)
		}
		// A late message: the vendor says that it is older than the one before.
		late := d.hear(t, on, Incoming{From: Sender{WhatsApp: "33612345678"}, At: noon.Add(-time.Hour)})
		c, err := d.Conversation(late.ConversationID)
		if err != nil {
			t.Fatal(err)
		}
		if end := c.WindowEnd(); end == nil || end.Before(noon.Add(day)) {
			t.Errorf("after a message that came late the window ends at %v, want no earlier than %s", end, noon.Add(day))
		}
	})
}

func TestWhatAVendorSaysOfTimeIsSane(t *testing.T) {
	t.Parallel()
	tx := &Tx{Scope: &Scope{store: &Store{db: clockOf(t, noon)}}}
	for _, c := range []struct {
		name           string
		at             time.Time
		news, longGone time.Time
	}{
		{"a minute ago", noon.Add(-time.Minute), noon.Add(-time.Minute), noon.Add(-time.Minute)},
		{"the future is now", noon.Add(time.Second), noon, noon},
		{"eight days ago is the oldest news", noon.Add(-8 * day), noon.Add(-8 * day), noon.Add(-8 * day)},
		{"what is older is no news, but may be history", noon.Add(-8*day - time.Millisecond), noon, noon.Add(-8*day - time.Millisecond)},
		{"before there was WhatsApp there is no history", time.Date(2008, 12, 31, 0, 0, 0, 0, time.UTC), noon, noon},
		{"no time is now", time.Time{}, noon, noon},
	} {
		if got := tx.clock(c.at); !got.Equal(c.news) {
			t.Errorf("%s: news of it are of %s, want %s", c.name, got, c.news)
		}
		if got := tx.longAgo(c.at); !got.Equal(c.longGone) {
			t.Errorf("%s: it was said at %s, want %s", c.name, got, c.longGone)
		}
	}
}

func TestASnoozeIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status ConversationState
		until  *time.Time
		want   string
	}{
		{"until a time", StatusSnoozed, ago(-time.Hour), "taken"},
		{"until the contact writes", StatusSnoozed, nil, "taken"},
		{"until now", StatusSnoozed, ago(0), "taken"},
		{"until a moment ago", StatusSnoozed, ago(1), "refused: snoozedUntil"},
		{"for five years", StatusSnoozed, new(noon.AddDate(5, 0, 0)), "taken"},
		{"for longer", StatusSnoozed, new(noon.AddDate(5, 0, 0).Add(1)), "refused: snoozedUntil"},
		{"open until a time", StatusOpen, ago(-time.Hour), "refused: snoozedUntil"},
		{"closed until a time", StatusClosed, ago(-time.Hour), "refused: snoozedUntil"},
		{"open", StatusOpen, nil, "taken"},
		{"closed", StatusClosed, nil, "taken"},
		{"a status that is none", "resolved", nil, "refused: status"},
		{"none, until a time that is past: all faults at once", "", ago(1), "refused: status, snoozedUntil, snoozedUntil"},
	} {
		var fs faults
		var conversation Conversation
		fs.status(&conversation, c.status, c.until, noon)
		if got := verdict(fs.Err()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if len(fs.Faults) == 0 && (conversation.Status != c.status || moment(conversation.SnoozedUntil) != moment(c.until)) {
			t.Errorf("%s: it is %s until %q", c.name, conversation.Status, moment(conversation.SnoozedUntil))
		}
	}
}

// TestWhatWakesAConversation snoozes or closes one and lets something happen.
func TestWhatWakesAConversation(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		status ConversationState
		snooze time.Duration // 0: until the contact writes
		pass   time.Duration
		said   MessageType // by the contact; "reply": by the team; empty: nobody
		want   ConversationState
		unread int
	}{
		{"its time wakes it", StatusSnoozed, time.Hour, time.Hour, "", StatusOpen, 0},
		{"before its time it sleeps", StatusSnoozed, time.Hour, time.Hour - time.Millisecond, "", StatusSnoozed, 0},
		{"without a time it sleeps on", StatusSnoozed, 0, 1000 * time.Hour, "", StatusSnoozed, 0},
		{"a text of the contact's wakes it", StatusSnoozed, time.Hour, time.Minute, TypeText, StatusOpen, 1},
		{"… without a time too", StatusSnoozed, 0, time.Minute, TypeText, StatusOpen, 1},
		{"a text opens a closed one", StatusClosed, 0, time.Minute, TypeText, StatusOpen, 1},
		{"a reaction does not", StatusClosed, 0, time.Minute, TypeReaction, StatusClosed, 0},
		{"a word of the system does not", StatusSnoozed, 0, time.Minute, TypeSystem, StatusSnoozed, 0},
		{"a reply of the team's does not", StatusClosed, 0, time.Minute, "reply", StatusClosed, 0},
		{"time does not open a closed one", StatusClosed, 0, 1000 * time.Hour, "", StatusClosed, 0},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		for i, c := range rows {
			from := Sender{WhatsApp: fmt.Sprintf("3361234%04d", i)}
			first := d.hear(t, on, Incoming{From: from})
			if _, err := d.ReadConversation(first.ConversationID); err != nil {
				t.Fatal(err)
			}
			change := ConversationChange{Status: &c.status}
			if c.snooze > 0 {
				change.SnoozedUntil = new(d.Now().Add(c.snooze))
			}
			if _, err := d.UpdateConversation(first.ConversationID, change); err != nil {
				t.Fatal(err)
			}
			d.clock.pass(c.pass)
			switch c.said {
			case "":
				if _, err := d.store.WakeSnoozed(t.Context()); err != nil {
					t.Fatal(err)
				}
			case "reply":
				if _, err := d.Send(first.ConversationID, Draft{Body: "hello"}); err != nil {
					t.Fatal(err)
				}
			case TypeReaction:
				d.hear(t, on, Incoming{From: from, Type: c.said, Content: Content{Reaction: &wire.Reaction{ExternalID: *first.ExternalID, Emoji: "👍"}}})
			default:
				d.hear(t, on, Incoming{From: from, Type: c.said, Body: "hello"})
			}
			got, err := d.Conversation(first.ConversationID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != c.want {
				t.Errorf("%s: status = %s, want %s", c.name, got.Status, c.want)
			}
			if got.Status == StatusOpen && got.SnoozedUntil != nil {
				t.Errorf("%s: it is open and snoozed until %s", c.name, got.SnoozedUntil)
			}
			if got.UnreadCount != c.unread {
				t.Errorf("%s: %d messages are unread, want %d", c.name, got.UnreadCount, c.unread)
			}
		}
	})
}
