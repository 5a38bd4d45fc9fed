// Mauve is a desk for teams that talk to customers: an inbox, a public API and
// webhooks in one program. This package is the command line: it reads the
// settings and runs one command. The program itself is in cmd/server.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set when a release is built.
var version = "dev"

type cli struct {
	settings
	Serve   serveCmd   `cmd:"" help:"Migrate, then serve the dashboard, the API and the workers."`
	Setup   setupCmd   `cmd:"" help:"Make the first workspace and its owner without a browser."`
	Key     keyCmd     `cmd:"" help:"API keys."`
	Migrate migrateCmd `cmd:"" help:"Bring the store to this version."`
	Doctor  doctorCmd  `cmd:"" help:"Check the settings and the store."`
	Backup  backupCmd  `cmd:"" help:"Write everything in the store to one file."`
	Restore restoreCmd `cmd:"" help:"Read a backup into an empty store."`
	Release releaseCmd `cmd:"" help:"Let a store work that was restored and is held."`
	Seed    seedCmd    `cmd:"" help:"Fill a workspace with believable generated data."`
	Help    helpCmd    `cmd:"" help:"List the commands and settings."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	var c cli
	parser := kong.Must(&c, kong.Name("mauve"), kong.Description("One desk for WhatsApp, web chat and e-mail, with an API."),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	run, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run.BindTo(ctx, (*context.Context)(nil))
	if err = c.complete(); err == nil {
		err = run.Run(&c.settings, parser)
	}
	if err != nil {
		_, _ = c.Mask().WriteString(os.Stderr, fmt.Sprintln("mauve:", err)) // a library's error may quote an address
		os.Exit(1)
	}
}

type versionCmd struct{}

// Run prints the version and what it was built with.
func (versionCmd) Run() error {
	v, built := version, ""
	if info, ok := debug.ReadBuildInfo(); ok {
		built = info.GoVersion
	}
	fmt.Println("mauve", v, built)
	return nil
}

type helpCmd struct{}

// Run prints what --help prints.
func (helpCmd) Run(k *kong.Kong) error {
	_, err := k.Parse([]string{"--help"})
	return err
}
