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
	"mauve/models/problem"
)

// Hub tells open pages what happened. A stream carries the ids of what
// changed, never the things themselves: a page fetches what it may see. Each
// workspace with an open page has one feed that reads its events for all of them.
type Hub struct {
	store   *models.Store
	most    int // streams of one session
	mu      sync.Mutex
	streams map[models.ID]map[*stream]bool
	feeds   map[models.ID]*feed
	closed  bool
	reading sync.WaitGroup
}

// stream is one open browser. What it is to be told waits in read; a reader so
// slow that it overflows is sent away, and resumes where it was.
type stream struct {
	scope   *models.Scope
	session models.ID
	since   time.Time
	at      models.Place // of the newest event told
	fed     models.Place // where the feed was when the stream joined: it tells all that follows
	gone    bool         // where it was is not known any more
	read    chan []line
	words   chan string // passing ones; what does not fit is dropped
	quit    chan struct{}
	out     chan struct{} // closed when the session is over
}

// line is an event as streams tell it.
type line struct {
	at   models.Place
	text string
}

const (
	pingEvery = 10 * time.Second
	mostRead  = 64 // reads that wait for a slow reader
	batch     = 200
)

func newHub(s *models.Store, most int) *Hub {
	return &Hub{store: s, most: most, streams: map[models.ID]map[*stream]bool{}, feeds: map[models.ID]*feed{}}
}

// Close says goodbye to every stream, whose browsers come back to another
// replica, and waits for the feeds to end.
func (h *Hub) Close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		for _, streams := range h.streams {
			for s := range streams {
				close(s.quit)
			}
		}
		for _, f := range h.feeds {
			f.stop()
		}
	}
	h.mu.Unlock()
	h.reading.Wait()
}

var errClosing = problem.Fail(problem.Unavailable, "closing", "The server is going away; come back in a moment.")

// join adds the stream to its workspace's feed, which starts with the first. A
// stream that does not resume begins where the feed is.
func (h *Hub) join(s *stream, resumes bool) error {
	id := s.scope.Workspace()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.feeds[id] == nil && !h.closed {
		h.mu.Unlock()
		at, err := s.scope.LastPlace()
		h.mu.Lock()
		if err != nil {
			return err
		}
		if h.feeds[id] == nil && !h.closed {
			h.feeds[id] = h.startFeed(id, at)
		}
	}
	if h.closed {
		return errClosing
	}
	h.makeRoom(s)
	s.fed = h.feeds[id].at
	if !resumes {
		s.at = s.fed
	}
	if h.streams[id] == nil {
		h.streams[id] = map[*stream]bool{}
	}
	h.streams[id][s] = true
	signal(h.feeds[id].check) // the session may have ended since the call was let in
	return nil
}

// makeRoom ends the oldest stream of a session that has as many as it may: that
// is likely of a page that is left, whose end was not heard of yet. The caller
// holds the lock.
func (h *Hub) makeRoom(s *stream) {
	var oldest *stream
	n := 0
	for other := range h.streams[s.scope.Workspace()] {
		if other.session != s.session {
			continue
		}
		if n++; oldest == nil || other.since.Before(oldest.since) {
			oldest = other
		}
	}
	if n >= h.most {
		close(oldest.quit)
		delete(h.streams[s.scope.Workspace()], oldest)
	}
}

// leave takes the stream away, and the feed after its last one.
func (h *Hub) leave(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := s.scope.Workspace()
	if delete(h.streams[id], s); len(h.streams[id]) > 0 {
		return
	}
	delete(h.streams, id)
	if f := h.feeds[id]; f != nil {
		f.stop()
		delete(h.feeds, id)
	}
}

