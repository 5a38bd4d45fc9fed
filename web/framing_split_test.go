package web

import (
	"io"
	"net"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

const (
	plain      = "GET /inbox HTTP/1.1\r\nHost: desk.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0)\r\nAccept: text/html\r\nCookie: mauve_session=aiq4wZXK_\r\n\r\n"
	withLength = "POST /a HTTP/1.1\r\nContent-Length: 5\r\nHost: a\r\n\r\n\n\n\n\n\n"
	withChunks = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\na;b=c\r\n\n123456789\r\n0\r\nX: y\r\n\r\n"
)

// How the bytes are cut on their way says nothing.
func TestFramingDoesNotDependOnHowBytesArrive(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		said string
		fine int // bytes that pass; -1 all
	}{
		{plain + withLength + withChunks + "\r\n" + plain, -1},
		{plain + "GET / HTTP/1.1\n", len(plain) + 14},
		{withLength + "\n", len(withLength) + 1}, // a byte that says nothing, so that the parser answers
		{withChunks + "GET / HTTP/1.1\r\nX-Y : z", len(withChunks) + 19},
		{withLength + "G / HTTP/1.1\r\nTransfer-Encoding: chunked\r\ncontent-length: 1", len(withLength) + 56},
		{"P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab", 48},
		{"P / HTTP/1.1\r\nTransfer-Encoding: deflate\r\n\r\n", 33},
		{"P / HTTP/1.1\r\nTransfer-Encoding: chunkedx\r\n\r\n", 40},
		{"P / HTTP/1.1\r\nContent-Length: 1234567890123456\r\n\r\n", 45},
		{"P / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 20},
		{strings.TrimSuffix(withChunks, "\r\n") + " z\r\n\r\n", len(withChunks) - 2},
	} {
		for size := 1; size <= len(row.said); size++ {
			var f framing
			passed, err := 0, error(nil)
			for rest := row.said; rest != "" && err == nil; {
				part := rest[:min(size, len(rest))]
				var n int
				n, err = f.pass([]byte(part))
				passed, rest = passed+n, rest[len(part):]
			}
			if row.fine < 0 {
				assert.Assert(t, err, "in parts of %d", size)
			} else {
				assert.Assert(t, is.ErrorContains(err, "two ways"), "in parts of %d: %q", size, row.said)
				assert.Assert(t, is.Equal(passed, row.fine), "in parts of %d: %q", size, row.said)
			}
		}
	}
}

// What a request costs.
func BenchmarkFraming(b *testing.B) {
	for _, row := range []struct{ name, said string }{{"a page", plain}, {"a small call", withChunks}, {"16 KiB of a file", strings.Repeat("x", 16<<10)}} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(row.said)))
			c := &framedConn{Conn: endless{said: []byte(row.said)}}
			p := make([]byte, len(row.said))
			for b.Loop() {
				if row.said[0] == 'x' {
					c.framing = framing{state: inBody, lengths: 1, length: int64(len(p)) + 1}
				}
				if _, err := io.ReadFull(c, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// endless says the same again and again.
type endless struct {
	net.Conn
	said []byte
}

func (e endless) Read(p []byte) (int, error) { return copy(p, e.said), nil }
