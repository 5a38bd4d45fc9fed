package whatsappweb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"mauve/channels"
	"mauve/models"
	"mauve/models/reason"
)

const (
	keepWithin   = 10 * time.Second
	tellWithin   = 10 * time.Second
	logoutWithin = 15 * time.Second
	firstCode    = time.Minute // WhatsApp shows the first code so long, the others shorter
	nextCode     = 20 * time.Second
	patience     = 5 * time.Minute // of a line that does not come back, until people are told
	codePatience = 2 * time.Second // the same, while a code is waited for
	mostPause    = 5 * time.Minute
	banPause     = 15 * time.Minute
)

// session is one held session. Its fields belong to the goroutine of run.
type session struct {
	channels.Session
	adapter *Adapter
	device  string // of the linked phone; empty: none yet
	fails   int    // lines in a row that broke before they stood
	lostAt  time.Time
}

// line is one connection of a session.
type line struct {
	*session
	Device
	turns  chan any // events that change how the session is
	past   shelf    // where what was said long ago is put
	groups *groups  // nil: what is said in them is not taken in
}

// errOver ends a session: there is nothing to hold any more, or somebody else holds it.
var errOver = errors.New("whatsappweb: the session is over")

// broken is why a line ended that is to be made again.
type broken struct {
	why     reason.Reason // none: it happens
	trouble bool          // it will not mend by itself soon
	wait    time.Duration // at least
}

// Error tells why.
func (b *broken) Error() string { return b.why.String() }

// run makes the line again and again until ctx ends or the session is over.
func (s *session) run(ctx context.Context) {
	if s.Link.Leaves() {
		s.leave(ctx)
		return
	}
	for ctx.Err() == nil {
		err := s.connect(ctx)
		if ctx.Err() != nil || errors.Is(err, errOver) || errors.Is(err, models.ErrNotHeld) {
			return
		}
		b := &broken{}
		if err != nil && !errors.As(err, &b) {
			slog.Warn("a session with WhatsApp broke", "channel", s.Account.ID, "error", err)
			b = &broken{}
		}
		if err != nil {
			s.reconnecting(ctx, b)
		}
		pause(ctx, s.wait(b))
	}
}

// wait is how long the next line waits: nothing at first, then a second, doubled each time.
func (s *session) wait(b *broken) time.Duration {
	wait := time.Duration(0)
	if s.fails > 0 {
		wait = min(time.Second<<min(s.fails-1, 20), mostPause)
		wait += time.Duration(rand.Int64N(int64(wait)/5 + 1))
	}
	return max(wait, b.wait)
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// reconnecting tells that the line is gone. That is nothing to look after until it lasts.
func (s *session) reconnecting(ctx context.Context, b *broken) {
	s.fails++
	if s.lostAt.IsZero() {
		s.lostAt = time.Now()
	}
	why, trouble := b.why, b.trouble
	state, bear := models.LinkReconnecting, patience
	if s.device == "" { // somebody sits before the page and waits for a code
		state, bear = models.LinkPairing, codePatience
	}
	if lost := time.Since(s.lostAt); why.None() && lost > bear {
		why, trouble = whatsappUnreachable.With(), lost > patience
	}
	if err := s.note(ctx, models.LinkNews{State: state, Detail: why, Trouble: trouble}); err != nil {
		slog.Error("telling that a session is lost", "channel", s.Account.ID, "error", err)
	}
}

// connect makes a line and stays until it ends, and returns why.
func (s *session) connect(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	l, err := s.open(ctx)
	if errors.Is(err, ErrForgotten) {
		return s.over(ctx, keysGone.With())
	}
	if errors.Is(err, ErrSealed) {
		return &broken{why: keysSealed.With(), trouble: true, wait: banPause}
	}
	if err != nil {
		return err
	}
	// At once when the lease is lost, whatever the session is at.
	defer context.AfterFunc(ctx, func() { s.adapter.offline(s.Account.ID, l.Device); l.Disconnect() })()
	defer l.Disconnect()
	defer s.adapter.offline(s.Account.ID, l.Device)
	if err = l.Connect(ctx); err != nil {
		return err
	}
	if s.device == "" {
		return l.pair(ctx)
	}
	return l.stay(ctx)
}

func (s *session) open(ctx context.Context) (l *line, err error) {
	l = &line{session: s, turns: make(chan any, 64)}
	if s.Account.Settings.WantsGroups() {
		l.groups = &groups{names: map[types.JID]string{}}
	}
	l.Device, err = s.adapter.dial(ctx, Call{Device: s.device, History: s.Account.Settings.WantsHistory(), Hear: func(event any) bool { return l.hear(ctx, event) }})
	return l, err
}

// stay follows the line of a linked phone until it ends.
func (l *line) stay(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event := <-l.turns:
			if err := l.turn(ctx, event); err != nil {
				return err
			}
		}
	}
}

