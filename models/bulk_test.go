package models_test

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/search"
)

// TestWhatFollowsFromManyRows: rows that are written together are numbered, counted, found and labelled as if each had been
// written by itself, and nobody is told of them.
func TestWhatFollowsFromManyRows(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		d := w.Acme.Scope
		first, err := d.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: new("By hand")}})
		assert.NilError(t, err)
		on, err := d.CreateChannel(models.ChannelDraft{Kind: models.ChannelAPI, Name: "api"})
		assert.NilError(t, err)
		late, err := d.CreateTag(models.TagChange{Name: new("late")})
		assert.NilError(t, err)
		told, err := d.EventsAfter("", 1000)
		assert.NilError(t, err)

		at := d.Now().Add(-time.Hour)
		ann := &models.Contact{ID: models.NewID(at), Name: "Ann", Email: "ann@x.example", Labels: models.Words{}, Attributes: models.Attributes{}, CreatedAt: at, UpdatedAt: at}
		talk := &models.Conversation{ID: models.NewID(at), ContactID: ann.ID, ChannelID: on.ID, ChannelKind: on.Kind, Status: models.StatusOpen, Labels: models.Words{"vip"},
			LastActivityAt: at.Add(time.Minute), CreatedAt: at, UpdatedAt: at}
		b := models.Bulk{Contacts: []*models.Contact{ann}, Conversations: []*models.Conversation{talk},
			Identities: []*models.Identity{{Kind: models.ByEmail, Value: ann.Email, ContactID: ann.ID, CreatedAt: at}}}
		for i, body := range []string{"Hello", "Where  is\nit?"} {
			b.Messages = append(b.Messages, &models.Message{ID: models.NewID(at), ConversationID: talk.ID, ChannelID: on.ID, ChannelKind: on.Kind, Kind: models.Reply,
				Direction: models.Inbound, Status: models.Received, AuthorKind: models.ActorContact, AuthorID: ann.ID, Body: body, CreatedAt: at.Add(time.Duration(i) * time.Minute)})
		}
		for _, subject := range []string{"Lost", "Broken"} {
			b.Tickets = append(b.Tickets, &models.Ticket{ID: models.NewID(at), Subject: subject, Status: models.TicketOpen, Priority: models.NormalPriority, ContactID: models.Ref(ann.ID),
				Tags: models.Words{string(late.ID)}, Attributes: models.Attributes{}, CreatedAt: at, UpdatedAt: at})
		}
		assert.NilError(t, w.Acme.System.WriteBulk(b))

		contacts, err := search.Contacts(d, search.ContactFilter{Q: "ann"}, models.Page{})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(contacts.Total, int64(1)))
		talks, err := search.Conversations(d, search.ConversationFilter{Label: "vip"}, models.Page{})
		assert.NilError(t, err)
		if assert.Check(t, is.Len(talks.Items, 1)) {
			assert.Check(t, is.Equal(talks.Items[0].LastBody, "Where is it?"))
			assert.Check(t, is.Equal(talks.Items[0].LastDirection, models.Inbound))
		}
		all, err := search.Conversations(d, search.ConversationFilter{}, models.Page{})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(all.Total, int64(1)))
		labels, err := d.Labels("conversation")
		assert.NilError(t, err)
		assert.Check(t, is.DeepEqual(labels, []string{"vip"}))
		tickets, err := search.Tickets(d, search.TicketFilter{}, models.Page{})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(tickets.Total, int64(3)))
		numbers := map[string]int64{}
		for _, one := range tickets.Items {
			numbers[one.Subject] = one.Number - first.Number
		}
		assert.Check(t, is.DeepEqual(numbers, map[string]int64{"By hand": 0, "Lost": 1, "Broken": 2}))
		next, err := d.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: new("After")}})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(next.Number, first.Number+3))
		tagged, err := search.Tickets(d, search.TicketFilter{Tags: []models.ID{late.ID}}, models.Page{})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(tagged.Total, int64(2)))
		news, err := d.EventsAfter("", 1000)
		assert.NilError(t, err)
		assert.Check(t, is.Equal(len(news), len(told)+1), "the ticket made after is all that was told")
	})
}
