package models

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mauve/models/input"
	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/wire"
)

// What the ticket of these tables has, and what it may be given.
var (
	hardware = &Category{ID: "c00000000000000000000001", Name: "Hardware"}
	billing  = &Category{ID: "c00000000000000000000002", Name: "Billing"}
	ada      = &Member{ID: "a00000000000000000000001", Name: "Ada"}
	bob      = &Member{ID: "a00000000000000000000002", Name: "Bob"}
	carl     = &Contact{ID: "b00000000000000000000001", Name: "Carl", Email: "carl@x.example"}
	dora     = &Contact{ID: "b00000000000000000000002", Name: "Dora"}
	vip      = &Tag{ID: "d00000000000000000000001", Name: "VIP"}
	urgent   = &Tag{ID: "d00000000000000000000002", Name: "urgent"}
	plan     = &Attribute{ID: "e00000000000000000000001", Name: "Plan"}
	seats    = &Attribute{ID: "e00000000000000000000002", Name: "Seats", Kind: NumberAttribute}
	talk     = &Conversation{ID: "f00000000000000000000001", ContactID: "b00000000000000000000001", ChannelID: "9a0000000000000000000001", ChannelKind: ChannelAPI, Contact: ContactBrief{Name: "Carl"}}
	doras    = &Conversation{ID: "f00000000000000000000002", ContactID: "b00000000000000000000002", ChannelID: "9a0000000000000000000002", ChannelKind: ChannelSandbox, Contact: ContactBrief{Name: "Dora"}}
)

// printer is a ticket with something in each of its fields.
func printer() *Ticket {
	return &Ticket{ID: anID, Number: 7, Subject: "Printer", Search: "printer", Status: TicketOpen, Priority: NormalPriority,
		CategoryID: Ref(hardware.ID), Category: "Hardware", AssigneeID: Ref(ada.ID), Assignee: "Ada", ContactID: Ref(carl.ID), Contact: ContactBrief{Name: "Carl"},
		Tags: Words{string(vip.ID)}, Tagged: []Named{{vip.ID, "VIP"}},
		Attributes: Attributes{string(plan.ID): "pro"}, Facts: []Fact{{Named{plan.ID, "Plan"}, "pro"}},
		CreatedAt: noon.Add(-day), UpdatedAt: noon.Add(-time.Hour)}
}

