package models

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

// Ref is another row's id in a column that may be NULL: the empty Ref is NULL,
// so that the composite foreign keys hold every other one.
type Ref ID

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
		return fmt.Errorf("models: an id column of type %T", v)
	}
	return nil
}

// Value writes the column.
func (w Words) Value() (driver.Value, error) {
	if len(w) == 0 {
		return "[]", nil
	}
	return text(json.Marshal([]string(w)))
}

// Scan reads the column.
func (w *Words) Scan(v any) error { return scanJSON(v, (*[]string)(w)) }

// Has reports whether the word is in the list.
func (w Words) Has(word string) bool { return slices.Contains(w, word) }

// Value writes the column.
func (a Attributes) Value() (driver.Value, error) {
	if len(a) == 0 {
		return "{}", nil
	}
	return text(json.Marshal(map[string]any(a)))
}

// Scan reads the column.
func (a *Attributes) Scan(v any) error { return scanJSON(v, (*map[string]any)(a)) }

// Value writes the column.
func (c Changes) Value() (driver.Value, error) {
	if len(c) == 0 {
		return "{}", nil
	}
	return text(json.Marshal(map[string]Change(c)))
}

// Scan reads the column.
func (c *Changes) Scan(v any) error { return scanJSON(v, (*map[string]Change)(c)) }

// Names returns the changed fields in order.
func (c Changes) Names() []string { return slices.Sorted(maps.Keys(c)) }

func (c *Changes) note(field, from, to string) {
	if *c == nil {
		*c = Changes{}
	}
	(*c)[field] = Change{From: from, To: to}
}

func text(b []byte, err error) (driver.Value, error) { return string(b), err }

func scanJSON(v any, into any) error {
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
	return fmt.Errorf("models: a JSON column of type %T", v)
}

// Endings are what became of the things in an envelope, kept as JSON.
type Endings []Ending

// Value writes the column.
func (e Endings) Value() (driver.Value, error) {
	if len(e) == 0 {
		return "[]", nil
	}
	return text(json.Marshal([]Ending(e)))
}

// Scan reads the column.
func (e *Endings) Scan(v any) error { return scanOrEmpty(v, (*[]Ending)(e)) }

// scanOrEmpty reads a JSON column that is the empty text while there is nothing.
func scanOrEmpty(v any, into any) error {
	if s, ok := v.(string); ok && s == "" {
		return nil
	}
	if b, ok := v.([]byte); ok && len(b) == 0 {
		return nil
	}
	return scanJSON(v, into)
}
