package window

import (
	"sort"
	"time"
)

// ring is the accepted times of one key, oldest first, in a buffer that wraps around.
type ring struct {
	buffer []time.Duration
	first  int
	length int
}

func (r *ring) at(i int) time.Duration { return r.buffer[(r.first+i)%len(r.buffer)] }

func (r *ring) newest() time.Duration { return r.at(r.length - 1) }

// after is how many times are later than the given one.
func (r *ring) after(cutoff time.Duration) int {
	return r.length - sort.Search(r.length, func(i int) bool { return r.at(i) > cutoff })
}

// push adds a time that is not older than the newest.
func (r *ring) push(at time.Duration, most int) {
	if r.length == len(r.buffer) {
		r.grow(most)
	}
	r.buffer[(r.first+r.length)%len(r.buffer)] = at
	r.length++
}

// grow doubles, so that a key with a large cap and few calls stays small, but never beyond most.
func (r *ring) grow(most int) {
	size := max(min(max(4, 2*r.length), most), r.length+1)
	buffer := make([]time.Duration, size)
	for i := range r.length {
		buffer[i] = r.at(i)
	}
	r.buffer, r.first = buffer, 0
}

// forget drops times until at most keep are left, but none later than the cutoff.
func (r *ring) forget(keep int, cutoff time.Duration) {
	for r.length > keep && r.at(0) <= cutoff {
		r.first = (r.first + 1) % len(r.buffer)
		r.length--
	}
}
