package models

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"mauve/models/store"
)

// Count is a step of a running total: lists answer how many rows they have
// without counting them. A change adds its steps as new rows, so that no two
// changes wait for one counter; CompactCounts adds them up now and then.
type Count struct {
	WorkspaceID WorkspaceID
	What        string // conversation, contact, ticket, or ticket_tag: a ticket once for each tag
	Status      string
	ChannelID   ID
	ChannelKind string
	AssigneeID  ID
	GroupID     ID     // of a ticket its category, of a ticket_tag the tag
	Priority    string // of a ticket
	N           int64
}

// step adds n to the running total of rows like this one.
func (tx *Tx) step(c Count, n int64) error { return tx.steps(map[Count]int64{c: n}) }

// steps adds to several running totals in one statement.
func (tx *Tx) steps(sums map[Count]int64) error {
	rows := make([]*Count, 0, len(sums))
	for c, n := range sums {
		if c.N = n; n != 0 {
			rows = append(rows, &c)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.WithoutEvent("totals follow from the rows told of", func(db *gorm.DB) error { return db.CreateInBatches(rows, 500).Error })
}

// Total is the question for the sum of the steps that match; empty fields match all.
func Total(c Count, into *int64) store.Query {
	q, args := "SELECT coalesce(sum(n), 0) FROM counts WHERE workspace_id = ? AND what = ?", []any{c.What}
	for _, f := range [...]struct{ column, v string }{
		{"status", c.Status}, {"channel_id", string(c.ChannelID)}, {"channel_kind", c.ChannelKind}, {"assignee_id", string(c.AssigneeID)},
		{"group_id", string(c.GroupID)}, {"priority", c.Priority},
	} {
		switch f.v {
		case "":
		case Nobody:
			q += " AND " + f.column + " = ''"
		default:
			q += " AND " + f.column + " = ?"
			args = append(args, f.v)
		}
	}
	return store.Int(into, q, args...)
}

// Nobody is the filter for rows without assignee or category.
const Nobody = "none"

// CompactCounts adds up the steps of all running totals.
func (s *Store) CompactCounts(ctx context.Context) error {
	const columns = "workspace_id, what, status, channel_id, channel_kind, assignee_id, group_id, priority"
	if s.db.Postgres() {
		_, err := s.db.SQL().ExecContext(ctx, strings.ReplaceAll(`WITH gone AS (DELETE FROM counts WHERE (COLUMNS) IN
			(SELECT COLUMNS FROM counts GROUP BY COLUMNS HAVING count(*) > 20) RETURNING *)
			INSERT INTO counts (COLUMNS, n) SELECT COLUMNS, sum(n) FROM gone GROUP BY COLUMNS`, "COLUMNS", columns))
		return err
	}
	return s.db.WithoutEvent(ctx, store.EveryWorkspace, "totals stay what they are", func(db *gorm.DB) error {
		var last int64
		if err := db.Raw("SELECT coalesce(max(rowid), 0) FROM counts").Scan(&last).Error; err != nil {
			return err
		}
		if err := db.Exec("INSERT INTO counts ("+columns+", n) SELECT "+columns+", sum(n) FROM counts WHERE rowid <= ? GROUP BY "+columns, last).Error; err != nil {
			return err
		}
		return db.Exec("DELETE FROM counts WHERE rowid <= ?", last).Error
	})
}
