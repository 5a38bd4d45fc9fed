package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// Receipt is a word to a channel that the team read what a contact wrote, or types an answer.
type Receipt struct {
	Account     *Account
	Recipient   Recipient
	ExternalIDs []string // of what the contact wrote since the last receipt, newest last; at least one
	Writers     []string // who of a group wrote each of them, by the vendor's ids; empty where that is not known
	Typing      bool
}

// tellRead lets the channel be told that the conversation was read.
func (tx *Tx) tellRead(c *Conversation, typing bool) error {
	if !c.ChannelKind.Capabilities().Receipts {
		return nil
	}
	return tx.WithoutEvent("a receipt is told as the reading", func(db *gorm.DB) error {
		return db.Model(&Conversation{}).Where("id = ?", string(c.ID)).
			UpdateColumns(map[string]any{"receipt_at": tx.Now(), "receipt_typing": typing}).Error
	})
}

// ShowTyping lets the contact see that somebody types, where the channel can show it. It marks what they wrote as read there.
func (s *Scope) ShowTyping(conversation ID) error {
	if err := s.May(rights.WriteConversations); err != nil {
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
	err := s.db.WithoutEvent(ctx, store.EveryWorkspace, "a lease is nobody's news", func(db *gorm.DB) error {
		err := store.SkipLocked(db).Select("id", "workspace_id", "channel_id", "contact_id", "receipt_at", "receipt_after", "receipt_typing").
			Where("receipt_at <= ?", now).Where(heldHere("conversations"), s.db.Replica(), now).Order("receipt_at").Limit(limit).Find(&due).Error
		if err != nil || len(due) == 0 {
			return err
		}
		ids := make([]string, len(due))
		for i, c := range due {
			ids[i] = string(c.ID)
		}
		return db.Model(&Conversation{}).Where("workspace_id IN ? AND id IN ?", workspacesOf(due), ids).UpdateColumns(map[string]any{"receipt_at": nil, "receipt_after": gorm.Expr("receipt_at"), "receipt_typing": false}).Error
	})
	if err != nil || len(due) == 0 {
		return nil, err
	}
	return s.receipts(ctx, due)
}

// mostRead is how many messages one receipt names.
const mostRead = 20

func (s *Store) receipts(ctx context.Context, due []*Conversation) ([]*Receipt, error) {
	people := make([]string, len(due))
	for i, c := range due {
		people[i] = string(c.ContactID)
	}
	read, err := s.unreceipted(ctx, due)
	if err != nil {
		return nil, err
	}
	known, err := recipients(s.db.Across(ctx).Where("workspace_id IN ?", workspacesOf(due)).Session(&gorm.Session{}), people)
	accounts := map[ID]*Account{}
	var all []*Receipt
	for _, c := range due {
		if accounts[c.ChannelID] == nil && err == nil {
			accounts[c.ChannelID], err = s.Account(ctx, c.ChannelID)
			if problem.KindOf(err) == problem.NotFound {
				err = nil
			}
		}
		if a := accounts[c.ChannelID]; a != nil && len(read[c.ID].ids) > 0 && a.Status == Connected {
			all = append(all, &Receipt{Account: a, Recipient: known[c.ContactID], ExternalIDs: read[c.ID].ids, Writers: read[c.ID].writers, Typing: c.ReceiptTyping})
		}
	}
	return all, err
}

func workspacesOf(conversations []*Conversation) []string {
	workspaces := make([]string, len(conversations))
	for i, c := range conversations {
		workspaces[i] = string(c.WorkspaceID)
	}
	return workspaces
}

// readNow is what a receipt names, and who wrote each of it.
type readNow struct{ ids, writers []string }

// unreceipted returns by conversation what the contact wrote since the last
// receipt, in order; the newest message is always among it.
func (s *Store) unreceipted(ctx context.Context, due []*Conversation) (map[ID]readNow, error) {
	const inbound = "workspace_id = ? AND conversation_id = ? AND direction = 'inbound' AND external_id IS NOT NULL"
	any := s.db.Across(ctx).Session(&gorm.Session{NewDB: true})
	for _, c := range due {
		since := time.Time{}
		if c.ReceiptAfter != nil {
			since = *c.ReceiptAfter
		}
		any = any.Or(inbound+" AND (created_at > ? OR NOT EXISTS (SELECT 1 FROM messages n WHERE n.workspace_id = messages.workspace_id AND n.conversation_id = messages.conversation_id "+
			"AND n.direction = 'inbound' AND n.external_id IS NOT NULL AND (n.created_at, n.id) > (messages.created_at, messages.id)))", string(c.WorkspaceID), string(c.ID), since)
	}
	var wrote []*Message
	err := s.db.Across(ctx).Select("conversation_id", "external_id", "content").Where(any).Order("created_at DESC, id DESC").Limit(mostRead * len(due)).Find(&wrote).Error
	read := map[ID]readNow{}
	for _, m := range slices.Backward(wrote) {
		writer := ""
		if by := m.Participant(); by != nil {
			writer = by.ExternalID
		}
		r := read[m.ConversationID]
		read[m.ConversationID] = readNow{append(r.ids, deref(m.ExternalID)), append(r.writers, writer)}
	}
	for id, r := range read {
		old := max(len(r.ids)-mostRead, 0)
		read[id] = readNow{r.ids[old:], r.writers[old:]}
	}
	return read, err
}
