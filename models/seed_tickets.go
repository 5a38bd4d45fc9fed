package models

import (
	"strings"
	"time"

	"gorm.io/gorm"
)

var (
	seedCategories = []string{"Billing", "Shipping", "Returns", "Product", "Account", "Other"}
	seedTags       = []string{"urgent", "refund", "vip", "bug", "late", "wholesale", "press", "follow-up"}
	// Most tickets are done; what is not is what lists ask for.
	seedStatuses = []TicketStatus{TicketOpen, TicketWaiting, TicketPending, TicketResolved, TicketResolved, TicketResolved, TicketResolved, TicketResolved}
)

// sownTalk is a made-up conversation that a ticket may be about.
type sownTalk struct {
	id, contact ID
	channel     *Channel
}

// sowTickets makes n tickets, oldest first, of the made-up conversations while there are any.
func (s *Scope) sowTickets(w *sower, n int, contacts []*Contact, members []*Member) error {
	categories, err := s.sowCategories()
	if err != nil {
		return err
	}
	tags, err := s.sowTags()
	if err != nil {
		return err
	}
	const span = 180 * 24 * time.Hour
	const each = 5000
	for done := 0; done < n; done += each {
		var rows []*Ticket
		for i := done; i < min(done+each, n); i++ {
			at := w.today.Add(-span + time.Duration(float64(span)*float64(i)/float64(n))).Truncate(time.Millisecond)
			rows = append(rows, w.ticket(i, at, contacts, members, categories, tags))
		}
		if err := s.keepSown(rows); err != nil {
			return err
		}
	}
	return nil
}

func (w *sower) ticket(i int, at time.Time, contacts []*Contact, members []*Member, categories []*Category, tags []*Tag) *Ticket {
	t := &Ticket{ID: w.id(at), Subject: pick(w, openings) + " " + pick(w, things), Status: pick(w, seedStatuses), Priority: 1 + w.chance.IntN(3),
		Tags: Words{}, Attributes: Attributes{}, CreatedAt: at, UpdatedAt: at.Add(time.Duration(w.chance.IntN(72)) * time.Hour)}
	t.Search = strings.ToLower(t.Subject)
	if i < len(w.talks) {
		talk := w.talks[i]
		t.ConversationID, t.ContactID, t.ChannelID, t.ChannelKind = Ref(talk.id), Ref(talk.contact), talk.channel.ID, talk.channel.Kind
	} else if len(contacts) > 0 {
		t.ContactID = Ref(pick(w, contacts).ID)
	}
	if w.chance.IntN(4) > 0 {
		t.CategoryID = Ref(pick(w, categories).ID)
	}
	if w.chance.IntN(3) > 0 {
		t.AssigneeID = Ref(pick(w, members).ID)
	}
	for range w.chance.IntN(3) {
		if id := string(pick(w, tags).ID); !t.Tags.Has(id) {
			t.Tags = append(t.Tags, id)
		}
	}
	if answered := at.Add(time.Duration(1+w.chance.IntN(300)) * time.Minute); t.Status != TicketOpen {
		t.FirstResponseAt = &answered
	}
	switch t.Status {
	case TicketResolved:
		t.ResolvedAt = &t.UpdatedAt
	case TicketWaiting:
		t.WaitingSince = &t.UpdatedAt
	}
	return t
}

// keepSown writes the tickets with their numbers, tags and totals.
func (s *Scope) keepSown(rows []*Ticket) error {
	return s.sow(func(db *gorm.DB, tx *Tx) error {
		if err := db.Model(&TicketRules{}).Where("1 = 1").Update("last_number", gorm.Expr("last_number + ?", len(rows))).Error; err != nil {
			return err
		}
		rules, err := ticketRules(tx.DB)
		if err != nil {
			return err
		}
		var tagged []TicketTag
		all := map[Count]int64{}
		for i, t := range rows {
			t.Number = rules.LastNumber - int64(len(rows)-1-i)
			t.steps(all, 1)
			for _, id := range t.Tags {
				tagged = append(tagged, TicketTag{TagID: ID(id), TicketID: t.ID, CreatedAt: t.CreatedAt})
			}
		}
		if err := db.CreateInBatches(rows, 1000).Error; err != nil {
			return err
		}
		if err := db.CreateInBatches(tagged, 5000).Error; err != nil {
			return err
		}
		return tx.steps(all)
	})
}

// sowCategories returns the workspace's categories, made-up ones if it has none.
func (s *Scope) sowCategories() ([]*Category, error) {
	all, err := s.Categories(false)
	if err != nil || len(all) > 0 {
		return all, err
	}
	for _, name := range seedCategories {
		c, err := s.CreateCategory(CategoryChange{Name: &name})
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (s *Scope) sowTags() ([]*Tag, error) {
	all, err := s.Tags(false)
	if err != nil || len(all) > 0 {
		return all, err
	}
	for _, name := range seedTags {
		t, err := s.CreateTag(TagChange{Name: &name})
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}
