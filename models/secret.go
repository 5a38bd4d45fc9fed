package models

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// sealer encrypts the secrets that must be readable again: webhook and channel secrets.
type sealer struct {
	aead    cipher.AEAD
	signing []byte
	derive  func(purpose string) ([]byte, error)
}

func newSealer(key []byte) (*sealer, error) {
	if len(key) == 0 { // how good it must be is the program's to say: a store may have a poor one already
		return nil, errors.New("SECRET_KEY is empty")
	}
	derive := func(purpose string) ([]byte, error) {
		return hkdf.Key(sha256.New, key, nil, "mauve "+purpose+" 1", 32)
	}
	sealing, err := derive("sealing")
	if err != nil {
		return nil, err
	}
	signing, err := derive("signing")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &sealer{aead: aead, signing: signing, derive: derive}, err
}

// DeriveKey returns a key of 32 bytes for the purpose (HKDF-SHA-256, RFC 5869),
// which nobody has without SECRET_KEY.
func (s *Store) DeriveKey(purpose string) ([]byte, error) { return s.seal.derive(purpose) }

// close seals plain so that only the row named by about can open it.
func (s *sealer) close(plain, about string) string {
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce)
	return base64.RawStdEncoding.EncodeToString(s.aead.Seal(nonce, nonce, []byte(plain), []byte(about)))
}

// open undoes close.
func (s *sealer) open(sealed, about string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(raw) < s.aead.NonceSize() {
		return "", errors.New("models: a sealed secret is damaged")
	}
	n := s.aead.NonceSize()
	plain, err := s.aead.Open(nil, raw[:n], raw[n:], []byte(about))
	if err != nil {
		return "", fmt.Errorf("models: a secret sealed with another SECRET_KEY: %w", err)
	}
	return string(plain), nil
}

// Sign returns a MAC of the parts for links and tokens; the first names the purpose.
func (s *Store) Sign(parts ...string) string {
	mac := hmac.New(sha256.New, s.seal.signing)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// SignedBy reports, in constant time, whether Sign gave the MAC for the parts.
func (s *Store) SignedBy(mac string, parts ...string) bool {
	return hmac.Equal([]byte(mac), []byte(s.Sign(parts...)))
}
