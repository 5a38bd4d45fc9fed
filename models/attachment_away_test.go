package models

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/blob"
)

// TestFilesThatAreAway: a place for files that does not answer is told as such.
func TestFilesThatAreAway(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *desk) {
		away, err := blob.Open("s3://key:secret@127.0.0.1:1/desk?tls=false&region=eu-west-1", "")
		assert.NilError(t, err)
		here := d.store.blobs
		defer func() { d.store.blobs = here }()
		d.store.blobs = away
		_, err = d.ReceiveAttachment(t.Context(), "a.txt", "text/plain", strings.NewReader("hello"), 100)
		assert.Check(t, is.ErrorIs(err, errFilesAway), "a file is taken in")
		_, err = d.store.Open(t.Context(), &Attachment{ID: NewID(noon)}, 0, 1)
		assert.Check(t, is.ErrorIs(err, errFilesAway), "a file is read")
	})
}
