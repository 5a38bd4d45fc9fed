package window

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

var ctx = context.Background()

func TestConcurrentCallsShareOneCap(t *testing.T) {
	acceptsExactly(t, NewMemory(time.Now), 8, 2000)
}

// acceptsExactly lets goroutines call ten keys at once, within one window.
func acceptsExactly(t *testing.T, store Store, goroutines, calls int) {
	cap := Cap{N: 50, Per: time.Hour}
	var accepted atomic.Int64
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for i := range calls {
				verdict, err := store.Take(ctx, "key"+strconv.Itoa(i%10), cap)
				if err != nil {
					t.Error(err)
					return
				}
				if verdict.Allowed {
					accepted.Add(1)
				}
			}
		})
	}
	all.Wait()
	if accepted.Load() != 500 {
		t.Errorf("accepted %d calls, want 10 keys of 50", accepted.Load())
	}
}

func TestKeysDoNotShareACap(t *testing.T) {
	store := NewMemory(time.Now)
	for _, key := range []string{"lea", "max"} {
		if verdict, _ := store.Take(ctx, key, Cap{1, time.Hour}); !verdict.Allowed {
			t.Errorf("%s paid for another", key)
		}
	}
}

func TestCapWithoutMeaningIsAnError(t *testing.T) {
	store := NewMemory(time.Now)
	for _, cap := range []Cap{{}, {0, time.Second}, {-1, time.Second}, {1, 0}, {1, -time.Second}} {
		if _, err := store.Take(ctx, "key", cap); err == nil {
			t.Errorf("took %v", cap)
		}
		if _, err := store.Peek(ctx, "key", cap); err == nil {
			t.Errorf("peeked %v", cap)
		}
	}
}

func TestClockThatStepsBackDoesNotReorder(t *testing.T) {
	clock := &fakeClock{now: time.Minute}
	store := NewMemory(clock.read)
	clock.now = 2 * time.Minute
	store.Take(ctx, "key", Cap{2, time.Second})
	clock.now = 0
	verdict, _ := store.Take(ctx, "key", Cap{2, time.Second})
	assert.Check(t, verdict.Allowed, "%+v", verdict)
	assert.Check(t, is.Equal(verdict.Reset, time.Second), "%+v", verdict)
}

func TestIdleKeysAreForgotten(t *testing.T) {
	clock := &fakeClock{}
	store := NewMemory(clock.read)
	for i := range 10_000 {
		store.Take(ctx, fmt.Sprint("visitor", i), Cap{90, 30 * time.Second})
	}
	clock.now = keepFor
	for i := range 1000 {
		store.Take(ctx, fmt.Sprint("later", i), Cap{90, 30 * time.Second})
	}
	if left := keyCount(store); left != 1000 {
		t.Errorf("%d keys left, want the 1000 of late", left)
	}
}

func TestLongWindowOutlivesTheSweep(t *testing.T) {
	clock := &fakeClock{}
	store := NewMemory(clock.read)
	day := Cap{1, 24 * time.Hour}
	store.Take(ctx, "key", day)
	for range 23 {
		clock.now += time.Hour
		for i := range 1000 {
			store.Take(ctx, fmt.Sprint("visitor", clock.now, i), Cap{1, time.Second})
		}
		if verdict, _ := store.Take(ctx, "key", day); verdict.Allowed {
			t.Fatalf("forgotten after %s", clock.now)
		}
	}
}

// A flood of new keys may cost memory for as long as their window, not for the hour we would like.
func TestCrowdIsBounded(t *testing.T) {
	clock := &fakeClock{}
	store := NewMemory(clock.read)
	most := 0
	for i := range 2_000_000 {
		clock.now += 10 * time.Microsecond
		store.Take(ctx, strconv.Itoa(i), Cap{90, time.Second})
		if i%10_000 == 0 {
			most = max(most, keyCount(store))
		}
	}
	// 100,000 are inside their second at any moment; the rest is what a sweep may leave until the next.
	if most > shardCount*crowd+250_000 {
		t.Errorf("%d keys held at most", most)
	}
}

func keyCount(m *Memory) (count int) {
	for i := range m.shards {
		m.shards[i].mu.Lock()
		count += len(m.shards[i].keys)
		m.shards[i].mu.Unlock()
	}
	return count
}

func TestRingGrowsWithCallsNotWithTheCap(t *testing.T) {
	store := NewMemory(time.Now)
	for range 3 {
		store.Take(ctx, "key", Cap{1_000_000_000, time.Hour})
	}
	if size := len(store.shard("key").keys["key"].accepted.buffer); size > 4 {
		t.Errorf("room for %d after three calls", size)
	}
}

func BenchmarkMemoryTake(b *testing.B) {
	store := NewMemory(time.Now)
	keys := make([]string, 50)
	for i := range keys {
		keys[i] = "key" + strconv.Itoa(i)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			store.Take(ctx, keys[i%50], Cap{90, 30 * time.Second})
		}
	})
}

// BenchmarkMemoryPerKey reports what a key costs after one call, as an address that calls once does.
func BenchmarkMemoryPerKey(b *testing.B) {
	store := NewMemory(time.Now)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range b.N {
		store.Take(ctx, strconv.Itoa(i), Cap{90, time.Hour})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "B/key")
	runtime.KeepAlive(store)
}
