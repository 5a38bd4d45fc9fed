package password

import (
	"context"
	"slices"
	"sync"
	"time"

	"mauve/models/problem"
)

const (
	turnsAtOnce   = 4                // each takes the cost's memory
	mostWaitEach  = 100              // of one address: an office that comes to work at nine
	mostWaitInAll = 500              // beyond, waiting is of no use to anybody
	mostTurnWait  = 10 * time.Second // a browser that waits longer is gone
)

// errBusy is returned when more passwords wait to be looked at than can be in time.
var errBusy = problem.Fail(problem.Unavailable, "busy", "Too many people sign in at this moment. Try again in a few seconds.")

// turns lets a few passwords be hashed at once, and the rest wait: those of known
// browsers first, of all others one of each address in turn, so that who sends
// many keeps nobody else waiting.
type turns struct {
	mu      sync.Mutex
	free    int
	waiting int
	known   []chan struct{}
	others  map[string][]chan struct{} // by address
	order   []string                   // of those addresses, the next one first
}

func newTurns() *turns { return &turns{free: turnsAtOnce, others: map[string][]chan struct{}{}} }

// enter waits for a turn; the caller leaves it. It fails with errBusy when there
// is no room to wait, or none came in time.
func (t *turns) enter(ctx context.Context, from Origin) error {
	turn, err := t.queue(from)
	if err != nil || turn == nil {
		return err
	}
	late := time.NewTimer(mostTurnWait)
	defer late.Stop()
	select {
	case <-turn:
		return nil
	case <-late.C:
		err = errBusy
	case <-ctx.Done():
		err = ctx.Err()
	}
	if !t.giveUp(from, turn) {
		t.leave() // it came at that moment
	}
	return err
}

// queue takes a free turn, or returns what is closed when it comes.
func (t *turns) queue(from Origin) (chan struct{}, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free > 0 { // nobody waits, or it would not be free
		t.free--
		return nil, nil
	}
	line := t.others[from.Address]
	if t.waiting >= mostWaitInAll || !from.Known && len(line) >= mostWaitEach {
		return nil, errBusy
	}
	t.waiting++
	turn := make(chan struct{})
	if from.Known {
		t.known = append(t.known, turn)
		return turn, nil
	}
	if len(line) == 0 {
		t.order = append(t.order, from.Address)
	}
	t.others[from.Address] = append(line, turn)
	return turn, nil
}

// giveUp takes somebody out who waits, and reports whether they still did.
func (t *turns) giveUp(from Origin, turn chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	line := t.known
	if !from.Known {
		line = t.others[from.Address]
	}
	at := slices.Index(line, turn)
	if at < 0 {
		return false
	}
	t.waiting--
	line = slices.Delete(line, at, at+1)
	if from.Known {
		t.known = line
		return true
	}
	t.others[from.Address] = line
	if len(line) == 0 {
		t.order = slices.Delete(t.order, slices.Index(t.order, from.Address), slices.Index(t.order, from.Address)+1)
		delete(t.others, from.Address)
	}
	return true
}

// leave passes the turn on.
func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == 0 {
		t.free++
		return
	}
	t.waiting--
	if len(t.known) > 0 {
		close(t.known[0])
		t.known = t.known[1:]
		return
	}
	address := t.order[0]
	line := t.others[address]
	close(line[0])
	t.order = t.order[1:]
	if len(line) == 1 {
		delete(t.others, address)
		return
	}
	t.others[address] = line[1:]
	t.order = append(t.order, address)
}
