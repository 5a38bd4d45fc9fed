package password

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// NewToken returns what stands for a password in a cookie or a link: a token of 160 random bits and the hash it is stored as.
func NewToken() (token, hash string) {
	b := make([]byte, 20)
	rand.Read(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, HashToken(token)
}

// HashToken is what a token is stored as. It is random enough for a plain hash.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
