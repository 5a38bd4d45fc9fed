package models

import (
	"fmt"

	"mauve/models/content"
	"mauve/models/problem"
	"mauve/models/wire"
)

// mostLinks is how many files by address are sent at once.
const mostLinks = 20

// SendEach writes what somebody composed: one message, or, on a channel that
// carries one file a message and of files by their addresses, one for each file
// in their order, with the body beside the first, or before it where it can stand
// beside none. They are sent together or not at all; those after the first have
// the client id with -2, -3 …
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
	if len(d.Links) > 0 {
		return d.linked()
	}
	if d.Kind == PrivateNote || len(d.Attachments) == 0 || len(d.Attachments) > content.MostAttachments {
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
	if err = tx.DB.Where("id = ?", string(d.Attachments[0])).Limit(1).Find(&first).Error; err != nil {
		return nil, err
	}
	files := make([]Draft, len(d.Attachments))
	for i, id := range d.Attachments {
		files[i].Attachments = []ID{id}
	}
	files[0].Content = d.Content
	return d.split(can.Carrier(first.file(), d.Body), files), nil
}

// linked makes a message for each file at an address.
func (d Draft) linked() ([]Draft, error) {
	switch {
	case d.Kind == PrivateNote || len(d.Attachments) > 0 || !d.Content.Empty():
		return nil, problem.InvalidField("attachments", "cannot be sent together with %s; send two messages", problem.Word("links"))
	case len(d.Links) > mostLinks:
		return nil, problem.InvalidField("attachments", "holds %d, at most %d are allowed", len(d.Links), mostLinks)
	}
	files := make([]Draft, len(d.Links))
	for i := range d.Links {
		files[i].Content.Media = &d.Links[i]
	}
	return d.split(content.TypeOfMedia(d.Links[0].MIMEType, d.Links[0].FileName, d.Links[0].URL), files), nil
}

// split makes a message for each file; the first file goes as the type given.
func (d Draft) split(first MessageType, files []Draft) []Draft {
	parts := files
	if d.Body != "" && !first.Captioned() {
		parts = append([]Draft{{Body: d.Body}}, files...)
	} else {
		parts[0].Body = d.Body
	}
	for i := range parts {
		parts[i].Kind, parts[i].ClientID, parts[i].Direction = d.Kind, d.ClientID, d.Direction
		if i > 0 && d.ClientID != "" {
			parts[i].ClientID = fmt.Sprintf("%s-%d", d.ClientID, i+1)
		}
	}
	parts[0].ReplyTo = d.ReplyTo
	return parts
}

// React puts an emoji at a message of the conversation, in place of an earlier
// one; the empty one takes it back. It is Invalid where the channel knows no reactions.
func (s *Scope) React(conversation, message ID, emoji string) (*Message, error) {
	return s.Send(conversation, Draft{Content: Content{Reaction: &wire.Reaction{MessageID: message.With(PrefixMessage), Emoji: emoji}}})
}
