package server_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/cmd/server"
	"mauve/models"
	"mauve/models/modelstest"
)

// TestAWeakKeyIsRefusedBeforeThereIsData opens a store of each engine with each key, empty and with a workspace.
// It is not run beside others: what it reads is the one log.
func TestAWeakKeyIsRefusedBeforeThereIsData(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(old)
	for _, engine := range modelstest.Engines {
		for _, row := range []struct{ key, weak string }{
			{"hunter2", "fewer than 32 bytes"},
			{strings.Repeat("k", 31), "fewer than 32 bytes"},
			{strings.Repeat("k", 40), "again and again"},
			{"sesame-sesame-sesame-sesame-sesame-sesame-", "again and again"},
			{"sesame-sesame-sesame-sesame-sesame-sesa", "again and again"},
			{"aabbaabababbabababbbabbabbabbbaabbababab", "fewer than 8 different"},
			{"please-changeme-secret-password-mauve!!", "common words"},
			{"0123456789012345678901234567890123456789", "again and again"},
			{"5f0c6a5d0e1b4a9c8d7e6f5a4b3c2d1e", ""},
			{"the good key of a desk, 32 bytes and more", ""},
		} {
			c := server.Config{DatabaseURL: modelstest.Address(t, engine), DataDir: t.TempDir(), SecretKey: row.key, MaxConns: 4, Passwords: modelstest.CheapPasswords}
			store, err := c.OpenStore(t.Context())
			if row.weak == "" {
				assert.NilError(t, err, row.key)
				assert.NilError(t, store.Close())
				continue
			}
			assert.ErrorContains(t, err, row.weak, row.key)
			assert.Check(t, is.ErrorContains(err, "openssl rand -hex 32"))
			assert.Check(t, !strings.Contains(err.Error(), row.key), "the error tells the key")
			store, err = c.OpenStoreAt(t.Context(), 0)
			assert.NilError(t, err)
			_, _, err = store.SetUp(t.Context(), models.Founder{Workspace: "Acme", Email: "lea@acme.example", Password: modelstest.Password})
			assert.NilError(t, err)
			assert.NilError(t, store.Close())
			log.Reset()
			store, err = c.OpenStore(t.Context())
			assert.NilError(t, err, "with data: %s", row.key)
			assert.NilError(t, store.Close())
			assert.Check(t, is.Contains(log.String(), "SECRET_KEY can be guessed"))
		}
	}
}
