package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"mauve/models/store"
)

// Every unique key and foreign key of a workspace's table begins with the workspace, because PostgreSQL partitions a table,
// and Citus distributes one, only by a column that each of its unique keys has (PostgreSQL, "5.11.2.3. Limitations"). What
// is found before a workspace is known has keys of its own besides: workspaces, members, sessions, api_keys and channels.
// SQLite's tables keep the keys that they have: a file is not divided.
var (
	newPrimaryKeys = []struct{ table, columns string }{
		{"attachments", "workspace_id, id"}, {"attempts", "workspace_id, id"}, {"attributes", "workspace_id, id"},
		{"categories", "workspace_id, id"}, {"contacts", "workspace_id, id"}, {"conversations", "workspace_id, id"},
		{"deliveries", "workspace_id, id"}, {"envelopes", "workspace_id, id"}, {"events", "workspace_id, id"},
		{"key_calls", "workspace_id, id"}, {"messages", "workspace_id, id"}, {"notes", "workspace_id, id"},
		{"saved_views", "workspace_id, id"}, {"tags", "workspace_id, id"}, {"templates", "workspace_id, id"},
		{"ticket_notes", "workspace_id, id"}, {"ticket_undos", "workspace_id, id"}, {"tickets", "workspace_id, id"},
		{"webhooks", "workspace_id, id"}, {"channel_links", "workspace_id, channel_id"},
		{"channel_queues", "workspace_id, channel_id"}, {"media_fetches", "workspace_id, message_id"},
		{"early_reports", "workspace_id, channel_id, external_id, status"}, {"stored_answers", "workspace_id, api_key_id, name"},
	}
	// newUniqueKeys take the place of an older one, which is an index or, without a condition, a constraint.
	newUniqueKeys = []struct{ table, old, name, columns, where string }{
		{"messages", "messages_client", "messages_client", "workspace_id, conversation_id, client_id", "client_id IS NOT NULL"},
		{"messages", "messages_external", "messages_external", "workspace_id, channel_id, external_id", "external_id IS NOT NULL"},
		{"envelopes", "envelopes_channel_id_digest_key", "envelopes_workspace_id_channel_id_digest_key", "workspace_id, channel_id, digest", ""},
		{"templates", "templates_channel_id_name_language_key", "templates_workspace_id_channel_id_name_language_key",
			"workspace_id, channel_id, name, language", ""},
	}
	// byIDAlone are indexes for what is asked without a workspace. Files are, by their links, and queues, by their channels.
	// The others serve a program of before, which runs beside this one while a fleet is renewed; a later migration drops them.
	byIDAlone = []struct{ name, table, column string }{
		{"attachments_by_id", "attachments", "id"}, {"channel_links_by_channel", "channel_links", "channel_id"},
		{"channel_queues_by_channel", "channel_queues", "channel_id"},
		{"contacts_by_id", "contacts", "id"}, {"conversations_by_id", "conversations", "id"}, {"deliveries_by_id", "deliveries", "id"},
		{"envelopes_by_id", "envelopes", "id"}, {"events_by_id", "events", "id"}, {"media_fetches_by_message", "media_fetches", "message_id"},
		{"messages_by_id", "messages", "id"},
	}
)

// keys gives PostgreSQL's tables those keys.
func keys(postgres bool) *goose.Migration {
	step := func(context.Context, *sql.DB) error { return nil }
	if postgres {
		step = func(ctx context.Context, db *sql.DB) error { return (&rekeying{ctx: ctx, db: db}).run() }
	}
	return goose.NewGoMigration(28, &goose.GoFunc{RunDB: step}, nil)
}

// rekeying replaces keys while other replicas, of this version or the one before, read and write: indexes are built
// concurrently, foreign keys are checked beside writes, and what locks a table waits for it briefly and tries again. It may
// be broken off anywhere and begun anew.
type rekeying struct {
	ctx context.Context
	db  *sql.DB
}

func (r *rekeying) run() error {
	for _, i := range byIDAlone { // before the keys go that are looked up until now
		if err := r.index("", i.name, i.table, i.column, ""); err != nil {
			return err
		}
	}
	for _, k := range newPrimaryKeys {
		if err := r.primaryKey(k.table, k.columns); err != nil {
			return fmt.Errorf("the primary key of %s: %w", k.table, err)
		}
	}
	for _, k := range newUniqueKeys {
		if err := r.uniqueKey(k.table, k.old, k.name, k.columns, k.where); err != nil {
			return fmt.Errorf("the key %s: %w", k.old, err)
		}
	}
	return nil
}

// primaryKey replaces a table's primary key, and then what the new one makes needless: unique keys of the same columns, or of
// the id alone.
func (r *rekeying) primaryKey(table, columns string) error {
	var now string
	err := r.db.QueryRowContext(r.ctx, `SELECT coalesce((SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM pg_constraint c,
		unnest(c.conkey) WITH ORDINALITY k (n, at), pg_attribute a
		WHERE c.conrelid = $1::regclass AND c.contype = 'p' AND a.attrelid = c.conrelid AND a.attnum = k.n), '')`, table).Scan(&now)
	if err == nil && now != columns {
		next := table + "_key_28"
		if err = r.index("UNIQUE", next, table, columns, ""); err == nil {
			err = r.locking(fmt.Sprintf("ALTER TABLE %[1]s DROP CONSTRAINT %[1]s_pkey, ADD CONSTRAINT %[1]s_pkey PRIMARY KEY USING INDEX %[2]s", table, next))
		}
	}
	if err != nil {
		return err
	}
	return r.dropNeedless(table)
}

