package models

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

const (
	keyPrefix = "mauve_live_"
	keyLength = len(keyPrefix) + 36
	base62    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newKey returns a key: the prefix, 30 random base62 digits and 6 that are their CRC-32.
func newKey() string {
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
	return keyPrefix + string(digits) + checksum(string(digits))
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

// LooksLikeKey reports whether the text is formed like a key, checksum
// included: a typo needs no database.
func LooksLikeKey(text string) bool {
	digits, ok := strings.CutPrefix(text, keyPrefix)
	if !ok || len(text) != keyLength {
		return false
	}
	for i := range len(digits) {
		if strings.IndexByte(base62, digits[i]) < 0 {
			return false
		}
	}
	return checksum(digits[:30]) == digits[30:]
}

func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
