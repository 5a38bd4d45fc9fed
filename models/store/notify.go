package store

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// notifier tells other replicas of this one's commits, by NOTIFY, behind the
// requests: news of one moment goes out in one statement. It is outside the
// transactions on purpose: NOTIFY inside one takes a lock on the whole database
// at commit. A lost one costs a stream its next poll, no more.
type notifier struct {
	mu      sync.Mutex
	waiting map[string]bool // what to say; the same news twice is one
	wake    chan struct{}   // holds at most one token
	quit    chan struct{}
	done    sync.WaitGroup
}

// pause is the least time between two notifications of one process.
const pause = 5 * time.Millisecond

func startNotifier(send func(context.Context, []string) error) *notifier {
	n := &notifier{waiting: map[string]bool{}, wake: make(chan struct{}, 1), quit: make(chan struct{})}
	n.done.Go(func() { n.run(send) })
	return n
}

// tell leaves news to be sent. It does not wait.
func (n *notifier) tell(news string) {
	n.mu.Lock()
	n.waiting[news] = true
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// close sends what is left and ends.
func (n *notifier) close() {
	close(n.quit)
	n.done.Wait()
}

func (n *notifier) run(send func(context.Context, []string) error) {
	for open := true; open; {
		select {
		case <-n.wake:
		case <-n.quit:
			open = false
		}
		if news := n.take(); len(news) > 0 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			_ = send(ctx, news)
			cancel()
		}
		select {
		case <-time.After(pause):
		case <-n.quit:
		}
	}
}

func (n *notifier) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	news := slices.Collect(maps.Keys(n.waiting))
	clear(n.waiting)
	return news
}

// Tell tells other replicas of the store something that may be lost; at most some hundred bytes. It does not wait.
func (s *Store) Tell(news string) {
	if s.notifier != nil {
		s.notifier.tell(news)
	}
}

// notify sends news to every replica that listens.
func (s *Store) notify(ctx context.Context, news []string) error {
	_, err := s.pool.ExecContext(ctx, "SELECT pg_notify($1, $2 || ' ' || n) FROM unnest($3::text[]) n", s.o.Channel, s.replica, news)
	return err
}

// Listen passes on what other replicas tell until ctx ends; began is called when
// it begins and after each gap, in which something may have been told. It returns
// at once on SQLite, which has no others.
func (s *Store) Listen(ctx context.Context, began func(), heard func(news string)) {
	for s.postgres && ctx.Err() == nil {
		if err := s.listen(ctx, began, heard); err != nil && ctx.Err() == nil {
			slog.Warn("listening for commits was cut off; trying again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

func (s *Store) listen(ctx context.Context, began func(), heard func(news string)) error {
	conn, err := pgx.Connect(ctx, s.o.URL)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err = conn.Exec(ctx, "LISTEN "+pgx.Identifier{s.o.Channel}.Sanitize()); err != nil {
		return err
	}
	began()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		if from, news, ok := strings.Cut(n.Payload, " "); ok && from != s.replica { // our own was passed on at the commit
			heard(news)
		}
	}
}
