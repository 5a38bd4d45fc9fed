// Package apikey is what a key of the API looks like: made, recognised and hashed.
// Whose a key is and what it may do are rules of models.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

const (
	// Prefix begins every key, so that those who look for leaked ones find it.
	Prefix = "mauve_live_"
	// Length is a key's, in bytes.
	Length = len(Prefix) + 36

	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// New returns a key: the prefix, 30 random base62 digits and 6 that are their CRC-32.
func New() string {
	digits := make([]byte, 0, 30)
	for buffer := make([]byte, 64); len(digits) < 30; {
		rand.Read(buffer)
		for _, b := range buffer {
			// Bytes of 248 and above would make the first digits likelier.
			if b < 248 && len(digits) < 30 {
				digits = append(digits, base62[b%62])
			}
		}
	}
	return Prefix + string(digits) + checksum(string(digits))
}

func checksum(digits string) string {
	sum := crc32.ChecksumIEEE([]byte(digits))
	var out [6]byte
	for i := 5; i >= 0; i-- {
		out[i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}

// WellFormed reports whether the text is formed like a key, checksum
// included: a typo needs no database.
func WellFormed(text string) bool {
	digits, ok := strings.CutPrefix(text, Prefix)
	if !ok || len(text) != Length {
		return false
	}
	for i := range len(digits) {
		if strings.IndexByte(base62, digits[i]) < 0 {
			return false
		}
	}
	return checksum(digits[:30]) == digits[30:]
}

// Hash is what is kept of a key, and found again by: SHA-256 in hex. A key is random enough for it.
func Hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
