// Dev serves Mauve from its source and does so anew after every save: it makes the
// pages' Go code and the bundle of scripts and styles where their sources changed,
// builds the program and restarts it. What does not build leaves the old one
// running. Run it by make dev, in the root of the tree.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "mauve-dev")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	server := &program{binary: filepath.Join(folder, "mauve")}
	defer server.stop()
	var known map[string]time.Time
	var unbuilt []string
	for ctx.Err() == nil {
		found, err := sources(os.DirFS("."))
		if err != nil {
			return err
		}
		if changed := changes(known, found); len(changed) > 0 {
			known, unbuilt = found, append(unbuilt, changed...)
			if build(ctx, unbuilt, server.binary) {
				unbuilt = nil
				server.stop()
				server.start()
			}
		}
		wait(ctx, 300*time.Millisecond)
	}
	return nil
}

func wait(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// sources are the files that the program is made from, with when each was saved.
// What is generated is none, so that making it is no reason to make it again.
func sources(tree fs.FS) (map[string]time.Time, error) {
	found := map[string]time.Time{}
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // an editor's file that is gone again
			return nil
		case err != nil:
			return err
		case entry.IsDir() && isSkipped(path):
			return fs.SkipDir
		case entry.IsDir() || !isSource(path):
			return nil
		}
		if info, err := entry.Info(); err == nil {
			found[path] = info.ModTime()
		}
		return nil
	})
	return found, err
}

func isSkipped(folder string) bool {
	hidden := folder != "." && strings.HasPrefix(path.Base(folder), ".")
	return hidden || slices.Contains([]string{"static/dist", "data", "bin"}, folder)
}

func isSource(file string) bool {
	name := path.Base(file)
	switch {
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "#"), strings.HasSuffix(name, "~"):
		return false // an editor's
	case strings.HasSuffix(name, "_templ.go"), strings.HasSuffix(name, "_test.go"):
		return false
	case strings.HasPrefix(file, "static/src/"):
		return true
	}
	return slices.Contains([]string{".go", ".templ", ".json", ".lua", ".sql", ".mod"}, path.Ext(name))
}

// changes are the files that were saved, came or went.
func changes(before, after map[string]time.Time) (changed []string) {
	for file, saved := range after {
		if then, ok := before[file]; !ok || !then.Equal(saved) {
			changed = append(changed, file)
		}
	}
	for file := range before {
		if _, ok := after[file]; !ok {
			changed = append(changed, file)
		}
	}
	slices.Sort(changed)
	return changed
}

// build makes the program, and first what the changed files are the source of.
func build(ctx context.Context, changed []string, binary string) bool {
	fmt.Println("dev: building,", summary(changed))
	if slices.ContainsFunc(changed, isPage) && !generate(ctx, ".", "tool", "-modfile=cmd/tools/go.mod", "templ", "generate", "-log-level", "error") {
		return false
	}
	if slices.ContainsFunc(changed, isBundled) && !generate(ctx, "cmd/assets", "run", ".") {
		return false
	}
	return ctx.Err() == nil && tell(ctx, exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/mauve"))
}

// summary names the changed files, or says how many they are.
func summary(changed []string) string {
	if len(changed) > 3 {
		return fmt.Sprint(len(changed), " files changed")
	}
	return strings.Join(changed, ", ")
}

func isPage(file string) bool { return strings.HasSuffix(file, ".templ") }

func isBundled(file string) bool {
	return strings.HasPrefix(file, "static/src/") || strings.HasPrefix(file, "cmd/assets/")
}

// generate runs a go command that writes into the tree. A terminal's Ctrl-C does
// not reach it, so that it writes everything or nothing.
func generate(ctx context.Context, folder string, arguments ...string) bool {
	if ctx.Err() != nil {
		return false
	}
	c := exec.Command("go", arguments...)
	c.Dir, c.SysProcAttr = folder, &syscall.SysProcAttr{Setpgid: true}
	return tell(ctx, c)
}

// tell runs a command to its end; what it says is shown if it fails.
func tell(ctx context.Context, c *exec.Cmd) bool {
	said, err := c.CombinedOutput()
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "%sdev: %s: %v\n", said, strings.Join(c.Args, " "), err)
	}
	return err == nil
}

// program is the server, while it runs.
type program struct {
	binary string
	cmd    *exec.Cmd
	ended  chan struct{}
}

func (p *program) start() {
	c := exec.Command(p.binary, "serve")
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "dev:", err)
		return
	}
	ended := make(chan struct{})
	p.cmd, p.ended = c, ended
	go func() {
		defer close(ended)
		if err := c.Wait(); err != nil {
			fmt.Fprintln(os.Stderr, "dev: the server ended:", err)
		}
	}()
}

// stop tells the server to stop and waits until it did.
func (p *program) stop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(os.Interrupt) // a terminal's Ctrl-C told it already
	<-p.ended
	p.cmd = nil
}
