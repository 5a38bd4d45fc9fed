package models

import (
	"time"

	"mauve/models/channeltype"
	"mauve/models/wire"
)

func (tx *Tx) draft(c *Conversation, d Draft) (*Message, error) {
	var fs faults
	can := c.ChannelKind.Capabilities()
	m := tx.blank(c)
	m.Direction, m.Kind, m.Status = d.Direction, d.Kind, Queued
	m.AuthorKind, m.AuthorID, m.AuthorName = tx.actor.Kind, tx.actor.ID, tx.actor.Name
	if m.Direction == "" {
		m.Direction = Outbound
	}
	if m.Kind == "" {
		m.Kind = Reply
	}
	if m.Kind != Reply && m.Kind != PrivateNote {
		fs.Add("kind", "is message or note")
	}
	switch m.Direction {
	case Outbound:
	case Inbound:
		m.Status, m.AuthorKind, m.AuthorID, m.AuthorName = Received, ActorContact, c.ContactID, c.Contact.Name
		if !can.Inbound {
			fs.Add("direction", "inbound messages are recorded on api channels only")
		}
		if m.Kind == PrivateNote {
			fs.Add("kind", "a note has no direction")
		}
	default:
		fs.Add("direction", "is inbound or outbound")
	}
	if m.Kind == PrivateNote {
		m.Status = Sent
	}
	held := d.Content
	m.Content = &held
	m.Type, m.Body = can.Read(&fs.Reader, channeltype.Draft{Note: m.Kind == PrivateNote, Text: d.Body, Content: &held,
		MediaType: d.MediaType, Files: len(d.Attachments)})
	m.ClientID, m.ExternalID = fs.handle("clientId", d.ClientID), fs.handle("externalId", d.ExternalID)
	if err := tx.refer(&fs, m, d); err != nil {
		return nil, err
	}
	return m, fs.Err()
}

// blank is a message of the conversation, later than all others in it.
func (tx *Tx) blank(c *Conversation) *Message {
	now := tx.Now()
	if last := c.LastActivityAt; !now.After(last) {
		now = last.Add(time.Millisecond).UTC() // messages of a thread sort by time alone
	}
	return &Message{ID: NewID(now), ConversationID: c.ID, ContactID: c.ContactID, ChannelID: c.ChannelID, ChannelKind: c.ChannelKind,
		Kind: Reply, Type: TypeText, CreatedAt: now}
}

// refer finds the messages of the same conversation that the draft answers or reacts to.
func (tx *Tx) refer(fs *faults, m *Message, d Draft) error {
	for field, id := range map[string]ID{"replyToId": d.ReplyTo, "reaction.messageId": d.reactsTo()} {
		if id == "" {
			continue
		}
		var to Message
		err := tx.DB.Where("id = ? AND conversation_id = ?", string(id), string(m.ConversationID)).Limit(1).Find(&to).Error
		if err != nil {
			return err
		}
		if to.ID == "" || to.ExternalID == nil && m.ChannelKind.Capabilities().Queued {
			fs.Add(field, "there is no such message in this conversation that the channel knows")
			continue
		}
		if field == "replyToId" {
			m.ReplyToID, m.Content.QuotedID = to.ID, deref(to.ExternalID)
		} else {
			m.Content.Reaction = &wire.Reaction{MessageID: to.ID.With(PrefixMessage), ExternalID: deref(to.ExternalID), Emoji: d.Content.Reaction.Emoji}
		}
	}
	if d.Content.Reaction != nil && d.reactsTo() == "" {
		fs.Add("reaction.messageId", "is missing")
	}
	return nil
}

// Answerable reports whether the message can be answered or reacted to: the channel has to know it.
func (m *Message) Answerable() bool {
	return m.Kind == Reply && m.DeletedAt == nil && m.Type != TypeReaction && (m.ExternalID != nil || !m.ChannelKind.Capabilities().Queued)
}

// reactsTo is the message that the draft's reaction is about, empty if none.
func (d Draft) reactsTo() ID {
	if d.Content.Reaction == nil {
		return ""
	}
	id, _ := ParseID(PrefixMessage, d.Content.Reaction.MessageID)
	return id
}

// handle reads somebody else's id.
func (f *faults) handle(field, text string) *string {
	if text == "" {
		return nil
	}
	text = f.Line(field, text, 1, 200)
	return &text
}

// saidBefore returns the message this one repeats, nil if none.
func (tx *Tx) saidBefore(m *Message) (*Message, error) {
	var old Message
	var err error
	switch {
	case m.ClientID != nil:
		err = tx.DB.Where("conversation_id = ? AND client_id = ?", string(m.ConversationID), *m.ClientID).Limit(1).Find(&old).Error
	case m.ExternalID != nil:
		err = tx.DB.Where("channel_id = ? AND external_id = ?", string(m.ChannelID), *m.ExternalID).Limit(1).Find(&old).Error
	}
	if err != nil || old.ID == "" {
		return nil, err
	}
	return &old, nil
}
