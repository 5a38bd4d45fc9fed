package search_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/problem"
	"mauve/models/search"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// TestNothingIsFoundWithoutARight: whoever may read nothing is refused by every list.
func TestNothingIsFoundWithoutARight(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		ticket, err := w.Acme.Scope.CreateTicket(models.TicketStart{TicketChange: models.TicketChange{Subject: new("Lost")}})
		assert.NilError(t, err)
		nobody := w.Store.As(t.Context(), w.Acme.ID, models.Actor{Kind: models.ActorMember})
		id, page := ticket.ID, models.Page{}
		lists := map[string]func() error{
			"Tickets":         func() error { _, err := search.Tickets(nobody, search.TicketFilter{}, page); return err },
			"OpenTickets":     func() error { _, err := search.OpenTickets(nobody); return err },
			"OpenTicket":      func() error { _, err := search.OpenTicket(nobody, id); return err },
			"BoardByStatus":   func() error { _, err := search.BoardByStatus(nobody, 1); return err },
			"BoardByAssignee": func() error { _, err := search.BoardByAssignee(nobody, 1); return err },
			"Timeline":        func() error { _, err := search.Timeline(nobody, id, page); return err },
			"LatestTimeline":  func() error { _, err := search.LatestTimeline(nobody, id, page); return err },
			"Talk":            func() error { _, err := search.Talk(nobody, []*models.Ticket{ticket}, 1); return err },
			"Contacts":        func() error { _, err := search.Contacts(nobody, search.ContactFilter{}, page); return err },
			"ContactsByID":    func() error { _, err := search.ContactsByID(nobody, []models.ID{id}); return err },
			"Conversations":   func() error { _, err := search.Conversations(nobody, search.ConversationFilter{}, page); return err },
			"CountInbox":      func() error { _, err := search.CountInbox(nobody); return err },
			"Chats":           func() error { _, err := search.Chats(nobody, "", page); return err },
			"Messages":        func() error { _, err := search.Messages(nobody, id, page); return err },
			"LatestMessages":  func() error { _, err := search.LatestMessages(nobody, id, page); return err },
			"TicketMessages":  func() error { _, err := search.TicketMessages(nobody, id, page); return err },
			"MessagesByID":    func() error { _, err := search.MessagesByID(nobody, id, []models.ID{id}); return err },
			"Reactions":       func() error { _, err := search.Reactions(nobody, id, w.Clock.Now()); return err },
			"Thread":          func() error { _, _, err := search.Thread(nobody, id, page); return err },
			"ThreadSince":     func() error { _, err := search.ThreadSince(nobody, id, id); return err },
			"Notes":           func() error { _, err := search.Notes(nobody, id, page); return err },
			"TicketNotes":     func() error { _, err := search.TicketNotes(nobody, id, page); return err },
			"Deliveries":      func() error { _, err := search.Deliveries(nobody, id, "", page); return err },
			"Envelopes":       func() error { _, err := search.Envelopes(nobody, id, page); return err },
		}
		for name, read := range lists {
			assert.Check(t, is.Equal(problem.KindOf(read()), problem.Forbidden), name)
		}
		for _, name := range listsOfThePackage(t) {
			assert.Check(t, lists[name] != nil, "nobody without a right tries %s", name)
		}
	})
}

// listsOfThePackage are the names of all that reads through a scope.
func listsOfThePackage(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	assert.NilError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		assert.NilError(t, err)
		for _, found := range list.FindAllSubmatch(source, -1) {
			names = append(names, string(found[1]))
		}
	}
	assert.Check(t, len(names) > 20, "the package's lists were not read: %v", names)
	return names
}

var list = regexp.MustCompile(`(?m)^func ([A-Z]\w*)\(scope \*models\.Scope\b`)
