package models

import (
	"fmt"
	"slices"
	"testing"

	"mauve/models/problem"
	"mauve/models/wire"
)

func TestTheLikeliestOfSeveral(t *testing.T) {
	t.Parallel()
	is := func(kind IdentityKind, value string, who ID) *Identity {
		return &Identity{Kind: kind, Value: value, ContactID: who}
	}
	for _, c := range []struct {
		name  string
		known []*Identity
		want  ID
	}{
		{"nobody is known", nil, ""},
		{"one is", []*Identity{is(ByPhone, "+33612345678", "a")}, "a"},
		{"a business-scoped id goes before the number", []*Identity{is(ByWhatsApp, "33612345678", "a"), is(ByScopedID, "FR.1", "b")}, "b"},
		{"a LID goes before the number", []*Identity{is(ByWhatsApp, "33612345678", "a"), is(ByLID, "1@lid", "b")}, "b"},
		{"a group goes before a number", []*Identity{is(ByPhone, "+33612345678", "a"), is(ByGroup, "1@g.us", "b")}, "b"},
		{"what WhatsApp knows goes before what somebody typed", []*Identity{is(ByPhone, "+33612345678", "a"), is(ByWhatsApp, "33612345678", "b")}, "b"},
		{"the number as it is spelled goes before another spelling", []*Identity{is(ByWhatsApp, "133612345678", "a"), is(ByWhatsApp, "33612345678", "b")}, "b"},
		{"another spelling that WhatsApp knows goes before one that was typed", []*Identity{is(ByPhone, "+133612345678", "a"), is(ByWhatsApp, "133612345678", "b")}, "b"},
		{"a typed number as it is spelled goes before a typed other spelling", []*Identity{is(ByPhone, "+133612345678", "a"), is(ByPhone, "+33612345678", "b")}, "b"},
	} {
		backwards := slices.Clone(c.known)
		slices.Reverse(backwards)
		for _, known := range [][]*Identity{c.known, backwards} {
			if got := likeliest(known, "33612345678"); got != c.want {
				t.Errorf("%s: it is %q, want %q", c.name, got, c.want)
			}
		}
	}
}

func TestWhatANewSenderIsCalled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		from   Sender
		called string
		phone  string
	}{
		{"by the name they give", Sender{Name: "Ann", Username: "ann1", WhatsApp: "33612345678"}, "Ann", "+33612345678"},
		{"else by their user name", Sender{Username: "ann1", WhatsApp: "33612345678"}, "ann1", "+33612345678"},
		{"else by their number", Sender{WhatsApp: "33612345678", ScopedID: "FR.1"}, "33612345678", "+33612345678"},
		{"who hides the number by their id, and has none", Sender{ScopedID: "FR.1"}, "FR.1", ""},
		{"by their LID", Sender{LID: "1@lid"}, "1@lid", ""},
		{"a group by its id", Sender{Group: "1@g.us"}, "1@g.us", ""},
		{"digits that are no number make no phone", Sender{WhatsApp: "123", Name: "Ann"}, "Ann", ""},
	} {
		change := c.from.contact()
		if got := deref(change.Name); got != c.called {
			t.Errorf("%s: called %q, want %q", c.name, got, c.called)
		}
		if got := deref(change.Phone); got != c.phone {
			t.Errorf("%s: phone = %q, want %q", c.name, got, c.phone)
		}
	}
}

