package store

import (
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                                 "",
		"SELECT 1":                         "SELECT 1",
		"a = ? AND b IN (?, ?)":            "a = $1 AND b IN ($2, $3)",
		"a = '?' AND b = ?":                "a = '?' AND b = $1",
		"a = 'it''s ?' AND b = ?":          "a = 'it''s ?' AND b = $1",
		`"odd?" = ? AND "a""?" = ?`:        `"odd?" = $1 AND "a""?" = $2`,
		"`odd?` = ?":                       "`odd?` = $1",
		"a = ? AND b = 'never closed ? ?'": "a = $1 AND b = 'never closed ? ?'",
		"a = 'never closed ?":              "a = 'never closed ?",
		"a ->> 'x?' = ?":                   "a ->> 'x?' = $1",
	} {
		assert.Check(t, is.Equal(dollars(query), want), query)
	}
}
