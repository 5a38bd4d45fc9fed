package whatsappweb

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"go.mau.fi/whatsmeow/util/keys"
)

// seal keeps the keys of linked phones from whoever has the store but not SECRET_KEY.
type seal struct {
	aead cipher.AEAD
	key  []byte
}

// newSeal makes a seal of a key of 32 bytes.
func newSeal(key []byte) (*seal, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &seal{aead, key}, err
}

// close seals plain so that it opens for what about names alone. Nothing stays nothing.
func (s *seal) close(plain []byte, about string) []byte {
	if plain == nil {
		return nil
	}
	return s.aead.Seal(nil, nil, plain, []byte(about))
}

// open undoes close.
func (s *seal) open(sealed []byte, about string) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	plain, err := s.aead.Open([]byte{}, nil, sealed, []byte(about))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrSealed, about)
	}
	return plain, nil
}

// grow makes a secret of a seed. The library's tables take a private key of 32
// bytes and nothing longer, so what they are given is a seed, of which nobody makes
// the key without SECRET_KEY.
func (s *seal) grow(seed []byte, about string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(about))
	mac.Write(seed)
	return mac.Sum(nil)
}

// pair grows a pair of keys for Curve25519.
func (s *seal) pair(seed *keys.KeyPair, about string) *keys.KeyPair {
	private := [32]byte(s.grow(seed.Priv[:], about))
	private[0] &= 248
	private[31] &= 127
	private[31] |= 64
	return keys.NewKeyPairFromPrivateKey(private)
}

// preKey grows a key that contacts begin a session with.
func (s *seal) preKey(seed *keys.PreKey) *keys.PreKey {
	if seed == nil {
		return nil
	}
	grown := *seed
	grown.KeyPair = *s.pair(&seed.KeyPair, "pre key")
	return &grown
}
