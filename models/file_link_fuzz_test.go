package models

import (
	"strings"
	"testing"
	"time"

	"mauve/models/seal"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func FuzzReadLink(f *testing.F) {
	sealer, err := seal.New([]byte(strings.Repeat("k", 32)))
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := &Store{Sealer: sealer, db: clockOf(f, now)}
	const id = "att_6740a1b2c3d4e5f60718293a"
	for _, e := range []string{"1795263300", "1795262400", "-1", "", "9223372036854775808", "x"} {
		f.Add(id, e, s.Sign("file", id, e))
	}
	f.Add("none", "1795263300", s.Sign("file", "none", "1795263300"))
	f.Fuzz(func(t *testing.T, id, expires, signature string) {
		known, ok := s.readLink(id, expires, signature)
		if !ok {
			return
		}
		assert.Check(t, is.Equal(signature, s.Sign("file", id, expires)), "%q until %q opens %q", id, expires, known)
		if known.With(PrefixAttachment) != id {
			assert.Check(t, is.Equal(string(known), id), "until %q, by %q", expires, signature)
		}
	})
}
