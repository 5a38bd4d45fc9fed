package store

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/problem"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const anID = ID("6740a1b2c3d4e5f60718293a")

func TestACursorIsReadBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		at   time.Time
	}{
		{"a time of today", noon},
		{"milliseconds are kept", noon.Add(123 * time.Millisecond)},
		{"the zero time, of a list that sorts by id alone", time.Time{}},
		{"a time before 1970", time.Date(1912, 6, 23, 1, 2, 3, 0, time.UTC)},
		{"the last time that both stores keep", time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)},
	} {
		want := Position{c.at, anID}
		got, err := ParseCursor(want.Cursor())
		if err != nil {
			t.Errorf("%s: the cursor %q is refused: %v", c.name, want.Cursor(), err)
			continue
		}
		if !got.At.Equal(want.At) {
			t.Errorf("%s: time = %s, want %s", c.name, got.At, want.At)
		}
		if got.ID != want.ID {
			t.Errorf("%s: id = %q, want %q", c.name, got.ID, want.ID)
		}
	}
	local := Position{noon.In(time.FixedZone("Paris", 3600)), anID}
	if utc := (Position{noon, anID}); local.Cursor() != utc.Cursor() {
		t.Errorf("one moment in two zones has the cursors %q and %q", local.Cursor(), utc.Cursor())
	}
	if got, _ := ParseCursor(local.Cursor()); got.At.Location() != time.UTC {
		t.Errorf("a cursor's time is read in %s, want UTC", got.At.Location())
	}
}

func TestAHostileCursorIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, inside string }{
		{"nothing inside", ""},
		{"another version", "2:0:" + string(anID)},
		{"no version", "0:" + string(anID)},
		{"no id", "1:0"},
		{"an empty id", "1:0:"},
		{"an id in capitals", "1:0:" + strings.ToUpper(string(anID))},
		{"an id with its prefix", "1:0:con_" + string(anID)},
		{"an id that is too short", "1:0:" + string(anID[:23])},
		{"something behind the id", "1:0:" + string(anID) + ":x"},
		{"SQL for an id", "1:0:' OR 1=1 --xxxxxxxxxxxxx"},
		{"a NUL within the id", "1:0:6740a1b2c3d4e5f6071829\x003"},
		{"no number for the time", "1:now:" + string(anID)},
		{"a fraction for the time", "1:1.5:" + string(anID)},
		{"a time of more than 64 bits", "1:9223372036854775808:" + string(anID)},
		{"a time behind the year 9999", "1:253402300800000:" + string(anID)},
		{"a time before the year 1", "1:-62135596800001:" + string(anID)},
		{"a time written very long", "1:" + strings.Repeat("0", 60) + "1:" + string(anID)},
	} {
		text := base64.RawURLEncoding.EncodeToString([]byte(c.inside))
		if p, err := ParseCursor(text); verdict(err) != "refused: cursor" {
			t.Errorf("%s: %q is read as %v, %v; want the cursor refused", c.name, text, p, err)
		}
	}
	for _, c := range []struct{ name, text string }{
		{"no base64", "!!!"},
		{"base64 with padding", "MTowOg=="},
		{"base64 of the other alphabet", "+/+/"},
		{"a NUL", "\x00"},
		{"a page's number", "2"},
		{"an id", string(anID)},
		{"a megabyte", strings.Repeat("A", 1<<20)},
	} {
		if p, err := ParseCursor(c.text); verdict(err) != "refused: cursor" {
			t.Errorf("%s is read as %v, %v; want the cursor refused", c.name, p, err)
		}
	}
}

func TestAPageIsSettled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		page    Page
		verdict string
		size    int
		before  int
	}{
		{"nothing asked is the first 25", Page{}, "taken", 25, 0},
		{"the second page begins behind the first", Page{Number: 2}, "taken", 25, 25},
		{"a size is kept", Page{Number: 3, Size: 10}, "taken", 10, 20},
		{"a page of 1 is the smallest", Page{Size: 1}, "taken", 1, 0},
		{"a page of 100 is the largest", Page{Size: 100}, "taken", 100, 0},
		{"a page of 101 is none", Page{Size: 101}, "refused: perPage", 0, 0},
		{"a page of -1 is none", Page{Size: -1}, "refused: perPage", 0, 0},
		{"a wide list's page may be larger", Page{Size: 10_000, Wide: true}, "taken", 10_000, 0},
		{"… but not without end", Page{Size: 10_001, Wide: true}, "refused: perPage", 0, 0},
		{"page -1 is none", Page{Number: -1}, "refused: page", 0, 0},
		{"page 1,000,000 is the last", Page{Number: 1_000_000}, "taken", 25, 24_999_975},
		{"page 1,000,001 is none", Page{Number: 1_000_001}, "refused: page", 0, 0},
		{"rows can be left out instead", Page{Skip: 7}, "taken", 25, 7},
		{"… which wins over the number", Page{Number: 5, Skip: 7}, "taken", 25, 7},
		{"-1 rows cannot", Page{Skip: -1}, "refused: skip", 0, 0},
		{"more than a million cannot", Page{Skip: 1_000_001}, "refused: skip", 0, 0},
		{"all faults are told at once", Page{Number: -1, Size: 101, Skip: -1}, "refused: perPage, page, skip", 0, 0},
	} {
		p, err := c.page.Settle()
		if got := verdict(err); got != c.verdict {
			t.Errorf("%s: %s, want %s", c.name, got, c.verdict)
			continue
		}
		if err != nil {
			continue
		}
		if p.Size != c.size {
			t.Errorf("%s: size = %d, want %d", c.name, p.Size, c.size)
		}
		if got := p.before(); got != c.before {
			t.Errorf("%s: %d rows lie before it, want %d", c.name, got, c.before)
		}
	}
}

