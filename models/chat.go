package models

import "strings"

// Chat is a conversation on WhatsApp with the address of the person.
type Chat struct {
	Conversation
	Address string // digits of the number, or the id of somebody who hides it, or of a group
	Hidden  bool   // Address is no number
}

// Chats returns a page of the WhatsApp conversations, newest activity first;
// sessionID narrows it to one channel, an unknown one is NotFound. The total is not counted.
func (s *Scope) Chats(sessionID string, p Page) (*List[*Chat], error) {
	if err := s.may(ReadDesk); err != nil {
		return nil, err
	}
	p, err := p.settle()
	if err != nil {
		return nil, err
	}
	l := &listing{table: "conversations c", alias: "c", by: "last_activity_at"}
	if sessionID != "" {
		channel, err := s.session(sessionID)
		if err != nil {
			return nil, err
		}
		l.and("c.channel_id = ?", string(channel.ID))
	} else {
		l.and("c.channel_kind IN (" + quotedKinds(PhoneKinds) + ")")
	}
	const address = ", coalesce((SELECT i.value FROM contact_identities i WHERE i.workspace_id = c.workspace_id AND i.contact_id = c.contact_id " +
		"AND i.kind IN ('whatsapp', 'bsuid', 'lid', 'group') ORDER BY CASE i.kind WHEN 'whatsapp' THEN 0 ELSE 1 END, i.created_at DESC LIMIT 1), '')"
	return pageOf(s, l, p, 0, func(c *Chat) position { return position{c.LastActivityAt, c.ID} }, (*Chat).fields,
		conversationColumns+address, conversationJoins)
}

func (c *Chat) fields() []any { return append(c.Conversation.fields(), chatAddress{c}) }

// chatAddress reads the address column and settles what it is.
type chatAddress struct{ c *Chat }

// Scan reads the column; the contact's phone was read before it and stands in for a missing one.
func (a chatAddress) Scan(v any) error {
	text, ok := v.(string)
	if b, isBytes := v.([]byte); isBytes {
		text, ok = string(b), true
	}
	if phone := strings.TrimPrefix(a.c.Contact.Phone, "+"); !ok || text == "" || phone != "" && strings.Trim(text, "0123456789") != "" {
		text = phone
	}
	a.c.Address = text
	a.c.Hidden = text == "" || strings.Trim(text, "0123456789") != ""
	return nil
}

// quotedKinds spells a list of our own constants for SQL.
func quotedKinds(kinds []ChannelKind) string {
	quoted := make([]string, len(kinds))
	for i, k := range kinds {
		quoted[i] = "'" + string(k) + "'"
	}
	return strings.Join(quoted, ", ")
}

// session returns the WhatsApp channel with the session id.
func (s *Scope) session(sessionID string) (*Channel, error) {
	var c Channel
	if !sessionIDs.MatchString(sessionID) {
		return nil, Fail(NotFound, "no_such_session", "Session not found")
	}
	err := s.db.Where("session_id = ? AND kind IN ? AND removed_at IS NULL", sessionID, PhoneKinds).Limit(1).Find(&c).Error
	if err == nil && c.ID == "" {
		err = Fail(NotFound, "no_such_session", "Session not found")
	}
	return &c, err
}

// ToNumber says by which session a message goes to which number.
type ToNumber struct {
	SessionID string
	Number    string
	Draft
}

// SendToNumber sends to a number by a WhatsApp session that is connected. An
// unknown session is NotFound, one that is not connected a Conflict.
func (s *Scope) SendToNumber(to ToNumber) (*Message, error) {
	if err := s.may(WriteDesk); err != nil {
		return nil, err
	}
	var m *Message
	err := s.change(func(tx *Tx) error {
		channel, err := tx.session(to.SessionID)
		if err != nil {
			return err
		}
		if channel.Status != Connected {
			return Fail(Conflict, "session_not_connected", "Session is not connected: %s", channel.StatusDetail)
		}
		home, err := tx.Home()
		if err != nil {
			return err
		}
		phone, err := ParsePhone(WithPlus(to.Number), home.DefaultCountry)
		if err != nil || phone == "" {
			return InvalidField("targetNumber", "is not a phone number with its country code")
		}
		m, err = tx.SendTo(Outgoing{ChannelID: channel.ID, To: phone, Draft: to.Draft})
		return err
	})
	return m, err
}
