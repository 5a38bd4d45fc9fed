package models

import (
	"errors"
	"strings"

	"mauve/models/problem"
	"mauve/models/rights"
)

// TicketStart says what a new ticket is made of, beside what a change sets.
type TicketStart struct {
	TicketChange
	Person *ContactChange // instead of Contact: found by its addresses, or made
	Thread bool           // opens a conversation on the api channel for the replies
	First  *Draft         // the first message of that conversation
	Silent bool           // the first message asks for nobody's attention: it is read
}

// CreateTicket makes a ticket, with its contact, conversation and first message
// in one change if the start asks for them. Its events tell every field.
func (s *Scope) CreateTicket(start TicketStart) (*Ticket, error) {
	if err := s.May(rights.WriteTickets); err != nil {
		return nil, err
	}
	var t *Ticket
	err := s.change(func(tx *Tx) (err error) {
		if start.Person != nil {
			if start.Contact != nil {
				return problem.InvalidField("contact", "give either contactId or contact")
			}
			person, _, err := tx.Identify("", *start.Person)
			if err != nil {
				return Within("contact", err)
			}
			start.Contact = &person.ID
		}
		if start.Thread {
			if err = tx.openThread(&start); err != nil {
				return err
			}
		}
		t, err = tx.newTicket(start.TicketChange, tx.actor)
		return err
	})
	return t, err
}

// openThread opens the conversation of a ticket that comes by a dialect, so that replies have somewhere to go.
func (tx *Tx) openThread(start *TicketStart) error {
	if start.Contact == nil {
		return problem.InvalidField("contactId", "is missing")
	}
	channel, err := tx.channelOfKind(ChannelAPI)
	if err != nil {
		return err
	}
	c, err := tx.StartConversation(*start.Contact, channel.ID)
	if err != nil {
		return err
	}
	start.Conversation = &c.ID
	if start.First == nil {
		return nil
	}
	if _, err = tx.SendEach(c.ID, *start.First); err == nil && start.Silent {
		_, err = tx.ReadConversation(c.ID)
	}
	return Within("message", err)
}

func (tx *Tx) newTicket(change TicketChange, by Actor) (*Ticket, error) {
	if change.Subject == nil && change.Contact == nil && change.Conversation == nil {
		return nil, problem.InvalidField("subject", "is missing: give a subject, contactId or conversationId")
	}
	blank := &Ticket{Status: TicketOpen, Priority: NormalPriority, Tags: Words{}, Attributes: Attributes{}}
	w, err := tx.lookUp(blank, change)
	if err != nil {
		return nil, err
	}
	now := tx.Now()
	if w.conversation != nil {
		now = tx.later(w.conversation.LastActivityAt) // what was said before it comes before it
	}
	t, err := blank.apply(w, now)
	if err != nil {
		return nil, err
	}
	if change.Subject == nil && w.conversation != nil {
		t.Subject = w.conversation.LastBody
		t.Search = strings.ToLower(t.Subject)
	}
	t.ID, t.CreatedAt, t.UpdatedAt = NewID(now), now, now
	if err = tx.alone(&Ticket{}, t); err != nil {
		return nil, err
	}
	return t, errors.Join(tx.firstHeard(t), tx.insertTicket(t, by))
}

// firstHeard notes when the customer first wrote of this ticket: since the one
// before it on the conversation was resolved.
func (tx *Tx) firstHeard(t *Ticket) error {
	if t.ConversationID == "" {
		return nil
	}
	var previous Ticket
	err := tx.DB.Select("resolved_at").Where("conversation_id = ? AND resolved_at IS NOT NULL", string(t.ConversationID)).
		Order("resolved_at DESC").Limit(1).Find(&previous).Error
	if err != nil {
		return err
	}
	q := tx.DB.Select("created_at").Where("conversation_id = ? AND direction = 'inbound'", string(t.ConversationID))
	if previous.ResolvedAt != nil {
		q = q.Where("created_at > ?", *previous.ResolvedAt)
	}
	var first Message
	if err = q.Order("created_at").Limit(1).Find(&first).Error; err == nil && !first.CreatedAt.IsZero() {
		t.FirstCustomerAt = &first.CreatedAt
	}
	return err
}

func (tx *Tx) insertTicket(t *Ticket, by Actor) (err error) {
	if t.Number, err = tx.nextTicketNumber(); err != nil {
		return err
	}
	told := Changes{}
	for _, d := range (&Ticket{}).differences(t) {
		for field, c := range d {
			told[field] = Change{To: c.To}
		}
	}
	if err = tx.Insert(t, t.event(TicketCreated, told, by)); err != nil {
		return err
	}
	return tx.index(&Ticket{}, t)
}
