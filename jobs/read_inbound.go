package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"mauve/channels"
	"mauve/models"
)

const (
	readAtOnce  = 100
	readWorkers = 4
	pollInbound = 250 * time.Millisecond
	readWithin  = 10 * time.Second // below the lease of a channel's reader
)

// Reader reads the envelopes that the hooks stored. One reader at a time reads a
// channel; inside a batch people are read side by side and each person in order.
type Reader struct {
	store *models.Store
	set   channels.Set
	wake  chan struct{}
}

// NewReader returns a reader; Run starts it.
func NewReader(store *models.Store, set channels.Set) *Reader {
	return &Reader{store: store, set: set, wake: make(chan struct{}, 1)}
}

// Wake says that an envelope was stored. It never blocks.
func (r *Reader) Wake() { nudge(r.wake) }

// Run reads until ctx ends.
func (r *Reader) Run(ctx context.Context) {
	rounds(ctx, "reading what came in", pollInbound, r.wake, r.round)
}

func (r *Reader) round(ctx context.Context) error {
	due, err := r.store.DueReaders(ctx, 100)
	for _, channel := range due {
		err = errors.Join(err, r.channel(ctx, channel))
	}
	return err
}

// channel reads a batch of one channel's envelopes, and asks for another round while there are more.
func (r *Reader) channel(ctx context.Context, id models.ID) error {
	bounded, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	envelopes, err := r.store.ClaimInbound(bounded, id, readAtOnce)
	if err != nil {
		return err
	}
	account, err := r.store.Account(bounded, id)
	if models.KindOf(err) == models.NotFound {
		gone(envelopes)
		return r.store.FinishInbound(bounded, id, envelopes)
	}
	if err != nil {
		return err
	}
	r.batch(bounded, account, envelopes)
	if len(envelopes) == readAtOnce {
		r.Wake()
	}
	return r.store.FinishInbound(bounded, id, envelopes)
}

func gone(envelopes []*models.Envelope) {
	for _, e := range envelopes {
		e.Outcomes = models.Endings{{What: "envelope", Became: models.BecameIgnored, Because: "its channel was removed"}}
	}
}

// errand is one item with the place where its ending is written.
type errand struct {
	item channels.Item
	end  *models.Ending
}

// batch reads envelopes: the items of one person in order, people side by side.
func (r *Reader) batch(ctx context.Context, account *models.Account, envelopes []*models.Envelope) {
	adapter := r.set[account.Kind]
	lines := map[string][]errand{}
	var order []string
	for _, e := range envelopes {
		items := adapter.Read(e.Body)
		e.Outcomes = make(models.Endings, len(items))
		for i, item := range items {
			key := item.Account + " " + item.Person
			if lines[key] == nil {
				order = append(order, key)
			}
			lines[key] = append(lines[key], errand{item, &e.Outcomes[i]})
		}
	}
	places := make(chan struct{}, readWorkers)
	var all sync.WaitGroup
	for _, key := range order {
		places <- struct{}{}
		all.Go(func() {
			scope := r.store.As(ctx, models.ID(account.WorkspaceID), models.System)
			for _, e := range lines[key] {
				*e.end = r.keep(scope, account, e.item)
			}
			<-places
		})
	}
	all.Wait()
}

// keep does what one item asks for. Its failure, or its panic, is its own ending and nobody else's.
func (r *Reader) keep(scope *models.Scope, account *models.Account, item channels.Item) (end models.Ending) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("panic while reading", "channel", account.ID, "what", item.What, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			end = models.Ending{Became: models.BecameFailed, Because: "it could not be read; the log says why"}
		}
		end.What = item.What
	}()
	end, err := r.apply(scope, account, item)
	if err != nil {
		slog.Error("reading what came in", "channel", account.ID, "what", item.What, "error", err)
		end = models.Ending{Became: models.BecameFailed, Because: "it could not be kept; the log says why"}
	}
	return end
}

func (r *Reader) apply(scope *models.Scope, account *models.Account, item channels.Item) (models.Ending, error) {
	channel := account.ID
	if item.Account != "" && account.Account != "" && item.Account != account.Account {
		other, err := scope.Sibling(account.Kind, item.Account)
		if models.KindOf(err) == models.NotFound {
			return ignore("no channel here has that phone number id")
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
		return models.Ending{Became: models.BecameIgnored, Because: "the template is not known here yet; the next check reads it"}, scope.CheckSoon(channel)
	case item.Recheck:
		return models.Ending{Became: models.BecameUpdate, Because: "the account is looked at again"}, scope.CheckSoon(channel)
	}
	return ignore(item.Ignored)
}

func ignore(because string) (models.Ending, error) {
	return models.Ending{Became: models.BecameIgnored, Because: because}, nil
}
