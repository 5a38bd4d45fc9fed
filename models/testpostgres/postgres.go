// Package testpostgres gives tests a PostgreSQL: a throwaway server started from
// the installed programs, and fresh databases on it. It knows nothing of models,
// so that models can be tested from inside, too.
package testpostgres

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

// What the environment may say: the server to use, and the template on it that
// all test binaries of one run share. cmd/testpostgres sets both.
const (
	ServerVariable   = "TEST_DATABASE_URL"
	TemplateVariable = "TEST_DATABASE_TEMPLATE"
)

// server is the PostgreSQL of this test binary.
var server struct {
	sync.Once
	url  string
	err  error
	stop func()
}

// template is the database of this binary that others are copied from.
var template struct {
	sync.Once
	err error
}

var databases atomic.Int64

// Database returns the URL of a fresh, empty database, dropped when the test
// ends. The server is a throwaway one, started from the installed programs on
// first use, or the one that TEST_DATABASE_URL names.
func Database(tb testing.TB) string {
	tb.Helper()
	start(tb)
	name := newName()
	if err := execute("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("a database for the test: %v", err)
	}
	tb.Cleanup(func() {
		if err := drop(name); err != nil {
			tb.Errorf("dropping the test's database: %v", err)
		}
	})
	return at(name)
}

// Clone returns the URL of a copy of a template: a fresh one, or one that an
// earlier test gave back and that is as the template again. The template is
// filled once: by the first who asks in this binary, or in the whole run where
// TEST_DATABASE_TEMPLATE names it.
func Clone(tb testing.TB, fill func(address string) error) string {
	tb.Helper()
	start(tb)
	name := os.Getenv(TemplateVariable)
	if name == "" {
		name = fmt.Sprintf("mauve_template_%d", os.Getpid())
	}
	template.Do(func() { template.err = makeTemplate(name, fill) })
	if template.err != nil {
		tb.Fatalf("the template of the tests' databases: %v", template.err)
	}
	database, err := borrow(name)
	if err != nil {
		tb.Fatalf("a database for the test: %v", err)
	}
	tb.Cleanup(func() {
		if err := giveBack(database); err != nil {
			tb.Errorf("giving back the test's database: %v", err)
		}
	})
	return at(database.name)
}

// makeTemplate fills a database aside and then gives it the name, so that what
// bears the name is whole. The lock lets one binary of a run do it.
func makeTemplate(name string, fill func(address string) error) error {
	return with("postgres", func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil { // held as long as the connection
			return err
		}
		var there bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
			return err
		}
		aside := name + "_made"
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+aside+" WITH (FORCE)"); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+aside); err != nil {
			return err
		}
		if err := fill(at(aside)); err != nil {
			return err
		}
		if err := partitionAsAsked(at(aside)); err != nil {
			return err
		}
		// The first to connect writes down what every connection reads; the copies have it then.
		if err := with(aside, func(context.Context, *pgx.Conn) error { return nil }); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, "ALTER DATABASE "+aside+" RENAME TO "+name)
		return err
	})
}

func start(tb testing.TB) {
	tb.Helper()
	server.Do(func() {
		if server.url = os.Getenv(ServerVariable); server.url == "" {
			server.url, server.stop, server.err = Start()
		}
	})
	if server.err != nil {
		tb.Fatalf("PostgreSQL for the tests: %v", server.err)
	}
}

// newName is a database's that no test had.
func newName() string { return fmt.Sprintf("mauve_%d_%d", os.Getpid(), databases.Add(1)) }

// at is the address of a database on the server.
func at(name string) string {
	u, err := url.Parse(server.url)
	if err != nil {
		return server.url // pgx says what is wrong with it
	}
	u.Path = "/" + name
	return u.String()
}

func drop(name string) error { return execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") }

func execute(statement string) error {
	return with("", func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
}

// with connects to a database, the address's own if it has no name, for as long as do takes.
func with(name string, do func(ctx context.Context, conn *pgx.Conn) error) error {
	ctx, cancel := bound()
	defer cancel()
	address := server.url
	if name != "" {
		address = at(name)
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return do(ctx, conn)
}

// bound is against a hang.
func bound() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Minute)
}

// Stop ends the binary's throwaway server, or drops what the binary left on
// another; TestMain calls it after the tests.
func Stop() {
	if server.stop != nil {
		server.stop()
		return
	}
	for _, c := range spare.copies {
		_ = c.drop()
	}
	if server.url != "" && os.Getenv(TemplateVariable) == "" {
		_ = drop(fmt.Sprintf("mauve_template_%d", os.Getpid()))
	}
}

// Start starts a throwaway server on a socket of its own and returns its address
// and what stops and removes it. It dies with this process.
func Start() (address string, stop func(), err error) {
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
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0",
		"-c", "autovacuum=off", "-c", "max_connections=400", "-c", "log_min_messages=fatal")
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
