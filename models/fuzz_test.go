package models

import (
	"strings"
	"testing"
	"time"
)

func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{"+33 6 12 34 56 78", "0033612345678", "(021) 555-0123", "6281234567890", "+", "00", "٠١٢", "+1\x00", strings.Repeat("9", 40)} {
		f.Add(seed, "FR")
	}
	f.Fuzz(func(t *testing.T, text, country string) {
		number, err := ParsePhone(text, country)
		if err != nil || number == "" {
			return
		}
		if number[0] != '+' || len(number) < 6 || len(number) > 18 || strings.Trim(number[1:], "0123456789") != "" {
			t.Errorf("%q in %q is read as %q", text, country, number)
		}
		if again, err := ParsePhone(number, ""); err != nil || again != number {
			t.Errorf("%q is read as %q, %v the second time", number, again, err)
		}
	})
}

func FuzzLooksLikeKey(f *testing.F) {
	f.Add(newKey())
	f.Add("mauve_live_" + strings.Repeat("0", 36))
	f.Fuzz(func(t *testing.T, text string) {
		if LooksLikeKey(text) && (len(text) != keyLength || checksum(text[len(keyPrefix):keyLength-6]) != text[keyLength-6:]) {
			t.Error(text)
		}
	})
}

func TestAKeyWithATypoIsKnownWithoutTheStore(t *testing.T) {
	t.Parallel()
	key := newKey()
	if !LooksLikeKey(key) {
		t.Fatal(key)
	}
	for i := range len(key) {
		for _, r := range []byte("a7_") {
			if key[i] != r && LooksLikeKey(key[:i]+string(r)+key[i+1:]) {
				t.Errorf("a typo at %d is not seen", i)
			}
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(position{time.Unix(1e9, 0).UTC(), NewID(time.Unix(1e9, 0))}.cursor())
	f.Add("MTo5OTk5OTk5OTk5OTk5OTk5OTo2NzQw")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseCursor(text)
		if err != nil {
			return
		}
		if again, err := parseCursor(p.cursor()); err != nil || again != p {
			t.Errorf("%q: %v, %v", text, again, err)
		}
	})
}
