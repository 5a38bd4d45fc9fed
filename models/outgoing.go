package models

import (
	"errors"
	"strings"

	"mauve/models/input"
	"mauve/models/phone"
	"mauve/models/problem"
	"mauve/models/rights"
)

// Outgoing says whom a message goes to and by which channel: the first named of
// the three; SendTo refuses others that are not that channel's.
type Outgoing struct {
	ChannelID ID
	SessionID string
	Kind      ChannelKind
	To        string // phone, e-mail or external id of the contact; or a contact's id
	Draft
}

// SendTo finds or makes the contact and their open conversation on the channel, and
// sends. It fails with Invalid where nobody, no channel or more than one is named.
func (s *Scope) SendTo(o Outgoing) (*Message, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return nil, err
	}
	var m *Message
	err := s.change(func(tx *Tx) error {
		channel, err := tx.channelFor(o)
		if err == nil {
			err = o.agrees(channel)
		}
		if err != nil {
			return err
		}
		contact, err := tx.recipient(o.To)
		if err != nil {
			return err
		}
		c, err := tx.threadWith(contact, channel.ID)
		if err != nil {
			return err
		}
		m, err = tx.say(c, o.Draft)
		return err
	})
	return m, err
}

func (tx *Tx) channelFor(o Outgoing) (*Channel, error) {
	switch {
	case o.ChannelID != "":
		c, err := tx.Channel(o.ChannelID)
		if problem.KindOf(err) == problem.NotFound {
			err = problem.InvalidField("channelId", "there is no such channel")
		}
		return c, err
	case o.SessionID != "":
		var c Channel
		err := tx.DB.Where("session_id = ? AND removed_at IS NULL", o.SessionID).Limit(1).Find(&c).Error
		if err == nil && c.ID == "" {
			err = problem.InvalidField("sessionId", "there is no such session")
		}
		return &c, err
	case o.Kind != "":
		return tx.channelOfKind(o.Kind)
	}
	return nil, problem.InvalidField("channelId", "is missing: give channelId or sessionId")
}

// agrees refuses a second name that is another channel's.
func (o Outgoing) agrees(c *Channel) error {
	switch {
	case o.SessionID != "" && o.SessionID != deref(c.SessionID):
		return problem.InvalidField("sessionId", "is not that of the channel in channelId")
	case o.Kind != "" && o.Kind != c.Kind:
		return problem.InvalidField("channel", "is another kind than that of the channel named, %s", c.Kind)
	}
	return nil
}

// recipient finds the contact addressed, or makes one known by that address.
func (tx *Tx) recipient(to string) (ID, error) {
	if id, ok := ParseID(PrefixContact, to); ok {
		if c, err := tx.Contact(id); err == nil {
			return c.ID, nil
		}
	}
	var change ContactChange
	switch {
	case strings.TrimSpace(to) == "":
		return "", problem.InvalidField("to", "is missing")
	case strings.Contains(to, "@"):
		change.Email = &to
	default:
		if !input.Readable(to) {
			return "", problem.InvalidField("to", "holds characters that are not text")
		}
		if owner, err := tx.owner(ByExternal, to); err != nil || owner != "" {
			return owner, err
		}
		change.Phone = &to
	}
	found, err := tx.known("", change)
	if err == nil && found == "" && change.Phone != nil {
		found, err = tx.onWhatsApp(to)
	}
	if err == nil && found == "" {
		var c *Contact
		if c, err = tx.newContact(change); err == nil {
			found = c.ID
		}
	}
	if e, ok := errors.AsType[*problem.Error](err); ok && e.Kind == problem.Invalid && len(e.Faults) == 1 {
		at := e.Faults[0]
		at.Field = "to"
		return "", problem.Faults{at}.Err()
	}
	return found, err
}

// onWhatsApp finds a contact that a channel knows by that number.
func (tx *Tx) onWhatsApp(to string) (ID, error) {
	home, err := tx.Home()
	if err != nil {
		return "", err
	}
	phone, err := phone.Parse(to, home.DefaultCountry)
	if err != nil || phone == "" {
		return "", nil // the faults are told when the contact is made
	}
	return tx.owner(ByWhatsApp, strings.TrimPrefix(phone, "+"))
}

// threadWith returns the contact's newest conversation on the channel that is not closed, else starts one.
func (tx *Tx) threadWith(contact, channel ID) (*Conversation, error) {
	if _, err := tx.contactForUpdate(contact); err != nil { // so that two first messages find one conversation
		return nil, err
	}
	var c Conversation
	err := tx.DB.Select("id").Where("contact_id = ? AND channel_id = ? AND status <> 'closed'", string(contact), string(channel)).
		Order("last_activity_at DESC").Limit(1).Find(&c).Error
	if err != nil {
		return nil, err
	}
	if c.ID == "" {
		return tx.StartConversation(contact, channel)
	}
	return tx.conversationForUpdate(c.ID)
}
