package models_test

import (
	"database/sql"
	"fmt"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
)

// TestEventsKeepTheirOrderInAnotherCluster restores a dump made by PostgreSQL's
// own tools, as far as the store can tell: the cluster is another one.
func TestEventsKeepTheirOrderInAnotherCluster(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t, "postgres")
	for i := range 5 {
		if _, err := w.Acme.Scope.CreateContact(models.ContactChange{Name: new(fmt.Sprint("C", i))}); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("pgx", w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// Who began first wrote last: the order by transaction is not the order by number.
	if _, err := db.Exec("UPDATE events SET txid = 100 - seq"); err != nil {
		t.Fatal(err)
	}
	before := order(t, w.Acme.Scope)
	if _, err := db.Exec("UPDATE events SET txid = txid + 4000000000; UPDATE cluster SET system_id = 1"); err != nil {
		t.Fatal(err)
	}
	moved, err := models.Open(t.Context(), models.Options{URL: w.URL, SecretKey: modelstest.Secret})
	if err != nil {
		t.Fatal(err)
	}
	defer moved.Close()
	scope := moved.As(t.Context(), w.Acme.ID, w.Acme.Owner.Actor())
	assert.Check(t, is.DeepEqual(order(t, scope), before))
	assert.Check(t, len(before) >= 6, before)
	c, err := scope.CreateContact(models.ContactChange{Name: new("new")})
	if err != nil {
		t.Fatal(err)
	}
	after := order(t, scope)
	last, err := scope.EventsAfter(after[len(after)-2], 2)
	if assert.Check(t, err) && assert.Check(t, is.Len(last, 1), "what is written in the new cluster does not come last") {
		assert.Check(t, is.Equal(last[0].SubjectID, c.ID), "what is written in the new cluster does not come last")
	}
}

func order(t *testing.T, s *models.Scope) (ids []models.ID) {
	t.Helper()
	events, err := s.EventsAfter("", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}