func TestWhatAChangeDoesToATicket(t *testing.T) {
	t.Parallel()
	status := func(to TicketStatus) wish { return wish{TicketChange: TicketChange{Status: &to}} }
	for _, c := range []struct {
		name   string
		given  func(*Ticket) // what is different about the ticket
		wish   wish
		want   string // the audit entries, or what is refused
		writes string // the columns, beside updated_at
	}{
		{"a change of nothing writes nothing", nil, wish{}, "", ""},
		{"another subject is one entry", nil, wish{TicketChange: TicketChange{Subject: new("Scanner")}},
			`subject "Printer" → "Scanner"`, "search, subject"},
		{"the same subject writes nothing", nil, wish{TicketChange: TicketChange{Subject: new("Printer")}}, "", ""},
		{"blanks around a subject are cut, so it is the same", nil, wish{TicketChange: TicketChange{Subject: new(" Printer ")}}, "", ""},
		{"a subject may be cleared", nil, wish{TicketChange: TicketChange{Subject: new("")}}, `subject "Printer" → ""`, "search, subject"},
		{"a subject of 200 characters passes", nil, wish{TicketChange: TicketChange{Subject: new(strings.Repeat("é", 200))}},
			`subject "Printer" → "` + strings.Repeat("é", 200) + `"`, "search, subject"},
		{"one of 201 is refused", nil, wish{TicketChange: TicketChange{Subject: new(strings.Repeat("é", 201))}}, "refused: subject", ""},
		{"a subject of two lines is refused", nil, wish{TicketChange: TicketChange{Subject: new("a\nb")}}, "refused: subject", ""},
		{"waiting notes since when", nil, status(TicketWaiting), `status "open" → "waiting"`, "status, waiting_since"},
		{"resolving notes when", nil, status(TicketResolved), `resolvedAt "" → "2026-11-21T12:00:00.000Z", status "open" → "resolved"`, "resolved_at, status"},
		{"the same status writes nothing", nil, status(TicketOpen), "", ""},
		{"resolving a resolved ticket leaves its time", func(t *Ticket) { t.Status, t.ResolvedAt = TicketResolved, ago(day) }, status(TicketResolved), "", ""},
		{"reopening clears the time and is counted", func(t *Ticket) { t.Status, t.ResolvedAt, t.ReopenedCount = TicketResolved, ago(day), 2 }, status(TicketOpen),
			`reopenedCount "2" → "3", resolvedAt "2026-11-20T12:00:00.000Z" → "", status "resolved" → "open"`, "reopened_count, resolved_at, status"},
		{"who waits no more has no time of waiting", func(t *Ticket) { t.Status, t.WaitingSince = TicketWaiting, ago(day) }, status(TicketPending),
			`status "waiting" → "pending"`, "status, waiting_since"},
		{"a status that is none is refused", nil, status("closed"), "refused: status", ""},
		{"a status in capitals is none", nil, status("Open"), "refused: status", ""},
		{"another priority is one entry", nil, wish{TicketChange: TicketChange{Priority: new(3)}}, `priority "2" → "3"`, "priority"},
		{"the same priority writes nothing", nil, wish{TicketChange: TicketChange{Priority: new(2)}}, "", ""},
		{"priority 0 is refused", nil, wish{TicketChange: TicketChange{Priority: new(0)}}, "refused: priority", ""},
		{"priority 4 is refused", nil, wish{TicketChange: TicketChange{Priority: new(4)}}, "refused: priority", ""},
		{"another category has its id beside its name", nil, wish{TicketChange: TicketChange{Category: &billing.ID}, category: billing},
			`category "Hardware" → "Billing", categoryId "c00000000000000000000001" → "c00000000000000000000002"`, "category_id"},
		{"the same category writes nothing, though it was renamed", func(t *Ticket) { t.Category = "Former name" }, wish{TicketChange: TicketChange{Category: &hardware.ID}, category: hardware}, "", ""},
		{"a category may be cleared", nil, wish{TicketChange: TicketChange{Category: new(ID(""))}},
			`category "Hardware" → "", categoryId "c00000000000000000000001" → ""`, "category_id"},
		{"another assignee is one entry", nil, wish{TicketChange: TicketChange{Assignee: &bob.ID}, assignee: bob},
			`assignee "Ada" → "Bob", assigneeId "a00000000000000000000001" → "a00000000000000000000002"`, "assignee_id"},
		{"the same assignee writes nothing", nil, wish{TicketChange: TicketChange{Assignee: &ada.ID}, assignee: ada}, "", ""},
		{"nobody may be assigned", nil, wish{TicketChange: TicketChange{Assignee: new(ID(""))}},
			`assignee "Ada" → "", assigneeId "a00000000000000000000001" → ""`, "assignee_id"},
		{"another contact is one entry", nil, wish{TicketChange: TicketChange{Contact: &dora.ID}, contact: dora},
			`contact "Carl" → "Dora", contactId "b00000000000000000000001" → "b00000000000000000000002"`, "contact_id"},
		{"a conversation brings its channel", nil, wish{TicketChange: TicketChange{Conversation: &talk.ID}, conversation: talk},
			`conversationId "" → "f00000000000000000000001"`, "channel_id, channel_kind, conversation_id"},
		{"… and its contact, where the ticket has none", func(t *Ticket) { t.ContactID, t.Contact = "", ContactBrief{} }, wish{TicketChange: TicketChange{Conversation: &doras.ID}, conversation: doras},
			`contact "" → "Dora", contactId "" → "b00000000000000000000002"; conversationId "" → "f00000000000000000000002"`, "channel_id, channel_kind, contact_id, conversation_id"},
		{"a conversation of another contact is refused", nil, wish{TicketChange: TicketChange{Conversation: &doras.ID}, conversation: doras}, "refused: conversationId", ""},
		{"contact and conversation of two people are refused", nil, wish{TicketChange: TicketChange{Contact: &dora.ID, Conversation: &talk.ID}, contact: dora, conversation: talk}, "refused: contactId", ""},
		{"both of one person pass", nil, wish{TicketChange: TicketChange{Contact: &dora.ID, Conversation: &doras.ID}, contact: dora, conversation: doras},
			`contact "Carl" → "Dora", contactId "b00000000000000000000001" → "b00000000000000000000002"; conversationId "" → "f00000000000000000000002"`, "channel_id, channel_kind, contact_id, conversation_id"},
		{"another contact than the conversation's is refused", func(t *Ticket) { t.ConversationID = Ref(talk.ID) }, wish{TicketChange: TicketChange{Contact: &dora.ID}, contact: dora, conversation: talk}, "refused: contactId", ""},
		{"a conversation may be unlinked, and the contact stays", func(t *Ticket) {
			t.ConversationID, t.ChannelID, t.ChannelKind = Ref(talk.ID), talk.ChannelID, ChannelAPI
		},
			wish{TicketChange: TicketChange{Conversation: new(ID(""))}}, `conversationId "f00000000000000000000001" → ""`, "channel_id, channel_kind, conversation_id"},
		{"tags are told by their names, in order", nil, wish{TicketChange: TicketChange{Tags: &[]string{}}, tags: []*Tag{vip, urgent}},
			`tags "VIP" → "urgent, VIP", tagsId "d00000000000000000000001" → "d00000000000000000000001,d00000000000000000000002"`, "tags"},
		{"the same tags write nothing", nil, wish{TicketChange: TicketChange{Tags: &[]string{}}, tags: []*Tag{vip}}, "", ""},
		{"tags in another order are the same", func(t *Ticket) { t.Tags = Words{string(urgent.ID), string(vip.ID)} },
			wish{TicketChange: TicketChange{Tags: &[]string{}}, tags: []*Tag{vip, urgent}}, "", ""},
		{"no tags clear them", nil, wish{TicketChange: TicketChange{Tags: &[]string{}}}, `tags "VIP" → "", tagsId "d00000000000000000000001" → ""`, "tags"},
		{"each attribute is an entry of its own", nil, wish{values: map[*Attribute]any{plan: "free", seats: 5.0}},
			`attributeId "e00000000000000000000001" → "e00000000000000000000001", attributes.Plan "pro" → "free"; attributeId "e00000000000000000000002" → "e00000000000000000000002", attributes.Seats "" → "5"`, "attributes"},
		{"the same value writes nothing", nil, wish{values: map[*Attribute]any{plan: "pro"}}, "", ""},
		{"nil clears an attribute", nil, wish{values: map[*Attribute]any{plan: nil}},
			`attributeId "e00000000000000000000001" → "e00000000000000000000001", attributes.Plan "pro" → ""`, "attributes"},
		{"clearing one that is not there writes nothing", nil, wish{values: map[*Attribute]any{seats: nil}}, "", ""},
		{"each field of a change is an entry of its own", nil, wish{TicketChange: TicketChange{Subject: new("Scanner"), Status: new(TicketPending), Priority: new(1)}},
			`subject "Printer" → "Scanner"; status "open" → "pending"; priority "2" → "1"`, "priority, search, status, subject"},
		{"of a change only what differs is told", nil, wish{TicketChange: TicketChange{Subject: new("Printer"), Priority: new(1)}}, `priority "2" → "1"`, "priority"},
		{"all faults are told at once", nil, wish{TicketChange: TicketChange{Priority: new(9), Status: new(TicketStatus("x"))}, faults: faults{input.Reader{Faults: problem.Faults{problem.At("categoryId", "is no id")}}}}, "refused: categoryId, priority, status", ""},
	} {
		before := printer()
		if c.given != nil {
			c.given(before)
		}
		kept := told((&Ticket{}).differences(before))
		next, err := before.apply(&c.wish, noon)
		if err != nil {
			if got := verdict(err); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			continue
		}
		if got := told(before.differences(next)); got != c.want {
			t.Errorf("%s: told\n%s\nwant\n%s", c.name, got, c.want)
		}
		var columns []string
		for column := range before.columns(next) {
			if column != "updated_at" {
				columns = append(columns, column)
			}
		}
		if got := sorted(columns); got != c.writes {
			t.Errorf("%s: columns written = %q, want %q", c.name, got, c.writes)
		}
		if got := told((&Ticket{}).differences(before)); got != kept {
			t.Errorf("%s: the ticket before became\n%s\nand was\n%s", c.name, got, kept)
		}
	}
}

