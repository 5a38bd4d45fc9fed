package models_test

import (
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/rights"
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
	db := beside(t, w)
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

// beside is the store's database, reached around the store.
func beside(t *testing.T, w *modelstest.World) *sql.DB {
	t.Helper()
	return w.SQL(t)
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

// TestKeysOfBeforeAreAnsweredForByTheirMakers takes a store back to before keys had
// somebody who answers for them, and migrates it.
func TestKeysOfBeforeAreAnsweredForByTheirMakers(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		owner := w.Acme.Owner
		max := w.Join(t, w.Acme, "Max", "max@acme.example", rights.Admin)
		who := map[string]*models.Scope{"owner": w.Acme.Scope, "max": w.Store.As(t.Context(), w.Acme.ID, max.Actor()),
			"line": w.Store.System(t.Context(), w.Acme.ID).Scope}
		for name, scope := range who {
			_, _, err := scope.CreateKey(models.KeyDraft{Name: name, Read: true})
			assert.NilError(t, err)
			_, _, err = scope.CreateWebhook(models.WebhookChange{URL: new("https://" + name + ".example/"), Events: &[]string{"message.created"}})
			assert.NilError(t, err)
		}
		db := beside(t, w)
		for _, back := range []string{
			"UPDATE members SET removed_at = created_at WHERE id = '" + string(max.ID) + "'",
			"ALTER TABLE api_keys DROP COLUMN member_id", "ALTER TABLE api_keys DROP COLUMN session_id", "ALTER TABLE api_keys DROP COLUMN unseen",
			"ALTER TABLE webhooks DROP COLUMN member_id", "DELETE FROM goose_db_version WHERE version_id = 23",
		} {
			_, err := db.Exec(back)
			assert.NilError(t, err, back)
		}
		store, err := models.Open(t.Context(), models.Options{URL: w.URL, SecretKey: modelstest.Secret})
		assert.NilError(t, err)
		defer store.Close()
		scope := store.As(t.Context(), w.Acme.ID, owner.Actor())
		keys, err := scope.Keys()
		assert.NilError(t, err)
		answers := map[string]string{}
		for _, k := range keys {
			answers[k.Name] = fmt.Sprint(k.MemberID, " ", k.Unseen)
		}
		webhooks, err := scope.Webhooks()
		assert.NilError(t, err)
		for _, h := range webhooks {
			answers[h.URL] = string(h.MemberID)
		}
		lea := string(owner.ID)
		assert.Check(t, is.DeepEqual(answers, map[string]string{"owner": lea + " false", "max": " true", "line": " false",
			"https://owner.example/": lea, "https://max.example/": "", "https://line.example/": ""}))
		assert.NilError(t, scope.SeeKeys())
		keys, err = scope.Keys()
		assert.NilError(t, err)
		assert.Check(t, !slices.ContainsFunc(keys, func(k *models.APIKey) bool { return k.Unseen }), "an owner saw them")
	})
}

// TestAnswersOfBeforeThatHoldASecretGo takes a store back to before stored answers were sealed, and migrates it.
func TestAnswersOfBeforeThatHoldASecretGo(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		k, _ := w.Key(t, w.Acme, models.KeyDraft{Read: true, Write: true})
		scope := w.Store.As(t.Context(), w.Acme.ID, k.Actor())
		for _, name := range []string{"secret", "other"} {
			_, _, err := scope.Once(name, "r", func(*models.Scope) (models.Answer, error) { return models.Answer{Status: 201}, nil })
			assert.NilError(t, err)
		}
		path, lite := strings.CutPrefix(w.URL, "sqlite:")
		db := beside(t, w)
		secret := "whsec_" + strings.Repeat("q", 9000) // over more than one page of the file
		for _, back := range []string{
			"UPDATE stored_answers SET body = '{\"secret\":\"" + secret + "\"}' WHERE name = 'secret'", "UPDATE stored_answers SET body = '{}' WHERE name = 'other'",
			"ALTER TABLE stored_answers DROP COLUMN sealed", "DELETE FROM goose_db_version WHERE version_id = 24",
		} {
			_, err := db.Exec(back)
			assert.NilError(t, err, back)
		}
		store, err := models.Open(t.Context(), models.Options{URL: w.URL, SecretKey: modelstest.Secret, Now: w.Clock.Now})
		assert.NilError(t, err)
		defer store.Close()
		scope = store.As(t.Context(), w.Acme.ID, k.Actor())
		for name, want := range map[string]bool{"secret": false, "other": true} {
			_, replayed, err := scope.Once(name, "r", func(*models.Scope) (models.Answer, error) { return models.Answer{Status: 201}, nil })
			assert.NilError(t, err)
			assert.Check(t, is.Equal(replayed, want), name)
		}
		if lite {
			_, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
			assert.NilError(t, err)
			file, err := os.ReadFile(path)
			assert.NilError(t, err)
			assert.Check(t, !strings.Contains(string(file), "qqqqqqqq"), "the secret still lies in the file")
		}
	})
}
