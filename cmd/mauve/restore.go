package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mauve/models/backup"
)

type restoreCmd struct {
	File    string `arg:"" type:"existingfile" help:"The backup to read."`
	Release bool   `help:"Let it work at once: without, nothing leaves until it is released, on the page Settings → Workspace or by mauve release."`
	LostKey bool   `name:"key-is-lost" help:"Take the rows although the SECRET_KEY of the backup is lost: stored secrets stay shut, each must be entered or rotated anew."`
}

// unpacking is a backup being read.
type unpacking struct {
	archive  *tar.Reader
	squeezed *gzip.Reader
	manifest []byte // its first piece, until it is handed on
	folder   string // for the files
	files    int
}

// Run reads a backup into an empty store of either engine, all of it or nothing.
func (c restoreCmd) Run(ctx context.Context, s *settings) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	u, m, err := unpack(f, filepath.Join(s.DataDir, blobFolder))
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	// The rows are of the backup's schema; the migrations since then come after them.
	store, err := s.OpenStoreAt(ctx, m.Schema)
	if err != nil {
		return err
	}
	defer store.Close()
	began := time.Now()
	rows, err := backup.Restore(ctx, store, c.LostKey, c.Release, u.next)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the backup is cut off: %w", err)
	}
	if err != nil {
		return fmt.Errorf("nothing was restored: %w", err)
	}
	if err = store.Migrate(ctx); err != nil {
		return err
	}
	fmt.Printf("%d rows and %d files of %s in %s.\n", rows, u.files, m.TakenAt.Format(time.RFC3339), time.Since(began).Round(time.Millisecond))
	if !c.Release {
		fmt.Println("It is held: nothing leaves, and the API takes no writes, until it is released on the page Settings → Workspace or by mauve release. Sessions and personal keys are over; look whether keys live that were revoked since.")
	}
	return nil
}

type releaseCmd struct{}

// Run releases every workspace that is held.
func (releaseCmd) Run(ctx context.Context, s *settings) error {
	store, err := s.OpenStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	n, err := store.Release(ctx)
	if err == nil {
		fmt.Printf("%d held workspaces were released.\n", n)
	}
	return err
}

func unpack(f io.Reader, folder string) (u *unpacking, m backup.Manifest, err error) {
	u = &unpacking{folder: folder}
	if u.squeezed, err = gzip.NewReader(f); err != nil {
		return nil, m, errors.New("this is not a backup of Mauve")
	}
	u.archive = tar.NewReader(u.squeezed)
	if _, err = u.archive.Next(); err != nil {
		return nil, m, errors.New("this is not a backup of Mauve")
	}
	if u.manifest, err = io.ReadAll(io.LimitReader(u.archive, 1<<20)); err != nil {
		return nil, m, err
	}
	m, err = backup.ReadManifest(u.manifest)
	return u, m, err
}

// next gives the next piece of rows; files it writes on the way. Its end is that of the whole file, sums checked.
func (u *unpacking) next() (string, io.Reader, error) {
	if first := u.manifest; first != nil {
		u.manifest = nil
		return "manifest.json", bytes.NewReader(first), nil
	}
	for {
		h, err := u.archive.Next()
		if err == io.EOF {
			if _, err = io.Copy(io.Discard, u.squeezed); err == nil {
				err = io.EOF
			}
			return "", nil, err
		}
		if err != nil {
			return "", nil, err
		}
		inside, isFile := strings.CutPrefix(h.Name, blobFolder+"/")
		if !isFile {
			return h.Name, u.archive, nil
		}
		if err := u.keep(inside); err != nil {
			return "", nil, err
		}
	}
}

// keep writes one file; none leaves the folder, whatever its name says.
func (u *unpacking) keep(inside string) (err error) {
	if !filepath.IsLocal(filepath.FromSlash(inside)) {
		return fmt.Errorf("a file of the backup has the name %q", inside)
	}
	name := filepath.Join(u.folder, filepath.FromSlash(inside))
	if err = os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	u.files++
	err = f.Chmod(0o600)
	if err == nil {
		_, err = io.Copy(f, u.archive)
	}
	return errors.Join(err, f.Sync(), f.Close())
}
