package models

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
	"gotest.tools/v3/assert"

	"mauve/models/store"
)

// TestACallIsDoneOnce repeats a call under one key in each way that callers do.
func TestACallIsDoneOnce(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	type call struct {
		name, request string
		after         time.Duration
		status        int // what the work comes to; 0: it breaks
	}
	rows := []struct {
		name   string
		first  call
		second call
		other  bool   // the second is another key's
		want   string // what the second is told
		done   int    // how often the work is kept
	}{
		{"the same again is told the same", call{"k", "r", 0, 201}, call{"k", "r", 0, 201}, false, "201 replayed", 1},
		{"what changed nothing is told again too", call{"k", "r", 0, 200}, call{"k", "r", 0, 200}, false, "200 replayed", 1},
		{"another name is another call", call{"k", "r", 0, 201}, call{"K", "r", 0, 201}, false, "201", 2},
		{"another key's name is another call", call{"k", "r", 0, 201}, call{"k", "r", 0, 201}, true, "201", 2},
		{"the same name for another request is refused", call{"k", "r", 0, 201}, call{"k", "r2", 0, 201}, false, "refused: idempotency_key_reused", 1},
		{"a moment before a day it is still told", call{"k", "r", 0, 201}, call{"k", "r", day - time.Millisecond, 201}, false, "201 replayed", 1},
		{"after a day it is done again", call{"k", "r", 0, 201}, call{"k", "r", day, 201}, false, "201", 2},
		{"… also another request", call{"k", "r", 0, 201}, call{"k", "r2", day, 201}, false, "201", 2},
		{"what broke is done anew", call{"k", "r", 0, 0}, call{"k", "r", 0, 201}, false, "201", 1},
		{"what failed with us is done anew", call{"k", "r", 0, 503}, call{"k", "r", 0, 201}, false, "201", 1},
		{"what collided is done anew", call{"k", "r", 0, 409}, call{"k", "r", 0, 201}, false, "201", 1},
		{"what came too often is done anew", call{"k", "r", 0, 429}, call{"k", "r", 0, 201}, false, "201", 1},
		{"… and by another request", call{"k", "r", 0, 429}, call{"k", "r2", 0, 201}, false, "201", 1},
		{"what was refused is judged anew", call{"k", "r", 0, 422}, call{"k", "r", 0, 201}, false, "201", 1},
		{"… and refused again", call{"k", "r", 0, 404}, call{"k", "r", 0, 404}, false, "404", 0},
		{"… and its name is free", call{"k", "r", 0, 422}, call{"k", "r2", 0, 201}, false, "201", 1},
	}
	eachDesk(t, func(t *testing.T, d *desk) {
		for i, c := range rows {
			k, _, err := d.CreateKey(KeyDraft{Name: "one", Read: true, Write: true})
			if err != nil {
				t.Fatal(err)
			}
			second, _, err := d.CreateKey(KeyDraft{Name: "other", Read: true, Write: true})
			if err != nil {
				t.Fatal(err)
			}
			label := fmt.Sprint("Once ", i)
			told := func(by *APIKey, one call) string {
				d.clock.pass(one.after)
				scope := d.store.As(t.Context(), d.Workspace(), by.Actor())
				a, replayed, err := scope.Once(one.name, one.request, func(s *Scope) (Answer, error) {
					if _, err := s.CreateContact(ContactChange{Name: &label}); err != nil || one.status == 0 {
						return Answer{}, errors.Join(err, broken)
					}
					return Answer{Status: one.status, Header: map[string]string{"Content-Type": "text/plain", "Location": "/x"}, Body: []byte(label)}, nil
				})
				switch {
				case errors.Is(err, broken):
					return "broken"
				case err != nil:
					return verdict(err)
				}
				if string(a.Body) != label || a.Header["Content-Type"] != "text/plain" || a.Header["Location"] != "/x" {
					t.Errorf("%s: the answer is %+v", c.name, a)
				}
				if replayed {
					return fmt.Sprint(a.Status, " replayed")
				}
				return fmt.Sprint(a.Status)
			}
			told(k, c.first)
			by := k
			if c.other {
				by = second
			}
			if got := told(by, c.second); got != c.want {
				t.Errorf("%s: the second is told %s, want %s", c.name, got, c.want)
			}
			var kept int64
			if err := d.rows.DB.Model(&Contact{}).Where("name = ?", label).Count(&kept).Error; err != nil {
				t.Fatal(err)
			}
			if int(kept) != c.done {
				t.Errorf("%s: the work was kept %d times, want %d", c.name, kept, c.done)
			}
		}
	})
}

