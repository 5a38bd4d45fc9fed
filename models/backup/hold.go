package backup

import "context"

// hold ends the sessions that were restored, and the personal keys, which end
// with them, and holds the workspaces unless they are released. It is the same
// transaction; the schema may be that of an older program.
func (r *restore) hold(ctx context.Context, release bool) error {
	personal, at, now := "session_id <> ''", "timestamptz", "?::timestamptz"
	if r.columns["api_keys"]["session_id"] == "" {
		personal = "name LIKE 'Try it out: %'" // before 0023 they were known by their name
	}
	if !r.tx.Postgres() {
		at, now = "datetime", "?"
	}
	type statement struct {
		text string
		args []any
	}
	statements := []statement{
		{"DELETE FROM sessions", nil},
		{"UPDATE api_keys SET revoked_at = " + now + " WHERE revoked_at IS NULL AND " + personal, []any{r.store.Now()}},
		{"CREATE TABLE IF NOT EXISTS restore_holds (workspace_id text NOT NULL PRIMARY KEY, created_at " + at + " NOT NULL)", nil},
	}
	if !release {
		statements = append(statements, statement{"INSERT INTO restore_holds (workspace_id, created_at) SELECT id, " + now + " FROM workspaces", []any{r.store.Now()}})
	}
	for _, s := range statements {
		if err := r.tx.Exec(ctx, s.text, s.args...); err != nil {
			return err
		}
	}
	return nil
}
