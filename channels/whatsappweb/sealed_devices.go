package whatsappweb

import (
	"context"
	"log/slog"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
)

// sealedDevices are the linked phones in the library's tables, their secrets sealed.
type sealedDevices struct {
	*sqlstore.Container
	seal seal
}

// sealedDevice keeps one of them: the library saves and deletes a device by its container.
type sealedDevice struct {
	sealedDevices
	seeds *store.Device // as the tables have it
}

// NewDevice makes the keys of a phone that is not linked yet. Saving it keeps them.
func (s sealedDevices) NewDevice() *store.Device {
	seeds := s.Container.NewDevice()
	device := s.grow(seeds)
	device.SignedPreKey.Signature = device.IdentityKey.Sign(&device.SignedPreKey.KeyPair)
	return device
}

// GetDevice returns the linked phone of that name; nil if there is none, and
// ErrSealed if it was linked under another SECRET_KEY.
func (s sealedDevices) GetDevice(ctx context.Context, jid types.JID) (*store.Device, error) {
	seeds, err := s.Container.GetDevice(ctx, jid)
	if err != nil || seeds == nil {
		return nil, err
	}
	device := s.grow(seeds)
	if !signed(device) {
		return nil, ErrSealed
	}
	s.initialize(device)
	return device, nil
}

// DeleteClear forgets phones that were linked before their keys were sealed: whoever had the store had those.
func (s sealedDevices) DeleteClear(ctx context.Context) error {
	devices, err := s.GetAllDevices(ctx)
	for _, d := range devices {
		if err == nil && signed(d) {
			slog.Warn("the keys of a phone that was linked before keys were sealed are deleted; link it again")
			err = s.Container.DeleteDevice(ctx, d)
		}
	}
	return err
}

// grow returns the device of which the tables keep the seeds.
func (s sealedDevices) grow(seeds *store.Device) *store.Device {
	d := *seeds
	d.NoiseKey = s.seal.pair(seeds.NoiseKey, "noise key")
	d.IdentityKey = s.seal.pair(seeds.IdentityKey, "identity key")
	d.AdvSecretKey = s.seal.grow(seeds.AdvSecretKey, "adv key")
	d.SignedPreKey = s.seal.preKey(seeds.SignedPreKey)
	d.Container = sealedDevice{s, seeds}
	return &d
}

// initialize gives the device its stores, as the library's container does.
func (s sealedDevices) initialize(d *store.Device) {
	d.SetAllStores(sealedStore{sqlstore.NewSQLStore(s.Container, *d.ID), s.seal, d.ID.String()})
	d.LIDs = s.LIDMap
	d.Initialized = true
}

// signed reports whether the device's two long-lived keys belong together.
func signed(d *store.Device) bool {
	public := append([]byte{ecc.DjbType}, d.SignedPreKey.Pub[:]...)
	return ecc.VerifySignature(ecc.NewDjbECPublicKey(*d.IdentityKey.Pub), public, *d.SignedPreKey.Signature)
}

// PutDevice saves the device: its seeds, and what else is known of it now.
func (s sealedDevice) PutDevice(ctx context.Context, d *store.Device) error {
	row := *d
	row.NoiseKey, row.IdentityKey, row.AdvSecretKey = s.seeds.NoiseKey, s.seeds.IdentityKey, s.seeds.AdvSecretKey
	seed := *s.seeds.SignedPreKey
	seed.Signature = d.SignedPreKey.Signature
	row.SignedPreKey = &seed
	err := s.Container.PutDevice(ctx, &row)
	if d.ID != nil && !d.Initialized {
		s.initialize(d)
	}
	return err
}
