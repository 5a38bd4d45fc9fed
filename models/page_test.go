package models

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

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
		want := position{c.at, anID}
		got, err := parseCursor(want.cursor())
		if err != nil {
			t.Errorf("%s: the cursor %q is refused: %v", c.name, want.cursor(), err)
			continue
		}
		if !got.at.Equal(want.at) {
			t.Errorf("%s: time = %s, want %s", c.name, got.at, want.at)
		}
		if got.id != want.id {
			t.Errorf("%s: id = %q, want %q", c.name, got.id, want.id)
		}
	}
	local := position{noon.In(time.FixedZone("Paris", 3600)), anID}
	if utc := (position{noon, anID}); local.cursor() != utc.cursor() {
		t.Errorf("one moment in two zones has the cursors %q and %q", local.cursor(), utc.cursor())
	}
	if got, _ := parseCursor(local.cursor()); got.at.Location() != time.UTC {
		t.Errorf("a cursor's time is read in %s, want UTC", got.at.Location())
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
		if p, err := parseCursor(text); verdict(err) != "refused: cursor" {
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
		if p, err := parseCursor(c.text); verdict(err) != "refused: cursor" {
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
		p, err := c.page.settle()
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
	after := func(n int) string { return position{id: rows[n-1]}.cursor() }
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
		l    listing
		want string
		args int
	}{
		{"the newest first", listing{table: "notes n", alias: "n", by: "created_at"},
			"SELECT n.id FROM notes n WHERE n.workspace_id = ? AND (n.created_at, n.id) < (?, ?) ORDER BY n.created_at DESC, n.id DESC", 2},
		{"the oldest first", listing{table: "notes n", alias: "n", by: "created_at", old: true},
			"SELECT n.id FROM notes n WHERE n.workspace_id = ? AND (n.created_at, n.id) > (?, ?) ORDER BY n.created_at ASC, n.id ASC", 2},
		{"by id alone", listing{table: "notes n", alias: "n"},
			"SELECT n.id FROM notes n WHERE n.workspace_id = ? AND n.id < ? ORDER BY n.id DESC", 1},
		{"by the id of another column", listing{table: "labelings l", alias: "l", id: "subject_id", old: true},
			"SELECT n.id FROM labelings l WHERE l.workspace_id = ? AND l.subject_id > ? ORDER BY l.subject_id ASC", 1},
	} {
		c.l.after(position{noon, anID})
		if got := c.l.from("n.id", "") + c.l.order(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if len(c.l.args) != c.args {
			t.Errorf("%s: %d arguments, want %d", c.name, len(c.l.args), c.args)
		}
	}
}

// TestEveryRowIsOnOnePage walks a list whose rows share their times.
func TestEveryRowIsOnOnePage(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		c := d.contact(t, ContactChange{Name: new("Carl")})
		all := map[ID]int{}
		for i := range 11 {
			if i%4 == 0 {
				d.clock.pass(time.Second)
			}
			n, err := d.AddNote(c.ID, fmt.Sprint("note ", i))
			if err != nil {
				t.Fatal(err)
			}
			all[n.ID] = 0
		}
		for _, size := range []int{1, 2, 3, 4, 11, 12} {
			var byCursor, byNumber []ID
			for p, pages := (Page{Size: size}), 0; ; pages++ {
				if pages > 12 {
					t.Fatalf("pages of %d never end", size)
				}
				l, err := d.Notes(c.ID, p)
				if err != nil {
					t.Fatal(err)
				}
				if l.Total != 11 {
					t.Errorf("pages of %d: total = %d, want 11", size, l.Total)
				}
				for _, n := range l.Items {
					byCursor = append(byCursor, n.ID)
				}
				if p.Cursor = l.Next; p.Cursor == "" {
					break
				}
			}
			for p := (Page{Size: size, Number: 1}); ; p.Number++ {
				l, err := d.Notes(c.ID, p)
				if err != nil {
					t.Fatal(err)
				}
				if len(l.Items) == 0 {
					break
				}
				for _, n := range l.Items {
					byNumber = append(byNumber, n.ID)
				}
			}
			if len(byCursor) != 11 || len(slices.Compact(slices.Sorted(slices.Values(byCursor)))) != 11 {
				t.Errorf("pages of %d by cursor hold %d rows, want each of 11 once", size, len(byCursor))
			}
			if !slices.Equal(byCursor, byNumber) {
				t.Errorf("pages of %d by cursor and by number differ:\n%v\n%v", size, byCursor, byNumber)
			}
		}
	})
}

// TestACursorHoldsAPlaceNotARow goes on behind a contact that was deleted meanwhile.
func TestACursorHoldsAPlaceNotARow(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		var made []ID
		for i := range 4 {
			d.clock.pass(time.Second)
			made = append(made, d.contact(t, ContactChange{Name: new(fmt.Sprint("C", i))}).ID)
		}
		first, err := d.Contacts(ContactFilter{}, Page{Size: 2})
		if err != nil {
			t.Fatal(err)
		}
		if got := first.Items[1].ID; got != made[2] {
			t.Fatalf("the first page ends with %s, want %s: the newest come first", got, made[2])
		}
		if err = d.DeleteContact(made[2]); err != nil {
			t.Fatal(err)
		}
		d.clock.pass(time.Second)
		d.contact(t, ContactChange{Name: new("newer than the page")})
		second, err := d.Contacts(ContactFilter{}, Page{Size: 2, Cursor: first.Next})
		if err != nil {
			t.Fatalf("the cursor of a deleted row: %v", err)
		}
		var got []ID
		for _, c := range second.Items {
			got = append(got, c.ID)
		}
		if want := []ID{made[1], made[0]}; !slices.Equal(got, want) {
			t.Errorf("behind the deleted row follow %v, want %v", got, want)
		}
		if second.Next != "" {
			t.Errorf("next cursor = %q on the last page, want none", second.Next)
		}
	})
}