func TestCutMakesPages(t *testing.T) {
	t.Parallel()
	rows := []ID{"aaaaaaaaaaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaaaaa2", "aaaaaaaaaaaaaaaaaaaaaaa3", "aaaaaaaaaaaaaaaaaaaaaaa4", "aaaaaaaaaaaaaaaaaaaaaaa5"}
	after := func(n int) string { return Position{ID: rows[n-1]}.Cursor() }
	for _, c := range []struct {
		name string
		page Page
		want string // the last digits of the rows
		next string
		at   int // the page's number
	}{
		{"the first page", Page{Size: 2}, "12", after(2), 1},
		{"the second page", Page{Size: 2, Number: 2}, "34", after(4), 2},
		{"the last page holds the rest, and nothing follows", Page{Size: 2, Number: 3}, "5", "", 3},
		{"a page behind the end is empty", Page{Size: 2, Number: 4}, "", "", 4},
		{"a page that holds all has none behind it", Page{Size: 5}, "12345", "", 1},
		{"a page larger than the list likewise", Page{Size: 6}, "12345", "", 1},
		{"one row less, and there is a page behind it", Page{Size: 4}, "1234", after(4), 1},
		{"a cursor begins behind its row", Page{Size: 2, Cursor: after(1)}, "23", after(3), 0},
		{"a cursor wins over the number", Page{Size: 2, Cursor: after(3), Number: 1}, "45", "", 0},
		{"a cursor of the last row leads to nothing", Page{Size: 2, Cursor: after(5)}, "", "", 0},
		{"rows can be left out", Page{Size: 2, Skip: 3}, "45", "", 1},
	} {
		l, err := Cut(rows, c.page, func(id ID) ID { return id })
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := ""
		for _, id := range l.Items {
			got += string(id[23:])
		}
		if got != c.want {
			t.Errorf("%s: rows = %q, want %q", c.name, got, c.want)
		}
		if l.Next != c.next {
			t.Errorf("%s: next cursor = %q, want %q", c.name, l.Next, c.next)
		}
		if l.Number != c.at {
			t.Errorf("%s: number = %d, want %d", c.name, l.Number, c.at)
		}
		if l.Total != 5 {
			t.Errorf("%s: total = %d, want 5", c.name, l.Total)
		}
	}
	if _, err := Cut(rows, Page{Size: 101}, func(id ID) ID { return id }); verdict(err) != "refused: perPage" {
		t.Errorf("a page of 101: %s", verdict(err))
	}
	if _, err := Cut(rows, Page{Cursor: "x"}, func(id ID) ID { return id }); verdict(err) != "refused: cursor" {
		t.Errorf("a cursor that is none: %s", verdict(err))
	}
}

func TestAListingAsksForItsRowsAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		l    Listing
		want string
		args int
	}{
		{"the newest first", Listing{Table: "notes n", Alias: "n", By: "created_at"},
			"SELECT n.id FROM notes n WHERE n.workspace_id = ? AND (n.created_at, n.id) < (?, ?) ORDER BY n.created_at DESC, n.id DESC", 2},
		{"the oldest first", Listing{Table: "notes n", Alias: "n", By: "created_at", Oldest: true},
			"SELECT n.id FROM notes n WHERE n.workspace_id = ? AND (n.created_at, n.id) > (?, ?) ORDER BY n.created_at ASC, n.id ASC", 2},
		{"by id alone", Listing{Table: "notes n", Alias: "n"},
			"SELECT n.id FROM notes n WHERE n.workspace_id = ? AND n.id < ? ORDER BY n.id DESC", 1},
		{"by the id of another column", Listing{Table: "labelings l", Alias: "l", ID: "subject_id", Oldest: true},
			"SELECT n.id FROM labelings l WHERE l.workspace_id = ? AND l.subject_id > ? ORDER BY l.subject_id ASC", 1},
	} {
		c.l.After(Position{noon, anID})
		if got := c.l.From("n.id", "") + c.l.Order(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if len(c.l.Args) != c.args {
			t.Errorf("%s: %d arguments, want %d", c.name, len(c.l.Args), c.args)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(Position{time.Unix(1e9, 0).UTC(), NewID(time.Unix(1e9, 0))}.Cursor())
	f.Add("MTo5OTk5OTk5OTk5OTk5OTk5OTo2NzQw")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseCursor(text)
		if err != nil {
			return
		}
		again, err := ParseCursor(p.Cursor())
		assert.Check(t, err)
		assert.Check(t, is.Equal(again, p), text)
	})
}

// verdict is "taken", or which fields are refused.
func verdict(err error) string {
	if err == nil {
		return "taken"
	}
	e, ok := errors.AsType[*problem.Error](err)
	if !ok || e.Kind != problem.Invalid || len(e.Faults) == 0 {
		return "broken: " + err.Error()
	}
	fields := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		fields[i] = f.Field
	}
	return "refused: " + strings.Join(fields, ", ")
}
