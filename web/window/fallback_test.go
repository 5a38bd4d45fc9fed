package window

import (
	"context"
	"errors"
	"testing"
	"time"
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
	if !take(store) || !take(store) || !take(other) || take(other) || take(store) {
		t.Fatal("the two do not share one cap")
	}

	shared.away = errors.New("gone")
	if !take(store) || take(store) {
		t.Error("alone it accepts what its own calls of before leave: 1 of 3")
	}
	if !take(other) || !take(other) || take(other) {
		t.Error("the other accepts 2 of 3")
	}
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
	if !take(store) || !take(other) || !take(store) || take(other) {
		t.Error("when it is back they do not share one cap")
	}

	// A caller who left says nothing of the store.
	left, leave := context.WithCancel(t.Context())
	leave()
	shared.away = context.Canceled
	if _, err := store.Take(left, "key", limit); err != nil {
		t.Error(err)
	}
	shared.away = nil
	if before = shared.asked; take(store) || shared.asked != before+1 {
		t.Error("it was taken for away")
	}
	if _, err := store.Peek(t.Context(), "key", Cap{}); err == nil {
		t.Error("took a cap without meaning")
	}
}
