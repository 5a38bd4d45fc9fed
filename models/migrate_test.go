package models_test

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"

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
	if after := order(t, scope); !slices.Equal(before, after) || len(after) < 6 {
		t.Errorf("the order was\n%v and is\n%v", before, after)
	}
	c, err := scope.CreateContact(models.ContactChange{Name: new("new")})
	if err != nil {
		t.Fatal(err)
	}
	after := order(t, scope)
	if last, err := scope.EventsAfter(after[len(after)-2], 2); err != nil || len(last) != 1 || last[0].SubjectID != c.ID {
		t.Error("what is written in the new cluster does not come last:", last, err)
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