// TestACallThatRunsIsNotRunBeside asks for the same call from within it.
func TestACallThatRunsIsNotRunBeside(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		k, _, err := d.CreateKey(KeyDraft{Name: "one", Read: true, Write: true})
		if err != nil {
			t.Fatal(err)
		}
		by := d.store.As(t.Context(), d.Workspace(), k.Actor())
		var inside error
		_, _, err = by.Once("k", "r", func(*Scope) (Answer, error) {
			_, _, inside = by.Once("k", "r", func(*Scope) (Answer, error) { return Answer{Status: 200}, nil })
			return Answer{Status: 200}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := verdict(inside); got != "refused: idempotency_key_running" {
			t.Errorf("the same call beside it: %s, want it refused as running", got)
		}
		if _, replayed, err := by.Once("k", "r", func(*Scope) (Answer, error) { return Answer{Status: 201}, nil }); err != nil || !replayed {
			t.Errorf("after it ended: replayed = %t, %v; want its answer", replayed, err)
		}
	})
}

// TestAStoredAnswerIsSealed looks at what lies in the store, and opens it with the key, with another, and as
// it lay before answers were sealed.
func TestAStoredAnswerIsSealed(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		k, _, err := d.CreateKey(KeyDraft{Name: "one", Read: true, Write: true})
		if err != nil {
			t.Fatal(err)
		}
		answer := Answer{Status: 201, Header: map[string]string{"Location": "/of/a-secret", "ETag": `"a-secret"`}, Body: []byte("a-secret\n{}")}
		once := func(s *Store) (Answer, bool) {
			t.Helper()
			a, replayed, err := s.As(t.Context(), d.Workspace(), k.Actor()).Once("k", "r", func(*Scope) (Answer, error) { return answer, nil })
			if err != nil {
				t.Fatal(err)
			}
			return a, replayed
		}
		once(d.store)
		var row map[string]any
		if err := d.rows.DB.Model(&StoredAnswer{}).Take(&row).Error; err != nil {
			t.Fatal(err)
		}
		if lies := fmt.Sprint(row); strings.Contains(lies, "a-secret") {
			t.Errorf("the store holds the answer in clear: %s", lies)
		}
		if a, replayed := once(d.store); !replayed || !reflect.DeepEqual(a, answer) {
			t.Errorf("the repeat is told %+v, replayed = %t", a, replayed)
		}
		rekeyed, err := Open(t.Context(), Options{URL: d.address, SecretKey: []byte(strings.Repeat("z", 32)), Now: d.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer rekeyed.Close()
		for _, replayed := range []bool{false, true} {
			if _, got := once(rekeyed); got != replayed {
				t.Errorf("under another key: replayed = %t, want %t", got, replayed)
			}
		}
		old := map[string]any{"sealed": "", "content_type": "text/plain", "location": "/old", "body": "in clear"}
		assert.NilError(t, d.store.db.WithoutEvent(t.Context(), store.EveryWorkspace, "a test", func(db *gorm.DB) error {
			return db.Model(&StoredAnswer{}).Where("name = ?", "k").Updates(old).Error
		}))
		if a, replayed := once(d.store); !replayed || string(a.Body) != "in clear" || a.Header["Location"] != "/old" || a.Header["Content-Type"] != "text/plain" {
			t.Errorf("an answer of before is told as %+v, replayed = %t", a, replayed)
		}
	})
}
