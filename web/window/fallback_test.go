package window

import (
	"context"
	"errors"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// moody is a shared store that is away when told to be.
type moody struct {
	*Memory
	away  error
	asked int
}

func (m *moody) Take(ctx context.Context, key string, cap Cap) (Verdict, error) {
	m.asked++
	if m.away != nil {
		return Verdict{}, m.away
	}
	return m.Memory.Take(ctx, key, cap)
}

func TestFallback(t *testing.T) {
	now := epoch
	clock := func() time.Time { return now }
	shared := &moody{Memory: NewMemory(clock)}
	store, other := NewFallback(shared, clock), NewFallback(shared, clock)
	limit := Cap{3, 10 * time.Second}
	take := func(f *Fallback) bool {
		t.Helper()
		v, err := f.Take(t.Context(), "key", limit)
		if err != nil {
			t.Fatal(err)
		}
		return v.Allowed
	}
	accepts := func(what string, want string, stores ...*Fallback) {
		t.Helper()
		got := ""
		for _, f := range stores {
			got += map[bool]string{true: "+", false: "-"}[take(f)]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	accepts("together", "+++--", store, store, other, other, store)

	shared.away = errors.New("gone")
	accepts("alone, after two of its own", "+-", store, store)
	accepts("the other alone, after one of its own", "++-", other, other, other)
	before := shared.asked
	for range 100 {
		take(store)
	}
	if shared.asked != before {
		t.Errorf("asked %d times within a second of its being away", shared.asked-before)
	}
	now = now.Add(probeEvery)
	for range 100 {
		take(store)
	}
	if shared.asked != before+1 {
		t.Errorf("asked %d times after a second, want once", shared.asked-before)
	}

	shared.away = nil
	now = now.Add(limit.Per)
	accepts("together again", "+++-", store, other, store, other)

	// A caller who left says nothing of the store.
	left, leave := context.WithCancel(t.Context())
	leave()
	shared.away = context.Canceled
	if _, err := store.Take(left, "key", limit); err != nil {
		t.Error(err)
	}
	shared.away = nil
	before = shared.asked
	assert.Check(t, !take(store), "it was taken for away")
	assert.Check(t, is.Equal(shared.asked, before+1), "it was taken for away")
	if _, err := store.Peek(t.Context(), "key", Cap{}); err == nil {
		t.Error("took a cap without meaning")
	}
}