// dropNeedless drops the other unique keys of (workspace_id, id) and of (id), after the foreign keys that hold on to them
// hold on to the primary key.
func (r *rekeying) dropNeedless(table string) error {
	needless, err := readRows(r.db.QueryContext(r.ctx, `SELECT x.indexrelid::regclass::text,
			coalesce((SELECT c.conname FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype = 'u'), '')
		FROM pg_index x WHERE x.indrelid = $1::regclass AND x.indisunique AND NOT x.indisprimary AND x.indpred IS NULL
			AND (SELECT string_agg(a.attname, ', ' ORDER BY k.at) FROM unnest(x.indkey) WITH ORDINALITY k (n, at)
				JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.n) IN ('id', 'workspace_id, id')`, table))
	for _, key := range needless {
		index, constraint := key[0], key[1]
		if err = r.moveReferences(table, index); err != nil {
			return err
		}
		drop := "DROP INDEX " + index
		if constraint != "" {
			drop = fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", table, constraint)
		}
		if err = r.locking(drop); err != nil {
			return err
		}
	}
	return err
}

// moveReferences makes the foreign keys that are checked by the index anew, by the primary key. A name of both tells that it
// was broken off between making one and dropping the other.
func (r *rekeying) moveReferences(table, index string) error {
	references, err := readRows(r.db.QueryContext(r.ctx, `SELECT c.conrelid::regclass::text, c.conname, (SELECT string_agg(a.attname, ', ' ORDER BY k.at)
			FROM unnest(c.conkey) WITH ORDINALITY k (n, at) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n)
		FROM pg_constraint c WHERE c.contype = 'f' AND c.conindid = $1::regclass ORDER BY c.conname`, index))
	for _, f := range references {
		child, name, columns := f[0], f[1], f[2]
		next := name + "_28"
		err = r.each(
			func() error {
				return r.locking(fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", child, next))
			},
			func() error {
				return r.locking(fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s NOT VALID", child, next, columns, table))
			},
			func() error { return r.exec(fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", child, next)) },
			func() error {
				return r.locking(fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", child, name),
					fmt.Sprintf("ALTER TABLE %s RENAME CONSTRAINT %s TO %s", child, next, name))
			})
		if err != nil {
			return fmt.Errorf("the foreign key %s: %w", name, err)
		}
	}
	return err
}

// each runs steps until one fails.
func (r *rekeying) each(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (r *rekeying) uniqueKey(table, old, name, columns, where string) error {
	var begins bool
	err := r.db.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
		WHERE x.indexrelid = to_regclass($1) AND a.attname = 'workspace_id')`, name).Scan(&begins)
	if err != nil || begins {
		return err
	}
	next := table + "_key_28"
	if err = r.index("UNIQUE", next, table, columns, where); err != nil {
		return err
	}
	if where != "" {
		return r.locking("DROP INDEX "+old, fmt.Sprintf("ALTER INDEX %s RENAME TO %s", next, name))
	}
	return r.locking(fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %s UNIQUE USING INDEX %s", table, old, name, next))
}

// index builds an index beside reads and writes. One that was broken off, and serves nobody, is built again.
func (r *rekeying) index(unique, name, table, columns, where string) error {
	var broken bool
	err := r.db.QueryRowContext(r.ctx, "SELECT EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid)", name).Scan(&broken)
	if err == nil && broken {
		err = r.exec("DROP INDEX CONCURRENTLY " + name)
	}
	if err != nil {
		return err
	}
	if where != "" {
		where = " WHERE " + where
	}
	return r.exec(fmt.Sprintf("CREATE %s INDEX CONCURRENTLY IF NOT EXISTS %s ON %s (%s)%s", unique, name, table, columns, where))
}

func (r *rekeying) exec(statement string) error {
	_, err := r.db.ExecContext(r.ctx, statement)
	return err
}

// lockPatience is how long writers wait for a table that is to be changed, while whoever has it is waited for. It is over
// before PostgreSQL looks for a deadlock, which a writer might pay for.
const lockPatience = "300ms"

// locking runs statements that lock a table for a moment, in one transaction: who cannot have it soon lets the others pass,
// and tries again.
func (r *rekeying) locking(statements ...string) error {
	for {
		err := r.lockOnce(statements)
		if !store.Contended(err) {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
}

func (r *rekeying) lockOnce(statements []string) error {
	tx, err := r.db.BeginTx(r.ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err = tx.ExecContext(r.ctx, "SET LOCAL lock_timeout = '"+lockPatience+"'"); err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err = tx.ExecContext(r.ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// readRows reads all rows of texts.
func readRows(rows *sql.Rows, err error) (all [][]string, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	for err == nil && rows.Next() {
		row, into := make([]string, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		err = rows.Scan(into...)
		all = append(all, row)
	}
	if err == nil {
		err = rows.Err()
	}
	return all, err
}
