package models

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A backup is a row of pieces, each with a name: manifest.json, then the rows of every table as
// rows/TABLE/000001.jsonl and so on, then end.json. The first line of a piece of rows are the columns, each
// further line is a row. Times are RFC 3339 in UTC, bytes are {"base64": …}: no engine's own spelling. Tables
// come after those they refer to, events in their order, so that what is read can be written as it comes.
const (
	manifestName = "manifest.json"
	endName      = "end.json"
	rowsFolder   = "rows/"
	backupFormat = 1
	pieceSize    = 1 << 20 // bytes; a piece ends with the row that goes over it
)

// Manifest says what a backup is of. Restore holds it against the store.
type Manifest struct {
	Format  int       // of the backup
	Schema  int64     // the migration that the rows are of
	Engine  string    // sqlite or postgres; for people
	Key     string    // names the SECRET_KEY that sealed the stored secrets, and does not tell it
	TakenAt time.Time // by the store's clock
}

// ReadManifest reads the first piece of a backup.
func ReadManifest(piece []byte) (m Manifest, err error) {
	if err = json.Unmarshal(piece, &m); err != nil || m.Format == 0 {
		return m, errors.New("this is not a backup of Mauve")
	}
	if m.Format > backupFormat {
		return m, fmt.Errorf("this backup is of format %d; this program reads up to %d", m.Format, backupFormat)
	}
	return m, nil
}

func (s *Store) manifest(ctx context.Context) (Manifest, error) {
	schema, err := s.Migrated(ctx)
	m := Manifest{Format: backupFormat, Schema: schema, Engine: "sqlite", Key: s.Sign("backup")[:16], TakenAt: s.Now()}
	if s.db.Postgres() {
		m.Engine = "postgres"
	}
	return m, err
}

// Backup passes every row of the store, as of one moment, to keep, piece by piece. Others may write meanwhile.
// It holds one piece in memory. It returns how many rows there were.
func (s *Store) Backup(ctx context.Context, keep func(name string, piece []byte) error) (rows int, err error) {
	// One snapshot for all tables. SQLite's is the transaction's own; it begins with the first read.
	tx, err := s.db.SQL().BeginTx(ctx, &sql.TxOptions{Isolation: s.snapshot(), ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	m, err := s.manifest(ctx)
	if err != nil {
		return 0, err
	}
	if err = keepJSON(keep, manifestName, m); err != nil {
		return 0, err
	}
	tables, err := s.tables(ctx, tx)
	if err != nil {
		return 0, err
	}
	kept := map[string]int{}
	for _, table := range tables {
		if kept[table], err = backUp(ctx, tx, table, keep); err != nil {
			return rows, fmt.Errorf("back up %s: %w", table, err)
		}
		rows += kept[table]
	}
	return rows, keepJSON(keep, endName, kept)
}

func (s *Store) snapshot() sql.IsolationLevel {
	if s.db.Postgres() {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

func keepJSON(keep func(string, []byte) error, name string, v any) error {
	piece, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return keep(name, append(piece, '\n'))
}

// backUp passes one table on.
func backUp(ctx context.Context, tx *sql.Tx, table string, keep func(string, []byte) error) (n int, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM "`+table+`"`+orderOf(table))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return 0, err
	}
	columns := make([]string, len(types))
	for i, t := range types {
		columns[i] = t.Name()
	}
	var piece bytes.Buffer
	lines, pieces := json.NewEncoder(&piece), 0
	lines.SetEscapeHTML(false)
	flush := func() error {
		pieces++
		err := keep(fmt.Sprintf("%s%s/%06d.jsonl", rowsFolder, table, pieces), piece.Bytes())
		piece.Reset()
		return err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if piece.Len() == 0 {
			if err = lines.Encode(columns); err != nil {
				return n, err
			}
		}
		if err = rows.Scan(into...); err != nil {
			return n, err
		}
		n++
		if table == "events" {
			placeEvent(columns, cells, n)
		}
		if err = spell(types, cells); err == nil {
			err = lines.Encode(cells)
		}
		if err == nil && piece.Len() >= pieceSize {
			err = flush()
		}
		if err != nil {
			return n, err
		}
	}
	if err = rows.Err(); err == nil && piece.Len() > 0 {
		err = flush()
	}
	return n, err
}

// orderOf lets rows come after those of their own table that they may refer to.
func orderOf(table string) string {
	if table == "events" {
		return " ORDER BY txid, seq"
	}
	return ""
}

// placeEvent keeps an event's place by its number alone. The other half, the transaction it was written in, means
// something to one PostgreSQL cluster only, and would stand before or after what another store writes next.
func placeEvent(columns []string, cells []any, n int) {
	cells[slices.Index(columns, "seq")] = int64(n)
	cells[slices.Index(columns, "txid")] = int64(0)
}

// spell turns what the drivers read into what every engine's reader can read.
func spell(types []*sql.ColumnType, cells []any) error {
	for i, v := range cells {
		switch v := v.(type) {
		case nil, bool, float64:
		case int64:
			if strings.EqualFold(types[i].DatabaseTypeName(), "boolean") { // SQLite has none
				cells[i] = v != 0
			}
		case string:
			if !utf8.ValidString(v) {
				return fmt.Errorf("a text is not UTF-8: %q", cut(v, 80))
			}
		case time.Time:
			cells[i] = v.UTC().Format(time.RFC3339Nano)
		case []byte:
			cells[i] = map[string]string{"base64": base64.StdEncoding.EncodeToString(v)}
		default:
			return fmt.Errorf("a value of type %T has no spelling in a backup", v)
		}
	}
	return nil
}
