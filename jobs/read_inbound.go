package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"mauve/channels"
	"mauve/models"
	"mauve/models/problem"
	"mauve/models/reason"
)

const (
	readAtOnce   = 100
	readWorkers  = 4
	readChannels = 4 // side by side
	pollInbound  = 250 * time.Millisecond
	// These three are together below the lease of a channel's reader.
	readWithin = 8 * time.Second // after it no further item of a batch is begun
	endWithin  = 3 * time.Second // more for those that are begun
	noteWithin = 3 * time.Second
)

// Reader reads the envelopes that the hooks stored: channels side by side, each by
// one reader at a time. Inside a batch people are read side by side and each person
// in order. What a batch had no time for is read by the next one.
type Reader struct {
	ReadWithin time.Duration // of a batch; it is set before Run, below the lease of a channel's reader

	store *models.Store
	set   channels.Set
	wake  chan struct{}
	crew  *crew
}

// NewReader returns a reader; Run starts it.
func NewReader(store *models.Store, set channels.Set) *Reader {
	return &Reader{ReadWithin: readWithin, store: store, set: set, wake: make(chan struct{}, 1), crew: newCrew(1, readChannels)}
}

// Wake says that an envelope was stored. It never blocks.
func (r *Reader) Wake() { nudge(r.wake) }

// Run reads until ctx ends, and then waits for what is under way.
func (r *Reader) Run(ctx context.Context) {
	defer r.crew.work.Wait()
	rounds(ctx, "reading what came in", pollInbound, r.wake, r.round)
}

func (r *Reader) round(ctx context.Context) error {
	due, err := r.store.DueReaders(ctx, 100)
	for _, channel := range due {
		if r.crew.places(channel) > 0 {
			r.crew.take(channel, func() { r.read(ctx, channel) }, r.Wake) // more may have come meanwhile
		}
	}
	return err
}

func (r *Reader) read(ctx context.Context, id models.ID) {
	if err := r.channel(ctx, id); err != nil && ctx.Err() == nil {
		slog.Error("reading what came in", "channel", id, "error", err)
	}
}

// channel reads a batch of one channel's envelopes.
func (r *Reader) channel(ctx context.Context, id models.ID) error {
	bounded, cancel := context.WithTimeout(ctx, r.ReadWithin)
	defer cancel()
	envelopes, err := r.store.ClaimInbound(bounded, id, readAtOnce)
	if err != nil || len(envelopes) == 0 {
		return err
	}
	account, err := r.store.Account(bounded, id)
	switch {
	case problem.KindOf(err) == problem.NotFound:
		gone(envelopes)
	case err != nil:
		return err
	default:
		r.batch(bounded, account, envelopes)
	}
	// What was done is noted even when the time is over, or the program stops.
	end, cancelEnd := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancelEnd()
	return r.store.FinishInbound(end, id, envelopes)
}

func gone(envelopes []*models.Envelope) {
	for _, e := range envelopes {
		e.Outcomes = models.Endings{{What: "envelope", Became: models.BecameIgnored, Because: envelopeChannelRemoved.With()}}
	}
}

// errand is one item with the place where its ending is written.
type errand struct {
	item channels.Item
	end  *models.Ending
}

// open takes an envelope apart. An adapter that panics over it has read nothing of it.
func (r *Reader) open(account *models.Account, e *models.Envelope) (items []channels.Item) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("panic while reading", "channel", account.ID, "envelope", e.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			items, e.Outcomes = nil, models.Endings{{What: "envelope", Became: models.BecameFailed, Because: envelopeUnreadable.With()}}
		}
	}()
	adapter := r.set[account.Kind]
	if adapter == nil { // another replica may have it by the next try
		e.Outcomes = models.Endings{{What: "envelope", Became: models.BecameFailed, Because: kindNotServed.With()}}
		return nil
	}
	items = adapter.Read(e.Body)
	if len(e.Outcomes) != len(items) {
		e.Outcomes = make(models.Endings, len(items))
	}
	return items
}

