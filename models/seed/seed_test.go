package seed_test

import (
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/problem"
	"mauve/models/search"
	"mauve/models/seed"
)

// TestADeskIsMadeUp: there is as much as was asked for, and the same number makes the same.
func TestADeskIsMadeUp(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		plan := seed.Plan{Contacts: 7, Conversations: 9, Messages: 31, Tickets: 12, Seed: 3}
		other := modelstest.New(t, w.Engine)
		assert.Check(t, is.DeepEqual(made(t, w, plan), made(t, other, plan)))
		plan.Seed++
		assert.NilError(t, seed.Sow(t.Context(), w.Store, w.Acme.ID, plan))
		tickets, err := search.Tickets(w.Acme.Scope, search.TicketFilter{}, models.Page{Size: 100})
		assert.NilError(t, err)
		assert.Check(t, is.Equal(tickets.Total, int64(24)), "a second time adds as many")
	})
}

// made seeds Acme and returns what its tickets say, after counting what there is.
func made(t *testing.T, w *modelstest.World, plan seed.Plan) (subjects []string) {
	t.Helper()
	assert.NilError(t, seed.Sow(t.Context(), w.Store, w.Acme.ID, plan))
	scope := w.Acme.Scope
	contacts, err := search.Contacts(scope, search.ContactFilter{}, models.Page{})
	assert.NilError(t, err)
	assert.Check(t, is.Equal(contacts.Total, int64(plan.Contacts)))
	talks, err := search.Conversations(scope, search.ConversationFilter{}, models.Page{Size: 100})
	assert.NilError(t, err)
	assert.Check(t, is.Equal(talks.Total, int64(plan.Conversations)))
	messages := int64(0)
	for _, c := range talks.Items {
		said, err := search.LatestMessages(scope, c.ID, models.Page{})
		assert.NilError(t, err)
		messages += said.Total
	}
	assert.Check(t, is.Equal(messages, int64(plan.Messages)))
	tickets, err := search.Tickets(scope, search.TicketFilter{}, models.Page{Size: 100})
	assert.NilError(t, err)
	assert.Check(t, is.Equal(tickets.Total, int64(plan.Tickets)))
	for _, one := range tickets.Items {
		subjects = append(subjects, one.Subject)
	}
	return subjects
}

func TestAPlanMustBePossible(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t, "sqlite")
	for name, plan := range map[string]seed.Plan{
		"a negative number":                  {Contacts: -1},
		"more than 50 million":               {Contacts: 50_000_000, Tickets: 1},
		"conversations with nobody to be of": {Conversations: 1},
	} {
		err := seed.Sow(t.Context(), w.Store, w.Acme.ID, plan)
		assert.Check(t, is.Equal(problem.KindOf(err), problem.Invalid), name)
	}
}
