package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"time"

	"mauve/models/backup"
)

// blobFolder holds the files of people inside DATA_DIR and inside a backup.
const blobFolder = "blobs"

type backupCmd struct {
	File string `arg:"" help:"The file to write, a tar.gz. It must not be there yet."`
}

// Run writes the store as of one moment, then the files. The secret key is not
// in it: who holds a backup alone cannot open the secrets it holds.
func (c backupCmd) Run(ctx context.Context, s *settings) (err error) {
	if _, err := os.Lstat(c.File); err == nil {
		return fmt.Errorf("%s is there already", c.File)
	}
	store, err := s.OpenStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	// Written aside: what bears the name is whole.
	aside := c.File + ".partial"
	f, err := os.OpenFile(aside, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(aside)
	defer f.Close()
	if err = f.Chmod(0o600); err != nil { // one that a killed backup left keeps its mode
		return err
	}
	began := time.Now()
	squeezed := gzip.NewWriter(f)
	archive := tar.NewWriter(squeezed)
	rows, err := backup.Write(ctx, store, func(name string, piece []byte) error {
		header := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(piece)), ModTime: began}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err := archive.Write(piece)
		return err
	})
	if err != nil {
		return err
	}
	files, err := packFiles(archive, filepath.Join(s.DataDir, blobFolder))
	if err = errors.Join(err, archive.Close(), squeezed.Close(), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(aside, c.File); err != nil {
		return err
	}
	fmt.Printf("%d rows and %d files in %s. The secret key is not in it: keep it too, elsewhere.\n", rows, files, time.Since(began).Round(time.Millisecond))
	return nil
}

// packFiles adds the folder's files. They come after the rows: a row's file is written before the row, so none is missing.
func packFiles(archive *tar.Writer, folder string) (n int, err error) {
	err = filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
			return nil
		}
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(folder, name)
		if err != nil {
			return err
		}
		n++
		return packFile(archive, name, path.Join(blobFolder, filepath.ToSlash(inside)))
	})
	return n, err
}

func packFile(archive *tar.Writer, name, inside string) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		slog.Warn("a file went away while it was to be backed up", "file", inside)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: inside, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.CopyN(archive, f, info.Size())
	return err
}
