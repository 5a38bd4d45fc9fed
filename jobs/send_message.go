package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mauve/channels"
	"mauve/models"
)

const (
	sendsPerChannel = 32
	sendsInAll      = 128
	pollSends       = 250 * time.Millisecond
	sendWithin      = 30 * time.Second
	uploadWithin    = 3 * time.Minute // below the lease of a message whose file is uploaded
)

// Sender sends what is queued on the channels, and tells them what was read.
//
// A message is never sent twice: it is noted as handed over when the line to the
// vendor stands and before its first byte leaves. If the program dies before
// that, another sender takes it; if it dies after, nobody does. What remains is
// the moment between the note and the first byte: a program killed there leaves
// a message that did not go out and is failed as "unconfirmed". It is as short
// as one commit, and a message whose vendor reports on it is never failed so.
type Sender struct {
	store *models.Store
	set   channels.Set
	wake  chan struct{}
	crew  *crew
}

// NewSender returns a sender; Run starts it.
func NewSender(store *models.Store, set channels.Set) *Sender {
	return &Sender{store: store, set: set, wake: make(chan struct{}, 1), crew: newCrew(sendsPerChannel, sendsInAll)}
}

// Wake says that something may be due now. It never blocks.
func (s *Sender) Wake() { nudge(s.wake) }

func nudge(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, and then waits for the tries under way.
func (s *Sender) Run(ctx context.Context) {
	defer s.crew.work.Wait()
	rounds(ctx, "looking for messages to send", pollSends, s.wake, s.round)
}

// rounds runs round at each wake and tick until ctx ends.
func rounds(ctx context.Context, what string, every time.Duration, wake <-chan struct{}, round func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := round(ctx); err != nil && ctx.Err() == nil {
			slog.Error(what, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
		}
	}
}

func (s *Sender) round(ctx context.Context) error {
	due, err := s.store.DueSenders(ctx, 500)
	for _, channel := range due {
		places := s.crew.places(channel)
		if places == 0 {
			continue
		}
		claimed, claimErr := s.store.ClaimSends(ctx, channel, places)
		err = errors.Join(err, claimErr)
		for _, d := range claimed {
			s.crew.take(channel, func() { s.send(ctx, d) }, s.Wake) // the next of the conversation may go, too
		}
	}
	return errors.Join(err, s.receipts(ctx))
}

// send tries once and records it. It has its own deadline, so that a stop lets it
// end; a stop breaks off the upload of a file, which may be repeated.
func (s *Sender) send(stop context.Context, d *models.Dispatch) {
	adapter := s.set[d.Account.Kind]
	if adapter == nil {
		slog.Error("no adapter sends on this kind of channel", "kind", d.Account.Kind)
		s.finish(d, models.Tried{Verdict: models.RetryChannel, Code: "kind_not_served", Detail: kindNotServed.With()})
		return
	}
	if d.Amends() {
		s.finish(d, s.amend(d, adapter))
		return
	}
	if d.File != nil && d.File.Uploaded == "" && !d.Outside {
		if tried := s.upload(stop, adapter, d); stop.Err() != nil {
			s.release(d)
			return
		} else if tried.Verdict != models.Accepted {
			s.finish(d, tried)
			return
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendWithin)
	defer cancel()
	s.finish(d, adapter.Send(ctx, d, func() error { return s.store.HandOver(ctx, d) }))
}

// amend tries once to change what the vendor has. It may be tried again after a broken line, so nothing is noted as handed over.
func (s *Sender) amend(d *models.Dispatch, adapter channels.Channel) models.Tried {
	amender, ok := adapter.(channels.Amender)
	switch {
	case !ok:
		return models.Tried{Verdict: models.Refused, Code: "not_supported", Detail: changeNotSupported.With()}
	case d.Outside:
		return models.Tried{Verdict: models.Refused, Code: "too_late", Detail: changeTooLate.With()}
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendWithin)
	defer cancel()
	if err := s.store.HoldSend(ctx, d); err != nil {
		slog.Warn("a change of a message is another's to carry out", "message", d.Message.ID, "error", err)
		return models.Tried{Verdict: models.RetryMessage, Code: "not_sent", Detail: channels.NotSent.With()}
	}
	return amender.Amend(ctx, d)
}

// upload gives the vendor the message's file, before the message leaves.
func (s *Sender) upload(ctx context.Context, adapter channels.Channel, d *models.Dispatch) models.Tried {
	uploader, ok := adapter.(channels.Uploader)
	if !ok {
		return models.Tried{Verdict: models.Refused, Code: "not_supported", Detail: uploadNotSupported.With()}
	}
	ctx, cancel := context.WithTimeout(ctx, uploadWithin)
	defer cancel()
	failed := models.Tried{Verdict: models.RetryMessage, Code: "not_uploaded", Detail: channels.FileNotUploaded.With()}
	if err := s.store.HoldSend(ctx, d); err != nil {
		slog.Warn("a message's file is another's to upload", "message", d.Message.ID, "error", err)
		return failed
	}
	uploaded, tried := uploader.Upload(ctx, d)
	if tried.Verdict != models.Accepted {
		return tried
	}
	if err := s.store.KeepUpload(ctx, d, uploaded); err != nil {
		slog.Error("keeping what an uploaded file is called", "message", d.Message.ID, "error", err)
		return failed
	}
	return tried
}

// release gives a message back that a stop broke off before it left.
func (s *Sender) release(d *models.Dispatch) {
	ctx, cancel := context.WithTimeout(context.Background(), sendWithin)
	defer cancel()
	if err := s.store.ReleaseSend(ctx, d); err != nil {
		slog.Warn("a message waits until its lease ends", "message", d.Message.ID, "error", err)
	}
}

func (s *Sender) finish(d *models.Dispatch, tried models.Tried) {
	end, cancelEnd := context.WithTimeout(context.Background(), sendWithin)
	defer cancelEnd()
	if err := s.store.FinishSend(end, d, tried); err != nil {
		slog.Error("recording a message's try", "message", d.Message.ID, "error", err)
	}
}

// receipts tells the channels what was read; one that fails is forgotten.
func (s *Sender) receipts(ctx context.Context) error {
	due, err := s.store.ClaimReceipts(ctx, 50)
	for _, r := range due {
		s.crew.work.Go(func() {
			bounded, cancel := context.WithTimeout(context.Background(), sendWithin)
			defer cancel()
			receipter, ok := s.set[r.Account.Kind].(channels.Receipter)
			if !ok {
				slog.Warn("nobody can tell this kind of channel what was read", "channel", r.Account.ID, "kind", r.Account.Kind)
				return
			}
			if err := receipter.MarkRead(bounded, r); err != nil {
				slog.Warn("a reading could not be told", "channel", r.Account.ID, "error", err)
			}
		})
	}
	return err
}
