package seed

import (
	"time"

	"mauve/models"
)

var (
	categories = []string{"Billing", "Shipping", "Returns", "Product", "Account", "Other"}
	tags       = []string{"urgent", "refund", "vip", "bug", "late", "wholesale", "press", "follow-up"}
	// Most tickets are done; what is not is what lists ask for.
	statuses = []models.TicketStatus{models.TicketOpen, models.TicketWaiting, models.TicketPending,
		models.TicketResolved, models.TicketResolved, models.TicketResolved, models.TicketResolved, models.TicketResolved}
)

// sowTickets makes n tickets, oldest first, of the made-up conversations while there are any.
func (w *sower) sowTickets(n int) error {
	categories, err := w.sowCategories()
	if err != nil {
		return err
	}
	tags, err := w.sowTags()
	if err != nil {
		return err
	}
	const span = 180 * 24 * time.Hour
	const each = 5000
	for done := 0; done < n; done += each {
		var b models.Bulk
		for i := done; i < min(done+each, n); i++ {
			at := w.today.Add(-span + time.Duration(float64(span)*float64(i)/float64(n))).Truncate(time.Millisecond)
			b.Tickets = append(b.Tickets, w.ticket(i, at, categories, tags))
		}
		if err := w.desk.WriteBulk(b); err != nil {
			return err
		}
	}
	return nil
}

func (w *sower) ticket(i int, at time.Time, categories []*models.Category, tags []*models.Tag) *models.Ticket {
	t := &models.Ticket{ID: w.id(at), Subject: pick(w, openings) + " " + pick(w, things), Status: pick(w, statuses), Priority: 1 + w.chance.IntN(3),
		Tags: models.Words{}, Attributes: models.Attributes{}, CreatedAt: at, UpdatedAt: at.Add(time.Duration(w.chance.IntN(72)) * time.Hour)}
	if i < len(w.talks) {
		t.ConversationID, t.ContactID = models.Ref(w.talks[i].conversation), models.Ref(w.talks[i].contact)
		t.ChannelID, t.ChannelKind = w.channel.ID, w.channel.Kind
	} else if len(w.contacts) > 0 {
		t.ContactID = models.Ref(pick(w, w.contacts).ID)
	}
	if w.chance.IntN(4) > 0 {
		t.CategoryID = models.Ref(pick(w, categories).ID)
	}
	if w.chance.IntN(3) > 0 {
		t.AssigneeID = models.Ref(pick(w, w.members).ID)
	}
	for range w.chance.IntN(3) {
		if id := string(pick(w, tags).ID); !t.Tags.Has(id) {
			t.Tags = append(t.Tags, id)
		}
	}
	if answered := at.Add(time.Duration(1+w.chance.IntN(300)) * time.Minute); t.Status != models.TicketOpen {
		t.FirstResponseAt = &answered
	}
	switch t.Status {
	case models.TicketResolved:
		t.ResolvedAt = &t.UpdatedAt
	case models.TicketWaiting:
		t.WaitingSince = &t.UpdatedAt
	}
	return t
}

// sowCategories returns the workspace's categories, made-up ones if it has none.
func (w *sower) sowCategories() ([]*models.Category, error) {
	all, err := w.desk.Categories(false)
	if err != nil || len(all) > 0 {
		return all, err
	}
	for _, name := range categories {
		c, err := w.desk.CreateCategory(models.CategoryChange{Name: &name})
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (w *sower) sowTags() ([]*models.Tag, error) {
	all, err := w.desk.Tags(false)
	if err != nil || len(all) > 0 {
		return all, err
	}
	for _, name := range tags {
		t, err := w.desk.CreateTag(models.TagChange{Name: &name})
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}
