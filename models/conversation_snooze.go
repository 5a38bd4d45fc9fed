package models

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"mauve/models/store"
)

// WakeSnoozed opens the conversations whose time has come: in up to 100
// workspaces a call, 500 in each, each workspace in one change. It returns how many.
func (s *Store) WakeSnoozed(ctx context.Context) (n int, err error) {
	var owners []string
	err = s.db.Across(ctx).Model(&Conversation{}).Distinct("workspace_id").Where("status = 'snoozed' AND snoozed_until <= ?", s.Now()).
		Limit(100).Pluck("workspace_id", &owners).Error
	for _, id := range owners {
		woken, e := s.System(ctx, ID(id)).wakeSnoozed()
		n, err = n+woken, errors.Join(err, e)
	}
	return n, err
}

func (s *Scope) wakeSnoozed() (n int, err error) {
	err = s.change(func(tx *Tx) error {
		due, err := tx.dueForUpdate(tx.Now())
		if n = len(due); err != nil || n == 0 {
			return err
		}
		return tx.openAll(due)
	})
	return n, err
}

// dueForUpdate locks the snoozed conversations whose time has come, then reads them.
func (tx *Tx) dueForUpdate(now time.Time) ([]*Conversation, error) {
	query := "SELECT id FROM conversations WHERE workspace_id = ? AND status = 'snoozed' AND snoozed_until <= ? ORDER BY id LIMIT 500"
	if tx.Postgres() {
		query += store.ForUpdate
	}
	var ids []any
	err := tx.QueryEach(query, []any{now}, func(row store.Scan) error {
		var id string
		err := row(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	l := &store.Listing{Table: "conversations c", Alias: "c"}
	l.And("c.status = 'snoozed' AND c.id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", ids...)
	due := make([]*Conversation, 0, len(ids))
	err = tx.QueryEach(l.From(ConversationTable.Columns.String(), ConversationTable.Joins), l.Args, ConversationTable.Columns.Read(&due))
	return due, err
}

// openAll opens conversations at one moment, each with its event.
func (tx *Tx) openAll(due []*Conversation) error {
	at := tx.Now()
	for _, c := range due {
		if !at.After(c.UpdatedAt) {
			at = c.UpdatedAt.Add(time.Millisecond).UTC()
		}
	}
	ids, sums := make([]string, len(due)), map[Count]int64{}
	for i, c := range due {
		ids[i] = string(c.ID)
		sums[c.counted()]--
		var d Changes
		d.Note("status", string(c.Status), string(StatusOpen))
		c.Status, c.SnoozedUntil, c.UpdatedAt = StatusOpen, nil, at
		sums[c.counted()]++
		if err := tx.Record(c.event(ConversationStatus, d)); err != nil {
			return err
		}
	}
	if err := tx.steps(sums); err != nil {
		return err
	}
	return tx.WithoutEvent("told conversation by conversation", func(db *gorm.DB) error {
		return db.Model(&Conversation{}).Where("id IN ?", ids).
			Updates(map[string]any{"status": StatusOpen, "snoozed_until": nil, "updated_at": at}).Error
	})
}
