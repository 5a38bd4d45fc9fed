package models

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/phone"
)

func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{"+33 6 12 34 56 78", "0033612345678", "(021) 555-0123", "6281234567890", "+", "00", "٠١٢", "+1\x00", strings.Repeat("9", 40)} {
		f.Add(seed, "FR")
	}
	f.Fuzz(func(t *testing.T, text, country string) {
		number, err := phone.Parse(text, country)
		if err != nil || number == "" {
			return
		}
		assert.Check(t, is.Equal(number[0], byte('+')), "%q in %q is read as %q", text, country, number)
		assert.Check(t, len(number) >= 6, "%q in %q is read as %q", text, country, number)
		assert.Check(t, len(number) <= 18, "%q in %q is read as %q", text, country, number)
		assert.Check(t, is.Equal(strings.Trim(number[1:], "0123456789"), ""), "%q in %q is read as %q", text, country, number)
		again, err := phone.Parse(number, "")
		assert.Check(t, err)
		assert.Check(t, is.Equal(again, number), "%q is read as %q, %v the second time", number, again, err)
	})
}

func FuzzLooksLikeKey(f *testing.F) {
	f.Add(newKey())
	f.Add("mauve_live_" + strings.Repeat("0", 36))
	f.Fuzz(func(t *testing.T, text string) {
		if LooksLikeKey(text) {
			assert.Equal(t, len(text), keyLength, text)
			assert.Check(t, is.Equal(checksum(text[len(keyPrefix):keyLength-6]), text[keyLength-6:]), text)
		}
	})
}

func TestAKeyWithATypoIsKnownWithoutTheStore(t *testing.T) {
	t.Parallel()
	key := newKey()
	assert.Assert(t, LooksLikeKey(key))
	for i := range len(key) {
		for _, r := range []byte("a7_") {
			if key[i] != r && LooksLikeKey(key[:i]+string(r)+key[i+1:]) {
				t.Errorf("a typo at %d is not seen", i)
			}
		}
	}
}
