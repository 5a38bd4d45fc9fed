// Package pace says how long is waited between tries of one thing: what failed
// together is not to be tried together, nor again and again.
package pace

import (
	"math/rand/v2"
	"time"
)

// Waits are the pauses after the tries of something that may be owed for days: ten tries, with the first one.
var Waits = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 24 * time.Hour}

// Backoff is the pause after the nth failure of something that people wait for: a second, doubled each time, at most five
// minutes, spread by a tenth.
func Backoff(n int) time.Duration {
	wait := 5 * time.Minute
	if n < 10 {
		wait = min(wait, time.Second<<max(n-1, 0))
	}
	return Spread(wait)
}

// Spread moves a pause by up to a tenth to either side, so that failures of one moment do not come back as one.
func Spread(wait time.Duration) time.Duration {
	return wait - wait/10 + time.Duration(rand.Int64N(int64(wait/5)+1))
}
