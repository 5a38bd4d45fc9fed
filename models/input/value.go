package input

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ValueKind says what a value of a field is that somebody defined.
type ValueKind string

// The kinds of value.
const (
	TextValue   ValueKind = "text"
	NumberValue ValueKind = "number"
	DateValue   ValueKind = "date" // 2026-11-21
	ChoiceValue ValueKind = "choice"
	YesNoValue  ValueKind = "yes_no"
	URLValue    ValueKind = "url"
)

var valueKinds = []ValueKind{TextValue, NumberValue, DateValue, ChoiceValue, YesNoValue, URLValue}

// Valid reports whether k is one of the kinds.
func (k ValueKind) Valid() bool { return slices.Contains(valueKinds, k) }

// Value reads a value of the kind; of a choice it is one of those given. It returns
// nil for a value that clears the field, and else what is kept: a text, a number or a boolean.
func (f *Reader) Value(field string, v any, kind ValueKind, choices []string) any {
	if v == nil || v == "" {
		return nil
	}
	switch kind {
	case NumberValue:
		if n, ok := v.(float64); ok && !math.IsInf(n, 0) && !math.IsNaN(n) {
			return n
		}
		f.Add(field, "must be a number")
	case YesNoValue:
		if _, ok := v.(bool); !ok {
			f.Add(field, "must be true or false")
		}
	default:
		f.textValue(field, v, kind, choices)
	}
	return v
}

func (f *Reader) textValue(field string, v any, kind ValueKind, choices []string) {
	text, ok := v.(string)
	switch {
	case !ok:
		f.Add(field, "must be a text")
	case utf8.RuneCountInString(text) > 2000 || !Readable(text):
		f.Add(field, "must be a text of at most 2000 characters")
	case kind == DateValue:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			f.Add(field, "must be a date, written as 2026-11-21")
		}
	case kind == ChoiceValue && !slices.Contains(choices, text):
		f.Add(field, "is one of %s", strings.Join(choices, ", "))
	case kind == URLValue:
		f.WebAddress(field, text)
	}
}

// FromText reads what was sent as text into the kind; a value that does not fit is
// returned as it is, for Value to refuse.
func (k ValueKind) FromText(v any) any {
	text, isText := v.(string)
	switch k {
	case NumberValue:
		if n, err := strconv.ParseFloat(text, 64); isText && err == nil {
			return n
		}
	case YesNoValue:
		if b, err := strconv.ParseBool(strings.ToLower(text)); isText && err == nil {
			return b
		}
	default:
		if text := ValueText(v); text != "" {
			return text
		}
	}
	return v
}

// ValueText writes a value as people read it; a reader who knows the kind gets the value back.
func ValueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// longestCompared is how much of a value a filter looks at: an index row has no room for all of it.
const longestCompared = 200

// Compared is a value as a filter compares it.
func Compared(v any) string {
	text := []rune(Fold(ValueText(v)))
	return string(text[:min(len(text), longestCompared)])
}

// Fold is a name as it is compared: case and spaces do not tell two apart.
func Fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
