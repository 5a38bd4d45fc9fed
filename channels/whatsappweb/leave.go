package whatsappweb

import (
	"context"
	"errors"
	"log/slog"

	"go.mau.fi/whatsmeow/types/events"

	"mauve/models"
)

// leave unlinks the phone, as people asked. If WhatsApp cannot be told, the keys are forgotten all the same.
func (s *session) leave(ctx context.Context) {
	ctx, end := context.WithTimeout(ctx, logoutWithin)
	defer end()
	why := loggedOutHere.With()
	if s.device != "" {
		if err := s.logout(ctx); err != nil && !errors.Is(err, ErrForgotten) {
			slog.Warn("WhatsApp could not be told that a phone is unlinked", "channel", s.Account.ID, "error", err)
			why = loggedOutUntold.With()
		}
	}
	if err := s.over(ctx, why); !errors.Is(err, errOver) || errors.Is(err, models.ErrNotHeld) {
		slog.Error("telling that a phone is unlinked", "channel", s.Account.ID, "error", err)
	}
}

func (s *session) logout(ctx context.Context) error {
	l, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer l.Disconnect()
	if err = l.Connect(ctx); err == nil {
		err = l.await(ctx)
	}
	return errors.Join(err, l.Logout(ctx))
}

// await waits until the line stands.
func (l *line) await(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event := <-l.turns:
			switch event.(type) {
			case *events.Connected:
				return nil
			case *events.LoggedOut:
				return ErrForgotten
			}
		}
	}
}
