package backup

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"mauve/models"
	"mauve/models/store"
)

var (
	errNotEmpty = errors.New("the store is not empty: restore into a new one, so that nothing there is lost")
	errOtherKey = errors.New("the backup's secrets are sealed with another SECRET_KEY. Set SECRET_KEY to it, or put its secret.key into DATA_DIR")
	errCutOff   = errors.New("the backup is cut off: it has no end")
)

// restore is one at work.
type restore struct {
	store    *models.Store
	tx       *store.Raw
	tables   []string
	columns  map[string]map[string]string // what they hold, by table
	restored map[string]int
	ended    bool
}

// Restore writes the rows of a backup into an empty store, all or none. next gives the pieces in their order and
// io.EOF after the last. lostKey takes the rows although their stored secrets cannot be opened any more. Sessions
// and personal keys are over, and what is restored is held, unless release says not to: see models.RestoreHold.
// It returns how many rows there were.
func Restore(ctx context.Context, s *models.Store, lostKey, release bool, next func() (name string, piece io.Reader, err error)) (rows int, err error) {
	err = s.Fill(ctx, func(tx *store.Raw) error {
		r := &restore{store: s, tx: tx, columns: map[string]map[string]string{}, restored: map[string]int{}}
		if err := r.begin(ctx); err != nil {
			return err
		}
		if err := r.all(ctx, lostKey, next); err != nil {
			return err
		}
		for _, n := range r.restored {
			rows += n
		}
		return r.hold(ctx, release)
	})
	return rows, err
}

// begin refuses a store that holds a row of anybody's.
func (r *restore) begin(ctx context.Context) (err error) {
	if r.tables, err = tables(ctx, r.tx); err != nil {
		return err
	}
	for _, table := range r.tables {
		empty, err := r.tx.Empty(ctx, table)
		if err != nil {
			return err
		}
		if !empty {
			return errNotEmpty
		}
		columns, err := r.tx.Columns(ctx, table)
		if err != nil {
			return err
		}
		r.columns[table] = map[string]string{}
		for _, c := range columns {
			r.columns[table][c.Name] = c.Kind
		}
	}
	return nil
}

// all takes piece after piece, up to the backup's end.
func (r *restore) all(ctx context.Context, lostKey bool, next func() (string, io.Reader, error)) error {
	for {
		name, piece, err := next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = r.take(ctx, lostKey, name, piece)
		}
		if err != nil {
			return err
		}
	}
	if !r.ended {
		return errCutOff
	}
	return nil
}

func (r *restore) take(ctx context.Context, lostKey bool, name string, piece io.Reader) error {
	table, isRows := strings.CutPrefix(name, rowsFolder)
	table, _, _ = strings.Cut(table, "/")
	switch {
	case isRows && slices.Contains(r.tables, table):
		if err := r.rows(ctx, table, piece); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	case isRows:
		return fmt.Errorf("%s: this store has no such table", name)
	case name == manifestName:
		return r.mayTake(ctx, lostKey, piece)
	case name == endName:
		return r.end(piece)
	}
	return fmt.Errorf("%s: this program does not know what that is", name)
}

func (r *restore) mayTake(ctx context.Context, lostKey bool, piece io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(piece, pieceSize))
	if err != nil {
		return err
	}
	m, err := ReadManifest(text)
	if err != nil {
		return err
	}
	ours, err := manifestOf(ctx, r.store, r.tx)
	if err != nil {
		return err
	}
	if m.Schema != ours.Schema {
		return fmt.Errorf("the backup is of schema %d and the store of %d: restore into an empty database with a program at least as new as the backup's", m.Schema, ours.Schema)
	}
	if m.Key != ours.Key && !lostKey {
		return errOtherKey
	}
	return nil
}

// end holds the number of rows against what the backup said it holds.
func (r *restore) end(piece io.Reader) error {
	said := map[string]int{}
	if err := json.NewDecoder(io.LimitReader(piece, pieceSize)).Decode(&said); err != nil {
		return err
	}
	maps.DeleteFunc(said, func(_ string, n int) bool { return n == 0 })
	if !maps.Equal(said, r.restored) {
		return fmt.Errorf("the backup says it holds %v rows and holds %v", said, r.restored)
	}
	r.ended = true
	return nil
}

// placeholders is how many values one statement carries; both engines take more.
const placeholders = 16_000

// rows writes one piece of rows, some hundred in a statement.
func (r *restore) rows(ctx context.Context, table string, piece io.Reader) error {
	lines := json.NewDecoder(bufio.NewReader(piece))
	lines.UseNumber()
	var columns []string
	if err := lines.Decode(&columns); err != nil {
		return err
	}
	for _, c := range columns {
		if r.columns[table][c] == "" {
			return fmt.Errorf("this store has no column %s.%s", table, c)
		}
	}
	var batch []any
	for {
		var cells []any
		err := lines.Decode(&cells)
		if err != nil && err != io.EOF {
			return err
		}
		if full := len(batch)+len(columns) > placeholders; len(batch) > 0 && (full || err == io.EOF) {
			if err := r.tx.Insert(ctx, table, columns, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if err == io.EOF {
			return nil
		}
		if len(cells) != len(columns) {
			return fmt.Errorf("a row of %d values for %d columns", len(cells), len(columns))
		}
		for i, c := range cells {
			v, err := unspell(c, r.columns[table][columns[i]])
			if err != nil {
				return fmt.Errorf("%s: %w", columns[i], err)
			}
			batch = append(batch, v)
		}
		r.restored[table]++
	}
}

// unspell turns a value of a backup into what the column's engine takes.
func unspell(v any, kind string) (any, error) {
	switch v := v.(type) {
	case string:
		if kind == "DATETIME" || kind == "TIMESTAMPTZ" {
			return time.Parse(time.RFC3339Nano, v)
		}
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return v.Float64()
		}
		return v.Int64()
	case map[string]any:
		text, ok := v["base64"].(string)
		if !ok {
			return nil, errors.New("an object where a value belongs")
		}
		return base64.StdEncoding.DecodeString(text)
	}
	return v, nil
}
