package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"mauve/channels"
	"mauve/models"
	"mauve/models/problem"
	"mauve/models/reason"
)

const (
	fetchesPerChannel = 3
	fetchesInAll      = 6
	pollFetches       = 500 * time.Millisecond
	fetchWithin       = 5 * time.Minute // below the lease of a claimed file
	stallAfter        = 30 * time.Second
)

// MaxMedia is the most bytes of a file that somebody sent, where nothing else is
// said: what WhatsApp lets people send (Meta, "Supported media types", 2026-10).
const MaxMedia = 100 << 20

// Fetcher fetches the files that people sent from the vendors that hold them. A
// file passes through as a stream; a few are fetched at once.
type Fetcher struct {
	StallAfter time.Duration // a file of which nothing comes for so long is given up for this try

	store *models.Store
	set   channels.Set
	limit int64
	wake  chan struct{}
	crew  *crew
}

// NewFetcher returns a fetcher of files of at most limit bytes, 0 is MaxMedia; Run starts it.
func NewFetcher(store *models.Store, set channels.Set, limit int64) *Fetcher {
	if limit == 0 {
		limit = MaxMedia
	}
	return &Fetcher{StallAfter: stallAfter, store: store, set: set, limit: limit, wake: make(chan struct{}, 1), crew: newCrew(fetchesPerChannel, fetchesInAll)}
}

// Run fetches until ctx ends. What it is at then is fetched again later.
func (f *Fetcher) Run(ctx context.Context) {
	defer f.crew.work.Wait()
	rounds(ctx, "looking for files to fetch", pollFetches, f.wake, f.round)
}

func (f *Fetcher) round(ctx context.Context) error {
	due, err := f.store.DueFetchers(ctx, 100)
	for _, channel := range due {
		places := f.crew.places(channel)
		if places == 0 {
			continue
		}
		claimed, claimErr := f.store.ClaimFetches(ctx, channel, places)
		err = errors.Join(err, claimErr)
		for _, file := range claimed {
			f.crew.take(channel, func() { f.fetch(ctx, file) }, func() { nudge(f.wake) })
		}
	}
	return err
}

// fetch tries once and records what came of it; a stop leaves the file to the next one.
func (f *Fetcher) fetch(ctx context.Context, file *models.MediaFetch) {
	bounded, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	err := f.keep(bounded, file)
	if err == nil {
		return
	}
	if ctx.Err() != nil {
		f.release(file)
		return
	}
	failed := readFailure(err, f.limit)
	if failed.Refused {
		if err := f.store.System(bounded, models.ID(file.WorkspaceID)).CheckSoon(file.ChannelID); err != nil {
			slog.Error("asking for a channel's check", "channel", file.ChannelID, "error", err)
		}
	}
	end, cancelEnd := context.WithTimeout(ctx, sendWithin)
	defer cancelEnd()
	if err := f.store.FetchFailed(end, file, failed.Because, failed.never, failed.Wait); err != nil {
		slog.Error("recording a file's try", "message", file.MessageID, "error", err)
	}
}

// release gives a file back that a stop broke off.
func (f *Fetcher) release(file *models.MediaFetch) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := f.store.ReleaseFetch(ctx, file); err != nil {
		slog.Warn("a file waits until its lease ends", "message", file.MessageID, "error", err)
	}
}

// keep opens the file at its vendor and pours it into the store.
func (f *Fetcher) keep(ctx context.Context, file *models.MediaFetch) error {
	if file.Account == nil {
		return &channels.Lost{Because: channels.ChannelRemoved.With()}
	}
	adapter := f.set[file.Account.Kind]
	if adapter == nil {
		return &channels.Lost{Because: kindNotServed.With()}
	}
	fetcher, ok := adapter.(channels.Fetcher)
	if !ok {
		return &channels.Lost{Because: fetchNotSupported.With()}
	}
	if file.Media.Size > f.limit {
		return models.TooLargeFile(f.limit)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stalled := time.AfterFunc(f.StallAfter, cancel)
	defer stalled.Stop()
	body, err := fetcher.Fetch(ctx, file.Account, file.Media, f.limit)
	if err != nil {
		return err
	}
	defer body.Close()
	return f.store.KeepFetched(ctx, file, &flowing{body, func() { stalled.Reset(f.StallAfter) }}, f.limit)
}

// flowing is a reader that tells when something came.
type flowing struct {
	io.Reader
	came func()
}

// Read reads and tells.
func (f *flowing) Read(b []byte) (int, error) {
	n, err := f.Reader.Read(b)
	if n > 0 {
		f.came()
	}
	return n, err
}

// failure is why a file could not be fetched.
type failure struct {
	channels.Later
	never bool
}

func readFailure(err error, limit int64) failure {
	if lost, ok := errors.AsType[*channels.Lost](err); ok {
		return failure{channels.Later{Because: lost.Because}, true}
	}
	if later, ok := errors.AsType[*channels.Later](err); ok {
		return failure{*later, false}
	}
	if known, ok := errors.AsType[*problem.Error](err); ok {
		if known.Kind == problem.Invalid && len(known.Faults) > 0 {
			return failure{channels.Later{Because: fileEmpty.With()}, false}
		}
		if known.Kind == problem.TooLarge {
			return failure{channels.Later{Because: models.WhyTooLarge(limit)}, true}
		}
		return failure{channels.Later{Because: reason.Said(known.Message)}, false}
	}
	slog.Warn("a file could not be fetched", "error", err)
	return failure{channels.Later{Because: fileIncomplete.With()}, false}
}
