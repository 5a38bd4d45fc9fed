package server

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"mauve/models"
)

// Exposed is a file or folder of the program's that others than its owner may reach.
type Exposed struct {
	Path string
	Mode fs.FileMode // as it is
	Want fs.FileMode // as it should be
	Ours bool        // whether the program may change it
}

// ExposedToOthers lists what others may reach of what the program keeps: DATA_DIR with the secret key and the
// attachments, and the files of SQLite. A folder shields what is in it, so that attachments are looked at
// only in folders that are open themselves. A link is not followed.
func (c *Config) ExposedToOthers() (found []Exposed) {
	look := func(path string, ours bool) bool {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink != 0 || info.Mode().Perm()&0o077 == 0 {
			return false
		}
		want := fs.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		owner, known := info.Sys().(*syscall.Stat_t)
		found = append(found, Exposed{path, info.Mode().Perm(), want, ours && known && int(owner.Uid) == os.Geteuid()})
		return true
	}
	look(c.DataDir, c.holdsOursAlone())
	look(c.SecretKeyFile(), true)
	for _, path := range models.StoreFiles(c.DatabaseURL) {
		look(path, true)
	}
	blobs := filepath.Join(c.DataDir, "blobs")
	open := map[string]bool{filepath.Dir(blobs): true}
	_ = filepath.WalkDir(blobs, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone meanwhile, or not ours to read: the start itself says so where it matters
		}
		if d.IsDir() {
			open[path] = look(path, true)
			if !open[path] && path != blobs {
				return fs.SkipDir
			}
		} else if open[filepath.Dir(path)] {
			look(path, true)
		}
		return nil
	})
	return found
}

// holdsOursAlone reports whether DATA_DIR has nothing in it but what the program makes there. Somebody may have
// pointed it at a folder that others need, /tmp or their home: that one's mode is not the program's to change.
func (c *Config) holdsOursAlone() bool {
	entries, err := os.ReadDir(c.DataDir)
	files := models.StoreFiles(c.DatabaseURL)
	return err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		path := filepath.Join(c.DataDir, e.Name())
		return e.Name() != "blobs" && !strings.HasPrefix(e.Name(), "secret.key") &&
			!slices.ContainsFunc(files, func(file string) bool { return filepath.Clean(file) == path })
	})
}

// CloseToOthers gives what the program keeps to its owner alone, and says in the log what it changed and what
// is not its own to change.
func (c *Config) CloseToOthers() {
	for _, o := range c.ExposedToOthers() {
		err := errors.New("it is not the program's own")
		if o.Ours {
			err = os.Chmod(o.Path, o.Want)
		}
		if err != nil {
			slog.Warn("others may reach what is kept here, and its mode was not changed", "path", o.Path, "mode", o.Mode, "want", o.Want, "error", err)
			continue
		}
		slog.Warn("others could reach what is kept here; its mode was changed", "path", o.Path, "from", o.Mode, "to", o.Want)
	}
}
