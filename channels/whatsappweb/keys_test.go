package whatsappweb_test

import (
	"database/sql"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/whatsappweb"
	"mauve/models"
	"mauve/models/modelstest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	modelstest.Stop()
	os.Exit(code)
}

// TestKeysInTheStore makes the library's tables in our stores, from two replicas
// at once, and finds a device by its name again. No line is made: there is no network.
func TestKeysInTheStore(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		other, err := models.Open(t.Context(), models.Options{URL: w.URL, SecretKey: modelstest.Secret})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		hear := func(any) bool { return true }
		var all sync.WaitGroup
		for _, store := range []*models.Store{w.Store, other} {
			all.Go(func() {
				d, err := whatsappweb.NewKeys(store).Dial(t.Context(), whatsappweb.Call{Hear: hear})
				assert.Check(t, err)
				assert.Check(t, d != nil)
			})
		}
		all.Wait()
		keys := whatsappweb.NewKeys(w.Store)
		for _, name := range []string{"33612345678:7@s.whatsapp.net", "no name"} {
			_, err := keys.Dial(t.Context(), whatsappweb.Call{Device: name, Hear: hear})
			assert.Check(t, is.ErrorIs(err, whatsappweb.ErrForgotten), name)
		}
		jid := types.JID{User: "33612345678", Device: 7, Server: types.DefaultUserServer}
		keep(t, w.Store, jid)
		d, err := keys.Dial(t.Context(), whatsappweb.Call{Device: jid.String(), Hear: hear})
		if err != nil {
			t.Fatal(err)
		}
		number, lid := d.Own()
		assert.Check(t, is.Equal(number, jid), "%+v", lid)
		assert.Check(t, is.Equal(lid.User, "990001"), "%+v", lid)
		assert.Check(t, is.Equal(d.Other(t.Context(), types.NewJID("777001", types.HiddenUserServer)).User, "6281234567890"), "as the map of LIDs says")

		// The keys are in no backup: who holds one alone cannot speak as the phone.
		if _, err = w.Store.Backup(t.Context(), func(name string, piece []byte) error {
			if strings.Contains(name, models.LentTables) {
				t.Error("the backup holds", name)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		if err = d.Logout(t.Context()); err == nil {
			t.Error("WhatsApp was told without a network")
		}
		if _, err = keys.Dial(t.Context(), whatsappweb.Call{Device: jid.String(), Hear: hear}); !errors.Is(err, whatsappweb.ErrForgotten) {
			t.Error("the keys are still there:", err)
		}
	})
}

// keep writes a device as pairing does.
func keep(t *testing.T, store *models.Store, jid types.JID) {
	t.Helper()
	err := store.Lend(t.Context(), func(db *sql.DB, dialect string) error {
		kept := sqlstore.NewWithDB(db, dialect, nil)
		device := kept.NewDevice()
		device.ID, device.LID = &jid, types.NewJID("990001", types.HiddenUserServer)
		device.Account = &waAdv.ADVSignedDeviceIdentity{Details: []byte("d"), AccountSignatureKey: make([]byte, 32), AccountSignature: make([]byte, 64), DeviceSignature: make([]byte, 64)}
		if err := device.Save(t.Context()); err != nil {
			return err
		}
		return device.LIDs.PutLIDMapping(t.Context(), types.NewJID("777001", types.HiddenUserServer), types.NewJID("6281234567890", types.DefaultUserServer))
	})
	if err != nil {
		t.Fatal(err)
	}
}