// TestWhoACallerMeans names people by what they are known by. In each row A and B are
// fresh contacts, each with an external id, an e-mail address and a number.
func TestWhoACallerMeans(t *testing.T) {
	t.Parallel()
	type names struct{ id, external, email, phone string } // "A", "B", "new", or the text itself; empty: not given
	rows := []struct {
		name  string
		given names
		want  string // A, B, new, or what is refused
	}{
		{"by the id", names{id: "A"}, "A"},
		{"by the external id", names{external: "A"}, "A"},
		{"by the e-mail address", names{email: "A"}, "A"},
		{"by the number", names{phone: "A"}, "A"},
		{"all of one person's are that person", names{external: "A", email: "A", phone: "A"}, "A"},
		{"what nobody has makes somebody", names{external: "new", email: "new", phone: "new"}, "new"},
		{"an external id that nobody has is passed over for the number", names{phone: "A"}, "A"},
		{"an id and a new address are the id's", names{id: "A", email: "new"}, "A"},
		{"an external id and a new address are the external id's", names{external: "A", email: "new", phone: "new"}, "A"},
		{"the case of an e-mail address does not matter", names{email: "A, in capitals"}, "A"},
		{"the blanks of a number do not matter", names{phone: "A, with blanks"}, "A"},
		{"an empty external id is as absent", names{external: " ", phone: "A"}, "A"},
		{"an id that never was is nobody", names{id: string(anID)}, "refused: not_found"},
		{"nothing at all names nobody", names{}, "refused: name"},
		{"an e-mail address that is none is refused", names{email: "nobody"}, "refused: email"},
		{"a number that is none is refused", names{phone: "12"}, "refused: phone"},
		{"an external id is stronger than another's e-mail address", names{external: "A", email: "B"}, "conflict"},
		{"an external id is stronger than another's number", names{external: "A", phone: "B"}, "conflict"},
		{"an e-mail address is stronger than another's number", names{email: "A", phone: "B"}, "conflict"},
		{"an id is stronger than another's external id", names{id: "A", external: "B"}, "conflict"},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		for i, c := range rows {
			people := map[string]*Contact{}
			for j, who := range []string{"A", "B"} {
				people[who] = d.contact(t, ContactChange{Name: &who, ExternalID: new(fmt.Sprintf("%s-%d", who, i)),
					Email: new(fmt.Sprintf("%s-%d@x.example", who, i)), Phone: new(fmt.Sprintf("+3361234%d%03d", j, i))})
			}
			a, b := people["A"], people["B"]
			var change ContactChange
			say := func(text, ofA, ofB, fresh string) *string {
				switch text {
				case "":
					return nil
				case "A":
					return &ofA
				case "B":
					return &ofB
				case "new":
					return &fresh
				}
				return &text
			}
			change.ExternalID = say(c.given.external, a.ExternalID, b.ExternalID, fmt.Sprint("N-", i))
			change.Email = say(c.given.email, a.Email, b.Email, fmt.Sprintf("n-%d@x.example", i))
			change.Phone = say(c.given.phone, a.Phone, b.Phone, fmt.Sprintf("+3361239%03d1", i))
			switch {
			case c.given.email == "A, in capitals":
				change.Email = new(fmt.Sprintf(" A-%d@X.EXAMPLE ", i))
			case c.given.phone == "A, with blanks":
				change.Phone = new(a.Phone[:3] + " " + a.Phone[3:7] + "-" + a.Phone[7:])
			}
			id := deref(say(c.given.id, string(a.ID), string(b.ID), ""))
			before, err := d.newestPlace()
			if err != nil {
				t.Fatal(err)
			}
			got, made, err := d.Identify(ID(id), change)
			who := verdict(err)
			switch {
			case problem.KindOf(err) == problem.Conflict:
				who = "conflict"
			case err == nil && got.ID == a.ID:
				who = "A"
			case err == nil && got.ID == b.ID:
				who = "B"
			case err == nil:
				who = "new"
			}
			if who != c.want {
				t.Errorf("%s: %s, want %s", c.name, who, c.want)
			}
			if made != (c.want == "new") && err == nil {
				t.Errorf("%s: made = %t", c.name, made)
			}
			if err == nil {
				continue
			}
			if after, err := d.newestPlace(); err != nil || after != before {
				t.Errorf("%s: refused, and something was told", c.name)
			}
			for who, was := range people {
				if is, err := d.Contact(was.ID); err != nil || is.Email != was.Email || is.Phone != was.Phone || is.ExternalID != was.ExternalID {
					t.Errorf("%s: refused, and %s became %+v (%v)", c.name, who, is, err)
				}
			}
		}
	})
}

