// Package backup keeps the rows of a whole store in pieces that belong to no
// engine, and brings them back into an empty one. It reads and writes tables as
// the store hands them out and has no rule of the desk but what a restored one
// begins with (hold.go). Files of people are not its business: cmd/mauve puts
// them beside the pieces. Start with Write and Restore.
package backup

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"mauve/models"
	"mauve/models/input"
	"mauve/models/store"
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

// ReadManifest reads the first piece of a backup. It fails with what to tell people if that is none, or of a later program.
func ReadManifest(piece []byte) (m Manifest, err error) {
	if err = json.Unmarshal(piece, &m); err != nil || m.Format == 0 {
		return m, errors.New("this is not a backup of Mauve")
	}
	if m.Format > backupFormat {
		return m, fmt.Errorf("this backup is of format %d; this program reads up to %d", m.Format, backupFormat)
	}
	return m, nil
}

func manifestOf(ctx context.Context, s *models.Store, tx *store.Raw) (Manifest, error) {
	schema, err := s.Migrated(ctx)
	m := Manifest{Format: backupFormat, Schema: schema, Engine: "sqlite", Key: s.Sign("backup")[:16], TakenAt: s.Now()}
	if tx.Postgres() {
		m.Engine = "postgres"
	}
	return m, err
}

// Write passes every row of the store, as of one moment, to keep, piece by piece. Others may write meanwhile.
// It holds one piece in memory, which is keep's until it returns. It returns how many rows there were.
func Write(ctx context.Context, s *models.Store, keep func(name string, piece []byte) error) (rows int, err error) {
	err = s.Snapshot(ctx, func(tx *store.Raw) error {
		m, err := manifestOf(ctx, s, tx)
		if err != nil {
			return err
		}
		if err = keepJSON(keep, manifestName, m); err != nil {
			return err
		}
		all, err := tables(ctx, tx)
		if err != nil {
			return err
		}
		kept := map[string]int{}
		for _, table := range all {
			if kept[table], err = writeTable(ctx, tx, table, keep); err != nil {
				return fmt.Errorf("back up %s: %w", table, err)
			}
			rows += kept[table]
		}
		return keepJSON(keep, endName, kept)
	})
	return rows, err
}

func keepJSON(keep func(string, []byte) error, name string, v any) error {
	piece, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return keep(name, append(piece, '\n'))
}

// writeTable passes one table on, and returns how many rows it has.
func writeTable(ctx context.Context, tx *store.Raw, table string, keep func(string, []byte) error) (n int, err error) {
	var piece bytes.Buffer
	lines, pieces := json.NewEncoder(&piece), 0
	lines.SetEscapeHTML(false)
	flush := func() error {
		pieces++
		err := keep(fmt.Sprintf("%s%s/%06d.jsonl", rowsFolder, table, pieces), piece.Bytes())
		piece.Reset()
		return err
	}
	var names []string
	err = tx.Each(ctx, table, orderOf(table), func(columns []store.Column, cells []any) error {
		if names == nil {
			names = namesOf(columns)
		}
		if piece.Len() == 0 {
			if err := lines.Encode(names); err != nil {
				return err
			}
		}
		n++
		if table == "events" {
			placeEvent(names, cells, n)
		}
		err := spell(columns, cells)
		if err == nil {
			err = lines.Encode(cells)
		}
		if err == nil && piece.Len() >= pieceSize {
			err = flush()
		}
		return err
	})
	if err == nil && piece.Len() > 0 {
		err = flush()
	}
	return n, err
}

func namesOf(columns []store.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// orderOf lets rows come after those of their own table that they may refer to.
func orderOf(table string) []string {
	if table == "events" {
		return []string{"txid", "seq"}
	}
	return nil
}

// placeEvent keeps an event's place by its number alone. The other half, the transaction it was written in, means
// something to one PostgreSQL cluster only, and would stand before or after what another store writes next.
func placeEvent(columns []string, cells []any, n int) {
	cells[slices.Index(columns, "seq")] = int64(n)
	cells[slices.Index(columns, "txid")] = int64(0)
}

// spell turns what the drivers read into what every engine's reader can read.
func spell(columns []store.Column, cells []any) error {
	for i, v := range cells {
		switch v := v.(type) {
		case nil, bool, float64:
		case int64:
			if columns[i].Kind == "BOOLEAN" { // SQLite has none
				cells[i] = v != 0
			}
		case string:
			if !utf8.ValidString(v) {
				return fmt.Errorf("a text is not UTF-8: %q", input.Cut(v, 80))
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
