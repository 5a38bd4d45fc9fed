package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mauve/cmd/server"
)

type serveCmd struct{}

// Run serves until it is told to stop, then stops in reverse order.
func (serveCmd) Run(ctx context.Context, s *settings) error {
	running, err := server.New(ctx, s.Config)
	if err != nil {
		return err
	}
	if err = greet(ctx, s, running); err == nil {
		err = running.Run(ctx)
	}
	return errors.Join(err, running.Close())
}

// greet prints where the server is and, on an empty store, a new setup link.
func greet(ctx context.Context, s *settings, running *server.Server) error {
	slog.Info("serving", "url", running.URL(), "listening", s.Addr, "version", version)
	return running.TellSetupLink(ctx, func(link string) {
		fmt.Printf("\nMauve is running and has no workspace yet. Make it here, once, within an hour:\n\n  %s\n\n", link)
	})
}