// batch reads envelopes: the items of one person in order, people side by side.
// What an earlier batch got done of them stays done.
func (r *Reader) batch(ctx context.Context, account *models.Account, envelopes []*models.Envelope) {
	lines := map[string][]errand{}
	var order []string
	for _, e := range envelopes {
		for i, item := range r.open(account, e) {
			if e.Outcomes[i].Done() {
				continue
			}
			e.Outcomes[i] = models.Ending{What: item.What}
			key := item.Account + " " + item.Person
			if lines[key] == nil {
				order = append(order, key)
			}
			lines[key] = append(lines[key], errand{item, &e.Outcomes[i]})
		}
	}
	places := make(chan struct{}, readWorkers)
	var all sync.WaitGroup
	var done atomic.Int64
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.ReadWithin+endWithin)
	defer cancel()
	for _, key := range order {
		places <- struct{}{}
		all.Go(func() {
			scope := r.store.System(work, models.ID(account.WorkspaceID))
			for _, e := range lines[key] {
				if ctx.Err() != nil {
					break
				}
				if *e.end = r.keep(work, scope, account, e.item); e.end.Became != "" {
					done.Add(1)
				}
			}
			<-places
		})
	}
	all.Wait()
	if done.Load() == 0 && ctx.Err() == context.DeadlineExceeded {
		tooSlow(lines)
	}
}

// tooSlow counts a batch in which nothing came to an end as a failed try, so that it is not repeated for ever.
func tooSlow(lines map[string][]errand) {
	for _, line := range lines {
		for _, e := range line {
			e.end.Became, e.end.Because = models.BecameFailed, envelopeTooSlow.With()
		}
	}
}

// keep does what one item asks for. Its failure, or its panic, is its own ending and nobody
// else's; it has none when its time was over.
func (r *Reader) keep(ctx context.Context, scope models.System, account *models.Account, item channels.Item) (end models.Ending) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("panic while reading", "channel", account.ID, "what", item.What, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			end = models.Ending{Became: models.BecameFailed, Because: envelopeUnreadable.With()}
		}
		end.What = item.What
	}()
	end, err := r.apply(scope, account, item)
	if err != nil && ctx.Err() != nil {
		return models.Ending{}
	}
	if err != nil {
		slog.Error("reading what came in", "channel", account.ID, "what", item.What, "error", err)
		end = models.Ending{Became: models.BecameFailed, Because: envelopeNotKept.With()}
	}
	return end
}

func (r *Reader) apply(scope models.System, account *models.Account, item channels.Item) (models.Ending, error) {
	channel := account.ID
	if item.Account != "" && account.Account != "" && item.Account != account.Account {
		other, err := scope.Sibling(account.Kind, item.Account)
		if problem.KindOf(err) == problem.NotFound {
			return ignore(foreignNumber.With())
		}
		if err != nil {
			return models.Ending{}, err
		}
		channel = other.ID
	}
	switch {
	case item.Message != nil:
		return scope.Receive(channel, *item.Message)
	case item.Status != nil:
		return scope.Report(channel, *item.Status)
	case item.Group != nil:
		return scope.NoteGroup(*item.Group)
	case item.Template != nil:
		known, err := scope.NoteTemplate(channel, *item.Template)
		if err != nil || known {
			return models.Ending{Became: models.BecameUpdate}, err
		}
		return models.Ending{Became: models.BecameIgnored, Because: templateNotKnown.With()}, scope.CheckSoon(channel)
	case item.Recheck:
		return models.Ending{Became: models.BecameUpdate, Because: accountLookedAt.With()}, scope.CheckSoon(channel)
	}
	return ignore(item.Ignored)
}

func ignore(because reason.Reason) (models.Ending, error) {
	return models.Ending{Became: models.BecameIgnored, Because: because}, nil
}
