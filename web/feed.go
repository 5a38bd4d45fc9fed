package web

import (
	"context"
	"log/slog"
	"maps"
	"slices"
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
	check     chan struct{} // likewise: somebody's rights changed
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
	f := &feed{workspace: workspace, at: at, wake: make(chan struct{}, 1), check: make(chan struct{}, 1), stop: stop}
	h.reading.Go(func() { h.follow(ctx, f) })
	return f
}

func (h *Hub) wake(workspace models.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.feeds[workspace]; f != nil {
		signal(f.wake)
	}
}

// recheck has the sessions behind the workspace's streams looked at again.
func (h *Hub) recheck(workspace models.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, f := range h.feeds {
		if id == workspace || workspace == models.AnyWorkspace {
			signal(f.check)
		}
	}
}

// signal puts a token into the channel that holds at most one.
func signal(token chan struct{}) {
	select {
	case token <- struct{}{}:
	default:
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
		case <-f.check:
			h.signOut(ctx, f)
		case <-poll.C:
			h.signOut(ctx, f) // a session may end by its age alone
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
	scope := h.store.System(ctx, f.workspace)
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

// signOut ends the streams whose session is over, or whose member has another
// role now. While the store does not answer, they go on until the next look.
func (h *Hub) signOut(ctx context.Context, f *feed) {
	ctx, cancel := context.WithTimeout(ctx, mostWait)
	defer cancel()
	h.mu.Lock()
	open := slices.Collect(maps.Keys(h.streams[f.workspace]))
	h.mu.Unlock()
	ids := make([]models.ID, len(open))
	for i, s := range open {
		ids[i] = s.session
	}
	roles, err := h.store.System(ctx, f.workspace).SessionRoles(ids)
	if err != nil {
		slog.Warn("whether open pages are still signed in is not known; looking again", "error", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range open {
		if h.streams[f.workspace][s] && roles[s.session] != s.scope.Actor().Role {
			close(s.out)
			delete(h.streams[f.workspace], s)
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
