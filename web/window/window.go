// Package window answers one question exactly: may this key make one more call now?
//
// A cap is at most N accepted calls in any window of Per: not a bucket that refills, not a counter that
// starts again on the minute. So the time of each accepted call is kept, in memory (memory.go) for one
// process or in Redis (redis.go) for several. The package knows nothing of HTTP; who turns a Verdict into
// headers and a 429 is the middleware.
package window

import (
	"context"
	"fmt"
	"time"
)

// Cap is at most N accepted calls in any window of Per.
type Cap struct {
	N   int
	Per time.Duration
}

// Verdict is the answer for one call.
type Verdict struct {
	// Allowed says whether the call was accepted (Take) or would be now (Peek).
	Allowed bool
	// Remaining is how many more calls would be accepted right now.
	Remaining int
	// Reset is the time until at least one more slot frees: the oldest counted call leaves the window, or,
	// after N was lowered below what is counted, enough of them do. 0 when nothing is counted.
	Reset time.Duration
	// RetryAfter is the wait in whole seconds after which a call succeeds, if nobody else takes the slot.
	// 0 when Allowed.
	RetryAfter time.Duration
}

// Store remembers accepted calls by key.
//
// A refused call is not remembered, and a call exactly Per after the oldest remembered one is accepted.
// The cap belongs to the call, not to the key: another cap on the next call counts the same past. A store
// remembers every call inside the window, and the newest N calls however old they are, for an hour
// (longer if Per is longer) after the last accepted one. So raising or lowering N, or shortening Per, is
// exact; lengthening Per is exact while N stays or falls. When both grow, calls that had left the old
// window and were not among the newest N are forgotten and not counted.
type Store interface {
	// Take counts a call if the cap allows it.
	Take(ctx context.Context, key string, cap Cap) (Verdict, error)
	// Peek tells what Take would, and counts nothing.
	Peek(ctx context.Context, key string, cap Cap) (Verdict, error)
	// GiveBack forgets the newest accepted call of the key, as if it had never been made. Of two calls that
	// were made at once it does not matter which.
	GiveBack(ctx context.Context, key string) error
}

// keepFor is how long an idle key is remembered beyond its window, so that somebody who lengthens Per from
// seconds to minutes does not hand out the calls of the last minutes once more.
const keepFor = time.Hour

func (c Cap) check() error {
	if c.N < 1 || c.Per <= 0 {
		return fmt.Errorf("window: no such cap: %d calls per %s", c.N, c.Per)
	}
	return nil
}

func (c Cap) keep() time.Duration { return max(c.Per, keepFor) }

// past is what a store knows of a key at one moment.
type past struct {
	// counted is how many accepted calls are inside the window.
	counted int
	// frees is the time until fewer than min(counted, N) are: the Nth newest leaves, or the oldest of fewer.
	frees time.Duration
}

func (p past) verdict(c Cap, allowed bool) Verdict {
	v := Verdict{Allowed: allowed, Remaining: max(0, c.N-p.counted), Reset: p.frees}
	if !allowed {
		v.RetryAfter = wholeSeconds(p.frees)
	}
	return v
}

// wholeSeconds rounds up: a caller who waits a second too few is refused again.
func wholeSeconds(d time.Duration) time.Duration {
	whole := d.Truncate(time.Second)
	if whole < d {
		whole += time.Second
	}
	return whole
}
