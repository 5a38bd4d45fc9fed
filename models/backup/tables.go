package backup

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mauve/models"
	"mauve/models/store"
)

// ownTables are the engine's or goose's, or of a store before it has rows: every store makes them for itself.
var ownTables = []string{"cluster", "goose_db_version", "setup_links", "restore_holds"}

// onlyOnSQLite are references that PostgreSQL does not check (0006) and a restore keeps to all the same.
var onlyOnSQLite = [][2]string{{"events", "workspaces"}, {"key_calls", "api_keys"}}

// tables lists the tables that hold rows of ours (lent tables hold none), each after those it refers to.
func tables(ctx context.Context, tx *store.Raw) ([]string, error) {
	all, refers, err := tx.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range all {
		if !slices.Contains(ownTables, name) && !strings.HasPrefix(name, models.LentTables) {
			names = append(names, name)
			refers = append(refers, [2]string{name, "workspaces"}) // all do, where the engine checks it or not
		}
	}
	return inOrder(names, append(refers, onlyOnSQLite...))
}

// inOrder sorts names so that each comes after those it refers to.
func inOrder(names []string, refers [][2]string) (sorted []string, err error) {
	for len(sorted) < len(names) {
		before := len(sorted)
		for _, name := range names {
			waits := slices.ContainsFunc(refers, func(r [2]string) bool {
				return r[0] == name && r[1] != name && !slices.Contains(sorted, r[1])
			})
			if !waits && !slices.Contains(sorted, name) {
				sorted = append(sorted, name)
			}
		}
		if len(sorted) == before {
			return nil, errors.New("backup: tables refer to each other in a circle")
		}
	}
	return sorted, nil
}