// TestWhoAVendorMeans lets a message come in from somebody. In each row the
// contacts are made by what came in, or was typed, before.
func TestWhoAVendorMeans(t *testing.T) {
	t.Parallel()
	const typed = "typed" // the number is a contact's that somebody made
	rows := []struct {
		name   string
		before []Sender // who wrote before, in this order; with Name typed somebody typed the number
		from   Sender   // N stands for the row's own number, S for its id, L for its LID
		want   string   // which of those before it is, "new", or "both" where two became one
	}{
		{"somebody new", nil, Sender{WhatsApp: "N"}, "new"},
		{"by the number", []Sender{{WhatsApp: "N"}}, Sender{WhatsApp: "N"}, "1"},
		{"by a number that was typed", []Sender{{WhatsApp: "N", Name: typed}}, Sender{WhatsApp: "N"}, "1"},
		{"by the business-scoped id alone", []Sender{{WhatsApp: "N", ScopedID: "S"}}, Sender{ScopedID: "S"}, "1"},
		{"by the LID alone", []Sender{{WhatsApp: "N", LID: "L"}}, Sender{LID: "L"}, "1"},
		{"another id is somebody else", []Sender{{ScopedID: "S"}}, Sender{ScopedID: "S2"}, "new"},
		{"the id is stronger than the number: it cannot change hands", []Sender{{WhatsApp: "N", ScopedID: "S"}, {WhatsApp: "N2"}}, Sender{WhatsApp: "N2", ScopedID: "S"}, "1"},
		{"who hid the number and has it now is one with whom it is", []Sender{{WhatsApp: "N"}, {ScopedID: "S"}}, Sender{WhatsApp: "N", ScopedID: "S"}, "both"},
		{"the same by LID", []Sender{{WhatsApp: "N"}, {LID: "L"}}, Sender{WhatsApp: "N", LID: "L"}, "both"},
		{"the same with a number that was typed", []Sender{{WhatsApp: "N", Name: typed}, {ScopedID: "S"}}, Sender{WhatsApp: "N", ScopedID: "S"}, "both"},
		{"a number that passed to somebody else does not make two people one", []Sender{{WhatsApp: "N", ScopedID: "S"}, {ScopedID: "S2"}}, Sender{WhatsApp: "N", ScopedID: "S2"}, "2"},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		for i, c := range rows {
			fill := func(s Sender) Sender {
				own := map[string]string{"": "", "N": fmt.Sprintf("3361234%04d", 2*i), "N2": fmt.Sprintf("3361234%04d", 2*i+1), "S": fmt.Sprintf("FR.%d", 2*i), "S2": fmt.Sprintf("FR.%d", 2*i+1), "L": fmt.Sprintf("%d@lid", i)}
				return Sender{WhatsApp: own[s.WhatsApp], ScopedID: own[s.ScopedID], LID: own[s.LID], Name: s.Name}
			}
			var before []ID
			for _, s := range c.before {
				if s = fill(s); s.Name == typed {
					before = append(before, d.contact(t, ContactChange{Name: new("Typed"), Phone: new("+" + s.WhatsApp)}).ID)
				} else {
					before = append(before, d.hear(t, on, Incoming{From: s}).AuthorID)
				}
			}
			from := fill(c.from)
			m := d.hear(t, on, Incoming{From: from})
			got := "new"
			for j, id := range before {
				if id == m.AuthorID {
					got = decimal(j + 1)
				}
			}
			if got != "new" && len(before) == 2 {
				if _, err := d.Contact(before[1]); problem.KindOf(err) == problem.NotFound {
					got = "both"
				}
			}
			if got != c.want {
				t.Errorf("%s: it is %s, want %s", c.name, got, c.want)
			}
			// By whatever they wrote, they are the same person when they write again.
			for _, one := range []Sender{{ScopedID: from.ScopedID}, {LID: from.LID}} {
				if one != (Sender{}) && d.hear(t, on, Incoming{From: one}).AuthorID != m.AuthorID {
					t.Errorf("%s: by %+v alone it is somebody else the next time", c.name, one)
				}
			}
		}
	})
}

// TestANumberIsFoundInEverySpelling by a vendor who writes the other one.
func TestANumberIsFoundInEverySpelling(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		for _, c := range []struct{ name, typed, written string }{
			{"Brazil, typed with its ninth digit", "+5531998762202", "553198762202"},
			{"Brazil, typed without", "+553198762203", "5531998762203"},
			{"Mexico, written with its 1", "+525512345678", "5215512345678"},
			{"Argentina, written with its 9", "+541123456789", "5491123456789"},
		} {
			known := d.contact(t, ContactChange{Name: new("Typed"), Phone: &c.typed})
			if got := d.hear(t, on, Incoming{From: Sender{WhatsApp: c.written}}).AuthorID; got != known.ID {
				t.Errorf("%s: %s is somebody else than %s", c.name, c.written, known.Phone)
			}
			if owner, err := d.owner(ByPhone, known.Phone); err != nil || owner != known.ID {
				t.Errorf("%s: the number is %q's, %v; want %q's", c.name, owner, err, known.ID)
			}
			if after, err := d.Contact(known.ID); err != nil || after.Phone != known.Phone {
				t.Errorf("%s: the number as it was typed became %q, %v", c.name, after.Phone, err)
			}
		}
	})
}

