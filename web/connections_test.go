package web

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// guarded listens, with no more than two connections of one address.
func guarded(t *testing.T, trusted bool) (*Connections, func() net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	h := &Server{}
	if trusted {
		h.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	c := h.Connections(l, 2)
	t.Cleanup(func() { c.Close() })
	return c, func() net.Conn {
		client, err := net.Dial("tcp", l.Addr().String())
		assert.NilError(t, err)
		t.Cleanup(func() { client.Close() })
		return client
	}
}

func TestAnAddressHasSoManyConnections(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{false, true} {
		l, dial := guarded(t, trusted)
		accepted := make(chan net.Conn, 10)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				accepted <- c
			}
		}()
		dial()
		first, second := <-accepted, (net.Conn)(nil)
		dial()
		second = <-accepted
		third := dial()
		if trusted { // a proxy carries everybody's
			(<-accepted).Close()
		} else {
			n, err := third.Read(make([]byte, 1)) // it is closed
			assert.Check(t, n == 0 && err != nil)
			assert.Check(t, is.Len(accepted, 0))
			first.Close()
			first.Close() // closing twice makes room for one
			dial()
			(<-accepted).Close()
		}
		first.Close()
		second.Close()
		l.mu.Lock()
		assert.Check(t, is.Len(l.open, 0), "what is over is forgotten")
		l.mu.Unlock()
	}
}

// TestAReaderThatStandsStillIsCutOff and one that reads slowly, but does, is not.
func TestAReaderThatStandsStillIsCutOff(t *testing.T) {
	t.Parallel()
	large := make([]byte, 32<<20)
	writes := func(stuck time.Duration) (net.Conn, chan error) {
		l, dial := guarded(t, false)
		l.stuck = stuck
		wrote := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil {
				_, err = c.Write(large)
				c.Close()
			}
			wrote <- err
		}()
		return dial(), wrote
	}
	_, wrote := writes(200 * time.Millisecond)
	err := <-wrote
	timeout, ok := err.(net.Error)
	assert.Check(t, ok && timeout.Timeout(), err)

	reader, wrote := writes(time.Minute)
	n, err := io.Copy(io.Discard, reader)
	assert.Check(t, is.Equal(n, int64(len(large))), err)
	assert.NilError(t, <-wrote)
}

// TestAConnectionOnWhichNothingComesJustEnds and one that breaks off later says so.
func TestAConnectionOnWhichNothingComesJustEnds(t *testing.T) {
	t.Parallel()
	for _, says := range []string{"", "GET"} {
		l, dial := guarded(t, false)
		client := dial()
		c, err := l.Accept()
		assert.NilError(t, err)
		_, err = io.WriteString(client, says)
		assert.NilError(t, err)
		got := make([]byte, len(says))
		_, err = io.ReadFull(c, got)
		assert.NilError(t, err)
		assert.NilError(t, c.SetReadDeadline(time.Unix(1, 0)))
		_, err = c.Read(make([]byte, 1))
		assert.Check(t, is.Equal(err == io.EOF, says == ""), err)
		c.Close()
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	b := NewBudget(100)
	assert.Check(t, b.take(60))
	assert.Check(t, !b.take(41), "there are 40")
	assert.Check(t, b.take(40))
	b.giveBack(60)
	assert.Check(t, b.take(60))
	var none *Budget
	assert.Check(t, none.take(1<<30), "no budget bounds nothing")
	none.giveBack(1)
}
