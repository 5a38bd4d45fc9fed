package whatsappweb_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/channels/whatsappweb"
	"mauve/models"
	"mauve/models/backup"
	"mauve/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Run(m) }

// TestKeysInTheStore makes the library's tables in our stores, from two replicas
// at once, and finds a device by its name again. No line is made: there is no network.
func TestKeysInTheStore(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		other := again(t, w, modelstest.Secret)
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
		keep(t, keys.Devices(t), jid)
		d, err := keys.Dial(t.Context(), whatsappweb.Call{Device: jid.String(), Hear: hear})
		if err != nil {
			t.Fatal(err)
		}
		number, lid := d.Own()
		assert.Check(t, is.Equal(number, jid), "%+v", lid)
		assert.Check(t, is.Equal(lid.User, "990001"), "%+v", lid)
		assert.Check(t, is.Equal(d.Other(t.Context(), types.NewJID("777001", types.HiddenUserServer)).User, "6281234567890"), "as the map of LIDs says")

		// The keys are in no backup: who holds one alone cannot speak as the phone.
		if _, err = backup.Write(t.Context(), w.Store, func(name string, piece []byte) error {
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
func keep(t *testing.T, devices interface{ NewDevice() *store.Device }, jid types.JID) *store.Device {
	t.Helper()
	device := devices.NewDevice()
	device.ID, device.LID = &jid, types.NewJID("990001", types.HiddenUserServer)
	device.Account = &waAdv.ADVSignedDeviceIdentity{Details: []byte("d"), AccountSignatureKey: make([]byte, 32), AccountSignature: make([]byte, 64), DeviceSignature: make([]byte, 64)}
	assert.NilError(t, device.Save(t.Context()))
	assert.NilError(t, device.LIDs.PutLIDMapping(t.Context(), types.NewJID("777001", types.HiddenUserServer), types.NewJID("6281234567890", types.DefaultUserServer)))
	return device
}

// lent calls use with the library's own view of the tables.
func lent(t *testing.T, store *models.Store, use func(db *sql.DB, clear *sqlstore.Container)) {
	t.Helper()
	assert.NilError(t, store.Lend(t.Context(), func(db *sql.DB, dialect string) error {
		use(db, sqlstore.NewWithDB(db, dialect, nil))
		return nil
	}))
}

// everyByte returns all that the library's tables hold.
func everyByte(t *testing.T, store *models.Store) (held []byte) {
	t.Helper()
	lent(t, store, func(db *sql.DB, _ *sqlstore.Container) {
		for _, table := range []string{"device", "pre_keys", "sessions", "sender_keys", "app_state_sync_keys", "message_secrets", "privacy_tokens", "nct_salt"} {
			rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+models.LentTables+table)
			assert.NilError(t, err, table)
			columns, err := rows.Columns()
			assert.NilError(t, err, table)
			n := 0
			for ; rows.Next(); n++ {
				cells, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
				for i := range cells {
					into[i] = &cells[i]
				}
				assert.NilError(t, rows.Scan(into...), table)
				for _, c := range cells {
					held = append(held, c...)
				}
			}
			assert.Check(t, n > 0, "nothing is in %s: the test shows nothing of it", table)
			assert.NilError(t, errors.Join(rows.Err(), rows.Close()), table)
		}
	})
	return held
}

// TestTheKeysOfALinkedPhoneAreSealed fills every kind of secret that the library
// keeps, finds none in the store, and reads all of them by another replica.
func TestTheKeysOfALinkedPhoneAreSealed(t *testing.T) {
	t.Parallel()
	jid := types.JID{User: "33612345678", Device: 7, Server: types.DefaultUserServer}
	who := types.NewJID("6281234567890", types.DefaultUserServer)
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		ctx := t.Context()
		d := keep(t, whatsappweb.NewKeys(w.Store).Devices(t), jid)
		secrets := map[string][]byte{"noise": d.NoiseKey.Priv[:], "identity": d.IdentityKey.Priv[:], "signed pre key": d.SignedPreKey.Priv[:], "adv": d.AdvSecretKey}
		pre, err := d.PreKeys.GetOrGenPreKeys(ctx, 3)
		assert.NilError(t, err)
		one, err := d.PreKeys.GenOnePreKey(ctx)
		assert.NilError(t, err)
		for _, key := range append(pre, one) {
			secrets[fmt.Sprint("pre key ", key.KeyID)] = key.Priv[:]
		}
		is32 := func(name string) []byte {
			secrets[name] = []byte((name + strings.Repeat("!", 32))[:32])
			return secrets[name]
		}
		assert.NilError(t, errors.Join(
			d.Sessions.PutSession(ctx, "one:1", is32("session one")),
			d.Sessions.PutManySessions(ctx, map[string][]byte{"two:1": is32("session two")}),
			d.SenderKeys.PutSenderKey(ctx, "group", "two:1", is32("sender key")),
			d.AppStateKeys.PutAppStateSyncKey(ctx, []byte("id"), store.AppStateSyncKey{Data: is32("app state"), Fingerprint: []byte("f"), Timestamp: 5}),
			d.MsgSecrets.PutMessageSecret(ctx, who, who, "A", is32("message A")),
			d.MsgSecrets.PutMessageSecrets(ctx, []store.MessageSecretInsert{{Chat: who, Sender: who, ID: "B", Secret: is32("message B")}}),
			d.PrivacyTokens.PutPrivacyTokens(ctx, store.PrivacyToken{User: who, Token: is32("privacy"), Timestamp: time.Now()}),
			d.NCTSalt.PutNCTSalt(ctx, is32("salt"))))

		held := everyByte(t, w.Store)
		assert.Check(t, bytes.Contains(held, d.SignedPreKey.Signature[:]), "what is public is found, so the search finds")
		for name, secret := range secrets {
			assert.Check(t, !bytes.Contains(held, secret), "%s lies in clear in the store", name)
		}

		other := again(t, w, modelstest.Secret)
		d, err = whatsappweb.NewKeys(other).Devices(t).GetDevice(ctx, jid)
		assert.NilError(t, err)
		got := map[string][]byte{"noise": d.NoiseKey.Priv[:], "identity": d.IdentityKey.Priv[:], "signed pre key": d.SignedPreKey.Priv[:], "adv": d.AdvSecretKey}
		for _, key := range append(pre, one) {
			k, err := d.PreKeys.GetPreKey(ctx, key.KeyID)
			assert.NilError(t, err)
			got[fmt.Sprint("pre key ", key.KeyID)] = k.Priv[:]
			assert.Check(t, is.DeepEqual(k.Pub, key.Pub))
		}
		keep := func(name string) func(secret []byte, err error) {
			return func(secret []byte, err error) { assert.Check(t, err, name); got[name] = secret }
		}
		keep("session one")(d.Sessions.GetSession(ctx, "one:1"))
		many, err := d.Sessions.GetManySessions(ctx, []string{"two:1", "three:1"})
		keep("session two")(many["two:1"], err)
		assert.Check(t, many["three:1"] == nil, "who was never heard has no session")
		keep("sender key")(d.SenderKeys.GetSenderKey(ctx, "group", "two:1"))
		settings, err := d.AppStateKeys.GetAppStateSyncKey(ctx, []byte("id"))
		assert.NilError(t, err)
		keep("app state")(settings.Data, err)
		all, err := d.AppStateKeys.GetAllAppStateSyncKeys(ctx)
		assert.NilError(t, err)
		assert.Check(t, is.DeepEqual(all, []*store.AppStateSyncKey{settings}))
		for _, id := range []string{"A", "B"} {
			secret, _, err := d.MsgSecrets.GetMessageSecret(ctx, who, who, id)
			keep("message "+id)(secret, err)
		}
		token, err := d.PrivacyTokens.GetPrivacyToken(ctx, who)
		assert.NilError(t, err)
		keep("privacy")(token.Token, err)
		keep("salt")(d.NCTSalt.GetNCTSalt(ctx))
		assert.Check(t, is.DeepEqual(got, secrets))
		left, err := d.PreKeys.GetOrGenPreKeys(ctx, 3)
		assert.NilError(t, err)
		assert.Check(t, is.DeepEqual(left, pre), "those that WhatsApp was not given yet")

		for what, none := range map[string]func() (any, error){
			"session":    func() (any, error) { s, err := d.Sessions.GetSession(ctx, "three:1"); return s == nil, err },
			"sender key": func() (any, error) { k, err := d.SenderKeys.GetSenderKey(ctx, "none", "x"); return k == nil, err },
			"settings": func() (any, error) {
				k, err := d.AppStateKeys.GetAppStateSyncKey(ctx, []byte("none"))
				return k == nil, err
			},
			"pre key": func() (any, error) { k, err := d.PreKeys.GetPreKey(ctx, 4711); return k == nil, err },
			"message": func() (any, error) {
				k, _, err := d.MsgSecrets.GetMessageSecret(ctx, who, who, "C")
				return k == nil, err
			},
			"privacy": func() (any, error) { k, err := d.PrivacyTokens.GetPrivacyToken(ctx, jid); return k == nil, err },
		} {
			isNil, err := none()
			assert.Check(t, err, what)
			assert.Check(t, is.Equal(isNil, true), what)
		}

		wrong := whatsappweb.NewKeys(again(t, w, []byte("another secret of thirty-two byte")))
		_, err = wrong.Dial(ctx, whatsappweb.Call{Device: jid.String(), Hear: func(any) bool { return true }})
		assert.Check(t, is.ErrorIs(err, whatsappweb.ErrSealed))
		d, err = whatsappweb.NewKeys(w.Store).Devices(t).GetDevice(ctx, jid)
		assert.Check(t, err)
		assert.Check(t, d != nil, "another SECRET_KEY deleted the keys")
	})
}

