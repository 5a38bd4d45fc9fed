package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"mauve/models/problem"
	"mauve/models/rights"
)

// RestoreHold is of a workspace that was restored from a backup, until somebody
// releases it: nothing of it leaves, because what the backup has waiting may have
// left long ago, and the API takes no writes.
type RestoreHold struct {
	WorkspaceID WorkspaceID
	CreatedAt   time.Time
}

// ErrHeld is returned for what a workspace that is held does not do.
var ErrHeld = problem.Fail(problem.Unavailable, "held", "This workspace was restored from a backup and is held: it takes no writes by the API, and nothing leaves. An admin releases it on the page Settings → Workspace.")

// released is the condition that the workspace of a row is not held: every
// statement asks it that takes up something that leaves.
func released(table string) string {
	return "NOT EXISTS (SELECT 1 FROM restore_holds h WHERE h.workspace_id = " + table + ".workspace_id)"
}

// Held reports whether the workspace was restored and is not released yet.
func (s *Scope) Held() (bool, error) {
	var n int64
	err := s.rows.DB.Model(&RestoreHold{}).Count(&n).Error
	return n > 0, err
}

// Release lets a workspace work that was restored. Releasing twice changes nothing.
func (s *Scope) Release() error {
	if err := s.May(rights.WriteWorkspace); err != nil {
		return err
	}
	return s.change(func(tx *Tx) error {
		n := int64(0)
		err := tx.WithoutEvent("told as the workspace", func(db *gorm.DB) error {
			q := db.Where("workspace_id <> ''").Delete(&RestoreHold{})
			n = q.RowsAffected
			return q.Error
		})
		if err != nil || n == 0 {
			return err
		}
		return tx.Record(&Event{Kind: WorkspaceUpdated, SubjectID: tx.Workspace(), Changes: Changes{"held": {From: "yes", To: "no"}}})
	})
}

// Release lets all workspaces of the store work, and returns how many were held.
func (s *Store) Release(ctx context.Context) (n int, err error) {
	var holds []*RestoreHold
	if err = s.db.Across(ctx).Find(&holds).Error; err != nil {
		return 0, err
	}
	for _, h := range holds {
		if err = s.System(ctx, ID(h.WorkspaceID)).Release(); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
