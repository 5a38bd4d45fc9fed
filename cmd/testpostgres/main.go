// Testpostgres runs a command, go test as a rule, with a throwaway PostgreSQL
// beside it that all the test binaries of the run share. It exits as the command
// does. Where TEST_DATABASE_URL is set already, that server is used.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"mauve/models/testpostgres"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: testpostgres COMMAND [ARGUMENT ...]")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "testpostgres:", err)
	}
	os.Exit(code)
}

func run(command []string) (code int, err error) {
	// The terminal tells the command too; the server ends after it. What is ignored,
	// the command would ignore as well, so the news is taken and not read.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM)
	c := exec.Command(command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr, c.Env = os.Stdin, os.Stdout, os.Stderr, os.Environ()
	if os.Getenv(testpostgres.ServerVariable) == "" {
		address, stop, err := testpostgres.Start()
		if err != nil {
			return 1, err
		}
		defer stop()
		c.Env = append(c.Env, testpostgres.ServerVariable+"="+address, testpostgres.TemplateVariable+"=mauve_template")
	}
	err = c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
