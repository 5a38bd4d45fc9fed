package window

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// oracle says what a store should, from the whole history and by counting.
type oracle struct{ accepted []time.Duration }

func (o *oracle) counted(now time.Duration, cap Cap) (in []time.Duration) {
	for _, at := range o.accepted {
		if at > now-cap.Per {
			in = append(in, at)
		}
	}
	return in
}

func (o *oracle) take(now time.Duration, cap Cap, keep bool) Verdict {
	allowed := len(o.counted(now, cap)) < cap.N
	if allowed && keep {
		o.accepted = append(o.accepted, now)
	}
	in := o.counted(now, cap)
	v := Verdict{Allowed: allowed, Remaining: max(0, cap.N-len(in))}
	// The slot frees at the first moment at which fewer are counted than now, and fewer than N.
	for _, at := range in {
		moment := at + cap.Per
		if left := len(o.counted(moment, cap)); left < len(in) && left < cap.N {
			v.Reset = moment - now
			break
		}
	}
	if !allowed {
		for v.RetryAfter < v.Reset {
			v.RetryAfter += time.Second
		}
	}
	return v
}

// forget is the documented limit: what is outside the window and not among the newest N is gone.
func (o *oracle) forget(now time.Duration, cap Cap) {
	for len(o.accepted) > cap.N && o.accepted[0] <= now-cap.Per {
		o.accepted = o.accepted[1:]
	}
}

type fakeClock struct{ now time.Duration }

var epoch = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func (c *fakeClock) read() time.Time { return epoch.Add(c.now) }

var (
	anyN   = rapid.IntRange(1, 12)
	anyPer = rapid.SampledFrom([]time.Duration{time.Microsecond, 700 * time.Millisecond, time.Second, 3 * time.Second, 30 * time.Second})
)

// anyStep likes the edges of windows: to them, and one tick of the store's clock before.
func anyStep(tick time.Duration) *rapid.Generator[time.Duration] {
	return rapid.SampledFrom([]time.Duration{0, 0, 0, tick, 100 * time.Millisecond, 700*time.Millisecond - tick,
		700 * time.Millisecond, time.Second - tick, time.Second, 3 * time.Second, 29 * time.Second, 10 * time.Minute})
}

// subject is a store with a clock that the test moves.
type subject struct {
	Store
	tick time.Duration
	set  func(now time.Duration)
}

func memorySubject() subject {
	clock := &fakeClock{}
	return subject{NewMemory(clock.read), time.Nanosecond, func(now time.Duration) { clock.now = now }}
}

// mode is what a comparison may do beside calls.
type mode struct {
	forgets bool // the oracle forgets what the store may
	gives   bool // calls are given back; what the call made the store forget stays forgotten
}

// compare runs calls drawn from nextCap against the store and the oracle.
func compare(t *rapid.T, store subject, m mode, nextCap func(*rapid.T) Cap) {
	truth, now, step := &oracle{}, time.Duration(0), anyStep(store.tick)
	for range rapid.IntRange(1, 80).Draw(t, "calls") {
		now += step.Draw(t, "wait")
		store.set(now)
		cap := nextCap(t)
		want := truth.take(now, cap, false)
		got, err := store.Peek(context.Background(), "key", cap)
		if err != nil || got != want {
			t.Fatalf("at %s peek %v: got %+v (%v), want %+v", now, cap, got, err, want)
		}
		want = truth.take(now, cap, true)
		got, err = store.Take(context.Background(), "key", cap)
		if err != nil || got != want {
			t.Fatalf("at %s take %v: got %+v (%v), want %+v", now, cap, got, err, want)
		}
		if m.forgets && got.Allowed {
			truth.forget(now, cap)
		}
		if m.gives && rapid.Bool().Draw(t, "give back") {
			if err := store.GiveBack(context.Background(), "key"); err != nil {
				t.Fatal(err)
			}
			truth.accepted = truth.accepted[:max(0, len(truth.accepted)-1)]
		}
		if memory, isMemory := store.Store.(*Memory); isMemory {
			if size := len(memory.shard("key").keys["key"].accepted.buffer); size > 12 {
				t.Fatalf("a ring of %d for caps of 12 at most", size)
			}
		}
	}
}

func TestFixedCapIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cap := Cap{anyN.Draw(t, "N"), anyPer.Draw(t, "Per")}
		compare(t, memorySubject(), mode{gives: true}, func(*rapid.T) Cap { return cap })
	})
}

func TestChangedNIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		per := anyPer.Draw(t, "Per")
		compare(t, memorySubject(), mode{gives: true}, func(t *rapid.T) Cap { return Cap{anyN.Draw(t, "N"), per} })
	})
}

func TestChangedPerIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyN.Draw(t, "N")
		compare(t, memorySubject(), mode{}, func(t *rapid.T) Cap { return Cap{n, anyPer.Draw(t, "Per")} })
	})
}

func TestAnyChangeForgetsOnlyWhatIsDocumented(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		compare(t, memorySubject(), mode{forgets: true, gives: true}, func(t *rapid.T) Cap { return Cap{anyN.Draw(t, "N"), anyPer.Draw(t, "Per")} })
	})
}

// The promise itself, without an oracle: no half-open window of Per holds more than N accepted calls, and
// a call made RetryAfter later succeeds.
func TestNoWindowHoldsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock, step := &fakeClock{}, anyStep(time.Nanosecond)
		store := NewMemory(clock.read)
		cap := Cap{anyN.Draw(t, "N"), anyPer.Draw(t, "Per")}
		var accepted []time.Duration
		for range rapid.IntRange(1, 100).Draw(t, "calls") {
			clock.now += step.Draw(t, "wait")
			verdict, _ := store.Take(context.Background(), "key", cap)
			if !verdict.Allowed {
				clock.now += verdict.RetryAfter
				verdict, _ = store.Take(context.Background(), "key", cap)
			}
			if !verdict.Allowed {
				t.Fatalf("refused after the wait that was told")
			}
			accepted = append(accepted, clock.now)
		}
		for i := cap.N; i < len(accepted); i++ {
			if accepted[i]-accepted[i-cap.N] < cap.Per {
				t.Fatalf("%d calls within %s", cap.N+1, accepted[i]-accepted[i-cap.N])
			}
		}
	})
}