// turn does what an event asks for; an error ends the line.
func (l *line) turn(ctx context.Context, event any) error {
	switch e := event.(type) {
	case *events.Connected:
		if err := l.note(ctx, models.LinkNews{State: models.LinkConnected}); err != nil {
			return err
		}
		l.fails, l.lostAt = 0, time.Time{}
		l.adapter.online(l.Account.ID, l.Device)
	case *events.LoggedOut:
		return l.over(ctx, loggedOut(e))
	case *events.TemporaryBan:
		return &broken{why: banned(e), trouble: true, wait: min(max(e.Expire, time.Minute), banPause)}
	case *events.ClientOutdated:
		return &broken{why: versionOutdated.With(), trouble: true, wait: banPause}
	case *events.StreamReplaced:
		return &broken{why: sessionReplaced.With(), trouble: l.fails > 1, wait: time.Minute}
	case *events.ConnectFailure:
		return &broken{why: connectionRefused.With(int(e.Reason)), trouble: l.fails > 1}
	case *events.KeepAliveTimeout:
		if e.ErrorCount < 3 {
			return nil
		}
		return &broken{}
	case *events.Disconnected, *events.StreamError, *events.ManualLoginReconnect, unkept:
		return &broken{}
	}
	return nil
}

func loggedOut(e *events.LoggedOut) reason.Reason {
	switch {
	case !e.OnConnect || e.Reason == events.ConnectFailureLoggedOut:
		return unlinkedOnPhone.With()
	case e.Reason == events.ConnectFailureMainDeviceGone:
		return unlinkedWithPhone.With()
	case e.Reason == events.ConnectFailureUnknownLogout:
		return unlinkedAccountClosed.With()
	}
	return unlinkedByWhatsapp.With(int(e.Reason))
}

func banned(e *events.TemporaryBan) reason.Reason {
	why := bannedForAWhile.With(e.Code)
	if e.Expire > 0 {
		why = why.Then(banEnds.With(e.Expire.Round(time.Minute)))
	}
	return why
}

// over tells that no phone is linked any more, and ends the session.
func (s *session) over(ctx context.Context, why reason.Reason) error {
	return errors.Join(errOver, s.note(ctx, models.LinkNews{State: models.LinkLoggedOut, Detail: why}))
}

func (s *session) note(ctx context.Context, n models.LinkNews) error {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWithin)
	defer cancel()
	return s.Note(bounded, n)
}

// unkept is the turn of a line on which something came that could not be
// stored: made again, WhatsApp sends it once more.
type unkept struct{}

// hear takes an event of the device. It reports false for what is not safe.
func (l *line) hear(ctx context.Context, event any) (safe bool) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("panic over an event of WhatsApp", "channel", l.Account.ID, "event", fmt.Sprintf("%T", event), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			safe = false
		}
	}()
	switch e := event.(type) {
	case *events.Message, *events.Receipt, *events.UndecryptableMessage, *events.GroupInfo, *events.JoinedGroup:
		return l.kept(l.store(ctx, event))
	case *events.HistorySync:
		return !l.Account.Settings.WantsHistory() || l.kept(l.shelve(ctx, e.Data))
	}
	select {
	case l.turns <- event:
	case <-ctx.Done():
	}
	return true
}

// store keeps what came in.
func (l *line) store(ctx context.Context, event any) error {
	body, err := pack(ctx, l.Device, l.groups, event)
	if err != nil || body == nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	return l.Keep(bounded, body)
}

// kept reports whether keeping went well; where it did not, the line breaks.
func (l *line) kept(err error) bool {
	if err != nil {
		slog.Error("what came by WhatsApp could not be stored; it comes again", "channel", l.Account.ID, "error", err)
		select {
		case l.turns <- unkept{}:
		default: // the line is being made anew already
		}
	}
	return err == nil
}
