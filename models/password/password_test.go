package password

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/problem"
)

func TestWhatAPasswordMayBe(t *testing.T) {
	t.Parallel()
	const short, long, easy = "must have at least 10 characters", "must be a text of at most 200 characters",
		"is easy to guess; use several words that do not belong together"
	for password, want := range map[string]string{
		"":                       short,
		"ninechars":              short,
		"пятьбукв":               short,
		strings.Repeat("x", 201): long,
		"ten bytes\x00!":         long,
		"aaaaaaaaaa":             easy,
		"1234567890":             easy,
		"abcdefghij":             easy,
		"qwertyuiop":             easy,
		"abcabcabcabc":           easy,
		"password12":             easy,
		"P@ssw0rd!!":             easy,
		strings.Repeat("x", 200): easy,
		"lea@acme.example":       easy,
		"Lea Martin":             easy,
		"harbourline":            easy, // the workspace
		"correct horse":          "",
		"un cheval correct":      "",
		"пароль из разных слов": "",
		"kX9$vQ2#mZ": "",
	} {
		err := Check("password", password, "lea@acme.example", "Lea Martin", "Harbourline")
		got := ""
		if bad, ok := err.(*problem.Error); ok {
			got = bad.Faults[0].Detail
		}
		assert.Check(t, is.Equal(got, want), "%q", password)
	}
}