// TestEveryMoveOfATicket goes from each status to each.
func TestEveryMoveOfATicket(t *testing.T) {
	t.Parallel()
	for _, from := range TicketStatuses {
		for _, to := range TicketStatuses {
			before := Ticket{Status: from, ReopenedCount: 1}
			switch from {
			case TicketResolved:
				before.ResolvedAt = ago(day)
			case TicketWaiting:
				before.WaitingSince = ago(day)
			}
			next := before
			next.enter(to, noon)
			wantResolved, wantWaiting, wantReopened := "", "", 1
			switch {
			case to == from:
				wantResolved, wantWaiting = moment(before.ResolvedAt), moment(before.WaitingSince)
			case to == TicketResolved:
				wantResolved = wire.Stamp(noon)
			case to == TicketWaiting:
				wantWaiting = wire.Stamp(noon)
			}
			if from == TicketResolved && to != from {
				wantReopened = 2
			}
			if next.Status != to {
				t.Errorf("from %s to %s: status = %s", from, to, next.Status)
			}
			if got := moment(next.ResolvedAt); got != wantResolved {
				t.Errorf("from %s to %s: resolvedAt = %q, want %q", from, to, got, wantResolved)
			}
			if got := moment(next.WaitingSince); got != wantWaiting {
				t.Errorf("from %s to %s: waitingSince = %q, want %q", from, to, got, wantWaiting)
			}
			if next.ReopenedCount != wantReopened {
				t.Errorf("from %s to %s: reopenedCount = %d, want %d", from, to, next.ReopenedCount, wantReopened)
			}
		}
	}
}

