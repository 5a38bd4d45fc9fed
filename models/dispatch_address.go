package models

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"mauve/models/phone"
)

// address adds to each claimed message its account and whom it goes to.
func (s *Store) address(ctx context.Context, channel ID, claimed []*Message) ([]*Dispatch, error) {
	account, err := s.Account(ctx, channel)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(claimed))
	for i, m := range claimed {
		ids[i] = string(m.ConversationID)
	}
	rows := s.db.Scope(ctx, account.WorkspaceID).DB
	var threads []*Conversation
	if err := rows.Where("id IN ?", ids).Find(&threads).Error; err != nil {
		return nil, err
	}
	byID, people := map[ID]*Conversation{}, make([]string, len(threads))
	for i, c := range threads {
		byID[c.ID], people[i] = c, string(c.ContactID)
	}
	known, err := recipients(rows, people)
	if err != nil {
		return nil, err
	}
	about, err := about(rows, claimed)
	if err != nil {
		return nil, err
	}
	all := make([]*Dispatch, len(claimed))
	for i, m := range claimed {
		c := byID[m.ConversationID]
		end := c.WindowEnd()
		m.ContactID = c.ContactID
		all[i] = &Dispatch{Message: m, Account: account, Recipient: known[c.ContactID], About: about[m.refersTo()],
			Outside: end != nil && m.Type != TypeTemplate && !s.Now().Before(*end)}
		if m.Amendment.waits() {
			all[i].Outside = m.amendableOn(account.Kind.Capabilities(), m.Amendment.Kind, s.Now()) != nil
		}
	}
	return all, nil
}

// refersTo is the message that this one answers or reacts to, empty if none.
func (m *Message) refersTo() ID {
	if m.ReplyToID == "" && m.Content != nil && m.Content.Reaction != nil {
		id, _ := ParseID(PrefixMessage, m.Content.Reaction.MessageID)
		return id
	}
	return m.ReplyToID
}

// about returns the messages that the claimed ones refer to.
func about(rows *gorm.DB, claimed []*Message) (map[ID]*Message, error) {
	var ids []string
	for _, m := range claimed {
		if id := m.refersTo(); id != "" {
			ids = append(ids, string(id))
		}
	}
	if ids == nil {
		return nil, nil
	}
	var all []*Message
	err := rows.Select("id", "direction", "type", "body", "content", "external_id").Where("id IN ?", ids).Find(&all).Error
	known := make(map[ID]*Message, len(all))
	for _, m := range all {
		known[m.ID] = m
	}
	return known, err
}

// recipients returns how each of the contacts among the rows is known to channels.
func recipients(rows *gorm.DB, contacts []string) (map[ID]Recipient, error) {
	var people []*Contact
	var addresses []*Identity
	err := errors.Join(
		rows.Select("id", "name", "phone").Where("id IN ?", contacts).Find(&people).Error,
		rows.Where("contact_id IN ? AND kind IN ('whatsapp', 'bsuid', 'lid', 'group')", contacts).Order("created_at").Find(&addresses).Error,
	)
	known := make(map[ID]Recipient, len(people))
	for _, p := range people {
		known[p.ID] = Recipient{Phone: p.Phone, Name: p.Name}
	}
	for _, a := range addresses {
		r := known[a.ContactID]
		if a.Kind == ByScopedID {
			r.ScopedID = a.Value
		} else if a.Kind == ByLID {
			r.LID = a.Value
		} else if a.Kind == ByGroup {
			r.Group = a.Value
		} else if r.WhatsApp == "" || slices.Contains(phone.Spellings(r.Phone), "+"+a.Value) {
			r.WhatsApp = a.Value
		}
		known[a.ContactID] = r
	}
	return known, err
}
