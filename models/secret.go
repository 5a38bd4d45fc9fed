package models

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// sealer encrypts the secrets that must be readable again: webhook and channel secrets.
type sealer struct {
	aead    cipher.AEAD
	signing []byte
}

func newSealer(key []byte) (*sealer, error) {
	if len(key) == 0 { // how good it must be is the program's to say: a store may have a poor one already
		return nil, errors.New("SECRET_KEY is empty")
	}
	sealing, err := hkdf.Key(sha256.New, key, nil, "mauve sealing 1", 32)
	if err != nil {
		return nil, err
	}
	signing, err := hkdf.Key(sha256.New, key, nil, "mauve signing 1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &sealer{aead: aead, signing: signing}, err
}

// close seals plain so that only the row named by about can open it.
func (s *sealer) close(plain, about string) string {
	return base64.RawStdEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(plain), []byte(about)))
}

// open undoes close.
func (s *sealer) open(sealed, about string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", errors.New("models: a sealed secret is damaged")
	}
	plain, err := s.unseal(raw, about)
	return string(plain), err
}

func (s *sealer) unseal(sealed []byte, about string) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(about))
	if err != nil {
		return nil, fmt.Errorf("models: a secret sealed with another SECRET_KEY: %w", err)
	}
	return plain, nil
}

// Seal encrypts plain so that only what about names can open it, by Unseal:
// AES-256-GCM with a random nonce, under a key that is made of SECRET_KEY.
func (s *Store) Seal(plain []byte, about string) []byte {
	return s.seal.aead.Seal(nil, nil, plain, []byte(about))
}

// Unseal undoes Seal. It fails when the text was sealed about something else or with another SECRET_KEY.
func (s *Store) Unseal(sealed []byte, about string) ([]byte, error) {
	return s.seal.unseal(sealed, about)
}

// MAC returns 32 bytes that nobody makes of the parts without SECRET_KEY
// (HMAC-SHA-256); the first part names the purpose.
func (s *Store) MAC(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.seal.signing)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return mac.Sum(nil)
}

// Sign returns a MAC of the parts for links and tokens, as text.
func (s *Store) Sign(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(s.MAC(parts...))
}

// SignedBy reports, in constant time, whether Sign gave the MAC for the parts.
func (s *Store) SignedBy(mac string, parts ...string) bool {
	return hmac.Equal([]byte(mac), []byte(s.Sign(parts...)))
}
