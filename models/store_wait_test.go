package models

import (
	"errors"
	"testing"

	"gorm.io/gorm"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/input"
	"mauve/models/problem"
)

// A statement that waits for the next one writes what its row was when it was
// left to wait, and an error of it means what it would have meant at once.
func TestStatementsThatWait(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store, acme, globex *Scope, ada, bob *Contact) {
		t.Run("write what the row was", func(t *testing.T) {
			labels, seen := Words{"early"}, s.Now()
			at := seen
			err := acme.change(func(tx *Tx) error {
				err := tx.Update(ada, map[string]any{"labels": labels, "updated_at": &at}, &Event{Kind: ContactUpdated, SubjectID: ada.ID})
				labels[0], at = "late", at.AddDate(1, 0, 0)
				return err
			})
			assert.NilError(t, err)
			c, err := acme.Contact(ada.ID)
			assert.NilError(t, err)
			assert.Check(t, is.DeepEqual(c.Labels, Words{"early"}))
			assert.Check(t, c.UpdatedAt.Equal(seen), "%v, want %v", c.UpdatedAt, seen)
		})
		t.Run("say that a name is taken", func(t *testing.T) {
			tag := func(name string) *Tag {
				return &Tag{ID: NewID(s.Now()), Name: name, Folded: input.Fold(name), CreatedAt: s.Now(), UpdatedAt: s.Now()}
			}
			vip, other := tag("vip"), tag("other")
			for _, made := range []*Tag{vip, other} {
				assert.NilError(t, acme.change(func(tx *Tx) error { return tx.Insert(made, &Event{Kind: TagCreated, SubjectID: made.ID}) }))
			}
			for name, change := range map[string]func(tx *Tx) error{
				"inserted": func(tx *Tx) error { return tx.Insert(tag("VIP"), &Event{Kind: TagCreated}) },
				"without event": func(tx *Tx) error {
					return tx.WithoutEvent("a test", func(db *gorm.DB) error { return db.Create(tag("VIP")).Error })
				},
				"renamed": func(tx *Tx) error {
					return tx.Update(other, map[string]any{"folded": vip.Folded}, &Event{Kind: TagUpdated, SubjectID: other.ID})
				},
				"and more is read": func(tx *Tx) error {
					inserted := tx.Insert(tag("VIP"), &Event{Kind: TagCreated})
					_, err := tx.QueryInt("SELECT count(*) FROM tags WHERE workspace_id = ?")
					return errors.Join(inserted, err)
				},
			} {
				err := acme.change(change)
				assert.Check(t, is.Equal(problem.KindOf(err), problem.Conflict), "%s: %v", name, err)
			}
			n, err := acme.rows.QueryInt("SELECT count(*) FROM tags WHERE workspace_id = ?")
			assert.NilError(t, err)
			assert.Check(t, is.Equal(n, int64(2)))
		})
	})
}
