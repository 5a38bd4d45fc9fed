package models

import (
	"errors"

	"gorm.io/gorm"

	"mauve/models/phone"
	"mauve/models/store"
	"mauve/models/wire"
)

// stranger asks for the message's conversation, if the scoped id of whom it went to is not known of its contact.
func (tx *Tx) stranger(m *Message, scoped string, in *ID) error {
	if scoped == "" {
		return nil
	}
	return tx.Ahead(store.Query{SQL: "SELECT c.id FROM conversations c WHERE c.workspace_id = ? AND c.id = ? AND NOT EXISTS (SELECT 1 FROM contact_identities i " +
		"WHERE i.workspace_id = c.workspace_id AND i.kind = 'bsuid' AND i.value = ? AND i.contact_id = c.contact_id)",
		Args: []any{string(m.ConversationID), scoped}, Take: func(row store.Scan) error { return row(in) }})
}

// learn keeps the scoped id of whom a conversation's message went to, so that they
// are known when they write without their number. It is a change of its own:
// contacts are locked before messages.
func (s *Scope) learn(conversation ID, scoped string) error {
	return repeated(func() error {
		return s.change(func(tx *Tx) error {
			var c Conversation
			if err := tx.DB.Select("contact_id").Where("id = ?", string(conversation)).Limit(1).Find(&c).Error; err != nil || c.ContactID == "" {
				return err
			}
			owner, err := tx.owner(ByScopedID, scoped)
			if err != nil {
				return err
			}
			if owner == "" {
				if _, err = tx.contactForUpdate(c.ContactID); err != nil {
					return err
				}
				return tx.keepIDs(&Contact{ID: c.ContactID}, Sender{ScopedID: scoped}, nil)
			}
			if other, err := tx.another(&Identity{Kind: ByScopedID, Value: scoped}, c.ContactID); err != nil || other {
				return err
			}
			_, err = tx.absorb(c.ContactID, owner)
			return err
		})
	})
}

// uniteNews merges who wrote under a new id before the news of it came into who they were.
func (tx *Tx) uniteNews(from Sender, news *wire.SystemNews) error {
	if news == nil || news.NewUserID == "" {
		return nil
	}
	known, err := tx.knownAs(from)
	if err != nil {
		return err
	}
	hidden, err := tx.owner(ByScopedID, news.NewUserID)
	was := likeliest(known, from.WhatsApp)
	if err != nil || was == "" || hidden == "" {
		return err
	}
	if done, err := tx.absorb(was, hidden); err != nil || done || was == hidden {
		return err
	}
	if done, err := tx.absorb(hidden, was); err != nil || done {
		return err
	}
	return tx.passOn(news.NewUserID, hidden, was)
}

// passOn gives an id to whose it is by the news, where their two contacts stay apart. So a block holds under a new id,
// and one that holds there already is not lifted by it.
func (tx *Tx) passOn(scoped string, from, to ID) error {
	if c, err := tx.Contact(from); err != nil || c.Blocked {
		return err
	}
	return tx.WithoutEvent("identities are told with their contact", func(db *gorm.DB) error {
		return db.Model(&Identity{}).Where("kind = 'bsuid' AND value = ?", scoped).Updates(map[string]any{"contact_id": string(to)}).Error
	})
}

// heed keeps what a person is known by from now on.
func (tx *Tx) heed(c *Contact, news *wire.SystemNews) error {
	if news == nil {
		return nil
	}
	if err := tx.renumber(c, news.NewNumber); err != nil || news.NewUserID == "" {
		return err
	}
	owner, err := tx.owner(ByScopedID, news.NewUserID)
	if err != nil || owner != "" {
		return err
	}
	return tx.keepIDs(c, Sender{ScopedID: news.NewUserID}, nil)
}

// renumber follows a person to the number they changed to, if nobody has it.
func (tx *Tx) renumber(c *Contact, whatsapp string) error {
	phone, err := phone.Parse("+"+whatsapp, "")
	if whatsapp == "" || err != nil {
		return nil
	}
	taken, err := tx.owner(ByWhatsApp, whatsapp)
	if err != nil || taken != "" {
		return err
	}
	if owner, err := tx.owner(ByPhone, phone); err != nil || owner != "" && owner != c.ID {
		return err
	}
	return errors.Join(
		tx.keepIDs(c, Sender{WhatsApp: whatsapp}, nil),
		tx.updateContact(c, ContactChange{Phone: &phone}),
	)
}
