package store

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"gorm.io/gorm"
)

// Reader asks for one workspace's rows and writes none: what lists are made with, in models and above it. Inside a change
// it reads what the change wrote.
type Reader struct{ scope *Scope }

// Reader returns what may read the workspace's rows and no more.
func (s *Scope) Reader() *Reader { return &Reader{s} }

// Workspace is whose rows they are: for a part of a statement that is bound to it by itself.
func (r *Reader) Workspace() string { return string(r.scope.Workspace) }

// Postgres reports which of the two engines it is.
func (r *Reader) Postgres() bool { return r.scope.Postgres() }

// Batch asks several queries: of PostgreSQL in one round trip, of SQLite in turn.
func (r *Reader) Batch(queries ...Query) error {
	for _, q := range queries {
		if !strings.HasPrefix(q.SQL, "SELECT ") || strings.Contains(q.SQL, ";") {
			return fmt.Errorf("store: a reader asks with one SELECT, not with %q", q.SQL)
		}
	}
	return r.scope.Batch(queries...)
}

// QueryEach asks one query.
func (r *Reader) QueryEach(query string, args []any, take func(Scan) error) error {
	return r.Batch(Query{query, args, take})
}

// QueryInt asks for one number.
func (r *Reader) QueryInt(query string, args ...any) (n int64, err error) {
	err = r.Batch(Int(&n, query, args...))
	return n, err
}

// Table is how rows of a type are read: their columns, and what is joined to their own table for them.
type Table[T any] struct {
	Columns Columns[T]
	Joins   string
}

// Rows are rows of a type that a reader asks for whole, in a statement that GORM makes of the type and binds to the workspace.
type Rows[T any] struct{ db *gorm.DB }

// RowsOf are all rows of the type. One whose rows are of no workspace is read by no reader.
func RowsOf[T any](r *Reader) Rows[T] {
	for _, f := range columnsOf[T]() {
		if f.FieldType == reflect.TypeFor[WorkspaceID]() {
			return Rows[T]{r.scope.DB}
		}
	}
	none := r.scope.DB.Session(&gorm.Session{NewDB: true})
	_ = none.AddError(ErrNoWorkspace)
	return Rows[T]{none}
}

// Where narrows the rows by a condition.
func (q Rows[T]) Where(condition string, args ...any) Rows[T] {
	return Rows[T]{q.db.Where(condition, args...)}
}

// Most returns the first rows of an order, at most so many.
func (q Rows[T]) Most(most int, order string) (all []*T, err error) {
	return all, q.db.Order(order).Limit(most).Find(&all).Error
}

// First returns a row with the columns named alone, nil if there is none.
func (q Rows[T]) First(columns string) (*T, error) {
	row := new(T)
	err := q.db.Select(columns).First(row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return row, err
}

// ByID returns those of the rows that have one of the ids, by id; missing ones are left out.
func (q Rows[T]) ByID(ids []string, id func(*T) ID) (map[ID]*T, error) {
	found := map[ID]*T{}
	if len(ids) == 0 {
		return found, nil
	}
	var rows []*T
	err := q.db.Where("id IN ?", ids).Find(&rows).Error
	for _, row := range rows {
		found[id(row)] = row
	}
	return found, err
}
