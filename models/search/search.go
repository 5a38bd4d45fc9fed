// Package search reads what people look for and leaf through: lists that a filter narrows, boards, threads and timelines. It
// reads through the scope of a workspace and writes nothing.
package search

import (
	"strings"

	"mauve/models/store"
)

// matching is the condition that a row holds the text somewhere. Three characters
// or more go through the trigram index of either store; index is SQLite's.
func matching(r *store.Reader, alias, index, q string) (condition string, args []any) {
	q = strings.ToLower(q)
	if !r.Postgres() && len([]rune(q)) >= 3 {
		return alias + ".n IN (SELECT rowid FROM " + index + " WHERE " + index + " MATCH ?)",
			[]any{`"` + strings.ReplaceAll(q, `"`, `""`) + `"`}
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q) + "%"
	return alias + `.search LIKE ? ESCAPE '\'`, []any{pattern}
}
