package models

import (
	"fmt"
	"mauve/models/problem"
	"strings"
	"testing"
	"time"
)

func TestWhatAMergeFillsIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		into, from Contact
		want       string // what is set, as name=… phone=… email=… externalId=… attributes
		labels     string
	}{
		{"two empty contacts fill in nothing", Contact{}, Contact{}, "", ""},
		{"what only the other has is taken", Contact{}, Contact{Name: "Ann", Phone: "+33612345678", Email: "a@x.example", ExternalID: "7"},
			"name=Ann phone=+33612345678 email=a@x.example externalId=7", ""},
		{"what both have stays", Contact{Name: "Ann", Phone: "+33612345678", Email: "a@x.example", ExternalID: "7"},
			Contact{Name: "Bob", Phone: "+33612345679", Email: "b@x.example", ExternalID: "8"}, "", ""},
		{"what only the first has stays", Contact{Name: "Ann", Email: "a@x.example"}, Contact{Phone: "+33612345678"}, "phone=+33612345678", ""},
		{"labels are those of both", Contact{Labels: Words{"lead"}}, Contact{Labels: Words{"vip"}}, "", "lead vip"},
		{"an attribute that only the other has is taken", Contact{Attributes: Attributes{"a": "1"}}, Contact{Attributes: Attributes{"b": "2"}}, "b=2", ""},
		{"an attribute that both have stays", Contact{Attributes: Attributes{"a": "1"}}, Contact{Attributes: Attributes{"a": "2"}}, "", ""},
		{"one that is false stays too", Contact{Attributes: Attributes{"a": false}}, Contact{Attributes: Attributes{"a": true}}, "", ""},
		{"a number and a yes are taken as they are", Contact{}, Contact{Attributes: Attributes{"a": 1.5, "b": true}}, "a=1.5 b=true", ""},
	} {
		change := fillFrom(&c.into, &c.from)
		var set []string
		for _, f := range []struct {
			name string
			to   *string
		}{{"name", change.Name}, {"phone", change.Phone}, {"email", change.Email}, {"externalId", change.ExternalID}} {
			if f.to != nil {
				set = append(set, f.name+"="+*f.to)
			}
		}
		for _, name := range sortedNames(change.Attributes) {
			set = append(set, fmt.Sprintf("%s=%v", name, change.Attributes[name]))
		}
		if got := strings.Join(set, " "); got != c.want {
			t.Errorf("%s: it sets %q, want %q", c.name, got, c.want)
		}
		if got := strings.Join(*change.Labels, " "); got != c.labels {
			t.Errorf("%s: labels = %q, want %q", c.name, got, c.labels)
		}
		if change.Blocked != nil {
			t.Errorf("%s: it blocks or unblocks", c.name)
		}
	}
}

// TestAMergeMovesEverything of one contact to another.
func TestAMergeMovesEverything(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		into := d.contact(t, ContactChange{Name: new("Ann"), Phone: new("+33612345678"), Labels: &[]string{"lead", "vip"}, Attributes: Attributes{"plan": "pro"}})
		from := d.contact(t, ContactChange{Name: new("Ann B."), Phone: new("+33612345679"), Email: new("ann@x.example"), ExternalID: new("cust-7"),
			Labels: &[]string{"vip", "beta"}, Attributes: Attributes{"plan": "free", "city": "Rome"}})
		talked := d.hear(t, on, Incoming{From: Sender{WhatsApp: "33612345679", ScopedID: "FR.7"}})
		if talked.AuthorID != from.ID {
			t.Fatalf("the message is of %s, want %s", talked.AuthorID, from.ID)
		}
		ticket, err := d.CreateTicket(TicketStart{TicketChange: TicketChange{Conversation: &talked.ConversationID}})
		if err != nil {
			t.Fatal(err)
		}
		for i, who := range []*Contact{into, from, from} {
			if _, err := d.AddNote(who.ID, fmt.Sprint("note ", i)); err != nil {
				t.Fatal(err)
			}
		}
		d.clock.pass(time.Minute)
		got, err := d.MergeContacts(into.ID, from.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ name, got, want string }{
			{"the name that both have stays", got.Name, "Ann"},
			{"the number that both have stays", got.Phone, "+33612345678"},
			{"the e-mail address comes over", got.Email, "ann@x.example"},
			{"the external id comes over", got.ExternalID, "cust-7"},
			{"labels are those of both, each once", strings.Join(got.Labels, " "), "lead vip beta"},
			{"the attribute that both have stays", fmt.Sprint(got.Attributes["plan"]), "pro"},
			{"the attribute of the other comes over", fmt.Sprint(got.Attributes["city"]), "Rome"},
		} {
			if c.got != c.want {
				t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
			}
		}
		for _, who := range []struct {
			kind  IdentityKind
			value string
		}{{ByPhone, "+33612345678"}, {ByPhone, "+33612345679"}, {ByEmail, "ann@x.example"}, {ByExternal, "cust-7"}, {ByWhatsApp, "33612345679"}, {ByScopedID, "FR.7"}} {
			if owner, err := d.owner(who.kind, who.value); err != nil || owner != into.ID {
				t.Errorf("the %s %s leads to %q, %v; want %q", who.kind, who.value, owner, err, into.ID)
			}
		}
		if _, err := d.Contact(from.ID); problem.KindOf(err) != problem.NotFound {
			t.Errorf("the other contact: %v, want it gone", err)
		}
		c, err := d.Conversation(talked.ConversationID)
		if err != nil {
			t.Fatal(err)
		}
		if c.ContactID != into.ID {
			t.Errorf("the conversation is of %s, want %s", c.ContactID, into.ID)
		}
		moved, err := d.Ticket(ticket.ID)
		if err != nil {
			t.Fatal(err)
		}
		if ID(moved.ContactID) != into.ID {
			t.Errorf("the ticket is of %s, want %s", moved.ContactID, into.ID)
		}
		want := fmt.Sprintf("contact %q → %q, contactId %q → %q", "Ann B.", "Ann", from.ID, into.ID)
		if trail := told(changesOf(d.events(t, ticket.ID, TicketUpdated))); trail != want {
			t.Errorf("the ticket's trail tells\n%s\nwant\n%s", trail, want)
		}
		notes, err := d.rows.QueryInt("SELECT count(*) FROM notes WHERE workspace_id = ? AND contact_id = ?", string(into.ID))
		if err != nil || notes != 3 {
			t.Errorf("%d notes, %v; want 3", notes, err)
		}
		var all int64
		if err := d.rows.Batch(Total(Count{What: "contact"}, &all)); err != nil || all != 1 {
			t.Errorf("%d contacts are counted, %v; want 1", all, err)
		}
		var beta []Labeling
		if err := d.rows.DB.Where("kind = 'contact' AND name = 'beta'").Find(&beta).Error; err != nil || len(beta) != 1 || beta[0].SubjectID != into.ID {
			t.Errorf("a label of the other is on %v, %v; want the one", beta, err)
		}
		if merged := d.events(t, from.ID, ContactMerged); len(merged) != 1 || merged[0].ContactID != into.ID {
			t.Errorf("%d events tell of the merge, want one that names both", len(merged))
		}
		// Who writes from the other number is the one they became.
		if again := d.hear(t, on, Incoming{From: Sender{WhatsApp: "33612345679"}}); again.AuthorID != into.ID || again.ConversationID != talked.ConversationID {
			t.Errorf("the next message is of %s in %s, want of %s in %s", again.AuthorID, again.ConversationID, into.ID, talked.ConversationID)
		}
	})
}

