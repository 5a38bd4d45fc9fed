package window

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// probeEvery is how often one call asks a shared store that is away whether it is back.
const probeEvery = time.Second

// Fallback is a Store that goes on alone while the shared one is away: availability goes before one cap over
// all processes, but a cap there is. Then each process accepts at most N in any window by itself, its own
// calls of before included. When the shared store is back, what was accepted meanwhile is not counted there.
type Fallback struct {
	shared Store
	own    *Memory
	now    func() time.Time
	mu     sync.Mutex
	probe  time.Time // when to ask again; zero while the shared store answers
}

// NewFallback makes a store that asks shared first. The clock is for the windows of its own and the probes.
func NewFallback(shared Store, now func() time.Time) *Fallback {
	return &Fallback{shared: shared, own: NewMemory(now), now: now}
}

// Take counts a call if the cap allows it: with all processes, or in this one alone while the others cannot be asked.
func (f *Fallback) Take(ctx context.Context, key string, cap Cap) (Verdict, error) {
	return f.ask(ctx, key, cap, f.shared.Take, f.own.Take)
}

// Peek tells what Take would, and counts nothing.
func (f *Fallback) Peek(ctx context.Context, key string, cap Cap) (Verdict, error) {
	return f.ask(ctx, key, cap, f.shared.Peek, f.own.Peek)
}

// GiveBack forgets the newest accepted call of the key, here and with all processes. While those cannot be
// asked it stays counted there: that errs on the careful side, and ends with its window.
func (f *Fallback) GiveBack(ctx context.Context, key string) error {
	if err := f.own.GiveBack(ctx, key); err != nil || !f.mayAsk() {
		return err
	}
	err := f.shared.GiveBack(ctx, key)
	switch {
	case err == nil:
		f.back()
	case ctx.Err() == nil:
		f.away(err)
	}
	return nil
}

type asked func(ctx context.Context, key string, cap Cap) (Verdict, error)

func (f *Fallback) ask(ctx context.Context, key string, cap Cap, shared, own asked) (Verdict, error) {
	if err := cap.check(); err != nil {
		return Verdict{}, err
	}
	if !f.mayAsk() {
		return own(ctx, key, cap)
	}
	v, err := shared(ctx, key, cap)
	if err != nil {
		if ctx.Err() == nil { // else the caller left, which says nothing of the store
			f.away(err)
		}
		return own(ctx, key, cap)
	}
	f.back()
	if v.Allowed {
		_, err = own(ctx, key, cap) // so that going on alone begins with what was accepted here
	}
	return v, err
}

// mayAsk lets everybody ask a store that answers, and one call a second one that does not: the others need not wait for it.
func (f *Fallback) mayAsk() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if !f.probe.IsZero() && now.Before(f.probe) {
		return false
	}
	if !f.probe.IsZero() {
		f.probe = now.Add(probeEvery)
	}
	return true
}

func (f *Fallback) away(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.probe.IsZero() {
		slog.Error("the shared rate windows are away; each process caps by itself until they are back", "error", err)
	}
	f.probe = f.now().Add(probeEvery)
}

func (f *Fallback) back() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.probe.IsZero() {
		slog.Info("the rate windows are shared again")
	}
	f.probe = time.Time{}
}
