package models

import (
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/problem"
	"mauve/models/rights"
	"mauve/models/store"
)

// TestAReaderReadsOneWorkspaceAndWritesNothing: whoever is handed a reader gets no further than the scope's rows and right.
func TestAReaderReadsOneWorkspaceAndWritesNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store, acme, globex *Scope, ada, bob *Contact) {
		_, err := s.As(t.Context(), acme.Workspace(), Actor{Kind: ActorMember}).Reader(rights.ReadContacts)
		assert.Check(t, is.Equal(problem.KindOf(err), problem.Forbidden))

		r, err := acme.Reader(rights.ReadContacts)
		assert.NilError(t, err)
		const count = "SELECT count(*) FROM contacts WHERE workspace_id = ?"
		n, err := r.QueryInt(count)
		assert.NilError(t, err)
		assert.Check(t, is.Equal(n, int64(1)))
		byID, err := store.RowsOf[Contact](r).ByID([]string{string(ada.ID), string(bob.ID)}, func(c *Contact) ID { return c.ID })
		assert.NilError(t, err)
		assert.Check(t, is.Len(byID, 1))
		foreign, err := store.RowsOf[Contact](r).Where("1 = 1 OR id = ?", string(bob.ID)).Most(10, "id")
		assert.NilError(t, err)
		assert.Check(t, is.Len(foreign, 1))
		none, err := store.RowsOf[Contact](r).Where("id = ?", string(bob.ID)).First("id")
		assert.NilError(t, err)
		assert.Check(t, none == nil, "another workspace's row is read")

		_, err = store.RowsOf[struct{ ID ID }](r).Most(1, "id")
		assert.Check(t, is.ErrorIs(err, store.ErrNoWorkspace), "a type of no workspace")
		_, err = r.QueryInt("SELECT count(*) FROM contacts")
		assert.Check(t, is.ErrorIs(err, store.ErrNoWorkspace), "a statement of no workspace")
		for _, writes := range []string{"DELETE FROM contacts WHERE workspace_id = ?", "WITH gone AS (DELETE FROM contacts WHERE workspace_id = ? RETURNING 1) SELECT count(*) FROM gone",
			"SELECT 1 FROM contacts WHERE workspace_id = ?; DELETE FROM contacts"} {
			_, err = r.QueryInt(writes)
			assert.Check(t, is.ErrorContains(err, "a reader asks with one SELECT"), writes)
		}

		assert.NilError(t, acme.change(func(tx *Tx) error {
			if _, err := tx.CreateContact(ContactChange{Name: new("Eve")}); err != nil {
				return err
			}
			inside, err := tx.Scope.Reader(rights.ReadContacts)
			assert.NilError(t, err)
			n, err := inside.QueryInt(count)
			assert.Check(t, is.Equal(n, int64(2)), "a change's reader sees what the change wrote")
			return err
		}))
	})
}
