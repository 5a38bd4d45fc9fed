package main

import (
	"log/slog"
	"os"

	"mauve/cmd/server"
)

// settings are every command's: the program's own, and how much it says.
type settings struct {
	server.Config
	LogLevel string `default:"info" enum:"debug,info,warn,error" env:"LOG_LEVEL" help:"debug, info, warn or error."`
}

// complete checks the settings, fills in what follows from others and sets up the log.
func (s *settings) complete() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(server.MaskedWriter(os.Stderr, s.Mask()), &slog.HandlerOptions{Level: level})))
	s.Version = version
	return s.Config.Complete()
}
