// Package jobs does the work that has no caller: it tells webhooks what
// happened, sends what is queued on the channels, reads what came in on them
// and keeps the store tidy. What is to be done is in the store, so a
// killed program forgets nothing. Each worker ends when its context does.
package jobs

import (
	"context"
	"log/slog"
	"time"

	"mauve/models"
)

// Sweep wakes snoozed conversations, resolves tickets that waited long enough,
// adds up running totals and removes what is kept no longer, until ctx ends. Several replicas may sweep one store.
func Sweep(ctx context.Context, store *models.Store) {
	every := func(wait time.Duration, what string, do func(context.Context) error) func(time.Time) {
		var last time.Time
		return func(now time.Time) {
			if now.Sub(last) < wait {
				return
			}
			last = now
			bounded, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			if err := do(bounded); err != nil && ctx.Err() == nil {
				slog.Error("sweeping", "what", what, "error", err)
			}
		}
	}
	chores := []func(time.Time){
		every(5*time.Second, "snoozed conversations", func(ctx context.Context) error { _, err := store.WakeSnoozed(ctx); return err }),
		every(time.Second, "messages handed over and never confirmed", store.FailUnconfirmed),
		every(5*time.Second, "messages of removed channels", store.FailStranded),
		every(2*time.Second, "reports that came before their message", store.SettleEarly),
		every(time.Minute, "tickets that wait for nobody", func(ctx context.Context) error { _, err := store.ResolveQuiet(ctx); return err }),
		every(10*time.Second, "running totals", store.CompactCounts),
		every(time.Minute, "loose attachments", func(ctx context.Context) error { _, err := store.SweepAttachments(ctx); return err }),
		every(10*time.Minute, "what is kept no longer", store.Purge),
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, chore := range chores {
				chore(now)
			}
		}
	}
}