// Serve streams the workspace's events after the one in Last-Event-ID, or from
// now on, as long as the caller's session lives and their role stays.
func (h *Hub) Serve(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodHead { // who only asks holds no stream
		c.Set("Content-Type", "text/event-stream")
		return nil
	}
	caller := ScopeOf(c)
	ctx, cancel := context.WithCancel(context.Background())
	s := &stream{scope: h.store.As(ctx, caller.Workspace(), caller.Actor()), session: SessionOf(c).ID, since: time.Now(), read: make(chan []line, mostRead),
		words: make(chan string, 8), quit: make(chan struct{}), out: make(chan struct{})}
	after, resumes := models.ParseID(models.PrefixEvent, c.Get("Last-Event-ID", c.Query("last_event_id")))
	if err := h.enter(s, after, resumes); err != nil {
		cancel()
		return err
	}
	c.Set("Content-Type", "text/event-stream")
	c.Set("X-Accel-Buffering", "no")
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer cancel()
		defer h.leave(s)
		fmt.Fprintf(w, "retry: 1000\n\n")
		if err := s.run(w, resumes); err != nil {
			slog.Debug("a stream ended", "error", err)
		}
	})
	return nil
}

func (h *Hub) enter(s *stream, after models.ID, resumes bool) (err error) {
	if resumes {
		s.at, err = s.scope.PlaceOf(after)
		if s.gone = errors.Is(err, models.ErrEventsGone); err != nil && !s.gone {
			return err
		}
	}
	return h.join(s, resumes && !s.gone)
}

// run writes events until the reader is gone. Only a failed flush tells that it is.
func (s *stream) run(w *bufio.Writer, resumes bool) error {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	if s.gone {
		fmt.Fprint(w, "event: reload\ndata: {}\n\n")
	} else if resumes {
		if err := s.replay(w); err != nil {
			return err
		}
	}
	for {
		if err := w.Flush(); err != nil {
			return err
		}
		select {
		case lines, open := <-s.read:
			if !open {
				return errors.New("the reader is too slow")
			}
			s.tell(w, lines)
		case word := <-s.words:
			fmt.Fprintf(w, "event: presence\ndata: %s\n\n", word)
		case <-ping.C:
			fmt.Fprint(w, "event: ping\ndata: {}\n\n")
		case <-s.out:
			fmt.Fprint(w, "event: signed-out\ndata: {}\n\n")
			return w.Flush()
		case <-s.quit:
			fmt.Fprint(w, "event: goodbye\ndata: {}\n\n")
			return w.Flush()
		}
	}
}

// replay tells what happened from where the reader left to where the feed was
// when it came back.
func (s *stream) replay(w *bufio.Writer) error {
	for {
		events, err := s.scope.EventsBetween(s.at, s.fed, batch)
		if err != nil {
			return err
		}
		s.tell(w, spell(events))
		if err = w.Flush(); err != nil || len(events) < batch {
			return err
		}
	}
}

// tell writes the lines that follow what was told before.
func (s *stream) tell(w *bufio.Writer, lines []line) {
	for _, l := range lines {
		if s.at.Before(l.at) {
			w.WriteString(l.text)
			s.at = l.at
		}
	}
}

// note is what a page learns of an event.
type note struct {
	Kind         string   `json:"kind"`
	Conversation string   `json:"conversation,omitempty"`
	Contact      string   `json:"contact,omitempty"`
	Message      string   `json:"message,omitempty"`
	Ticket       string   `json:"ticket,omitempty"`
	Mentions     []string `json:"mentions,omitempty"` // members whom a note names
}

func spell(events []*models.Event) []line {
	lines := make([]line, len(events))
	for i, e := range events {
		n := note{Kind: string(e.Kind), Conversation: string(e.ConversationID), Contact: string(e.ContactID), Ticket: string(e.Ticket()), Mentions: e.Mentioned()}
		if strings.HasPrefix(n.Kind, "message.") {
			n.Message = string(e.SubjectID)
		}
		data, err := json.Marshal(n)
		if err != nil {
			data = []byte("{}") // texts alone: cannot be
		}
		kind := strings.ReplaceAll(string(e.Kind), "\n", "")
		lines[i] = line{e.Place(), fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", e.ID.With(models.PrefixEvent), kind, data)}
	}
	return lines
}
