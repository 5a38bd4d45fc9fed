package models

import (
	"errors"

	"mauve/models/problem"
	"mauve/models/rights"
)

// ConversationStart says with whom, on what channel and with what first message.
type ConversationStart struct {
	ContactID ID
	Contact   *ContactChange // instead of ContactID: found or made
	ChannelID ID
	Kind      ChannelKind // instead of ChannelID
	First     *Draft
}

// OpenConversation opens a conversation, with its contact and first message in one change.
func (s *Scope) OpenConversation(start ConversationStart) (*Conversation, error) {
	var c *Conversation
	err := s.change(func(tx *Tx) error {
		if (start.ContactID == "") == (start.Contact == nil) {
			return problem.InvalidField("contactId", "give either contactId or contact")
		}
		if (start.ChannelID == "") == (start.Kind == "") {
			return problem.InvalidField("channelId", "give either channelId or channel")
		}
		if start.Contact != nil {
			person, _, err := tx.Identify("", *start.Contact)
			if err != nil {
				return Within("contact", err)
			}
			start.ContactID = person.ID
		}
		if start.Kind != "" {
			on, err := tx.channelOfKind(start.Kind)
			if err != nil {
				return err
			}
			start.ChannelID = on.ID
		}
		opened, err := tx.StartConversation(start.ContactID, start.ChannelID)
		if err != nil {
			return err
		}
		if start.First != nil {
			if _, err = tx.Send(opened.ID, *start.First); err != nil {
				return Within("message", err)
			}
		}
		c, err = tx.Conversation(opened.ID)
		return err
	})
	return c, err
}

// TalkTo returns the newest conversation that is not closed with whom, and on
// the channel that, o names, else opens one. Somebody unknown becomes a
// contact; the draft of o is not sent.
func (s *Scope) TalkTo(o Outgoing) (*Conversation, error) {
	if err := s.May(rights.WriteConversations); err != nil {
		return nil, err
	}
	var c *Conversation
	err := s.change(func(tx *Tx) error {
		on, err := tx.channelFor(o)
		if err != nil {
			return err
		}
		person, err := tx.recipient(o.To)
		if err == nil {
			c, err = tx.threadWith(person, on.ID)
		}
		return err
	})
	return c, err
}

// Within names the object that the faulty fields of err are in: contact.phone.
func Within(object string, err error) error {
	if e, ok := errors.AsType[*problem.Error](err); ok {
		inner := *e
		inner.Faults = nil
		for _, f := range e.Faults {
			f.Field = object + "." + f.Field
			inner.Faults = append(inner.Faults, f)
		}
		return &inner
	}
	return err
}
