package models

import (
	"cmp"
	"strings"

	"mauve/models/channeltype"
	"mauve/models/content"
	"mauve/models/input"
	"mauve/models/phone"
	"mauve/models/problem"
	"mauve/models/rights"
)

// ChannelOfSession returns the WhatsApp channel with the session id. An unknown one is NotFound.
func (s *Scope) ChannelOfSession(sessionID string) (*Channel, error) {
	if err := s.May(rights.ReadConversations); err != nil {
		return nil, err
	}
	return s.session(sessionID)
}

// session returns the WhatsApp channel with the session id.
func (s *Scope) session(sessionID string) (*Channel, error) {
	var c Channel
	if !input.PlainID.MatchString(sessionID) {
		return nil, problem.Fail(problem.NotFound, "no_such_session", "Session not found")
	}
	err := s.rows.DB.Where("session_id = ? AND kind IN ? AND removed_at IS NULL", sessionID, channeltype.PhoneKinds()).Limit(1).Find(&c).Error
	if err == nil && c.ID == "" {
		err = problem.Fail(problem.NotFound, "no_such_session", "Session not found")
	}
	return &c, err
}

// ToNumber says by which session a message goes to which number.
type ToNumber struct {
	SessionID string
	Number    string
	Address   string // instead of Number: what Chats knows a group by, or somebody who hides theirs; that may end in @lid
	Draft
}

// SendToNumber sends to a number by a WhatsApp session that is connected. An
// unknown session is NotFound, one that is not connected a Conflict, a bad number
// or an address that is nobody's Invalid. A body that cannot stand beside the file
// is a message before it; the file's is returned.
func (s *Scope) SendToNumber(to ToNumber) (*Message, error) {
	if err := s.May(rights.WriteMessages); err != nil {
		return nil, err
	}
	var m *Message
	err := s.change(func(tx *Tx) error {
		channel, err := tx.session(to.SessionID)
		if err != nil {
			return err
		}
		if channel.Status != Connected {
			return problem.Fail(problem.Conflict, "session_not_connected", "Session is not connected: %s", channel.StatusDetail)
		}
		whom, err := tx.addressee(to)
		if err != nil {
			return err
		}
		c, err := tx.threadWith(whom, channel.ID)
		if err == nil {
			m, err = tx.sayBeside(c.ID, to.Draft)
		}
		return err
	})
	return m, err
}

// addressee is the contact with the number, made if nobody has it, or with the address.
func (tx *Tx) addressee(to ToNumber) (ID, error) {
	if to.Address != "" {
		return tx.named(to.Address)
	}
	home, err := tx.Home()
	if err != nil {
		return "", err
	}
	phone, err := phone.Parse(phone.WithPlus(to.Number), home.DefaultCountry)
	if err != nil || phone == "" {
		return "", problem.InvalidField("targetNumber", "is not a phone number with its country code")
	}
	return tx.recipient(phone)
}

// named finds the contact known by that address: a LID, a business-scoped id or a group's.
func (tx *Tx) named(address string) (ID, error) {
	nobody := problem.InvalidField("targetNumber", "is the address of nobody who wrote here")
	if !input.Readable(address) {
		return "", nobody
	}
	var i Identity
	err := tx.DB.Select("contact_id").Where("kind IN ('lid', 'bsuid', 'group') AND value IN ?", []string{address, strings.TrimSuffix(address, "@lid")}).
		Limit(1).Find(&i).Error
	if err == nil && i.ContactID == "" {
		err = nobody
	}
	return i.ContactID, err
}

// sayBeside sends a draft of one file at most, and returns the file's message.
func (tx *Tx) sayBeside(conversation ID, d Draft) (m *Message, err error) {
	parts := []Draft{d}
	switch file := d.Content.Media; {
	case len(d.Attachments) == 1:
		parts, err = tx.parts(conversation, d)
	case len(d.Attachments) == 0 && file != nil:
		first := cmp.Or(d.MediaType, content.TypeOfMedia(file.MIMEType, file.FileName, file.URL))
		parts = d.split(first, []Draft{{Content: d.Content, MediaType: d.MediaType}})
	}
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if m, err = tx.Send(conversation, part); err != nil {
			return nil, err
		}
	}
	return m, nil
}
