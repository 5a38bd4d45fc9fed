package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"mauve/channels"
	"mauve/models"
)

const (
	pollChecks  = time.Second
	checkWithin = 90 * time.Second // below the lease of a check
)

// CheckChannels asks the vendors whether the channels' accounts are in order,
// when a channel was configured, when its vendor says that something changed,
// and every few hours, until ctx ends.
func CheckChannels(ctx context.Context, store *models.Store, set channels.Set) {
	rounds(ctx, "checking channels", pollChecks, nil, func(ctx context.Context) error {
		due, err := store.ClaimChecks(ctx, 8)
		var all sync.WaitGroup
		problems := make([]error, len(due))
		for i, account := range due {
			all.Go(func() { problems[i] = check(ctx, store, set, account) })
		}
		all.Wait()
		return errors.Join(append(problems, err)...)
	})
}

func check(ctx context.Context, store *models.Store, set channels.Set, account *models.Account) error {
	bounded, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	return store.FinishCheck(bounded, account, finding(bounded, set[account.Kind], account))
}

// finding asks the channel's vendor. A channel that nobody here can ask is as it was, and is asked again by who can.
func finding(ctx context.Context, adapter channels.Channel, account *models.Account) models.Finding {
	checker, ok := adapter.(channels.Checker)
	switch {
	case ok:
		return checker.Check(ctx, account)
	case adapter == nil:
		return models.Finding{Away: true, Detail: kindNotServed.With()}
	}
	return models.Finding{Away: true, Detail: checkNotSupported.With()}
}
