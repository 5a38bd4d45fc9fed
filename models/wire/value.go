package wire

import "time"

// Stamp writes a time as every answer does: RFC 3339, UTC, milliseconds.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// StampOrNil is Stamp, nil of no time.
func StampOrNil(t *time.Time) *string {
	if t == nil {
		return nil
	}
	s := Stamp(*t)
	return &s
}

// TextOrNil is the text, nil if it is empty.
func TextOrNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// NumberOrNil is the number, nil if it is zero.
func NumberOrNil(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
