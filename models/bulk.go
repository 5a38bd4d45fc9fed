package models

import (
	"strings"

	"gorm.io/gorm"

	"mauve/models/input"
)

// Bulk is many rows that are written together: made up, or brought in from elsewhere. They carry their ids and times,
// which nobody checks.
type Bulk struct {
	Contacts      []*Contact
	Identities    []*Identity
	Conversations []*Conversation
	Messages      []*Message // oldest first, of these conversations
	Tickets       []*Ticket  // in the order of their numbers, which they are given
}

// WriteBulk writes the rows in one change, with what follows from them: what searches look through, a conversation's last
// message, labels and tags in use, the tickets' numbers, the running totals. It tells no event and moves no ticket:
// nothing of it happens now. Some thousand rows are a good measure.
func (s System) WriteBulk(b Bulk) error {
	return s.change(func(tx *Tx) error {
		return tx.WithoutEvent("nothing of it happens now", func(db *gorm.DB) error {
			sums := map[Count]int64{}
			if len(b.Contacts) > 0 {
				sums[Count{What: "contact"}] = int64(len(b.Contacts))
			}
			for _, c := range b.Contacts {
				c.Search = c.searched()
			}
			labelled := b.summarize(sums)
			tagged, err := tx.number(db, b.Tickets, sums)
			if err != nil {
				return err
			}
			for _, rows := range []any{b.Contacts, b.Identities, b.Conversations, b.Messages, labelled, b.Tickets, tagged} {
				if err := db.CreateInBatches(rows, 1000).Error; err != nil {
					return err
				}
			}
			return tx.steps(sums)
		})
	})
}

// summarize tells the conversations of their last messages, adds them to the totals and returns their labelings.
func (b Bulk) summarize(sums map[Count]int64) (labelled []Labeling) {
	last := map[ID]*Message{}
	for _, m := range b.Messages {
		last[m.ConversationID] = m
	}
	for _, c := range b.Conversations {
		if m := last[c.ID]; m != nil {
			c.LastBody, c.LastDirection, c.LastAt = input.Preview(m.Body), m.Direction, &m.CreatedAt
		}
		for _, name := range c.Labels {
			labelled = append(labelled, Labeling{Kind: "conversation", Name: name, SubjectID: c.ID})
		}
		sums[c.counted()]++
	}
	return labelled
}

// number gives the tickets the workspace's next numbers, adds them to the totals and returns what they are tagged with.
func (tx *Tx) number(db *gorm.DB, all []*Ticket, sums map[Count]int64) (tagged []TicketTag, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	n := len(all)
	if err = db.Model(&TicketRules{}).Where("1 = 1").Update("last_number", gorm.Expr("last_number + ?", n)).Error; err != nil {
		return nil, err
	}
	rules, err := ticketRules(tx.DB)
	if err != nil {
		return nil, err
	}
	for i, t := range all {
		t.Number, t.Search = rules.LastNumber-int64(n-1-i), strings.ToLower(t.Subject)
		t.steps(sums, 1)
		for _, id := range t.Tags {
			tagged = append(tagged, TicketTag{TagID: ID(id), TicketID: t.ID, CreatedAt: t.CreatedAt})
		}
	}
	return tagged, nil
}
