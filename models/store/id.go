package store

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// ID names a row: 24 lower-case hex digits, the first eight the second it was
// made in, the rest random. So ids sort by age and cannot be guessed. The empty
// ID is nobody.
type ID string

// NewID returns a fresh id for a row made at now.
func NewID(now time.Time) ID {
	var b [12]byte
	rand.Read(b[:])
	binary.BigEndian.PutUint32(b[:4], uint32(now.Unix()))
	return ID(hex.EncodeToString(b[:]))
}

// ParseID reads an id as people send it: bare, or with the prefix given. It
// reports false for anything else; such an id names no row.
func ParseID(prefix, text string) (ID, bool) {
	text = strings.TrimPrefix(text, prefix)
	if len(text) != 24 {
		return "", false
	}
	for _, r := range []byte(text) {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return "", false
		}
	}
	return ID(strings.Clone(text)), true
}

// With returns the id in its native spelling, or "" for nobody.
func (id ID) With(prefix string) string {
	if id == "" {
		return ""
	}
	return prefix + string(id)
}
