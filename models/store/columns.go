package store

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/schema"
)

// Columns are what a query reads of the rows of a type: the columns that it names
// and where each of them goes. The zero value reads nothing.
type Columns[T any] struct {
	names []string
	into  func(row *T, to []any) []any
}

// ColumnsOf are the columns of the type's own table, under the alias that a query
// gives it, but for the workspace's and those named. It is for variables of a
// package, and panics where GORM cannot map the type.
func ColumnsOf[T any](alias string, but ...string) Columns[T] {
	var c Columns[T]
	var fields [][]int
	for _, f := range columnsOf[T]() {
		if f.FieldType != reflect.TypeFor[WorkspaceID]() && !slices.Contains(but, f.DBName) {
			c.names = append(c.names, alias+"."+f.DBName)
			fields = append(fields, f.StructField.Index)
		}
	}
	c.into = func(row *T, to []any) []any {
		v := reflect.ValueOf(row).Elem()
		for _, index := range fields {
			to = append(to, v.FieldByIndex(index).Addr().Interface())
		}
		return to
	}
	return c
}

// And adds a column that is joined to the row, or made of it, and where it goes.
func (c Columns[T]) And(column string, field func(*T) any) Columns[T] {
	own := c.into
	return Columns[T]{append(slices.Clip(c.names), column), func(row *T, to []any) []any {
		if own != nil {
			to = own(row, to)
		}
		return append(to, field(row))
	}}
}

// Within are the columns of rows that hold such a row.
func Within[T, U any](c Columns[U], of func(*T) *U) Columns[T] {
	return Columns[T]{c.names, func(row *T, to []any) []any { return c.into(of(row), to) }}
}

// String is how a query names them.
func (c Columns[T]) String() string { return strings.Join(c.names, ", ") }

// Read appends a new row to all for each that a query answers.
func (c Columns[T]) Read(all *[]*T) func(Scan) error {
	to := make([]any, 0, len(c.names))
	return func(scan Scan) error {
		row := new(T)
		*all = append(*all, row)
		return scan(c.into(row, to[:0])...)
	}
}

// Changed are the columns in which two states of a row differ, as the second has
// them: what an update of the row writes.
func Changed[T any](before, after *T) map[string]any {
	set := map[string]any{}
	was, is := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	for _, f := range columnsOf[T]() {
		if !f.Updatable {
			continue
		}
		from, to := was.FieldByIndex(f.StructField.Index).Interface(), is.FieldByIndex(f.StructField.Index).Interface()
		if kept(from) != kept(to) {
			set[f.DBName] = to
		}
	}
	return set
}

// kept is how a column keeps a value, to compare it.
func kept(v any) any {
	p := reflect.ValueOf(v)
	if v == nil || p.Kind() == reflect.Pointer && p.IsNil() {
		return nil
	}
	switch v := v.(type) {
	case time.Time:
		return v.UnixNano()
	case []byte:
		return string(v)
	case driver.Valuer:
		if value, err := v.Value(); err == nil {
			return kept(value)
		}
	}
	if p.Kind() == reflect.Pointer {
		return kept(p.Elem().Interface())
	}
	return fmt.Sprint(v)
}

var schemas sync.Map

// columnsOf are the fields of the type that GORM keeps.
func columnsOf[T any]() []*schema.Field {
	s, err := schema.Parse(new(T), &schemas, schema.NamingStrategy{})
	if err != nil {
		panic(err)
	}
	fields := make([]*schema.Field, 0, len(s.DBNames))
	for _, name := range s.DBNames {
		fields = append(fields, s.FieldsByDBName[name])
	}
	return fields
}
