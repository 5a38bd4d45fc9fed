package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"mauve/models/blob"
)

const name = "6740a1b2c3d4e5f60718293a"

// stores are a fresh store of each kind.
func stores(t *testing.T) map[string]blob.Store {
	t.Helper()
	memory := s3mem.New()
	if err := memory.CreateBucket("desk"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(memory).Server())
	t.Cleanup(server.Close)
	bucket, err := blob.Open("s3://key:secret@"+strings.TrimPrefix(server.URL, "http://")+"/desk/files?tls=false&region=eu-west-1", "")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := blob.Open("", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]blob.Store{"folder": folder, "bucket": bucket}
}

func each(t *testing.T, test func(t *testing.T, s blob.Store)) {
	t.Helper()
	t.Parallel()
	for kind, s := range stores(t) {
		t.Run(kind, func(t *testing.T) { t.Parallel(); test(t, s) })
	}
}

func TestWhatIsWrittenIsReadUntilRemoved(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		ctx := t.Context()
		if err := s.Check(ctx); err != nil {
			t.Fatal(err)
		}
		large := bytes.Repeat([]byte("0123456789abcdef"), 11<<20/16) // three parts of a bucket's upload
		n, err := s.Write(ctx, name, bytes.NewReader(large))
		assert.NilError(t, err)
		assert.Equal(t, n, int64(len(large)))
		for _, r := range [][2]int64{{0, int64(len(large))}, {0, 1}, {5<<20 - 3, 7}, {int64(len(large)) - 1, 1}} {
			got, err := s.Read(ctx, name, r[0], r[1])
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(got)
			err = errors.Join(err, got.Close())
			if assert.Check(t, err) {
				assert.Check(t, bytes.Equal(b, large[r[0]:r[0]+r[1]]), "%v: %d bytes, %v", r, len(b), err)
			}
		}
		for range 2 {
			if err := s.Remove(ctx, name); err != nil {
				t.Error(err)
			}
		}
		_, err = s.Read(ctx, name, 0, 1)
		assert.Check(t, is.ErrorIs(err, blob.ErrGone))
	})
}

var errCut = errors.New("cut off")

func TestAFailedWriteLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		cut := io.MultiReader(strings.NewReader("half of it"), failing{})
		_, err := s.Write(t.Context(), name, cut)
		assert.Check(t, is.ErrorIs(err, errCut))
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Write(done, name, strings.NewReader("x")); err == nil {
			t.Error("written after the deadline")
		}
		_, err = s.Read(t.Context(), name, 0, 1)
		assert.Check(t, is.ErrorIs(err, blob.ErrGone))
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }

func TestOnlyNamesOfOursReachThePath(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		for _, bad := range []string{"", "../../etc/passwd", strings.Repeat("A", 24), "6740a1b2c3d4e5f60718293/", name + "0"} {
			_, w := s.Write(t.Context(), bad, strings.NewReader("x"))
			_, r := s.Read(t.Context(), bad, 0, 1)
			assert.Check(t, w != nil, bad)
			assert.Check(t, r != nil, bad)
			assert.Check(t, s.Remove(t.Context(), bad) != nil, bad)
		}
	})
}

func TestAFileIsNobodyElsesAndNeverExecutable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := blob.Folder(dir).Write(t.Context(), name, strings.NewReader("#!/bin/sh")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "3a", name))
	assert.NilError(t, err)
	assert.Check(t, is.Equal(info.Mode().Perm(), fs.FileMode(0o600)))
}

func TestAnAddressThatIsNoneIsRefusedWithoutItsSecret(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"s3://key:hidden@host", "https://key:hidden@host/bucket", "s3://key:hidden@host:x/b", "s3:///b"} {
		s, err := blob.Open(address, "")
		assert.Check(t, err != nil, "%s opens %v", address, s)
		assert.Check(t, !strings.Contains(fmt.Sprint(err), "hidden"), err)
	}
}

func TestWhatIsReceivedIsMeasured(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		got, err := blob.Receive(t.Context(), s, name, strings.NewReader("%PDF-1.7"), 8)
		assert.NilError(t, err)
		assert.Check(t, is.DeepEqual(got, blob.Received{Size: 8, ContentType: "application/pdf",
			SHA256: "86edbaa24831badfa0a8b04bb410141e2ee4182b6d0014493fe262a7a331c20b"}))
		_, err = blob.Receive(t.Context(), s, name, strings.NewReader("%PDF-1.7"), 7)
		assert.Check(t, is.ErrorIs(err, blob.ErrTooLarge))
		broken := errors.New("the line broke")
		_, err = blob.Receive(t.Context(), s, name, io.MultiReader(strings.NewReader("%PDF"), iotest.ErrReader(broken)), 100)
		assert.Check(t, is.Equal(err, broken), "an error of the reader is returned as it is")
	})
}
