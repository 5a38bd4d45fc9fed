package api

import (
	"strconv"

	"mauve/models"
	"mauve/models/search"
	"mauve/models/wire"
)

type conversationQuery struct {
	Paging
	Status       string `query:"status" enum:"open,snoozed,closed"`
	Channel      string `query:"channel" doc:"The kind of channel"`
	ChannelID    string `query:"channelId"`
	ContactID    string `query:"contactId"`
	AssigneeID   string `query:"assigneeId" doc:"A member's id, or none"`
	Label        string `query:"label"`
	Unread       bool   `query:"unread" doc:"Only those with something unread"`
	UpdatedSince string `query:"updatedSince" format:"date-time"`
	Q            string `query:"q" maxLength:"200" doc:"In the contact's name, phone, email or externalId"`
}

func listConversations(s *models.Scope, in *conversationQuery) (*listOut[wire.Conversation], error) {
	f := search.ConversationFilter{Status: models.ConversationState(in.Status), Channel: models.ChannelKind(in.Channel),
		Label: in.Label, Unread: in.Unread, Q: in.Q, AssigneeID: in.AssigneeID}
	var err error
	if f.ChannelID, err = fieldID(models.PrefixChannel, "channelId", in.ChannelID); err != nil {
		return nil, err
	}
	if f.ContactID, err = fieldID(models.PrefixContact, "contactId", in.ContactID); err != nil {
		return nil, err
	}
	if in.AssigneeID != "none" {
		id, err := fieldID(models.PrefixMember, "assigneeId", in.AssigneeID)
		if err != nil {
			return nil, err
		}
		f.AssigneeID = string(id)
	}
	if f.UpdatedSince, err = fieldTime("updatedSince", in.UpdatedSince); err != nil {
		return nil, err
	}
	l, err := search.Conversations(s, f, in.ask())
	if err != nil {
		return nil, err
	}
	unread := ""
	if in.Unread {
		unread = strconv.FormatBool(true)
	}
	q := query("status", in.Status, "channel", in.Channel, "channelId", in.ChannelID, "contactId", in.ContactID, "assigneeId", in.AssigneeID,
		"label", in.Label, "unread", unread, "updatedSince", in.UpdatedSince, "q", in.Q)
	return page(l, "/conversations", q, (*models.Conversation).Wire), nil
}

type conversationOut = one[wire.Conversation]

func conversation(c *models.Conversation, status int) *conversationOut {
	return &conversationOut{ETag: etag(c.Version()), Location: Prefix + "/conversations/" + c.ID.With(models.PrefixConversation), Status: status, Body: c.Wire()}
}

func createConversation(s *models.Scope, in *struct {
	Body struct {
		ContactID string         `json:"contactId,omitempty" doc:"An existing contact"`
		Contact   *ContactFields `json:"contact,omitempty" doc:"Found by externalId, email or phone, or made"`
		Channel   string         `json:"channel,omitempty" doc:"The kind of channel; the workspace's first of it"`
		ChannelID string         `json:"channelId,omitempty"`
		Message   *MessageFields `json:"message,omitempty" doc:"The first message"`
	}
}) (*conversationOut, error) {
	b := in.Body
	start := models.ConversationStart{Kind: models.ChannelKind(b.Channel)}
	var err error
	if start.ContactID, err = fieldID(models.PrefixContact, "contactId", b.ContactID); err != nil {
		return nil, err
	}
	if start.ChannelID, err = fieldID(models.PrefixChannel, "channelId", b.ChannelID); err != nil {
		return nil, err
	}
	if b.Contact != nil {
		change := b.Contact.change()
		start.Contact = &change
	}
	if b.Message != nil {
		first, err := b.Message.draft()
		if err != nil {
			return nil, models.Within("message", err)
		}
		start.First = &first
	}
	c, err := s.OpenConversation(start)
	if err != nil {
		return nil, err
	}
	return conversation(c, 201), nil
}

func showConversation(s *models.Scope, in *ByID) (*conversationOut, error) {
	id, err := idOf(models.PrefixConversation, in.ID, "conversation")
	if err != nil {
		return nil, err
	}
	c, err := s.Conversation(id)
	if err != nil {
		return nil, err
	}
	return conversation(c, 200), nil
}

func updateConversation(s *models.Scope, in *struct {
	ByID
	UnlessChanged
	Body struct {
		Status       *string       `json:"status,omitempty" enum:"open,snoozed,closed"`
		SnoozedUntil maybe[string] `json:"snoozedUntil,omitempty" doc:"With status snoozed; without it, until the contact writes"`
		AssigneeID   maybe[string] `json:"assigneeId,omitempty" doc:"null: nobody"`
		Labels       labels        `json:"labels,omitempty"`
	}
}) (*conversationOut, error) {
	id, err := idOf(models.PrefixConversation, in.ID, "conversation")
	if err != nil {
		return nil, err
	}
	change := models.ConversationChange{Labels: in.Body.Labels.pointer(), Version: in.version()}
	if in.Body.Status != nil {
		status := models.ConversationState(*in.Body.Status)
		change.Status = &status
	}
	if in.Body.SnoozedUntil.Value != "" {
		until, err := fieldTime("snoozedUntil", in.Body.SnoozedUntil.Value)
		if err != nil {
			return nil, err
		}
		change.SnoozedUntil = &until
	}
	if in.Body.AssigneeID.Sent {
		to, err := fieldID(models.PrefixMember, "assigneeId", in.Body.AssigneeID.Value)
		if err != nil {
			return nil, err
		}
		change.Assignee = &to
	}
	c, err := s.UpdateConversation(id, change)
	if err != nil {
		return nil, err
	}
	return conversation(c, 200), nil
}

func readConversation(s *models.Scope, in *ByID) (*conversationOut, error) {
	id, err := idOf(models.PrefixConversation, in.ID, "conversation")
	if err != nil {
		return nil, err
	}
	c, err := s.ReadConversation(id)
	if err != nil {
		return nil, err
	}
	return conversation(c, 200), nil
}
