package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"mauve/models"
)

// Hub tells open pages what happened. A stream carries the ids of what
// changed, never the things themselves: a page fetches what it may see.
type Hub struct {
	store   *models.Store
	mu      sync.Mutex
	streams map[models.ID]map[*stream]bool
	closed  bool
}

// stream is one open browser. Its wake channel holds at most one token: a slow
// reader misses no event, it reads them together.
type stream struct {
	scope *models.Scope
	wake  chan struct{}
	words chan string // passing ones; what does not fit is dropped
	quit  chan struct{}
	alive func() bool
}

func newHub(s *models.Store) *Hub {
	return &Hub{store: s, streams: map[models.ID]map[*stream]bool{}}
}

func (h *Hub) wake(workspace models.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams[workspace] {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// Close says goodbye to every stream; their browsers come back to another replica.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	for _, streams := range h.streams {
		for s := range streams {
			close(s.quit)
		}
	}
}

func (h *Hub) join(s *stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	id := s.scope.Workspace()
	if h.streams[id] == nil {
		h.streams[id] = map[*stream]bool{}
	}
	h.streams[id][s] = true
	return true
}

func (h *Hub) leave(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := s.scope.Workspace()
	if delete(h.streams[id], s); len(h.streams[id]) == 0 {
		delete(h.streams, id)
	}
}

const (
	pingEvery = 10 * time.Second
	// Commits whose news was lost are found by this poll.
	pollEvery = 5 * time.Second
	settle    = 40 * time.Millisecond
	batch     = 200
)

// Serve streams the workspace's events after the one in Last-Event-ID, or from
// now on. alive is asked at each ping whether the reader may still listen.
func (h *Hub) Serve(c *fiber.Ctx, open func(context.Context) *models.Scope, alive func(context.Context) bool) error {
	ctx, cancel := context.WithCancel(context.Background())
	s := &stream{scope: open(ctx), wake: make(chan struct{}, 1), words: make(chan string, 8), quit: make(chan struct{}), alive: func() bool { return alive(ctx) }}
	after, resumes := models.ParseID(models.PrefixEvent, c.Get("Last-Event-ID", c.Query("last_event_id")))
	if !resumes {
		var err error
		if after, err = s.scope.LastEvent(); err != nil {
			cancel()
			return err
		}
	}
	if !h.join(s) {
		cancel()
		return models.Fail(models.Unavailable, "closing", "The server is going away; come back in a moment.")
	}
	c.Set("Content-Type", "text/event-stream")
	c.Set("Cache-Control", "no-store")
	c.Set("X-Accel-Buffering", "no")
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer cancel()
		defer h.leave(s)
		fmt.Fprintf(w, "retry: 1000\n\n")
		if err := s.run(w, after); err != nil {
			slog.Debug("a stream ended", "error", err)
		}
	})
	return nil
}

// run writes events until the reader is gone. Only a failed flush tells that it is.
func (s *stream) run(w *bufio.Writer, after models.ID) error {
	ping, poll := time.NewTicker(pingEvery), time.NewTicker(pollEvery)
	defer ping.Stop()
	defer poll.Stop()
	for {
		var err error
		if after, err = s.send(w, after); err != nil {
			return err
		}
		if err = w.Flush(); err != nil {
			return err
		}
		waits, err := s.scope.Unsettled(after)
		if err != nil {
			return err
		}
		var soon <-chan time.Time
		if waits {
			soon = time.After(settle)
		}
		select {
		case <-soon:
		case <-s.wake:
		case word := <-s.words:
			fmt.Fprintf(w, "event: presence\ndata: %s\n\n", word)
		case <-poll.C:
		case <-ping.C:
			if !s.alive() {
				fmt.Fprint(w, "event: signed-out\ndata: {}\n\n")
				return w.Flush()
			}
			fmt.Fprint(w, "event: ping\ndata: {}\n\n")
		case <-s.quit:
			fmt.Fprint(w, "event: goodbye\ndata: {}\n\n")
			return w.Flush()
		}
	}
}

// note is what a page learns of an event.
type note struct {
	Kind         string `json:"kind"`
	Conversation string `json:"conversation,omitempty"`
	Contact      string `json:"contact,omitempty"`
	Message      string `json:"message,omitempty"`
}

func (s *stream) send(w *bufio.Writer, after models.ID) (models.ID, error) {
	for {
		events, err := s.scope.EventsAfter(after, batch)
		if errors.Is(err, models.ErrEventsGone) {
			fmt.Fprint(w, "event: reload\ndata: {}\n\n")
			return s.scope.LastEvent()
		}
		if err != nil {
			return after, err
		}
		for _, e := range events {
			n := note{Kind: string(e.Kind), Conversation: string(e.ConversationID), Contact: string(e.ContactID)}
			if strings.HasPrefix(n.Kind, "message.") {
				n.Message = string(e.SubjectID)
			}
			data, err := json.Marshal(n)
			if err != nil {
				return after, err
			}
			fmt.Fprintf(w, "id: %s\nevent: %s\ndata: %s\n\n", e.ID.With(models.PrefixEvent), strings.ReplaceAll(string(e.Kind), "\n", ""), data)
			after = e.ID
		}
		if len(events) < batch {
			return after, nil
		}
	}
}
