package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"mauve/channels"
	"mauve/models"
)

const (
	mostHeld  = 200 // sessions in one replica
	pollLinks = time.Second
	renewIn   = 5 * time.Second       // less than what is left of a lease that could not be renewed
	pastApart = 50 * time.Millisecond // between the envelopes of a history
	letGo     = 10 * time.Second      // of a lease, when the program stops
)

// Holder holds the sessions of the channels that a person links to a phone.
// Each is held by one replica at a time, by a lease in the store: a replica that
// dies loses it to another when it ends, and one that cannot reach the store lets
// go of the vendor before that.
type Holder struct {
	store  *models.Store
	set    channels.Set
	stored func() // something came in
	wake   chan struct{}
	mu     sync.Mutex
	held   map[models.ID]*holding
	work   sync.WaitGroup
}

// holding is a session under way.
type holding struct {
	link *models.ChannelLink
	stop context.CancelFunc
}

// NewHolder returns a holder; Run starts it. stored is called when something came in; it must not block.
func NewHolder(store *models.Store, set channels.Set, stored func()) *Holder {
	return &Holder{store: store, set: set, stored: stored, wake: make(chan struct{}, 1), held: map[models.ID]*holding{}}
}

// Wake says that something may be asked of a session. It never blocks.
func (h *Holder) Wake() { nudge(h.wake) }

// Run holds sessions until ctx ends, and then lets go of them all.
func (h *Holder) Run(ctx context.Context) {
	rounds(ctx, "holding sessions", pollLinks, h.wake, h.round)
	h.mu.Lock()
	for _, at := range h.held {
		at.stop()
	}
	h.mu.Unlock()
	h.work.Wait()
}

// round makes what is held here what the store says.
func (h *Holder) round(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, renewIn)
	defer cancel()
	links, err := h.store.HoldLinks(bounded, mostHeld)
	if err != nil {
		h.dropLate()
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	ours := map[models.ID]bool{}
	for _, l := range links {
		ours[l.ChannelID] = true
		at := h.held[l.ChannelID]
		switch {
		case at == nil:
			h.hold(ctx, l)
		case !at.link.AskedAt.Equal(l.AskedAt), l.LapsedSince(at.link):
			at.stop() // people asked for something else, or nobody was known to hold it; it begins anew when it has ended
		default:
			at.link.HeldUntil = l.HeldUntil
		}
	}
	for id, at := range h.held {
		if !ours[id] {
			at.stop()
		}
	}
	return nil
}

// dropLate lets go of the sessions whose lease could not be renewed and ends soon.
func (h *Holder) dropLate() {
	h.mu.Lock()
	defer h.mu.Unlock()
	late := h.store.Now().Add(models.LinkMargin)
	for id, at := range h.held {
		if !at.link.HeldUntil.After(late) {
			slog.Warn("a session is let go: its lease could not be renewed", "channel", id)
			at.stop()
		}
	}
}

func (h *Holder) hold(ctx context.Context, l *models.ChannelLink) {
	ctx, stop := context.WithCancel(ctx)
	h.held[l.ChannelID] = &holding{link: l, stop: stop}
	asked := *l // the holding's lease is renewed meanwhile
	h.work.Go(func() {
		defer stop()
		if err := h.session(ctx, &asked); err != nil && ctx.Err() == nil {
			slog.Error("holding a session", "channel", asked.ChannelID, "error", err)
		}
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), letGo)
		defer cancel()
		if err := h.store.ReleaseLink(release, asked.ChannelID); err != nil {
			slog.Warn("a lease ends by itself", "channel", asked.ChannelID, "error", err)
		}
		h.mu.Lock()
		delete(h.held, asked.ChannelID)
		h.mu.Unlock()
		if ctx.Err() != nil { // stopped, for something else to begin; what ended by itself may wait
			h.Wake()
		}
	})
}

// order gives times that never repeat: what comes in the same millisecond is read in the order in which it came.
type order struct {
	now  func() time.Time
	mu   sync.Mutex
	last time.Time
}

func (o *order) next() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := o.now(); now.After(o.last) {
		o.last = now
	} else {
		o.last = o.last.Add(time.Millisecond)
	}
	return o.last
}

// session holds one session until it ends.
func (h *Holder) session(ctx context.Context, l *models.ChannelLink) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	account, err := h.store.LinkedAccount(ctx, l)
	if err != nil {
		return err
	}
	adapter, ok := h.set[account.Kind].(channels.Linked)
	if !ok {
		// It is told once and kept, so that no round tells it again.
		err := h.store.NoteLink(ctx, l, models.LinkNews{State: l.State, Detail: kindNotServed.With(), Trouble: true})
		<-ctx.Done()
		return err
	}
	come := &order{now: h.store.Now}
	adapter.Hold(ctx, channels.Session{Account: account, Link: l,
		Keep: func(ctx context.Context, body []byte) error {
			_, err := h.store.KeepInbound(ctx, account, body, come.next())
			if err == nil {
				h.stored()
			}
			return err
		},
		KeepPast: func(ctx context.Context, bodies [][]byte, from time.Time) (time.Time, error) {
			if now := h.store.Now(); from.Before(now) {
				from = now
			}
			return from.Add(time.Duration(len(bodies)) * pastApart), h.store.KeepPast(ctx, account, bodies, from, pastApart)
		},
		Note: func(ctx context.Context, n models.LinkNews) error { return h.store.NoteLink(ctx, l, n) },
	})
	return nil
}
