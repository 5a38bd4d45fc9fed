package models

import (
	"fmt"

	"mauve/models/wire"
)

// SendEach writes what somebody composed: one message, or, on a channel that
// carries one file a message, one for each file in their order, with the body
// beside the first, or before it where it can stand beside none. They are sent
// together or not at all; those after the first have the client id with -2, -3 …
func (s *Scope) SendEach(conversation ID, d Draft) ([]*Message, error) {
	var all []*Message
	err := s.change(func(tx *Tx) error {
		parts, err := tx.parts(conversation, d)
		if err != nil {
			return err
		}
		for _, part := range parts {
			m, err := tx.Send(conversation, part)
			if err != nil {
				return err
			}
			all = append(all, m)
		}
		return nil
	})
	return all, err
}

// parts takes a draft apart into messages that the conversation's channel carries.
func (tx *Tx) parts(conversation ID, d Draft) ([]Draft, error) {
	if d.Kind == PrivateNote || len(d.Attachments) == 0 || len(d.Attachments) > MostAttachments {
		return []Draft{d}, nil
	}
	c, err := tx.Conversation(conversation)
	if err != nil {
		return nil, err
	}
	can := c.ChannelKind.Capabilities()
	if !can.OneFile {
		return []Draft{d}, nil
	}
	var first Attachment
	if err = tx.db.Where("id = ?", string(d.Attachments[0])).Limit(1).Find(&first).Error; err != nil {
		return nil, err
	}
	return d.split(first.carrier(d.Body, can)), nil
}

// split makes a message for each file; the first file goes as the type given.
func (d Draft) split(first MessageType) []Draft {
	var parts []Draft
	if d.Body != "" && !first.captioned() {
		parts = append(parts, Draft{Body: d.Body})
		d.Body = ""
	}
	for i, id := range d.Attachments {
		part := Draft{Attachments: []ID{id}}
		if i == 0 {
			part.Body = d.Body
		}
		parts = append(parts, part)
	}
	for i := range parts {
		parts[i].Kind, parts[i].ClientID = d.Kind, d.ClientID
		if i > 0 && d.ClientID != "" {
			parts[i].ClientID = fmt.Sprintf("%s-%d", d.ClientID, i+1)
		}
	}
	parts[0].ReplyTo, parts[0].Content = d.ReplyTo, d.Content
	return parts
}

// React puts an emoji at a message of the conversation, in place of an earlier
// one; the empty one takes it back. It is Invalid where the channel knows no reactions.
func (s *Scope) React(conversation, message ID, emoji string) (*Message, error) {
	return s.Send(conversation, Draft{Content: Content{Reaction: &wire.Reaction{MessageID: message.With(PrefixMessage), Emoji: emoji}}})
}
