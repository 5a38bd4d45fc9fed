package web

import (
	"context"
	"log/slog"
	"time"

	"mauve/models"
)

// feed reads one workspace's events and passes them to all its streams: what
// that costs does not grow with the streams, nor, beyond a point, with the
// events. It lives from the first stream to the last, and ends with the Hub.
type feed struct {
	workspace models.ID
	at        models.Place  // of the newest event passed on; the Hub's lock guards it
	wake      chan struct{} // holds at most one token
	stop      context.CancelFunc
}

const (
	// Commits whose news was lost are found by this poll.
	pollEvery = 5 * time.Second
	// Events of one moment are read together.
	gather = 10 * time.Millisecond
	// An event may have to wait for an earlier transaction to end.
	settle = 40 * time.Millisecond
	// mostWait bounds one read.
	mostWait = 10 * time.Second
)

// startFeed starts to read what follows the place. The caller holds the lock.
func (h *Hub) startFeed(workspace models.ID, at models.Place) *feed {
	ctx, stop := context.WithCancel(context.Background())
	f := &feed{workspace: workspace, at: at, wake: make(chan struct{}, 1), stop: stop}
	h.reading.Go(func() { h.follow(ctx, f) })
	return f
}

func (h *Hub) wake(workspace models.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.feeds[workspace]; f != nil {
		select {
		case f.wake <- struct{}{}:
		default:
		}
	}
}

// follow reads after every news, and now and then without.
func (h *Hub) follow(ctx context.Context, f *feed) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for at := f.at; ctx.Err() == nil; {
		var waits bool
		var err error
		if at, waits, err = h.readOn(ctx, f, at); err != nil && ctx.Err() == nil {
			slog.Warn("open pages are not told what happens; trying again", "error", err)
		}
		var soon <-chan time.Time
		if waits {
			soon = time.After(settle)
		}
		select {
		case <-soon:
		case <-f.wake:
			pause(ctx, gather)
		case <-poll.C:
		case <-ctx.Done():
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// readOn passes on what followed the place and returns the new one, and whether
// something waits for an earlier transaction to end.
func (h *Hub) readOn(ctx context.Context, f *feed, at models.Place) (models.Place, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, mostWait)
	defer cancel()
	scope := h.store.As(ctx, f.workspace, models.System)
	for {
		events, err := scope.EventsFrom(at, batch)
		if err != nil {
			return at, false, err
		}
		if len(events) > 0 {
			at = events[len(events)-1].Place()
			h.pass(f, at, spell(events))
		}
		if len(events) < batch {
			waits, err := scope.Unsettled(at)
			return at, waits, err
		}
	}
}

// pass hands the lines to every stream. One that has no room left is sent away.
func (h *Hub) pass(f *feed, at models.Place, lines []line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.feeds[f.workspace] != f {
		return
	}
	f.at = at
	for s := range h.streams[f.workspace] {
		select {
		case s.read <- lines:
		default:
			close(s.read)
			delete(h.streams[f.workspace], s)
		}
	}
}
