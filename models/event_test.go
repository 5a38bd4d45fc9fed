package models

import (
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// TestWhatWasToldCanBeReadAgain holds a transaction open: events after it are
// not told yet, and whoever knows of one of them is given all up to it.
func TestWhatWasToldCanBeReadAgain(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store, acme, globex *Scope, ada, _ *Contact) {
		start, err := acme.newestPlace()
		assert.NilError(t, err)
		create := func(scope *Scope, name string) {
			_, err := scope.CreateContact(ContactChange{Name: &name})
			assert.NilError(t, err)
		}
		beside := func() {
			create(acme, "Grace")
			create(globex, "Mallory")
			create(acme, "Edsger")
		}
		told := 0
		if s.db.Postgres() {
			err = acme.change(func(tx *Tx) error {
				if err := tx.DB.Exec("SELECT pg_current_xact_id()").Error; err != nil {
					return err
				}
				beside()
				events, err := acme.EventsFrom(start, 10)
				told = len(events)
				return err
			})
			assert.NilError(t, err)
			assert.Equal(t, told, 0, "events told while an earlier transaction runs")
		} else {
			beside()
		}
		all, err := acme.EventsFrom(start, 10)
		assert.NilError(t, err)
		assert.Assert(t, is.Len(all, 2))

		for _, c := range []struct {
			name     string
			from, to Place
			limit    int
			want     []*Event
		}{
			{"all", start, all[1].Place(), 10, all},
			{"up to the first", start, all[0].Place(), 10, all[:1]},
			{"after the first", all[0].Place(), all[1].Place(), 10, all[1:]},
			{"a page", start, all[1].Place(), 1, all[:1]},
			{"nothing followed", all[1].Place(), all[1].Place(), 10, nil},
			{"the end lies before", all[1].Place(), all[0].Place(), 10, nil},
			{"nothing had happened", start, Place{}, 10, nil},
		} {
			events, err := acme.EventsBetween(c.from, c.to, c.limit)
			assert.NilError(t, err, c.name)
			assert.Check(t, is.DeepEqual(ids(events), ids(c.want)), c.name)
		}
	})
}

func ids(events []*Event) []ID {
	var ids []ID
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}
