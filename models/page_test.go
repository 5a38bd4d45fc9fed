package models

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

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
