package models

import (
	"context"
	"io"
)

// MediaRef is how a vendor knows a file that somebody sent.
type MediaRef struct {
	ID       string // the vendor's id of it
	MIMEType string // what the vendor says it is; the bytes decide
	SHA256   string // base64 or hex; empty: not said
	Size     int64  // bytes; 0: not said
	Ref      string // what the adapter alone needs to fetch it: sealed in the store, in no answer
}

// OutFile is the file that a message carries out.
type OutFile struct {
	*Attachment
	Uploaded string // what Channel.Upload returned for it earlier; empty: it is not uploaded yet
	store    *Store
}

// Open opens the file's bytes, all of them. ctx bounds the reading.
func (f *OutFile) Open(ctx context.Context) (io.ReadCloser, error) {
	return f.store.Open(ctx, f.Attachment, 0, f.Size)
}
