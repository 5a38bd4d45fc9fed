// Package column says how a value is kept in one column of a row: a list, free
// fields or changes as JSON, and an id that may be NULL. It knows no table and no
// rule, and touches nothing but what database/sql hands it. Start with Words;
// Text, Scan and ScanOrEmpty are for types that are kept as JSON elsewhere.
package column

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Words is a list of short texts kept as JSON in one column: labels, event kinds, ids.
type Words []string

// Attributes are the free fields of a row, kept as JSON. Values are texts, numbers, booleans or nil.
type Attributes map[string]any

// Changes are the fields an update changed, kept as JSON.
type Changes map[string]Change

// Change is one field of a row before and after, as people read it.
type Change struct{ From, To string }

// Ref is another row's id in a column that may be NULL: the empty Ref is NULL,
// so that the composite foreign keys hold every other one.
type Ref string

// Value writes the column.
func (r Ref) Value() (driver.Value, error) {
	if r == "" {
		return nil, nil
	}
	return string(r), nil
}

// Scan reads the column.
func (r *Ref) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*r = ""
	case string:
		*r = Ref(v)
	case []byte:
		*r = Ref(v)
	default:
		return fmt.Errorf("column: an id column of type %T", v)
	}
	return nil
}

// Value writes the column.
func (w Words) Value() (driver.Value, error) {
	if len(w) == 0 {
		return "[]", nil
	}
	return Text(json.Marshal([]string(w)))
}

// Scan reads the column.
func (w *Words) Scan(v any) error { return Scan(v, (*[]string)(w)) }

// Has reports whether the word is in the list.
func (w Words) Has(word string) bool { return slices.Contains(w, word) }

// OrEmpty returns the list as it is told: never nil.
func (w Words) OrEmpty() []string {
	if w == nil {
		return []string{}
	}
	return w
}

// Value writes the column.
func (a Attributes) Value() (driver.Value, error) {
	if len(a) == 0 {
		return "{}", nil
	}
	return Text(json.Marshal(map[string]any(a)))
}

// Scan reads the column.
func (a *Attributes) Scan(v any) error { return Scan(v, (*map[string]any)(a)) }

// OrEmpty returns the fields as they are told: never nil.
func (a Attributes) OrEmpty() map[string]any {
	if a == nil {
		return map[string]any{}
	}
	return a
}

// Value writes the column.
func (c Changes) Value() (driver.Value, error) {
	if len(c) == 0 {
		return "{}", nil
	}
	return Text(json.Marshal(map[string]Change(c)))
}

// Scan reads the column.
func (c *Changes) Scan(v any) error { return Scan(v, (*map[string]Change)(c)) }

// Names returns the changed fields in order.
func (c Changes) Names() []string { return slices.Sorted(maps.Keys(c)) }

// Note adds a field and what it was and is.
func (c *Changes) Note(field, from, to string) {
	if *c == nil {
		*c = Changes{}
	}
	(*c)[field] = Change{From: from, To: to}
}

// NoteUnlessEqual notes a field if it is another than it was.
func (c *Changes) NoteUnlessEqual(field, from, to string) {
	if from != to {
		c.Note(field, from, to)
	}
}

// Text makes a column of what was marshalled.
func Text(b []byte, err error) (driver.Value, error) { return string(b), err }

// Scan reads a JSON column into what it points to; NULL leaves it.
func Scan(v any, into any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if words, ok := into.(*[]string); ok && v == "[]" { // most of them
			*words = []string{}
			return nil
		}
		return json.Unmarshal([]byte(v), into)
	case []byte:
		return json.Unmarshal(v, into)
	}
	return fmt.Errorf("column: a JSON column of type %T", v)
}

// ScanOrEmpty reads a JSON column that is the empty text while there is nothing.
func ScanOrEmpty(v any, into any) error {
	if s, ok := v.(string); ok && s == "" {
		return nil
	}
	if b, ok := v.([]byte); ok && len(b) == 0 {
		return nil
	}
	return Scan(v, into)
}
