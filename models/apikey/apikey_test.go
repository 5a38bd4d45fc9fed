package apikey

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func FuzzWellFormed(f *testing.F) {
	f.Add(New())
	f.Add("mauve_live_" + strings.Repeat("0", 36))
	f.Fuzz(func(t *testing.T, text string) {
		if WellFormed(text) {
			assert.Equal(t, len(text), Length, text)
			assert.Check(t, is.Equal(checksum(text[len(Prefix):Length-6]), text[Length-6:]), text)
		}
	})
}

func TestAKeyWithATypoIsKnownWithoutTheStore(t *testing.T) {
	t.Parallel()
	key := New()
	assert.Assert(t, WellFormed(key))
	for i := range len(key) {
		for _, r := range []byte("a7_") {
			if key[i] != r && WellFormed(key[:i]+string(r)+key[i+1:]) {
				t.Errorf("a typo at %d is not seen", i)
			}
		}
	}
}
