package whatsappweb

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.mau.fi/whatsmeow/types/events"

	"mauve/models"
	"mauve/models/problem"
)

const (
	pairWithin  = 15 * time.Second
	loginWithin = 10 * time.Second // after a phone was linked, WhatsApp ends the line for a new one
)

// pair shows codes until a phone is linked, nobody was there to scan them, or
// the line breaks. WhatsApp gives a handful of codes and then hangs up.
func (l *line) pair(ctx context.Context) error {
	var codes []string
	shown := models.LinkNews{State: models.LinkPairing}
	next := time.NewTimer(firstCode)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-next.C:
			if len(codes) == 0 {
				return l.over(ctx, nobodyScanned.With())
			}
		case event := <-l.turns:
			switch e := event.(type) {
			case *events.QR:
				codes = e.Codes
				if err := l.askForCode(ctx, &shown, len(codes)); err != nil {
					return err
				}
			case *events.PairSuccess:
				return l.linked(ctx, e)
			case *events.PairError:
				slog.Warn("a phone could not be linked", "channel", l.Account.ID, "error", e.Error)
				return l.over(ctx, phoneNotLinked.With())
			case *events.PairPasskeyRequest:
				return l.over(ctx, passkeyAsked.With())
			case *events.QRScannedWithoutMultidevice:
				shown.Detail = linkingNotAllowed.With()
				if err := l.note(ctx, shown); err != nil {
					return err
				}
				continue
			case *events.Disconnected:
				return l.over(ctx, nobodyScanned.With())
			default:
				if err := l.turn(ctx, event); err != nil {
					return err
				}
				continue
			}
		}
		if len(codes) == 0 {
			continue
		}
		lasts := nextCode
		if shown.Code == "" {
			lasts = firstCode
		}
		shown.Code, codes = codes[0], codes[1:]
		if shown.PairingCode == "" {
			shown.CodeUntil = time.Now().Add(lasts)
		}
		if err := l.note(ctx, shown); err != nil {
			return err
		}
		next.Reset(lasts)
	}
}

// askForCode asks for a pairing code if people gave their phone's number. It
// holds as long as the codes beside it.
func (l *line) askForCode(ctx context.Context, shown *models.LinkNews, codes int) error {
	if l.Link.Phone == "" {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, pairWithin)
	defer cancel()
	code, err := l.PairPhone(bounded, l.Link.Phone)
	if err != nil {
		slog.Warn("no pairing code", "channel", l.Account.ID, "error", err)
		return l.over(ctx, noPairingCode.With())
	}
	shown.PairingCode, shown.CodeUntil = code, time.Now().Add(firstCode+time.Duration(max(codes-1, 0))*nextCode)
	return nil
}

// linked keeps which phone was linked, and waits for WhatsApp to end the line: the next one is the phone'l.
func (l *line) linked(ctx context.Context, e *events.PairSuccess) error {
	err := l.note(ctx, models.LinkNews{State: models.LinkReconnecting, Device: e.ID.String(), Number: e.ID.User, Name: e.BusinessName})
	if problem.KindOf(err) == problem.Conflict {
		bounded, cancel := context.WithTimeout(ctx, logoutWithin)
		defer cancel()
		return errors.Join(l.Logout(bounded), l.over(ctx, linkedElsewhere.With()))
	}
	if err != nil {
		return err
	}
	l.device, l.fails = e.ID.String(), 0
	bounded, cancel := context.WithTimeout(ctx, loginWithin)
	defer cancel()
	for {
		select {
		case <-bounded.Done():
			return nil
		case event := <-l.turns:
			switch event.(type) {
			case *events.ManualLoginReconnect, *events.Disconnected, *events.Connected:
				return nil
			}
		}
	}
}
