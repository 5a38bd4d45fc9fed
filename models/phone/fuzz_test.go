package phone

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"+33 6 12 34 56 78", "0033612345678", "(021) 555-0123", "6281234567890", "+", "00", "٠١٢", "+1\x00", strings.Repeat("9", 40)} {
		f.Add(seed, "FR")
	}
	f.Fuzz(func(t *testing.T, text, country string) {
		number, err := Parse(text, country)
		if err != nil || number == "" {
			return
		}
		assert.Check(t, is.Equal(number[0], byte('+')), "%q in %q is read as %q", text, country, number)
		assert.Check(t, len(number) >= 6, "%q in %q is read as %q", text, country, number)
		assert.Check(t, len(number) <= 18, "%q in %q is read as %q", text, country, number)
		assert.Check(t, is.Equal(strings.Trim(number[1:], "0123456789"), ""), "%q in %q is read as %q", text, country, number)
		again, err := Parse(number, "")
		assert.Check(t, err)
		assert.Check(t, is.Equal(again, number), "%q is read as %q, %v the second time", number, again, err)
	})
}
