package web

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"mauve/models"
)

var requestSeconds = promauto.NewHistogramVec(prometheus.HistogramOpts{
	Name: "mauve_http_request_seconds", Help: "Time to answer, by route, method and status.",
	Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
}, []string{"method", "route", "status"})

var droppedCalls = promauto.NewCounter(prometheus.CounterOpts{
	Name: "mauve_key_log_dropped_total", Help: "Lines of the keys' request logs that were dropped because the store was slow.",
})

func requests(c *fiber.Ctx, took time.Duration) {
	requestSeconds.WithLabelValues(c.Method(), c.Route().Path, strconv.Itoa(c.Response().StatusCode())).Observe(took.Seconds())
}

// ready reports whether the store answers and is migrated.
func (h *Server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), 3*time.Second)
	defer cancel()
	version, err := h.Store.Migrated(ctx)
	if err = errors.Join(err, h.Store.Ready(ctx)); err != nil {
		slog.Warn("not ready", "error", err)
		return c.Status(503).SendString("the store does not answer")
	}
	return c.SendString("ready, schema " + strconv.FormatInt(version, 10))
}

// callLog writes the keys' request logs behind the requests, in batches. Its
// queue is bounded: what does not fit is counted and dropped.
type callLog struct {
	store *models.Store
	queue chan *models.KeyCall
	done  sync.WaitGroup
}

func startCallLog(s *models.Store) *callLog {
	l := &callLog{store: s, queue: make(chan *models.KeyCall, 4096)}
	l.done.Go(l.run)
	return l
}

func (l *callLog) add(c *models.KeyCall) {
	select {
	case l.queue <- c:
	default:
		droppedCalls.Inc()
	}
}

func (l *callLog) close() {
	close(l.queue)
	l.done.Wait()
}

func (l *callLog) run() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var batch []*models.KeyCall
	keep := func() {
		if len(batch) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := l.store.KeepCalls(ctx, batch); err != nil {
			droppedCalls.Add(float64(len(batch)))
			slog.Warn("the keys' request log was not written", "lines", len(batch), "error", err)
		}
		batch = nil
	}
	for {
		select {
		case call, open := <-l.queue:
			if !open {
				keep()
				return
			}
			if batch = append(batch, call); len(batch) == cap(l.queue)/4 {
				keep()
			}
		case <-tick.C:
			keep()
		}
	}
}
