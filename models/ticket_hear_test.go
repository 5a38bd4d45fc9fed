package models

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mauve/models/wire"
)

// TestWhichTicketWordsOpen says for each state of a conversation's tickets what a message does to them.
func TestWhichTicketWordsOpen(t *testing.T) {
	t.Parallel()
	const (
		text = iota
		reaction
		system
		note
		reply
		history
	)
	type former struct { // a ticket of the conversation, before the message
		status   TicketStatus
		resolved time.Duration // so long before the message
	}
	open, pending, waiting := former{status: TicketOpen}, former{status: TicketPending}, former{status: TicketWaiting}
	resolved := func(d time.Duration) former { return former{TicketResolved, d} }
	defaults := TicketRulesChange{ReopenDays: new(7), FollowUp: new(true), WaitingOnReply: new(true), ManyOpen: new(true)}
	with := func(set func(*TicketRulesChange)) TicketRulesChange {
		r := defaults
		set(&r)
		return r
	}
	noFollowUp := with(func(r *TicketRulesChange) { r.FollowUp = new(false) })
	noReopen := with(func(r *TicketRulesChange) { r.ReopenDays = new(0) })
	noWaiting := with(func(r *TicketRulesChange) { r.WaitingOnReply = new(false) })
	rows := []struct {
		name    string
		rules   TicketRulesChange
		tickets []former
		said    int
		want    string // the tickets' statuses after, in the order they were made; * marks one reopened
		told    int    // entries on the tickets
	}{
		{"without a ticket words open none", defaults, nil, text, "", 0},
		{"an open ticket stays open, and nothing is told", defaults, []former{open}, text, "open", 0},
		{"a pending ticket is opened", defaults, []former{pending}, text, "open", 1},
		{"a waiting ticket is opened: it is our turn", defaults, []former{waiting}, text, "open", 1},
		{"a ticket resolved a day ago is reopened", defaults, []former{resolved(day)}, text, "open*", 1},
		{"a ticket resolved a moment ago is reopened", defaults, []former{resolved(0)}, text, "open*", 1},
		{"on the last moment of the seventh day it is reopened", defaults, []former{resolved(7 * day)}, text, "open*", 1},
		{"a moment later a new ticket is opened", defaults, []former{resolved(7*day + time.Millisecond)}, text, "resolved open", 0},
		{"… unless the workspace wants none", noFollowUp, []former{resolved(8 * day)}, text, "resolved", 0},
		{"… which it may say and reopen all the same", noFollowUp, []former{resolved(6 * day)}, text, "open*", 1},
		{"with no days a resolved ticket is never reopened", noReopen, []former{resolved(time.Second)}, text, "resolved open", 0},
		{"of two resolved tickets the one resolved last is reopened", defaults, []former{resolved(day), resolved(2 * day)}, text, "open* resolved", 1},
		{"… whichever was made last", defaults, []former{resolved(2 * day), resolved(day)}, text, "resolved open*", 1},
		{"a ticket that is not resolved goes before a resolved one", defaults, []former{waiting, resolved(time.Hour)}, text, "open resolved", 1},
		{"an open ticket keeps a resolved one closed", defaults, []former{open, resolved(time.Hour)}, text, "open resolved", 0},
		{"a reaction reopens nothing", defaults, []former{resolved(day)}, reaction, "resolved", 0},
		{"a reaction to a waiting ticket leaves it", defaults, []former{waiting}, reaction, "waiting", 0},
		{"a word of the system reopens nothing", defaults, []former{resolved(day)}, system, "resolved", 0},
		{"what was said long ago reopens nothing", defaults, []former{resolved(day)}, history, "resolved", 0},
		{"a private note changes nothing", defaults, []former{open}, note, "open", 0},
		{"a reply makes an open ticket waiting, and is the first response", defaults, []former{open}, reply, "waiting", 2},
		{"… or leaves it open, as the workspace wants", noWaiting, []former{open}, reply, "open", 1},
		{"a reply leaves a pending ticket pending", defaults, []former{pending}, reply, "pending", 1},
		{"a reply leaves a resolved ticket resolved", defaults, []former{resolved(time.Hour)}, reply, "resolved", 0},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		for i, c := range rows {
			if _, err := d.UpdateTicketRules(c.rules); err != nil {
				t.Fatal(err)
			}
			from := Sender{WhatsApp: fmt.Sprintf("3361234%04d", i), Name: "Carl"}
			first := d.hear(t, on, Incoming{From: from})
			longest := time.Duration(0)
			var tickets []*Ticket
			for _, f := range c.tickets {
				d.clock.pass(time.Second)
				made, err := d.CreateTicket(TicketStart{TicketChange: TicketChange{Subject: new("former"), Conversation: &first.ConversationID}})
				if err == nil && f.status != TicketOpen && f.status != TicketResolved {
					d.clock.pass(time.Second)
					_, err = d.UpdateTicket(made.ID, TicketChange{Status: &f.status})
				}
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				tickets, longest = append(tickets, made), max(longest, f.resolved)
			}
			d.clock.pass(time.Second)
			for left := longest; ; { // the longest ago first
				next := time.Duration(-1)
				for j, f := range c.tickets {
					if f.status == TicketResolved && f.resolved == left {
						if _, err := d.UpdateTicket(tickets[j].ID, TicketChange{Status: &f.status}); err != nil {
							t.Fatalf("%s: %v", c.name, err)
						}
					} else if f.status == TicketResolved && f.resolved < left {
						next = max(next, f.resolved)
					}
				}
				if next < 0 {
					d.clock.pass(left)
					break
				}
				d.clock.pass(left - next)
				left = next
			}
			entries := func() (all []*Event) {
				for _, t2 := range tickets {
					all = append(all, d.events(t, t2.ID, TicketUpdated)...)
				}
				return all
			}
			before := len(entries())
			var err error
			switch c.said {
			case text:
				d.hear(t, on, Incoming{From: from, Type: TypeText, Body: "it is  broken again"})
			case reaction:
				d.hear(t, on, Incoming{From: from, Type: TypeReaction, Body: "👍", Content: Content{Reaction: &wire.Reaction{ExternalID: *first.ExternalID, Emoji: "👍"}}})
			case system:
				d.hear(t, on, Incoming{From: from, Type: TypeSystem, Body: "They changed something"})
			case history:
				d.hear(t, on, Incoming{From: from, Type: TypeText, Body: "long ago", History: true, At: noon.AddDate(-1, 0, 0)})
			case note:
				_, err = d.Send(first.ConversationID, Draft{Kind: PrivateNote, Body: "look"})
			case reply:
				_, err = d.Send(first.ConversationID, Draft{Body: "we look"})
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			after, err := d.ticketsWhere("t.conversation_id = ? ORDER BY t.number", string(first.ConversationID))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, len(after))
			for j, one := range after {
				if got[j] = string(one.Status); one.ReopenedCount > 0 {
					got[j] += "*"
				}
			}
			if states := strings.Join(got, " "); states != c.want {
				t.Errorf("%s: the tickets are %q, want %q", c.name, states, c.want)
			}
			fresh := entries()
			if n := len(fresh) - before; n != c.told {
				t.Errorf("%s: %d entries were told, want %d", c.name, n, c.told)
			}
			for _, e := range fresh[max(len(fresh)-c.told, 0):] {
				if c.said == text && len(tickets) == 1 && e.ActorID != first.AuthorID {
					t.Errorf("%s: the entry is of %s %q, want of the contact", c.name, e.ActorKind, e.ActorName)
				}
			}
			for _, one := range after[len(tickets):] {
				if one.Subject != "it is broken again" {
					t.Errorf("%s: the new ticket's subject = %q, want the words on one line", c.name, one.Subject)
				}
				if ID(one.ContactID) != first.AuthorID {
					t.Errorf("%s: the new ticket's contact = %q, want %q", c.name, one.ContactID, first.AuthorID)
				}
			}
		}
	})
}

