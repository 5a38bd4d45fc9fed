// Package blob keeps the bytes of attachments: in a folder, or in a bucket of an
// S3-compatible store. It is a room of its own under models because it is the
// one part of the store that is no database, and only models uses it; it knows
// no workspace and no row. Names are ids that we made, never users' texts.
// Bytes pass through as streams: a blob of any size takes the same memory.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// Store keeps blobs by name. It is safe for concurrent use. How long a call may
// take is the context's matter; what Read returns is bound to it until closed.
type Store interface {
	// Write keeps all of r under the name and returns its length in bytes. A
	// failed write leaves nothing readable under the name.
	Write(ctx context.Context, name string, r io.Reader) (int64, error)
	// Read opens length bytes of the blob from offset on; ErrGone if there is none.
	Read(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error)
	// Remove removes the blob; one that is not there is removed already.
	Remove(ctx context.Context, name string) error
	// Check reports whether the store can be written to.
	Check(ctx context.Context) error
}

// ErrGone is returned for a blob that is not there.
var ErrGone = errors.New("blob: there is no such blob")

// ErrAway is in the error of a bucket that does not answer, or refuses.
var ErrAway = errors.New("blob: the store is away")

// Open opens the store at the address, or the folder blobs under dataDir when
// there is no address. An address is
// s3://ACCESS_KEY:SECRET_KEY@HOST[:PORT]/BUCKET[/PREFIX][?region=R&tls=false].
func Open(address, dataDir string) (Store, error) {
	if address == "" {
		return Folder(filepath.Join(dataDir, "blobs")), nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		// The address holds a secret and is not repeated.
		return nil, errors.New("BLOB_URL is not s3://ACCESS_KEY:SECRET_KEY@HOST/BUCKET")
	}
	return openBucket(u)
}

// checkName refuses what is no name of ours; nothing else reaches a path.
func checkName(name string) error {
	if len(name) != 24 || strings.Trim(name, "0123456789abcdef") != "" {
		return fmt.Errorf("blob: %q is not a name", name)
	}
	return nil
}
