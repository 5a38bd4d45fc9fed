package password

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// busy is turns that are all taken, and who came to wait since.
type busy struct {
	*turns
	t       *testing.T
	waiting map[string]chan struct{}
}

func openBusy(t *testing.T) *busy {
	b := &busy{newTurns(), t, map[string]chan struct{}{}}
	for range turnsAtOnce {
		assert.NilError(t, b.enter(t.Context(), Origin{}))
	}
	return b
}

// waits lets somebody come: "a1" is the first of address a, "!a1" in a browser that is known.
func (b *busy) waits(names ...string) {
	b.t.Helper()
	for _, name := range names {
		address, known := strings.CutPrefix(name, "!")
		turn, err := b.queue(Origin{address[:1], known})
		assert.NilError(b.t, err, name)
		b.waiting[name] = turn
	}
}

// next passes one turn on and returns whose it was.
func (b *busy) next() string {
	b.leave()
	for name, turn := range b.waiting {
		select {
		case <-turn:
			delete(b.waiting, name)
			return name
		default:
		}
	}
	return ""
}

func TestTurnsAreFair(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, come, want string }{
		{"one after the other", "a1 a2 a3", "a1 a2 a3"},
		{"who sends many keeps nobody waiting", "a1 a2 a3 a4 b1 c1 b2", "a1 b1 c1 a2 b2 a3 a4"},
		{"known browsers first", "a1 a2 b1 !a1 !c1", "!a1 !c1 a1 b1 a2"},
	} {
		b := openBusy(t)
		b.waits(strings.Fields(c.come)...)
		var got []string
		for range strings.Fields(c.want) {
			got = append(got, b.next())
		}
		assert.Check(t, is.Equal(strings.Join(got, " "), c.want), c.name)
		for range turnsAtOnce {
			b.leave()
		}
		assert.Check(t, b.free == turnsAtOnce && b.turns.waiting == 0 && len(b.others) == 0 && len(b.order) == 0, c.name)
	}
}

func TestTurnsHaveRoom(t *testing.T) {
	t.Parallel()
	b := openBusy(t)
	for n := range mostWaitEach {
		b.waits(fmt.Sprint("a", n))
	}
	_, err := b.queue(Origin{Address: "a"})
	assert.Check(t, is.ErrorIs(err, errBusy), "one address has so much room")
	b.waits("b1", "!a1")
	for n := mostWaitEach + 2; n < mostWaitInAll; n++ {
		_, err := b.queue(Origin{Address: fmt.Sprint("c", n)})
		assert.NilError(t, err)
	}
	_, err = b.queue(Origin{Address: "d"})
	assert.Check(t, is.ErrorIs(err, errBusy), "there is so much room in all")
	_, err = b.queue(Origin{Address: "d", Known: true})
	assert.Check(t, is.ErrorIs(err, errBusy), "also for known browsers")
}

// TestTurnsOfThoseWhoLeave are nobody's: also those that come at the moment they leave.
func TestTurnsOfThoseWhoLeave(t *testing.T) {
	t.Parallel()
	b := openBusy(t)
	for _, from := range []Origin{{"a", false}, {"a", true}} {
		gone, leave := context.WithCancel(t.Context())
		leave()
		assert.Check(t, is.ErrorIs(b.enter(gone, from), context.Canceled))
	}
	assert.Check(t, b.turns.waiting == 0 && len(b.others) == 0 && len(b.order) == 0 && len(b.known) == 0)
	b.waits("a1", "b1", "a2")
	assert.Check(t, b.giveUp(Origin{Address: "a"}, b.waiting["a1"]))
	assert.Check(t, !b.giveUp(Origin{Address: "a"}, b.waiting["a1"]), "twice")
	delete(b.waiting, "a1")
	assert.Check(t, is.Equal(b.next()+b.next(), "a2b1"))

	// Many come and go at once; in the end all turns are free.
	crowd := newTurns()
	done := make(chan error, 300)
	for n := range 300 {
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			err := crowd.enter(ctx, Origin{fmt.Sprint(n % 7), n%3 == 0})
			if err == nil {
				crowd.leave()
			}
			done <- err
		}()
		if n%2 == 0 {
			leave()
		}
		defer leave()
	}
	for range 300 {
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, errBusy) {
			t.Error(err)
		}
	}
	assert.Check(t, crowd.free == turnsAtOnce && crowd.waiting == 0, "%d free, %d wait", crowd.free, crowd.waiting)
}
