package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder keeps blobs as files under the folder, spread over 256 folders inside
// by the name's last two digits, which are random.
func Folder(path string) Store { return folder(path) }

type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name[len(name)-2:], name) }

// Write writes aside, syncs and renames, so that a blob is whole or not there,
// also after a power cut.
func (f folder) Write(ctx context.Context, name string, r io.Reader) (n int64, err error) {
	if err = checkName(name); err != nil {
		return 0, err
	}
	path := f.path(name)
	if err = os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, err
	}
	aside, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(aside, untilDone{ctx, r})
	if err == nil {
		err = aside.Sync()
	}
	if err = errors.Join(err, aside.Close()); err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(path+".part"))
	}
	return n, syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename last.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// untilDone is a reader that ends with its context.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read reads unless the context is done.
func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(b)
}

// Read opens the file at offset.
func (f folder) Read(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	file, err := os.Open(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, err
	}
	return readCloser{untilDone{ctx, io.NewSectionReader(file, offset, length)}, file}, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// Remove removes the file and what a cut-off write left of it.
func (f folder) Remove(_ context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return errors.Join(gone(os.Remove(f.path(name))), gone(os.Remove(f.path(name)+".part")))
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Check makes the folder and writes to it.
func (f folder) Check(context.Context) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	probe, err := os.CreateTemp(string(f), "check")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
