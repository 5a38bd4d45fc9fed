package search_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mauve/models"
	"mauve/models/modelstest"
	"mauve/models/search"
)

func contact(t *testing.T, desk *models.Scope, name string) *models.Contact {
	t.Helper()
	c, err := desk.CreateContact(models.ContactChange{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEveryRowIsOnOnePage walks a list whose rows share their times.
func TestEveryRowIsOnOnePage(t *testing.T) {
	t.Parallel()
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		desk := w.Acme.Scope
		c := contact(t, desk, "Carl")
		all := map[models.ID]int{}
		for i := range 11 {
			if i%4 == 0 {
				w.Clock.Pass(time.Second)
			}
			n, err := desk.AddNote(c.ID, fmt.Sprint("note ", i))
			if err != nil {
				t.Fatal(err)
			}
			all[n.ID] = 0
		}
		for _, size := range []int{1, 2, 3, 4, 11, 12} {
			var byCursor, byNumber []models.ID
			for p, pages := (models.Page{Size: size}), 0; ; pages++ {
				if pages > 12 {
					t.Fatalf("pages of %d never end", size)
				}
				l, err := search.Notes(desk, c.ID, p)
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
			for p := (models.Page{Size: size, Number: 1}); ; p.Number++ {
				l, err := search.Notes(desk, c.ID, p)
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
	modelstest.Each(t, func(t *testing.T, w *modelstest.World) {
		desk := w.Acme.Scope
		var made []models.ID
		for i := range 4 {
			w.Clock.Pass(time.Second)
			made = append(made, contact(t, desk, fmt.Sprint("C", i)).ID)
		}
		first, err := search.Contacts(desk, search.ContactFilter{}, models.Page{Size: 2})
		if err != nil {
			t.Fatal(err)
		}
		if got := first.Items[1].ID; got != made[2] {
			t.Fatalf("the first page ends with %s, want %s: the newest come first", got, made[2])
		}
		if err = desk.DeleteContact(made[2]); err != nil {
			t.Fatal(err)
		}
		w.Clock.Pass(time.Second)
		contact(t, desk, "newer than the page")
		second, err := search.Contacts(desk, search.ContactFilter{}, models.Page{Size: 2, Cursor: first.Next})
		if err != nil {
			t.Fatalf("the cursor of a deleted row: %v", err)
		}
		var got []models.ID
		for _, c := range second.Items {
			got = append(got, c.ID)
		}
		if want := []models.ID{made[1], made[0]}; !slices.Equal(got, want) {
			t.Errorf("behind the deleted row follow %v, want %v", got, want)
		}
		if second.Next != "" {
			t.Errorf("next cursor = %q on the last page, want none", second.Next)
		}
	})
}