// TestWhatNewsOfAPersonChange lets a vendor say that somebody has another number or id from now on.
func TestWhatNewsOfAPersonChange(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		blocked bool
		other   Sender // somebody who wrote before under what is new; N2 and S2 are the row's own
		news    wire.SystemNews
		number  bool // the person has the new number after
		id      bool // … the new id
		alone   bool // the other is one with the person, so gone
	}{
		{"a number that nobody has is theirs", false, Sender{}, wire.SystemNews{NewNumber: "N2"}, true, false, false},
		{"a number that somebody has stays theirs who has it", false, Sender{WhatsApp: "N2"}, wire.SystemNews{NewNumber: "N2"}, false, false, false},
		{"… and one that was typed for somebody else", false, Sender{WhatsApp: "N2", Name: "typed"}, wire.SystemNews{NewNumber: "N2"}, false, false, false},
		{"an id that nobody has is theirs", false, Sender{}, wire.SystemNews{NewUserID: "S2"}, false, true, false},
		{"who wrote under the new id before the news is one with them", false, Sender{ScopedID: "S2"}, wire.SystemNews{NewUserID: "S2"}, false, true, true},
		{"who has a number of their own stays apart, but for the id", false, Sender{WhatsApp: "N2", ScopedID: "S2"}, wire.SystemNews{NewUserID: "S2"}, false, true, false},
		{"a block holds under a new number", true, Sender{}, wire.SystemNews{NewNumber: "N2"}, true, false, false},
		{"a block holds under a new id", true, Sender{}, wire.SystemNews{NewUserID: "S2"}, false, true, false},
		{"a block holds for who wrote under the new id before the news", true, Sender{ScopedID: "S2"}, wire.SystemNews{NewUserID: "S2"}, false, true, true},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		for i, c := range rows {
			old, fresh := fmt.Sprintf("3361234%04d", 2*i), map[string]string{"": "", "N2": fmt.Sprintf("3361234%04d", 2*i+1), "S2": fmt.Sprintf("FR.%d", 2*i+1)}
			person := d.hear(t, on, Incoming{From: Sender{WhatsApp: old, ScopedID: fmt.Sprintf("FR.%d", 2*i)}}).AuthorID
			var other ID
			switch {
			case c.other.Name == "typed":
				other = d.contact(t, ContactChange{Name: new("Typed"), Phone: new("+" + fresh[c.other.WhatsApp])}).ID
			case c.other != (Sender{}):
				other = d.hear(t, on, Incoming{From: Sender{WhatsApp: fresh[c.other.WhatsApp], ScopedID: fresh[c.other.ScopedID]}}).AuthorID
			}
			if c.blocked {
				if _, err := d.UpdateContact(person, ContactChange{Blocked: new(true)}); err != nil {
					t.Fatal(err)
				}
			}
			news := wire.SystemNews{Kind: "changed", NewNumber: fresh[c.news.NewNumber], NewUserID: fresh[c.news.NewUserID]}
			end, err := d.store.System(t.Context(), d.Workspace()).Receive(on.ID, Incoming{From: Sender{WhatsApp: old}, ExternalID: fmt.Sprint("news", i), Type: TypeSystem, Content: Content{System: &news}})
			if err != nil {
				t.Fatal(err)
			}
			if ignored := end.Became == BecameIgnored; ignored != c.blocked {
				t.Errorf("%s: the news became %s", c.name, end.Became)
			}
			numbered, err := d.owner(ByWhatsApp, fresh["N2"])
			if err != nil {
				t.Fatal(err)
			}
			if got := numbered == person; got != c.number {
				t.Errorf("%s: the new number is theirs: %t, want %t", c.name, got, c.number)
			}
			named, err := d.owner(ByScopedID, fresh["S2"])
			if err != nil {
				t.Fatal(err)
			}
			if got := named == person; got != c.id {
				t.Errorf("%s: the new id is theirs: %t, want %t", c.name, got, c.id)
			}
			after, err := d.Contact(person)
			if err != nil {
				t.Fatal(err)
			}
			if shown := after.Phone == "+"+fresh["N2"]; shown != c.number {
				t.Errorf("%s: they are shown with the number %s", c.name, after.Phone)
			}
			if owner, err := d.owner(ByWhatsApp, old); err != nil || owner != person {
				t.Errorf("%s: the number of before leads to %q, %v", c.name, owner, err)
			}
			if other != "" {
				if _, err := d.Contact(other); (problem.KindOf(err) == problem.NotFound) != c.alone {
					t.Errorf("%s: the other contact: %v, want it gone: %t", c.name, err, c.alone)
				}
			}
			if !c.blocked {
				continue
			}
			end, err = d.store.System(t.Context(), d.Workspace()).Receive(on.ID, Incoming{From: Sender{WhatsApp: news.NewNumber, ScopedID: news.NewUserID}, ExternalID: fmt.Sprint("again", i), Type: TypeText, Body: "it is me"})
			if err != nil || end.Became != BecameIgnored {
				t.Errorf("%s: what they wrote then became %s, %v; want it ignored", c.name, end.Became, err)
			}
		}
	})
}
