package models

import (
	"context"
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"

	"mauve/models/store"
)

// heavy counts to two thousand million for each contact of a workspace: nobody waits for its end.
const heavy = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) "

// A statement ends at its deadline, wherever it runs, and the connection it ran on still works.
func TestStatementsEndAtTheirDeadline(t *testing.T) {
	t.Parallel()
	count := heavy + "SELECT count(*) FROM n, contacts WHERE workspace_id = ?"
	none := func(store.Scan) error { return nil }
	statements := map[string]func(s *Scope) error{
		"list": func(s *Scope) error { return s.rows.QueryEach(count, nil, none) },
		"GORM": func(s *Scope) error {
			var n int64
			return s.rows.DB.Raw(count, string(s.rows.Workspace)).Scan(&n).Error
		},
		"read of a change": func(s *Scope) error {
			return s.change(func(tx *Tx) error { return tx.QueryEach(count, nil, none) })
		},
		"write": func(s *Scope) error {
			return s.store.db.WithoutEvent(s.rows.Ctx, s.rows.Workspace, "a test", func(db *gorm.DB) error {
				return db.Exec("UPDATE contacts SET name = name WHERE workspace_id = ? AND ("+heavy+"SELECT count(*) FROM n) = 0", string(s.rows.Workspace)).Error
			})
		},
	}
	eachStore(t, func(t *testing.T, s *Store, acme, _ *Scope, ada, _ *Contact) {
		for name, run := range statements {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			ended := make(chan error, 1)
			go func() { ended <- run(s.As(ctx, ID(acme.rows.Workspace), acme.actor)) }()
			select {
			case err := <-ended:
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s ended with %v", name, err)
				}
			case <-time.After(2 * time.Minute): // a hang, not a measure
				t.Fatalf("%s runs on after its deadline", name)
			}
			cancel()
			if _, err := acme.Contact(ada.ID); err != nil {
				t.Errorf("a read after %s: %v", name, err)
			}
			name := "Ada " + name
			if _, err := acme.UpdateContact(ada.ID, ContactChange{Name: &name}); err != nil {
				t.Errorf("a change after %s: %v", name, err)
			}
		}
	})
}
