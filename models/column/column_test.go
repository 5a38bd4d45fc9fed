package column

import (
	"database/sql"
	"database/sql/driver"
	"testing"

	"gotest.tools/v3/assert"
)

// TestColumnsComeBack writes each kind of column, and reads it as either engine hands it over.
func TestColumnsComeBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		from driver.Valuer
		want driver.Value
		into interface {
			sql.Scanner
			driver.Valuer
		}
	}{
		{"no row", Ref(""), nil, new(Ref)},
		{"a row", Ref("a1"), "a1", new(Ref)},
		{"no words", Words(nil), "[]", new(Words)},
		{"words", Words{"a", "b"}, `["a","b"]`, new(Words)},
		{"no attributes", Attributes(nil), "{}", new(Attributes)},
		{"attributes", Attributes{"n": 1.5, "gone": nil}, `{"gone":null,"n":1.5}`, new(Attributes)},
		{"no changes", Changes(nil), "{}", new(Changes)},
		{"changes", Changes{"name": {From: "a", To: "b"}}, `{"name":{"From":"a","To":"b"}}`, new(Changes)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.from.Value()
			assert.NilError(t, err)
			assert.Equal(t, got, c.want)
			read := []driver.Value{got}
			if text, ok := got.(string); ok {
				read = append(read, []byte(text))
			}
			for _, v := range read {
				assert.NilError(t, c.into.Scan(v))
				again, err := c.into.Value()
				assert.NilError(t, err)
				assert.Equal(t, again, c.want)
			}
			assert.ErrorContains(t, c.into.Scan(1), "column of type int")
		})
	}
}
