package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redis/go-redis/v9"

	"mauve/handlers/api"
	"mauve/handlers/dashboard"
	"mauve/handlers/hooks"
	"mauve/handlers/mava"
	"mauve/handlers/maveraa"
	"mauve/models"
	"mauve/web"
	"mauve/web/window"
)

type serveCmd struct{}

// drain is how long open calls may take to end when the program is told to stop.
const drain = 10 * time.Second

// Run serves until it is told to stop, then stops in reverse order.
func (serveCmd) Run(ctx context.Context, s *settings) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	staff, err := hire(s, store)
	if err != nil {
		return err
	}
	app, house, err := staff.build(s, store)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return errors.Join(err, errors.New("is another mauve running? Set ADDR to another port"))
	}
	background, stopBackground := context.WithCancel(context.Background())
	workers := staff.start(background, store)
	metrics := serveMetrics(s.MetricsAddr)
	if err := greet(ctx, s, store); err != nil {
		stopBackground()
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(listener) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		slog.Info("stopping")
	}
	house.Live.Close() // first: open streams never end by themselves
	if e := app.ShutdownWithTimeout(drain); errors.Is(e, context.DeadlineExceeded) {
		slog.Warn("calls or silent connections that were still open are cut off", "after", drain)
	} else {
		err = errors.Join(err, e)
	}
	stopBackground()
	workers.Wait()
	house.Close()
	if metrics != nil {
		err = errors.Join(err, metrics.Close())
	}
	return err
}

// build puts the house together: the hallway and its doors.
func (w *workers) build(s *settings, store *models.Store) (*fiber.App, *web.House, error) {
	var windows window.Store = window.NewMemory(time.Now)
	if s.RedisURL != "" {
		o, err := redis.ParseURL(s.RedisURL)
		if err != nil {
			return nil, nil, fmt.Errorf("REDIS_URL: %w", err)
		}
		windows = window.NewFallback(window.NewRedis(redis.NewClient(o), "mauve:rate:"), time.Now)
	}
	house, err := web.New(web.Config{Store: store, Windows: windows, PublicURL: s.PublicURL, TrustedProxies: s.trusted,
		BodyLimit: hooks.BodyLimit, MaxUpload: s.MaxUpload})
	if err != nil {
		return nil, nil, err
	}
	// Of two prefixes the longer one first: Mava's is /api.
	return house.Open(api.Open(house, version), maveraa.Open(house), mava.Open(house), hooks.Open(house, w.channels, w.reader.Wake), dashboard.Open(house)), house, nil
}

// greet prints where the server is and, on an empty store, the one-time setup link.
func greet(ctx context.Context, s *settings, store *models.Store) error {
	empty, err := store.Empty(ctx)
	if err != nil {
		return err
	}
	slog.Info("serving", "url", s.PublicURL, "listening", s.Addr, "version", version)
	if empty {
		fmt.Printf("\nMauve is running and has no workspace yet. Make it here, once:\n\n  %s/setup?token=%s\n\n", s.PublicURL, store.SetupToken())
	}
	return nil
}

func serveMetrics(addr string) *http.Server {
	if addr == "" {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.Handler())
	server := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("metrics are not served", "error", err)
		}
	}()
	return server
}
