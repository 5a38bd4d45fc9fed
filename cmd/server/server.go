// Package server is the whole program as a value: New puts it together, Run
// lets it serve until it is told to stop, Close gives back what it holds. The
// command line in cmd/mauve starts it, and so do the tests in the folders
// below. config.go is what it is told, store.go opens the store, workers.go
// has those who work without a caller.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mauve/handlers/api"
	"mauve/handlers/dashboard"
	"mauve/handlers/hooks"
	"mauve/handlers/mava"
	"mauve/handlers/maveraa"
	"mauve/models"
	"mauve/web"
	"mauve/web/window"
)

// drain is how long open calls may take to end when the program is told to stop.
const drain = 10 * time.Second

// Server is the program: a store, the surfaces over it and the workers.
type Server struct {
	config   Config
	store    *models.Store
	listener net.Listener // nil: nothing listens
	app      *fiber.App
	web      *web.Server
	workers  *workers
	redis    *window.Redis // nil: rate windows are this process's own
	close    func() error
}

// New takes the address, opens the store, migrates it and puts the program
// together. Nothing is served and no worker works before Run. With no Addr
// nothing listens, ever. The caller closes what it returns.
func New(ctx context.Context, c Config) (*Server, error) {
	if err := c.Complete(); err != nil {
		return nil, err
	}
	s := &Server{config: c, store: c.Store}
	s.close = sync.OnceValue(s.release)
	if err := s.assemble(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) assemble(ctx context.Context) (err error) {
	if s.config.Addr != "" {
		if s.listener, err = net.Listen("tcp", s.config.Addr); err != nil {
			return errors.Join(err, errPortTaken)
		}
		if s.config.PublicURL == "" {
			s.config.PublicURL = "http://" + s.listener.Addr().String()
		}
	}
	if s.store == nil {
		s.config.CloseToOthers()
		if s.store, err = s.config.OpenStore(ctx); err != nil {
			return err
		}
	}
	if s.workers, err = newWorkers(&s.config, s.store); err != nil {
		return err
	}
	return s.build()
}

// build makes the server and opens its surfaces.
func (s *Server) build() error {
	var windows window.Store = window.NewMemory(s.store.Now)
	if s.config.RedisURL != "" {
		var err error
		s.redis, err = window.OpenRedis(s.config.RedisURL, "mauve:rate:")
		if err != nil {
			return fmt.Errorf("REDIS_URL: %w", err)
		}
		windows = window.NewFallback(s.redis, s.store.Now)
	}
	trusted, err := s.config.trustedProxies()
	if err != nil {
		return err
	}
	s.web, err = web.New(web.Config{Store: s.store, Windows: windows, PublicURL: s.config.PublicURL, TrustedProxies: trusted,
		MaxUpload: s.config.MaxUpload, MaxStreams: s.config.MaxStreams})
	if err != nil {
		return err
	}
	s.app, err = s.web.Open(api.Group(s.web, s.config.Version), maveraa.Group(s.web), mava.Group(s.web),
		hooks.Group(s.web, s.workers.channels, s.workers.reader.Wake), dashboard.Static(), dashboard.Group(s.web))
	return err
}

// Run serves and works until ctx ends, then stops in reverse order: streams
// first, then calls, then the workers. It returns when nothing runs any more.
// A Server runs once.
func (s *Server) Run(ctx context.Context) (err error) {
	background, stopBackground := context.WithCancel(context.Background())
	defer stopBackground()
	working := s.workers.start(background, s.store)
	metrics := serveMetrics(s.config.MetricsAddr)
	ended := make(chan error, 1)
	if s.listener != nil {
		guarded := web.Framed(s.web.Connections(s.listener, s.config.MaxConnections))
		go func() { ended <- s.app.Listener(guarded) }()
	}
	select {
	case err = <-ended:
	case <-ctx.Done():
		slog.Info("stopping")
	}
	s.web.Live.Close() // first: open streams never end by themselves
	if s.listener != nil {
		err = errors.Join(err, s.shutDown())
	}
	stopBackground()
	working.Wait()
	if metrics != nil {
		err = errors.Join(err, metrics.Close())
	}
	return err
}

// shutDown takes no more calls and waits for those that are open.
func (s *Server) shutDown() error {
	err := s.app.ShutdownWithTimeout(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		slog.Warn("calls or silent connections that were still open are cut off", "after", drain)
		return nil
	}
	return err
}

// Close writes what is held back, frees the address and closes the store that
// New opened. Call it after Run has returned, or without Run. Closing twice does nothing.
func (s *Server) Close() error { return s.close() }

func (s *Server) release() (err error) {
	if s.web != nil {
		s.web.Close()
	}
	if s.listener != nil {
		if err = s.listener.Close(); errors.Is(err, net.ErrClosed) { // Run closed it
			err = nil
		}
	}
	if s.redis != nil {
		err = errors.Join(err, s.redis.Close())
	}
	if s.store != nil && s.config.Store == nil {
		err = errors.Join(err, s.store.Close())
	}
	return err
}

// URL is how people reach the server, without a slash at its end.
func (s *Server) URL() string { return s.config.PublicURL }

// Listening is where it listens itself, "127.0.0.1:8080"; empty if nowhere.
func (s *Server) Listening() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Store is the store it works on.
func (s *Server) Store() *models.Store { return s.store }

// App answers calls without a listener, for tests.
func (s *Server) App() *fiber.App { return s.app }

// Routes are the lines of all surfaces' tables.
func (s *Server) Routes() []web.Route { return s.web.Routes() }

// TellSetupLink makes a new link to make the first workspace, ends the last one and tells the new one. It tells
// nothing when there is a workspace.
func (s *Server) TellSetupLink(ctx context.Context, tell func(link string)) error {
	return s.store.NewSetupLink(ctx, func(token string) { tell(s.URL() + "/setup?token=" + token) })
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
