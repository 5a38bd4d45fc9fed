// Package seal encrypts what must be readable again, such as a webhook's secret,
// and signs what comes back by way of others, such as links: both under
// SECRET_KEY. It keeps nothing. Start with New.
package seal

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

// Sealer seals and signs under one SECRET_KEY. It is safe for concurrent use.
type Sealer struct {
	aead    cipher.AEAD
	signing []byte
}

// New returns who seals under the key. It fails for an empty one.
func New(key []byte) (*Sealer, error) {
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
	return &Sealer{aead: aead, signing: signing}, err
}

// Seal encrypts plain so that only what about names can open it, by Unseal:
// AES-256-GCM with a random nonce, under a key that is made of SECRET_KEY.
func (s *Sealer) Seal(plain []byte, about string) []byte {
	return s.aead.Seal(nil, nil, plain, []byte(about))
}

// Unseal undoes Seal. It fails when the text was sealed about something else or with another SECRET_KEY.
func (s *Sealer) Unseal(sealed []byte, about string) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(about))
	if err != nil {
		return nil, fmt.Errorf("seal: a secret sealed with another SECRET_KEY: %w", err)
	}
	return plain, nil
}

// SealText is Seal for a column of text: base64 of what Seal returns.
func (s *Sealer) SealText(plain, about string) string {
	return base64.RawStdEncoding.EncodeToString(s.Seal([]byte(plain), about))
}

// UnsealText undoes SealText, and fails as Unseal does.
func (s *Sealer) UnsealText(sealed, about string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", errors.New("seal: a sealed secret is damaged")
	}
	plain, err := s.Unseal(raw, about)
	return string(plain), err
}

// MAC returns 32 bytes that nobody makes of the parts without SECRET_KEY
// (HMAC-SHA-256); the first part names the purpose.
func (s *Sealer) MAC(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.signing)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return mac.Sum(nil)
}

// Sign returns a MAC of the parts for links and tokens, as text.
func (s *Sealer) Sign(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(s.MAC(parts...))
}

// SignedBy reports, in constant time, whether Sign gave the MAC for the parts.
func (s *Sealer) SignedBy(mac string, parts ...string) bool {
	return hmac.Equal([]byte(mac), []byte(s.Sign(parts...)))
}
