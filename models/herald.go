package models

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// herald tells other replicas of this one's commits, by NOTIFY, behind the
// requests: news of one moment goes out in one statement. It is outside the
// transactions on purpose: NOTIFY inside one takes a lock on the whole database
// at commit. A lost one costs a stream its next poll, no more.
type herald struct {
	mu      sync.Mutex
	waiting map[string]bool // what to say; the same news twice is one
	wake    chan struct{}   // holds at most one token
	quit    chan struct{}
	done    sync.WaitGroup
}

// pause is the least time between two notifications of one process.
const pause = 5 * time.Millisecond

func startHerald(send func(context.Context, []string) error) *herald {
	h := &herald{waiting: map[string]bool{}, wake: make(chan struct{}, 1), quit: make(chan struct{})}
	h.done.Go(func() { h.run(send) })
	return h
}

// tell leaves news to be sent. It does not wait.
func (h *herald) tell(news string) {
	h.mu.Lock()
	h.waiting[news] = true
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// close sends what is left and ends.
func (h *herald) close() {
	close(h.quit)
	h.done.Wait()
}

func (h *herald) run(send func(context.Context, []string) error) {
	for open := true; open; {
		select {
		case <-h.wake:
		case <-h.quit:
			open = false
		}
		if news := h.take(); len(news) > 0 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			_ = send(ctx, news)
			cancel()
		}
		select {
		case <-time.After(pause):
		case <-h.quit:
		}
	}
}

func (h *herald) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	news := slices.Collect(maps.Keys(h.waiting))
	clear(h.waiting)
	return news
}