func TestTagsOfAChange(t *testing.T) {
	t.Parallel()
	vip, old := &Tag{ID: vip.ID, Name: "VIP", Folded: "vip"}, &Tag{ID: urgent.ID, Name: "Old", Folded: "old", ArchivedAt: ago(day)}
	for _, c := range []struct {
		name       string
		have       Words
		found      []*Tag
		ids, names []string
		want       string
	}{
		{"a tag by its id", nil, []*Tag{vip}, []string{string(vip.ID)}, nil, "taken"},
		{"a tag by its name", nil, []*Tag{vip}, nil, []string{"vip"}, "taken"},
		{"an id that names no tag", nil, []*Tag{vip}, []string{string(vip.ID), string(anID)}, nil, "refused: tags"},
		{"a name that no tag has", nil, []*Tag{vip}, nil, []string{"vip", "nope"}, "refused: tags"},
		{"an archived tag is not newly set", nil, []*Tag{old}, nil, []string{"old"}, "refused: tags"},
		{"an archived tag that the ticket has stays", Words{string(old.ID)}, []*Tag{old}, nil, []string{"old"}, "taken"},
	} {
		w := &wish{tags: c.found}
		if got := verdict(w.checkTags(&Ticket{Tags: c.have}, c.ids, c.names)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestAnUpdateOfATicket changes tickets in the store: what is looked up there, and what is told.
func TestAnUpdateOfATicket(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		category := func(s *Scope, name string, archived bool) ID {
			k, err := s.CreateCategory(CategoryChange{Name: &name})
			if err == nil && archived {
				_, err = s.UpdateCategory(k.ID, CategoryChange{Archived: new(true)})
			}
			if err != nil {
				t.Fatal(err)
			}
			return k.ID
		}
		globex, gus := d.found(t, "Globex")
		live, gone, foreign := category(d.Scope, "Live", false), category(d.Scope, "Gone", false), category(globex, "Foreign", false)
		if _, err := d.CreateTag(TagChange{Name: new("VIP")}); err != nil {
			t.Fatal(err)
		}
		left, _, err := d.Invite("Max", "max@desk.example", rights.Agent)
		if err != nil {
			t.Fatal(err)
		}
		ticket, err := d.CreateTicket(TicketStart{TicketChange: TicketChange{Subject: new("Printer"), Category: &gone, Assignee: &left.ID}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = d.UpdateCategory(gone, CategoryChange{Archived: new(true)}); err != nil {
			t.Fatal(err)
		}
		if _, err = d.UpdateMember(left.ID, MemberChange{Removed: new(true)}); err != nil {
			t.Fatal(err)
		}
		other, err := d.CreateTicket(TicketStart{TicketChange: TicketChange{Subject: new("Other")}})
		if err != nil {
			t.Fatal(err)
		}
		// The rows follow each other on two tickets: the first has an archived category and a member who left.
		for _, c := range []struct {
			name   string
			ticket *Ticket
			change TicketChange
			want   string
			told   string
		}{
			{"an archived category that the ticket has stays", ticket, TicketChange{Category: &gone, Priority: new(3)}, "taken", `priority "2" → "3"`},
			{"an archived category is not newly set", other, TicketChange{Category: &gone}, "refused: categoryId", ""},
			{"another workspace's category is no category", other, TicketChange{Category: &foreign}, "refused: categoryId", ""},
			{"a category that never was is no category", other, TicketChange{Category: new(anID)}, "refused: categoryId", ""},
			{"a member who left keeps the ticket", ticket, TicketChange{Assignee: &left.ID}, "taken", ""},
			{"a member who left is given no other", other, TicketChange{Assignee: &left.ID}, "refused: assigneeId", ""},
			{"another workspace's member is no member", other, TicketChange{Assignee: &gus.ID}, "refused: assigneeId", ""},
			{"a contact that never was is no contact", other, TicketChange{Contact: new(anID)}, "refused: contactId", ""},
			{"a conversation that never was is none", other, TicketChange{Conversation: new(anID)}, "refused: conversationId", ""},
			{"an attribute that nobody defined is refused", other, TicketChange{Attributes: map[string]any{"Plan": "pro"}}, "refused: attributes.Plan", ""},
			{"of a change with a fault nothing is written", other, TicketChange{Priority: new(1), Category: &foreign}, "refused: categoryId", ""},
			{"a change that names nothing is refused", other, TicketChange{}, "refused: body", ""},
			{"a change of an older reading is refused", other, TicketChange{Priority: new(1), Version: "0-0"}, "refused: changed_meanwhile", ""},
			{"a real change is one entry", other, TicketChange{Category: &live}, "taken", `category "" → "Live", categoryId "" → "` + string(live) + `"`},
			{"the same once more writes nothing", other, TicketChange{Category: &live}, "taken", ""},
			{"several fields are several entries", other, TicketChange{Status: new(TicketResolved), Priority: new(3)}, "taken",
				`resolvedAt "" → "2026-11-21T12:00:03.000Z", status "open" → "resolved"; priority "2" → "3"`},
			{"a tag is found by its name, whatever its case", other, TicketChange{Tags: &[]string{" vip "}}, "taken", "tags"},
		} {
			before, err := d.Ticket(c.ticket.ID)
			if err != nil {
				t.Fatal(err)
			}
			known := len(d.events(t, c.ticket.ID, TicketUpdated))
			if c.told != "" {
				d.clock.pass(time.Second)
			}
			_, err = d.UpdateTicket(c.ticket.ID, c.change)
			if got := verdict(err); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			fresh := d.events(t, c.ticket.ID, TicketUpdated)[known:]
			if got := told(changesOf(fresh)); got != c.told && (c.told != "tags" || !strings.HasPrefix(got, `tags "" → "VIP"`)) {
				t.Errorf("%s: told\n%s\nwant\n%s", c.name, got, c.told)
			}
			after, err := d.Ticket(c.ticket.ID)
			if err != nil {
				t.Fatal(err)
			}
			if moved := after.UpdatedAt.After(before.UpdatedAt); moved != (c.told != "") {
				t.Errorf("%s: updatedAt went from %s to %s", c.name, wire.Stamp(before.UpdatedAt), wire.Stamp(after.UpdatedAt))
			}
			if c.told == "" && told(before.differences(after)) != "" {
				t.Errorf("%s: the ticket became different: %s", c.name, told(before.differences(after)))
			}
			for _, e := range fresh {
				if e.ActorID != d.lea.ID {
					t.Errorf("%s: told as of %q, want %q", c.name, e.ActorID, d.lea.ID)
				}
				if !e.CreatedAt.Equal(after.UpdatedAt) {
					t.Errorf("%s: told at %s, want the ticket's %s", c.name, e.CreatedAt, after.UpdatedAt)
				}
			}
		}
	})
}

func TestABulkChangeIsChecked(t *testing.T) {
	t.Parallel()
	hundred := slices.Repeat([]ID{anID}, 100)
	for _, c := range []struct {
		name   string
		ids    []ID
		change TicketChange
		want   string
	}{
		{"a status of 100 tickets", hundred, TicketChange{Status: new(TicketResolved)}, "taken"},
		{"a priority, a category and an assignee", hundred[:1], TicketChange{Priority: new(1), Category: new(ID("")), Assignee: new(ID(""))}, "taken"},
		{"no tickets", nil, TicketChange{Priority: new(1)}, "refused: ticket"},
		{"101 tickets", append(hundred[:100:100], anID), TicketChange{Priority: new(1)}, "refused: ticket"},
		{"a change of nothing", hundred[:1], TicketChange{}, "refused: body"},
		{"a subject, which is one ticket's", hundred[:1], TicketChange{Priority: new(1), Subject: new("x")}, "refused: body"},
		{"tags, which are one ticket's", hundred[:1], TicketChange{Priority: new(1), Tags: &[]string{}}, "refused: body"},
		{"a version, which is one ticket's", hundred[:1], TicketChange{Priority: new(1), Version: "x"}, "refused: body"},
		{"an attribute, which is one ticket's", hundred[:1], TicketChange{Priority: new(1), Attributes: map[string]any{"a": 1}}, "refused: body"},
	} {
		if got := verdict(checkBulk(c.ids, c.change)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestABulkChangeMovesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	open, resolved := printer(), printer()
	resolved.ID, resolved.Number, resolved.Status, resolved.ResolvedAt = vip.ID, 8, TicketResolved, ago(day)
	moves, err := movesOf([]*Ticket{open, resolved}, &wish{TicketChange: TicketChange{Status: new(TicketResolved)}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if len(moves) != 1 || moves[0].before != open {
		t.Errorf("%d tickets move, want the open one alone", len(moves))
	}
	_, err = movesOf([]*Ticket{open}, &wish{TicketChange: TicketChange{Priority: new(9)}}, noon)
	if got := verdict(err); got != "refused: priority" {
		t.Errorf("a priority that is none: %s", got)
	}
}

// TestAnUndoBringsBack what a change took, and nothing else.
func TestAnUndoBringsBack(t *testing.T) {
	t.Parallel()
	before := printer()
	before.Status, before.ResolvedAt, before.ReopenedCount = TicketResolved, ago(day), 2
	next := *before
	next.enter(TicketOpen, noon)
	next.Priority, next.AssigneeID, next.Assignee, next.UpdatedAt = HighPriority, Ref(bob.ID), "Bob", noon
	former := before.former(&next)
	if former.Version != next.Version() {
		t.Errorf("it is kept for the version %q, want that after the change, %q", former.Version, next.Version())
	}
	later := noon.Add(time.Minute)
	back := next.back(former, hardware, ada, later)
	if got := told(before.differences(back)); got != "" {
		t.Errorf("the ticket is another than it was: %s", got)
	}
	if got, want := moment(back.ResolvedAt), moment(before.ResolvedAt); got != want {
		t.Errorf("resolvedAt = %q, want %q", got, want)
	}
	if back.ReopenedCount != before.ReopenedCount {
		t.Errorf("reopenedCount = %d, want %d", back.ReopenedCount, before.ReopenedCount)
	}
	if !back.UpdatedAt.Equal(later) {
		t.Errorf("updatedAt = %s, want that of the undo, %s", back.UpdatedAt, later)
	}
	if gone := next.back(former, nil, nil, later); gone.Category != "" || gone.Assignee != "" {
		t.Errorf("names of rows that are gone: %q, %q", gone.Category, gone.Assignee)
	}
}
