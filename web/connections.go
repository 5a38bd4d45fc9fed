package web

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	mostStuck  = 20 * time.Second // a write that makes no headway for longer ends its connection
	writeChunk = 64 << 10
)

// Connections is a listener whose connections end when their reader takes
// nothing in for a while, and of which an address has only so many.
type Connections struct {
	net.Listener
	most    int // of one address; 0: any number
	stuck   time.Duration
	trusted func(netip.Addr) bool

	mu     sync.Mutex
	open   map[netip.Addr]int
	warned time.Time
}

// Connections guards a listener. Trusted proxies have as many connections as they like.
func (h *Server) Connections(l net.Listener, mostPerAddress int) *Connections {
	return &Connections{Listener: l, most: mostPerAddress, stuck: mostStuck, trusted: h.trusted, open: map[netip.Addr]int{}}
}

// Accept waits for the next connection of an address that has not too many.
func (l *Connections) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := peerOf(c)
		if l.enter(from) {
			return &connection{Conn: c, stuck: l.stuck, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		_ = c.Close()
	}
}

func peerOf(c net.Conn) netip.Addr {
	peer, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

func (l *Connections) enter(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most > 0 && l.open[from] >= l.most && !l.trusted(from) {
		if now := time.Now(); now.Sub(l.warned) > time.Minute {
			l.warned = now
			slog.Warn("an address has too many connections; more are closed", "address", from, "most", l.most)
		}
		return false
	}
	l.open[from]++
	return true
}

func (l *Connections) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from]--; l.open[from] <= 0 {
		delete(l.open, from)
	}
}

// connection is a connection whose writes have a deadline as long as they make headway.
type connection struct {
	net.Conn
	stuck time.Duration
	heard bool // something was read
	leave func()
}

// Read reads. A connection on which nothing ever comes just ends: a browser opens
// some ahead, and would take the server's complaint for the answer to what it
// sends there at that moment.
func (c *connection) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.heard = c.heard || n > 0; err != nil && !c.heard {
		err = io.EOF
	}
	return n, err
}

// Write writes in pieces, each of which has its own time: a large answer may take long, but not stand still.
func (c *connection) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		if err = c.SetWriteDeadline(time.Now().Add(c.stuck)); err != nil {
			break
		}
		var wrote int
		wrote, err = c.Conn.Write(b[:min(len(b), writeChunk)])
		n, b = n+wrote, b[wrote:]
	}
	return n, err
}

// Close closes the connection; its address may open another one.
func (c *connection) Close() error {
	c.leave()
	return c.Conn.Close()
}
