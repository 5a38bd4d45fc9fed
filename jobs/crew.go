package jobs

import (
	"sync"

	"mauve/models"
)

// crew works on channels side by side: so many pieces in all, and of one channel
// fewer, so that a slow one leaves room for the others.
type crew struct {
	perChannel, inAll int

	mu    sync.Mutex
	busy  map[models.ID]int
	total int
	work  sync.WaitGroup
}

func newCrew(perChannel, inAll int) *crew {
	return &crew{perChannel: perChannel, inAll: inAll, busy: map[models.ID]int{}}
}

// places is how many more pieces of the channel may be taken on.
func (c *crew) places(channel models.ID) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(0, min(c.perChannel-c.busy[channel], c.inAll-c.total))
}

// take does a piece of the channel's work, and then calls after: a place is free.
func (c *crew) take(channel models.ID, do, after func()) {
	c.count(channel, 1)
	c.work.Go(func() {
		do()
		c.count(channel, -1)
		after()
	})
}

func (c *crew) count(channel models.ID, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += n
	if c.busy[channel] += n; c.busy[channel] == 0 {
		delete(c.busy, channel)
	}
}
