package models

import (
	"context"

	"gorm.io/gorm"
)

// Receipt is a word to a channel that the team read what a contact wrote, or types an answer.
type Receipt struct {
	Account    *Account
	ExternalID string // of the contact's newest message
	Typing     bool
}

// tellRead lets the channel be told that the conversation was read.
func (tx *Tx) tellRead(c *Conversation, typing bool) error {
	if !c.ChannelKind.Capabilities().Receipts {
		return nil
	}
	return tx.quietly("a receipt is told as the reading", func(db *gorm.DB) error {
		return db.Model(&Conversation{}).Where("id = ?", string(c.ID)).
			UpdateColumns(map[string]any{"receipt_at": tx.Now(), "receipt_typing": typing}).Error
	})
}

// ShowTyping lets the contact see that somebody types, where the channel can show it. It marks what they wrote as read there.
func (s *Scope) ShowTyping(conversation ID) error {
	if err := s.may(WriteDesk); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		c, err := tx.Conversation(conversation)
		if err != nil {
			return err
		}
		return tx.tellRead(c, true)
	})
}

// ClaimReceipts takes up to limit receipts that are due. A receipt is taken
// once: one that could not be told is forgotten, because the next one tells it too.
func (s *Store) ClaimReceipts(ctx context.Context, limit int) ([]*Receipt, error) {
	var due []*Conversation
	now := s.Now()
	err := s.write(acrossWorkspaces(ctx), func(db *gorm.DB) error {
		db = db.Set(tallyKey, &tally{quiet: 1}).Session(&gorm.Session{})
		err := skipLocked(db).Select("id", "workspace_id", "channel_id", "receipt_at", "receipt_typing").
			Where("receipt_at <= ?", now).Order("receipt_at").Limit(limit).Find(&due).Error
		if err != nil || len(due) == 0 {
			return err
		}
		ids := make([]string, len(due))
		for i, c := range due {
			ids[i] = string(c.ID)
		}
		return db.Model(&Conversation{}).Where("id IN ?", ids).UpdateColumns(map[string]any{"receipt_at": nil, "receipt_typing": false}).Error
	})
	if err != nil || len(due) == 0 {
		return nil, err
	}
	return s.receipts(ctx, due)
}

func (s *Store) receipts(ctx context.Context, due []*Conversation) ([]*Receipt, error) {
	ids, workspaces := make([]string, len(due)), make([]string, len(due))
	for i, c := range due {
		ids[i], workspaces[i] = string(c.ID), string(c.WorkspaceID)
	}
	var newest []*Message
	err := s.across(ctx).Select("conversation_id", "external_id").Where("workspace_id IN ? AND conversation_id IN ? AND direction = 'inbound' AND external_id IS NOT NULL "+
		"AND NOT EXISTS (SELECT 1 FROM messages n WHERE n.workspace_id = messages.workspace_id AND n.conversation_id = messages.conversation_id AND n.direction = 'inbound' "+
		"AND n.external_id IS NOT NULL AND (n.created_at, n.id) > (messages.created_at, messages.id))", workspaces, ids).Find(&newest).Error
	external := map[ID]string{}
	for _, m := range newest {
		external[m.ConversationID] = deref(m.ExternalID)
	}
	accounts := map[ID]*Account{}
	var all []*Receipt
	for _, c := range due {
		if accounts[c.ChannelID] == nil && err == nil {
			accounts[c.ChannelID], err = s.Account(ctx, c.ChannelID)
			if KindOf(err) == NotFound {
				err = nil
			}
		}
		if a := accounts[c.ChannelID]; a != nil && external[c.ID] != "" && a.Status == Connected {
			all = append(all, &Receipt{Account: a, ExternalID: external[c.ID], Typing: c.ReceiptTyping})
		}
	}
	return all, err
}
