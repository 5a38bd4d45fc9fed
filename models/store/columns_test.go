package store

import (
	"database/sql/driver"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

type list []string

// Value writes the column.
func (l list) Value() (driver.Value, error) { return strings.Join(l, ","), nil }

type place struct{ City string }

type row struct {
	ID          ID
	WorkspaceID WorkspaceID
	Name        string
	Labels      list
	SeenAt      *time.Time
	Seq         int64 `gorm:"->"`
	Secret      string
	Boss        *list
	Place       place `gorm:"-"`
}

type holder struct {
	Row   row
	Count int
}

func TestColumnsSayWhatIsReadAndWhereItGoes(t *testing.T) {
	t.Parallel()
	all := ColumnsOf[row]("r", "secret", "boss")
	joined := all.And("p.city", func(r *row) any { return &r.Place.City })
	within := Within(joined, func(h *holder) *row { return &h.Row }).And("n", func(h *holder) any { return &h.Count })
	assert.Check(t, is.Equal(all.String(), "r.id, r.name, r.labels, r.seen_at, r.seq"))
	assert.Check(t, is.Equal(joined.String(), "r.id, r.name, r.labels, r.seen_at, r.seq, p.city"))
	assert.Check(t, is.Equal(within.String(), "r.id, r.name, r.labels, r.seen_at, r.seq, p.city, n"))
	assert.Check(t, is.Equal(Columns[row]{}.And("1", func(r *row) any { return &r.Seq }).String(), "1"))

	var found []*holder
	read := within.Read(&found)
	for _, id := range []ID{"a", "b"} {
		assert.NilError(t, read(func(into ...any) error {
			*into[0].(*ID), *into[1].(*string), *into[5].(*string), *into[6].(*int) = id, "name of "+string(id), "Lyon", 7
			return nil
		}))
	}
	assert.Check(t, is.Len(found, 2))
	for i, id := range []ID{"a", "b"} {
		assert.Check(t, is.DeepEqual(*found[i], holder{row{ID: id, Name: "name of " + string(id), Place: place{"Lyon"}}, 7}))
	}
}

func TestChangedIsWhatAnUpdateWrites(t *testing.T) {
	t.Parallel()
	at, same := noon, noon.In(time.FixedZone("Paris", 3600))
	before := row{ID: "a", Name: "Ada", Labels: list{"vip"}, SeenAt: &at, Seq: 1, Secret: "s", Place: place{"Lyon"}}
	for name, c := range map[string]struct {
		change func(r *row)
		want   map[string]any
	}{
		"nothing":                 {func(*row) {}, map[string]any{}},
		"a text":                  {func(r *row) { r.Name = "Eve" }, map[string]any{"name": "Eve"}},
		"a text to nothing":       {func(r *row) { r.Name = "" }, map[string]any{"name": ""}},
		"a list":                  {func(r *row) { r.Labels = list{"vip", "new"} }, map[string]any{"labels": list{"vip", "new"}}},
		"a list of the same":      {func(r *row) { r.Labels = list{"vip"} }, map[string]any{}},
		"a time told elsewhere":   {func(r *row) { r.SeenAt = &same }, map[string]any{}},
		"a time to none":          {func(r *row) { r.SeenAt = nil }, map[string]any{"seen_at": (*time.Time)(nil)}},
		"a pointer that is nil":   {func(r *row) { r.Boss = nil }, map[string]any{}},
		"a text that spells NULL": {func(r *row) { r.Boss = &list{"<nil>"} }, map[string]any{"boss": &list{"<nil>"}}},
		"what is only read":       {func(r *row) { r.Seq = 2 }, map[string]any{}},
		"what is no column":       {func(r *row) { r.Place.City = "Paris" }, map[string]any{}},
		"two":                     {func(r *row) { r.Name, r.Secret = "Eve", "t" }, map[string]any{"name": "Eve", "secret": "t"}},
	} {
		after := before
		c.change(&after)
		assert.Check(t, is.DeepEqual(Changed(&before, &after), c.want), name)
	}
}
