package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"strings"

	"mauve/models"
	"mauve/models/blob"
)

// Secret returns the key that seals stored secrets: SECRET_KEY, or the one in
// DATA_DIR, made and kept there on the first run.
func (c *Config) Secret() ([]byte, error) {
	if c.SecretKey != "" {
		return []byte(c.SecretKey), nil
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, err
	}
	file := c.SecretKeyFile()
	key, err := os.ReadFile(file)
	if err == nil {
		return []byte(strings.TrimSpace(string(key))), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	b := make([]byte, 32)
	rand.Read(b)
	fresh := hex.EncodeToString(b)
	// Written aside and linked into place: of several that start at once one wins, and the others read its key.
	aside, err := os.CreateTemp(c.DataDir, "secret.key.*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(aside.Name())
	_, err = aside.WriteString(fresh + "\n")
	if err = errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return nil, err
	}
	if err = os.Link(aside.Name(), file); errors.Is(err, fs.ErrExist) {
		return c.Secret()
	}
	return []byte(fresh), err
}

// OpenStore opens the store of DATABASE_URL and migrates it to this program's schema. The caller closes it.
// An empty one is refused a SECRET_KEY that can be guessed.
func (c *Config) OpenStore(ctx context.Context) (*models.Store, error) {
	store, err := c.OpenStoreAt(ctx, 0)
	if err != nil {
		return nil, err
	}
	key, err := c.Secret()
	if err == nil {
		err = judgeKey(ctx, key, store)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// OpenStoreAt is OpenStore that migrates no further than the schema given, 0 is this program's, and takes any
// key: a backup may be sealed with a weak one.
func (c *Config) OpenStoreAt(ctx context.Context, schema int64) (*models.Store, error) {
	key, err := c.Secret()
	if err != nil {
		return nil, err
	}
	blobs, err := blob.Open(c.BlobURL, c.DataDir)
	if err != nil {
		return nil, err
	}
	return models.Open(ctx, models.Options{URL: c.DatabaseURL, SecretKey: key, MaxConns: c.MaxConns, Schema: schema,
		Blobs: blobs, PublicURL: c.PublicURL, Passwords: c.Passwords})
}