// TestKeysOfBeforeTheyWereSealedAreDeleted links a phone as the library alone does.
func TestKeysOfBeforeTheyWereSealedAreDeleted(t *testing.T) {
	t.Parallel()
	jid := types.JID{User: "33612345678", Device: 7, Server: types.DefaultUserServer}
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		whatsappweb.NewKeys(w.Store).Devices(t)
		var d *store.Device
		lent(t, w.Store, func(_ *sql.DB, clear *sqlstore.Container) { d = keep(t, clear, jid) })
		_, err := whatsappweb.NewKeys(w.Store).Dial(t.Context(), whatsappweb.Call{Device: jid.String(), Hear: func(any) bool { return true }})
		assert.Check(t, is.ErrorIs(err, whatsappweb.ErrForgotten))
		lent(t, w.Store, func(_ *sql.DB, clear *sqlstore.Container) {
			d, err = clear.GetDevice(t.Context(), jid)
			assert.Check(t, err)
			assert.Check(t, d == nil, "they lie there still")
		})
	})
}

// again opens the world's store once more, as another replica does.
func again(t *testing.T, w *modelstest.World, secret []byte) *models.Store {
	t.Helper()
	store, err := models.Open(t.Context(), models.Options{URL: w.URL, SecretKey: secret})
	assert.NilError(t, err)
	t.Cleanup(func() { store.Close() })
	return store
}
