package models

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// TestWhatFollowsFromManyRows: rows that are written together are numbered, counted, found and labelled as if each had been
// written by itself, and nobody is told of them.
func TestWhatFollowsFromManyRows(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		first, err := d.CreateTicket(TicketStart{TicketChange: TicketChange{Subject: new("By hand")}})
		assert.NilError(t, err)
		on, tag := d.channel(t, ChannelAPI), d.tag(t, "late")
		told, err := d.EventsAfter("", 1000)
		assert.NilError(t, err)

		at := noon.Add(-time.Hour)
		ann := &Contact{ID: NewID(at), Name: "Ann", Email: "ann@x.example", Labels: Words{}, Attributes: Attributes{}, CreatedAt: at, UpdatedAt: at}
		talk := &Conversation{ID: NewID(at), ContactID: ann.ID, ChannelID: on.ID, ChannelKind: on.Kind, Status: StatusOpen, Labels: Words{"vip"},
			LastActivityAt: at.Add(time.Minute), CreatedAt: at, UpdatedAt: at}
		b := Bulk{Contacts: []*Contact{ann}, Conversations: []*Conversation{talk},
			Identities: []*Identity{{Kind: ByEmail, Value: ann.Email, ContactID: ann.ID, CreatedAt: at}}}
		for i, body := range []string{"Hello", "Where  is\nit?"} {
			b.Messages = append(b.Messages, &Message{ID: NewID(at), ConversationID: talk.ID, ChannelID: on.ID, ChannelKind: on.Kind, Kind: Reply,
				Direction: Inbound, Status: Received, AuthorKind: ActorContact, AuthorID: ann.ID, Body: body, CreatedAt: at.Add(time.Duration(i) * time.Minute)})
		}
		for _, subject := range []string{"Lost", "Broken"} {
			b.Tickets = append(b.Tickets, &Ticket{ID: NewID(at), Subject: subject, Status: TicketOpen, Priority: NormalPriority, ContactID: Ref(ann.ID),
				Tags: Words{string(tag)}, Attributes: Attributes{}, CreatedAt: at, UpdatedAt: at})
		}
		assert.NilError(t, d.store.System(t.Context(), d.Workspace()).WriteBulk(b))

		contacts, err := d.Contacts(ContactFilter{Q: "ann"}, Page{})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(contacts.Total, int64(1)))
		talks, err := d.Conversations(ConversationFilter{Label: "vip"}, Page{})
		assert.NilError(t, err)
		if assert.Check(t, is.Len(talks.Items, 1)) {
			assert.Check(t, is.Equal(talks.Items[0].LastBody, "Where is it?"))
			assert.Check(t, is.Equal(talks.Items[0].LastDirection, Inbound))
		}
		all, err := d.Conversations(ConversationFilter{}, Page{})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(all.Total, int64(1)))
		labels, err := d.Labels("conversation")
		assert.NilError(t, err)
		assert.Check(t, is.DeepEqual(labels, []string{"vip"}))
		tickets, err := d.Tickets(TicketFilter{}, Page{})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(tickets.Total, int64(3)))
		numbers := map[string]int64{}
		for _, one := range tickets.Items {
			numbers[one.Subject] = one.Number - first.Number
		}
		assert.Check(t, is.DeepEqual(numbers, map[string]int64{"By hand": 0, "Lost": 1, "Broken": 2}))
		next, err := d.CreateTicket(TicketStart{TicketChange: TicketChange{Subject: new("After")}})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(next.Number, first.Number+3))
		tagged, err := d.Tickets(TicketFilter{Tags: []ID{tag}}, Page{})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(tagged.Total, int64(2)))
		news, err := d.EventsAfter("", 1000)
		assert.NilError(t, err)
		assert.Check(t, is.Equal(len(news), len(told)+1), "the ticket made after is all that was told")
	})
}
