package web

import (
	"bytes"
	"errors"
	"io"
	"net"
)

// Framed is a listener whose connections end at a request that a proxy may end elsewhere than the server: put together,
// both let one caller put words into another's request. The server's parser takes some of these, and cannot be asked how a
// request line ended; so what it reads is looked at on its way in, each byte once and without a copy. Where a request is
// refused the parser finds an error in the middle of it, answers 400 and closes.
func Framed(l net.Listener) net.Listener { return framedListener{l} }

type framedListener struct{ net.Listener }

// Accept waits for the next connection.
func (l framedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &framedConn{Conn: c}, nil
}

type framedConn struct {
	net.Conn
	framing framing
	broken  error
}

// Read reads what is before the first byte that may be read in two ways.
func (c *framedConn) Read(p []byte) (int, error) {
	if c.broken != nil {
		return 0, c.broken
	}
	n, err := c.Conn.Read(p)
	fine, bad := c.framing.pass(p[:n])
	if bad == nil {
		return n, err
	}
	c.broken = bad
	if fine == 0 {
		return 0, bad
	}
	return fine, nil
}

// ReadFrom lets files go out as they would without us.
func (c *framedConn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }

var errFraming = errors.New("the request can be read in two ways")

// framing is where in a stream of requests the next byte stands.
type framing struct {
	state     place
	begun     bool // a byte of this request has passed
	cr        bool // the last byte was CR
	name      [len(transferEncoding)]byte
	named     int  // bytes of the name; more than there is room for is no name of ours
	valued    int  // bytes of the value, without blanks around it
	blanks    bool // blanks came after the value's last byte
	lengths   int  // lines with Content-Length
	encodings int  // lines with Transfer-Encoding
	length    int64
	digits    int
}

type place uint8

const (
	inRequestLine place = iota
	atLine              // where a header line begins, or the empty one
	inName
	inValue
	inBody // of a length
	inSize // of a chunk
	inExtension
	afterChunk
	atTrailer // where a line of the trailer begins, or the empty one
	inTrailer
)

const (
	transferEncoding = "transfer-encoding"
	contentLength    = "content-length"
	chunked          = "chunked"
	mostDigits       = 15 // of a length or a size, which then fits
)

// pass looks at the bytes and returns how many may pass, all of them or those before the fault.
func (f *framing) pass(p []byte) (int, error) {
	for i := 0; i < len(p); {
		if f.state == inBody {
			n := min(int64(len(p)-i), f.length)
			i, f.length = i+int(n), f.length-n
			if f.length > 0 {
				return len(p), nil
			}
			if f.encodings > 0 {
				f.state = afterChunk
			} else {
				*f = framing{}
			}
			continue
		}
		if (f.state == inRequestLine || f.state == inTrailer || f.state == inExtension) && !f.cr { // nothing but their end matters
			n := bytes.IndexAny(p[i:], "\r\n")
			if n < 0 {
				n = len(p) - i
			}
			f.begun = f.begun || n > 0
			if i += n; i == len(p) {
				break
			}
		}
		if !f.take(p[i]) {
			if !f.begun { // the parser answers only where it has something; this byte ends no request
				i++
			}
			return i, errFraming
		}
		i++
	}
	return len(p), nil
}

// take moves on by a byte; false: it is out of place.
func (f *framing) take(b byte) bool {
	if f.cr {
		f.cr = false
		return b == '\n' && f.endLine()
	}
	switch b {
	case '\r':
		f.cr = true
		return f.state != inName // a line without a colon
	case '\n':
		return false
	}
	f.begun = true
	switch f.state {
	case atLine, atTrailer:
		if b == ' ' || b == '\t' || b == ':' { // a folded line, or no name
			return false
		}
		if f.state == atTrailer {
			f.state = inTrailer
			return true
		}
		f.state, f.named = inName, 0
		return f.takeName(b)
	case inName:
		return f.takeName(b)
	case inValue:
		return f.takeValue(b)
	case inSize:
		return f.takeSize(b)
	case afterChunk:
		return false
	}
	return true
}

func (f *framing) takeName(b byte) bool {
	switch {
	case b == ' ' || b == '\t':
		return false
	case b == ':':
		return f.beginValue()
	case 'A' <= b && b <= 'Z':
		b += 'a' - 'A'
	}
	if f.named < len(f.name) {
		f.name[f.named] = b
	}
	f.named++
	return true
}

func (f *framing) beginValue() bool {
	f.state, f.valued, f.digits, f.blanks = inValue, 0, 0, false
	if f.is(transferEncoding) {
		f.encodings++
	} else if f.is(contentLength) {
		f.lengths++
	}
	return f.encodings+f.lengths <= 1
}

func (f *framing) is(name string) bool {
	return f.named == len(name) && string(f.name[:f.named]) == name
}

func (f *framing) takeValue(b byte) bool {
	encoding := f.is(transferEncoding)
	if !encoding && !f.is(contentLength) {
		return true
	}
	if b == ' ' || b == '\t' {
		f.blanks = f.valued > 0
		return true
	}
	if f.blanks || encoding && (f.valued == len(chunked) || b|0x20 != chunked[f.valued]) {
		return false
	}
	f.valued++
	return encoding || f.takeDigit(b, 10)
}

func (f *framing) takeSize(b byte) bool {
	if b == ';' || b == ' ' || b == '\t' {
		f.state = inExtension
		return f.digits > 0
	}
	return f.takeDigit(b, 16)
}

func (f *framing) takeDigit(b byte, base int64) bool {
	digit := int64(base)
	switch {
	case '0' <= b && b <= '9':
		digit = int64(b - '0')
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		digit = int64(b|0x20-'a') + 10
	}
	if f.digits == 0 {
		f.length = 0
	}
	f.digits++
	f.length = f.length*base + digit
	return digit < base && f.digits <= mostDigits
}

// endLine is at the end of a line that ended as it should.
func (f *framing) endLine() bool {
	switch f.state {
	case inRequestLine:
		if f.begun { // blank lines before a request are passed over
			f.state = atLine
		}
	case atLine:
		return f.endHead()
	case inValue:
		f.state = atLine
		return !f.is(transferEncoding) && !f.is(contentLength) || f.valued == len(chunked) && f.encodings > 0 || f.digits > 0
	case inSize, inExtension:
		if f.digits == 0 {
			return false
		}
		f.state, f.digits = inBody, 0
		if f.length == 0 {
			f.state = atTrailer
		}
	case afterChunk:
		f.state = inSize
	case atTrailer:
		*f = framing{}
	case inTrailer:
		f.state = atTrailer
	}
	return true
}

func (f *framing) endHead() bool {
	switch {
	case f.encodings > 0:
		f.state, f.digits = inSize, 0
	case f.lengths > 0 && f.length > 0:
		f.state = inBody
	default:
		*f = framing{}
	}
	return true
}
