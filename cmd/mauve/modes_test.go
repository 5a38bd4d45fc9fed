package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// underNoUmask runs the process and its commands with a umask that takes nothing away.
func underNoUmask(t *testing.T, c *exec.Cmd) *exec.Cmd {
	t.Helper()
	shell := exec.Command("sh", append([]string{"-c", `umask 0; exec "$0" "$@"`}, c.Args...)...)
	shell.Env = c.Env
	return shell
}

// open lists what others may reach below the folder, and their modes.
func open(t *testing.T, folder string) (found []string) {
	t.Helper()
	assert.NilError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			found = append(found, fmt.Sprintf("%s %04o", path, info.Mode().Perm()))
		}
		return err
	}))
	return found
}

// TestWhatIsKeptIsItsOwnersAlone runs the program with no umask: what it makes nobody else may reach. What
// somebody opened to others is closed at the next start, and doctor says what is open.
func TestWhatIsKeptIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	data, backups := filepath.Join(root, "data"), filepath.Join(root, "backups")
	assert.NilError(t, os.Mkdir(backups, 0o700))
	database := filepath.Join(data, "m.db")
	address := freeAddress(t)
	p := &process{url: "http://" + address, log: &journal{}, Cmd: &exec.Cmd{Env: append(os.Environ(), "ADDR="+address, "DATA_DIR="+data, "DATABASE_URL=sqlite:"+database)}}
	serve := func() (stop func()) {
		p.Cmd = underNoUmask(t, p.command(t, "serve"))
		p.Stdout, p.Stderr = p.log, p.log
		assert.NilError(t, p.Start())
		t.Cleanup(func() { _ = p.Process.Kill() })
		p.ready(t)
		return func() {
			assert.NilError(t, p.Process.Signal(os.Interrupt))
			assert.NilError(t, p.Wait(), "%s", p.log)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		out, _ := underNoUmask(t, p.command(t, args...)).CombinedOutput()
		return string(out)
	}
	run(setUpAcme...)
	stop := serve()
	key := strings.TrimSpace(run("key", "create", "--name", "k", "--scopes", "read,write"))
	send(t, p, key)
	run("backup", filepath.Join(backups, "b.tar.gz"))
	for _, made := range []string{database, database + "-wal", database + "-shm", database + ".migrate.lock", filepath.Join(data, "secret.key"),
		filepath.Join(data, "blobs"), filepath.Join(backups, "b.tar.gz")} {
		_, err := os.Lstat(made)
		assert.Check(t, err, "the test is not about a file that is not made")
	}
	assert.Check(t, is.Len(open(t, data), 0))
	assert.Check(t, is.Len(open(t, backups), 0))
	p.Env = append(p.Env, "DATABASE_URL=sqlite:"+filepath.Join(root, "again", "m.db"), "DATA_DIR="+filepath.Join(root, "again"), "SECRET_KEY="+keyIn(t, data))
	run("restore", filepath.Join(backups, "b.tar.gz"))
	assert.Check(t, is.Len(open(t, filepath.Join(root, "again")), 0))
	p.Env = p.Env[:len(p.Env)-3]
	stop()

	var opened []string
	assert.NilError(t, filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		opened = append(opened, path)
		if d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	}))
	said := run("doctor")
	for _, path := range opened {
		assert.Check(t, is.Contains(said, "✗ "+path+": others may reach it"))
	}
	assert.Check(t, is.Len(open(t, data), len(opened)), "doctor changed what it looks at")
	stop = serve()
	defer stop()
	assert.Check(t, is.Len(open(t, data), 0))
	for _, path := range opened {
		assert.Check(t, is.Contains(p.log.String(), "path="+path+" "), "the log does not say what was changed")
	}
	assert.Check(t, !strings.Contains(run("doctor"), "others may reach"))

	// A folder with what is not the program's is told of and left alone.
	assert.NilError(t, os.WriteFile(filepath.Join(data, "notes.txt"), nil, 0o600))
	assert.NilError(t, os.Chmod(data, 0o755))
	s := settingsOf(t, "sqlite:"+database)
	s.DataDir = data
	s.CloseToOthers()
	assert.Check(t, is.Len(open(t, data), 1))
	assert.Check(t, is.Contains(run("doctor"), "✗ "+data+": others may reach it"))
}

func keyIn(t *testing.T, data string) string {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(data, "secret.key"))
	assert.NilError(t, err)
	return strings.TrimSpace(string(key))
}

// send uploads a file.
func send(t *testing.T, p *process, key string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "a.txt")
	assert.NilError(t, err)
	_, err = part.Write([]byte("what a contact sent"))
	assert.NilError(t, errors.Join(err, form.Close()))
	r, err := http.NewRequestWithContext(t.Context(), "POST", p.api("/attachments"), &body)
	assert.NilError(t, err)
	r.Header.Set("X-API-Key", key)
	r.Header.Set("Content-Type", form.FormDataContentType())
	res, err := http.DefaultClient.Do(r)
	assert.NilError(t, err)
	res.Body.Close()
	assert.Equal(t, res.StatusCode, 201)
}