// TestWhenATicketWasFirstHeardAndAnswered follows one ticket through a talk.
func TestWhenATicketWasFirstHeardAndAnswered(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		from := Sender{WhatsApp: "33612345678"}
		first := d.hear(t, on, Incoming{From: from})
		d.clock.pass(time.Minute)
		made, err := d.CreateTicket(TicketStart{TicketChange: TicketChange{Conversation: &first.ConversationID}})
		if err != nil {
			t.Fatal(err)
		}
		reply := func() {
			if _, err := d.Send(first.ConversationID, Draft{Body: "we look"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct {
			name                     string
			do                       func()
			heard, answered, waiting string // minutes after noon
		}{
			{"made after the customer wrote, it knows when", func() {}, "0", "", ""},
			{"a second message leaves that", func() { d.hear(t, on, Incoming{From: from}) }, "0", "", ""},
			{"the first reply is the first response", reply, "0", "3", "3"},
			{"a second reply leaves that, and waits from then on", reply, "0", "3", "4"},
			{"who wrote is not waited for", func() { d.hear(t, on, Incoming{From: from}) }, "0", "3", ""},
			{"resolving keeps both", func() {
				if _, err := d.UpdateTicket(made.ID, TicketChange{Status: new(TicketResolved)}); err != nil {
					t.Fatal(err)
				}
			}, "0", "3", ""},
			{"a reply after that changes nothing", reply, "0", "3", ""},
			{"reopening keeps both", func() { d.hear(t, on, Incoming{From: from}) }, "0", "3", ""},
		} {
			step.do()
			got, err := d.Ticket(made.ID)
			if err != nil {
				t.Fatal(err)
			}
			minutes := func(at *time.Time) string {
				if at == nil {
					return ""
				}
				return decimal(int(at.Sub(noon).Minutes()))
			}
			if at := minutes(got.FirstCustomerAt); at != step.heard {
				t.Errorf("%s: first heard at minute %q, want %q", step.name, at, step.heard)
			}
			if at := minutes(got.FirstResponseAt); at != step.answered {
				t.Errorf("%s: first answered at minute %q, want %q", step.name, at, step.answered)
			}
			if at := minutes(got.WaitingSince); at != step.waiting {
				t.Errorf("%s: waits since minute %q, want %q", step.name, at, step.waiting)
			}
			d.clock.pass(time.Minute)
		}
	})
}

// TestTicketsThatWaitTooLongAreResolved asks the sweep just before and at the end of the workspace's patience.
func TestTicketsThatWaitTooLongAreResolved(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		statuses := []TicketStatus{TicketOpen, TicketPending, TicketWaiting}
		var made []*Ticket
		for _, s := range statuses {
			one, err := d.CreateTicket(TicketStart{TicketChange: TicketChange{Subject: new(string(s)), Status: &s}})
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, one)
		}
		for _, step := range []struct {
			name  string
			hours int
			pass  time.Duration
			want  int
		}{
			{"without the rule nothing is resolved", 0, 1000 * time.Hour, 0},
			{"a moment before the end nothing is resolved", 1048, 48*time.Hour - time.Millisecond, 0},
			{"at the end the waiting ticket is resolved", 1048, time.Millisecond, 1},
			{"and not again", 1048, time.Hour, 0},
		} {
			if _, err := d.UpdateTicketRules(TicketRulesChange{ResolveAfterHours: &step.hours}); err != nil {
				t.Fatal(err)
			}
			d.clock.pass(step.pass)
			n, err := d.store.ResolveQuiet(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n != step.want {
				t.Errorf("%s: %d tickets were resolved, want %d", step.name, n, step.want)
			}
		}
		for i, want := range []TicketStatus{TicketOpen, TicketPending, TicketResolved} {
			got, err := d.Ticket(made[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != want {
				t.Errorf("the ticket that was %s is %s, want %s", statuses[i], got.Status, want)
			}
		}
		if told := d.events(t, made[2].ID, TicketUpdated); len(told) != 1 || told[0].ActorKind != ActorRule {
			t.Errorf("%d entries, want one of the rule", len(told))
		}
	})
}
