package models

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// TestACallIsDoneOnce repeats a call under one key in each way that callers do. What a
// refusal leaves is another issue's: here are those that must never be kept.
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
					return Answer{Status: one.status, ContentType: "text/plain", Location: "/x", Body: []byte(label)}, nil
				})
				switch {
				case errors.Is(err, broken):
					return "broken"
				case err != nil:
					return verdict(err)
				}
				if string(a.Body) != label || a.ContentType != "text/plain" || a.Location != "/x" {
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
			if err := d.db.Model(&Contact{}).Where("name = ?", label).Count(&kept).Error; err != nil {
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
