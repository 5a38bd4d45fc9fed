// Package throwaway starts a PostgreSQL for the tests of one binary. It stands
// apart from modelstest so that models can be attacked from inside, too.
package throwaway

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is the throwaway PostgreSQL of this test binary.
var server struct {
	sync.Once
	url  string
	err  error
	stop func()
}

var databases atomic.Int64

// Postgres returns the URL of a fresh, empty database. The server is a
// throwaway one, started from the installed programs on first use, or the one
// that TEST_DATABASE_URL names.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server.Do(startPostgres)
	if server.err != nil {
		tb.Fatalf("PostgreSQL for the tests: %v", server.err)
	}
	name := fmt.Sprintf("mauve_%d_%d", os.Getpid(), databases.Add(1))
	run := func(statement string) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, server.url)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, statement)
		return err
	}
	if err := run("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("a database for the test: %v", err)
	}
	tb.Cleanup(func() {
		if err := run("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			tb.Errorf("dropping the test's database: %v", err)
		}
	})
	u, err := url.Parse(server.url)
	if err != nil {
		tb.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Stop ends the throwaway server; TestMain calls it after the tests.
func Stop() {
	if server.stop != nil {
		server.stop()
	}
}

func startPostgres() {
	if server.url = os.Getenv("TEST_DATABASE_URL"); server.url != "" {
		return
	}
	server.url, server.stop, server.err = start()
}

func start() (address string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "mauvepg")
	if err != nil {
		return "", nil, err
	}
	remove := func() { _ = os.RemoveAll(dir) }
	as := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		who, err := user.Lookup("postgres")
		if err != nil {
			return "", remove, err
		}
		uid, _ := strconv.Atoi(who.Uid)
		gid, _ := strconv.Atoi(who.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", remove, err
		}
	}
	bin, err := binaries()
	if err != nil {
		return "", remove, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-D", data)
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", remove, fmt.Errorf("initdb: %w: %s", err, out)
	}
	run := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "log_min_messages=fatal")
	run.SysProcAttr, run.Dir = as, dir
	if err := startWithUs(run); err != nil {
		return "", remove, err
	}
	stop = func() {
		_ = run.Process.Signal(syscall.SIGINT)
		_, _ = run.Process.Wait()
		remove()
	}
	address = "postgres://postgres@/postgres?host=" + url.QueryEscape(dir)
	for try := 0; ; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			err = conn.Close(ctx)
		}
		cancel()
		if err == nil {
			return address, stop, nil
		}
		if try == 200 {
			return "", stop, fmt.Errorf("it does not answer: %w", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// startWithUs starts a child that dies with this program. The kernel ties
// Pdeathsig to the thread that starts the child, so that thread is kept.
func startWithUs(c *exec.Cmd) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		started <- c.Start()
		select {}
	}()
	return <-started
}

// binaries finds the newest installed server.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(real), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", fmt.Errorf("no initdb is installed: on Debian, apt-get install postgresql; or set TEST_DATABASE_URL")
	}
	best, newest := "", -1
	for _, f := range found {
		dir := filepath.Dir(f)
		if v, err := strconv.Atoi(strings.Split(dir, "/")[4]); err == nil && v > newest {
			best, newest = dir, v
		}
	}
	return best, nil
}
