package whatsappweb

import (
	"fmt"

	"go.mau.fi/whatsmeow/util/keys"
)

// Sealer keeps secrets from whoever has the store but not SECRET_KEY.
type Sealer interface {
	// Seal encrypts plain so that it opens for what about names alone, by Unseal.
	Seal(plain []byte, about string) []byte
	Unseal(sealed []byte, about string) ([]byte, error)
	// MAC returns 32 bytes for the parts, the first of which names the purpose.
	MAC(parts ...string) []byte
}

// seal is what the secrets of linked phones are kept by.
type seal struct{ Sealer }

// close seals plain. Nothing stays nothing.
func (s seal) close(plain []byte, about string) []byte {
	if plain == nil {
		return nil
	}
	return s.Seal(plain, about)
}

// open undoes close.
func (s seal) open(sealed []byte, about string) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	plain, err := s.Unseal(sealed, about)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrSealed, about, err)
	}
	return plain, nil
}

// grow makes a secret of a seed. The library's tables take a private key of 32
// bytes and nothing longer, so what they are given is a seed, of which nobody makes
// the key without SECRET_KEY.
func (s seal) grow(seed []byte, about string) []byte {
	return s.MAC("key of a linked phone", about, string(seed))
}

// pair grows a pair of keys for Curve25519 (RFC 7748, 5).
func (s seal) pair(seed *keys.KeyPair, about string) *keys.KeyPair {
	private := [32]byte(s.grow(seed.Priv[:], about))
	private[0] &= 248
	private[31] &= 127
	private[31] |= 64
	return keys.NewKeyPairFromPrivateKey(private)
}

// preKey grows a key that contacts begin a session with.
func (s seal) preKey(seed *keys.PreKey) *keys.PreKey {
	if seed == nil {
		return nil
	}
	grown := *seed
	grown.KeyPair = *s.pair(&seed.KeyPair, "pre key")
	return &grown
}
