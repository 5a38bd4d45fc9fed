package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
)

// ErrTooLarge is returned for more bytes than Receive was to take.
var ErrTooLarge = errors.New("blob: there is more than the limit")

// Received is what is known of bytes that were taken in.
type Received struct {
	Size          int64
	SHA256        string // hex
	ContentType   string
	Width, Height int // pixels; 0: unknown
}

// Receive keeps all of r under the name, at most limit bytes, and says what came.
// An error of r is returned as it is, whatever the store makes of it.
func Receive(ctx context.Context, to Store, name string, r io.Reader, limit int64) (Received, error) {
	sum, head := sha256.New(), &firstBytes{left: HeadSize}
	measured := &bounded{r: r, left: limit}
	n, err := to.Write(ctx, name, io.TeeReader(measured, io.MultiWriter(sum, head)))
	if measured.failed != nil {
		return Received{}, measured.failed
	}
	if err != nil {
		return Received{}, err
	}
	got := Received{Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}
	got.ContentType, got.Width, got.Height = Look(head.kept)
	return got, nil
}

// firstBytes keeps the first bytes written to it.
type firstBytes struct {
	kept []byte
	left int
}

// Write keeps what still fits.
func (f *firstBytes) Write(b []byte) (int, error) {
	n := min(len(b), f.left)
	f.kept, f.left = append(f.kept, b[:n]...), f.left-n
	return len(b), nil
}

// bounded fails with ErrTooLarge when r has more than left bytes.
type bounded struct {
	r      io.Reader
	left   int64
	failed error // of the reading, but for its end
}

// Read reads, one byte beyond the limit at most.
func (l *bounded) Read(b []byte) (int, error) {
	n, err := l.r.Read(b[:min(int64(len(b)), l.left+1)])
	if l.left -= int64(n); l.left < 0 {
		n, err = 0, ErrTooLarge
	}
	if err != nil && err != io.EOF {
		l.failed = err
	}
	return n, err
}