func TestAMergeIsRefused(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		on := d.channel(t, ChannelSandbox)
		globex, _ := d.found(t, "Globex")
		foreign, err := globex.CreateContact(ContactChange{Name: new("Foreign")})
		if err != nil {
			t.Fatal(err)
		}
		ann := d.contact(t, ContactChange{Name: new("Ann")})
		group := d.hear(t, on, Incoming{From: Sender{Group: "1@g.us", Name: "Group"}}).AuthorID
		for _, c := range []struct {
			name     string
			id, from ID
			want     string
		}{
			{"with itself", ann.ID, ann.ID, "refused: from"},
			{"with nobody", ann.ID, anID, "refused: from"},
			{"of nobody", anID, ann.ID, "refused: not_found"},
			{"with another workspace's", ann.ID, foreign.ID, "refused: from"},
			{"of another workspace's", foreign.ID, ann.ID, "refused: not_found"},
			{"with a group", ann.ID, group, "refused: contact_is_group"},
			{"of a group", group, ann.ID, "refused: contact_is_group"},
		} {
			before, _ := d.newestPlace()
			_, err := d.MergeContacts(c.id, c.from)
			if got := verdict(err); got != c.want {
				t.Errorf("a merge %s: %s, want %s", c.name, got, c.want)
			}
			if after, err := d.newestPlace(); err != nil || after != before {
				t.Errorf("a merge %s: something was told", c.name)
			}
		}
		if _, err := d.Contact(ann.ID); err != nil {
			t.Errorf("after refused merges the contact is %v", err)
		}
	})
}

// TestAMergeKeepsWhatCouldNotBeSetAnew has values on the other contact that nobody may set any more.
func TestAMergeKeepsWhatCouldNotBeSetAnew(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		define := func(name string, kind AttributeKind, choices []string) ID {
			change := AttributeChange{Subject: new(AttributeOfContact), Name: &name, Kind: &kind}
			if choices != nil {
				change.Choices = &choices
			}
			a, err := d.CreateAttribute(change)
			if err != nil {
				t.Fatal(err)
			}
			return a.ID
		}
		archived, narrowed := define("Archived", TextAttribute, nil), define("Narrowed", ChoiceAttribute, []string{"basic", "pro"})
		into := d.contact(t, ContactChange{Name: new("Ann")})
		from := d.contact(t, ContactChange{Name: new("Ann B."), Attributes: Attributes{"Archived": "x", "Narrowed": "basic"}})
		if _, err := d.UpdateAttribute(archived, AttributeChange{Archived: new(true)}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.UpdateAttribute(narrowed, AttributeChange{Choices: &[]string{"pro"}}); err != nil {
			t.Fatal(err)
		}
		for name, v := range from.Attributes {
			if _, err := d.UpdateContact(into.ID, ContactChange{Attributes: Attributes{name: v}}); verdict(err) != "refused: attributes."+name {
				t.Errorf("%s newly set to %v: %s, want it refused", name, v, verdict(err))
			}
		}
		got, err := d.MergeContacts(into.ID, from.ID)
		if err != nil {
			t.Fatalf("a merge of values that could not be set anew: %v", err)
		}
		for name, want := range from.Attributes {
			if got.Attributes[name] != want {
				t.Errorf("after the merge %s = %v, want %v", name, got.Attributes[name], want)
			}
		}
	})
}
