package search

import (
	"strings"

	"mauve/models"
	"mauve/models/channeltype"
	"mauve/models/rights"
	"mauve/models/store"
)

// Chat is a conversation on WhatsApp with the address of the person.
type Chat struct {
	models.Conversation
	Address string // digits of the number, or the id of somebody who hides it, or of a group
	Hidden  bool   // Address is no number
}

// chatAddressColumn is what a contact is known by on WhatsApp, or their phone; empty or NULL if by nothing.
const chatAddressColumn = "coalesce((SELECT i.value FROM contact_identities i WHERE i.workspace_id = c.workspace_id AND i.contact_id = c.contact_id " +
	"AND i.kind IN ('whatsapp', 'bsuid', 'lid', 'group') ORDER BY CASE i.kind WHEN 'whatsapp' THEN 0 ELSE 1 END, i.created_at DESC LIMIT 1), " +
	"(SELECT k.phone FROM contacts k WHERE k.workspace_id = c.workspace_id AND k.id = c.contact_id))"

// Chats returns a page of the WhatsApp conversations, newest activity first, without
// those of removed channels and of people whom WhatsApp knows by nothing; sessionID
// narrows it to one channel, an unknown one is NotFound. The total is not counted.
func Chats(scope *models.Scope, sessionID string, p models.Page) (*models.List[*Chat], error) {
	r, err := scope.Reader(rights.ReadConversations)
	if err != nil {
		return nil, err
	}
	if p, err = p.Settle(); err != nil {
		return nil, err
	}
	l := &store.Listing{Table: "conversations c", Alias: "c", By: "last_activity_at"}
	if sessionID != "" {
		channel, err := scope.ChannelOfSession(sessionID)
		if err != nil {
			return nil, err
		}
		l.And("c.channel_id = ?", string(channel.ID))
	} else {
		l.And("c.channel_kind IN (" + quotedKinds(channeltype.PhoneKinds()) + ")")
		l.And("EXISTS (SELECT 1 FROM channels h WHERE h.workspace_id = c.workspace_id AND h.id = c.channel_id AND h.removed_at IS NULL)")
	}
	l.And(chatAddressColumn + " <> ''")
	at := func(c *Chat) store.Position { return store.Position{At: c.LastActivityAt, ID: c.ID} }
	return store.PageOf(r, l, p, 0, at, chatTable)
}

// chatTable is ConversationTable with the address.
var chatTable = store.Table[Chat]{
	Columns: store.Within(models.ConversationTable.Columns, func(c *Chat) *models.Conversation { return &c.Conversation }).
		And(chatAddressColumn, func(c *Chat) any { return chatAddress{c} }),
	Joins: models.ConversationTable.Joins,
}

// chatAddress reads the address column and settles what it is.
type chatAddress struct{ c *Chat }

// Scan reads the column; the contact's phone was read before it and stands in for an id that is no number.
func (a chatAddress) Scan(v any) error {
	text, _ := v.(string)
	if b, isBytes := v.([]byte); isBytes {
		text = string(b)
	}
	if phone := strings.TrimPrefix(a.c.Contact.Phone, "+"); phone != "" && strings.Trim(text, "0123456789") != "" {
		text = phone
	}
	a.c.Address = text
	a.c.Hidden = strings.Trim(text, "0123456789") != ""
	return nil
}

// quotedKinds spells a list of our own constants for SQL.
func quotedKinds(kinds []models.ChannelKind) string {
	quoted := make([]string, len(kinds))
	for i, k := range kinds {
		quoted[i] = "'" + string(k) + "'"
	}
	return strings.Join(quoted, ", ")
}
