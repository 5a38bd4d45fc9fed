package backup_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models"
	"mauve/models/backup"
	"mauve/models/modelstest"
	"mauve/models/search"
	"mauve/models/testpostgres"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// divided returns a PostgreSQL store whose tables are partitioned by workspace.
func divided(t *testing.T) *models.Store {
	t.Helper()
	url := modelstest.Address(t, "postgres")
	assert.NilError(t, testpostgres.Partition(url, 3))
	return modelstest.Open(t, models.Options{URL: url})
}

// TestADividedStoreIsBackedUpOnce: each row is in the backup once, and goes into stores that are divided and that are not.
func TestADividedStoreIsBackedUpOnce(t *testing.T) {
	t.Parallel()
	from := divided(t)
	ws, owner, err := from.Found(t.Context(), models.Founder{Workspace: "Acme", Name: "Lea", Email: "lea@acme.example", Password: modelstest.Password})
	assert.NilError(t, err)
	scope := from.As(t.Context(), ws.ID, owner.Actor())
	for i := range 20 {
		_, err := scope.SendTo(models.Outgoing{Kind: models.ChannelAPI, To: fmt.Sprintf("p%d@example.com", i), Draft: models.Draft{Body: "hello"}})
		assert.NilError(t, err)
	}
	type piece struct {
		name string
		text []byte
	}
	var pieces []piece
	kept, err := backup.Write(t.Context(), from, func(name string, text []byte) error {
		pieces = append(pieces, piece{name, bytes.Clone(text)})
		return nil
	})
	assert.NilError(t, err)
	for name, into := range map[string]*models.Store{
		"divided": divided(t),
		"plain":   modelstest.Open(t, models.Options{URL: modelstest.Address(t, "postgres")}),
		"sqlite":  modelstest.Open(t, models.Options{URL: modelstest.Address(t, "sqlite")}),
	} {
		t.Run(name, func(t *testing.T) {
			left := pieces
			rows, err := backup.Restore(t.Context(), into, false, true, func() (string, io.Reader, error) {
				if len(left) == 0 {
					return "", nil, io.EOF
				}
				next := left[0]
				left = left[1:]
				return next.name, bytes.NewReader(next.text), nil
			})
			assert.NilError(t, err)
			assert.Check(t, is.Equal(rows, kept))
			all, err := search.Contacts(into.As(t.Context(), ws.ID, owner.Actor()), search.ContactFilter{}, models.Page{Size: 100})
			assert.NilError(t, err)
			assert.Check(t, is.Len(all.Items, 20))
		})
	}
}
