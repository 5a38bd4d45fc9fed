package models

import (
	"errors"
	"slices"
)

// wroteOf reports whether what came is from the side and the contact that a message is of.
func (tx *Tx) wroteOf(m *Message, in Incoming) (bool, error) {
	if m.IsInbound() == in.Echo {
		return false, nil
	}
	ids, err := tx.knownAs(in.From)
	if err != nil {
		return false, err
	}
	var c Conversation
	err = tx.DB.Select("id", "contact_id").Where("id = ?", string(m.ConversationID)).Limit(1).Find(&c).Error
	return slices.ContainsFunc(ids, func(i *Identity) bool { return i.ContactID == c.ContactID }), err
}

var notTheirs = Ending{Became: BecameIgnored, Because: changeOfAnother.With()}

// rewrite replaces what a message says by its edited form.
func (tx *Tx) rewrite(m *Message, in Incoming) (Ending, error) {
	if ok, err := tx.wroteOf(m, in); err != nil || !ok || !sameWriter(m.Participant(), in.By) {
		return notTheirs, err
	}
	var d Changes
	d.Note("body", m.Body, in.Body)
	at := tx.clock(in.At)
	m.Type, m.Body, m.EditedAt = in.Type, in.Body, &at
	if err := tx.refill(m, in); err != nil {
		return Ending{}, err
	}
	return Ending{Became: BecameUpdate, MessageID: m.ID}, tx.reword(m, map[string]any{"type": m.Type, "body": m.Body, "content": m.Content, "edited_at": at}, d)
}

// refill replaces what a message holds by what its edited form holds. A file that stays is not fetched again.
func (tx *Tx) refill(m *Message, in Incoming) error {
	if err := tx.carry(m); err != nil || in.Content.Empty() {
		return err
	}
	before := m.Content.Wire()
	if before != nil {
		in.Content.History, in.Content.Participant = before.History, before.Participant
	}
	m.Content = &in.Content
	if before != nil && before.Media != nil && (in.Media == nil || in.Media.ID == before.Media.ID) {
		m.Content.Media = before.Media
		return nil
	}
	if !tx.expect(m, in.Media) {
		return nil
	}
	return errors.Join(tx.forgetFetch(string(m.ID)), tx.fetchLater(m, in.Media))
}

// takeBack empties the message that its writer deleted for everyone.
func (tx *Tx) takeBack(channel ID, in Incoming) (Ending, error) {
	m, err := tx.byExternalID(channel, in.Deletes)
	if err != nil {
		return Ending{}, err
	}
	if m == nil {
		return Ending{Became: BecameIgnored, Because: deletedNotHere.With()}, nil
	}
	if m.DeletedAt != nil {
		return Ending{Became: BecameRepeat, Because: deletedBefore.With(), MessageID: m.ID}, nil
	}
	if ok, err := tx.wroteOf(m, in); err != nil || !ok {
		return notTheirs, err
	}
	return Ending{Became: BecameUpdate, MessageID: m.ID}, tx.withdraw(m, tx.clock(in.At))
}
