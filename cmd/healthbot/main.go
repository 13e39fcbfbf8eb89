// Command healthbot lets a customer-success team decide account health inside
// Slack. See the README, or run `healthbot help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes, so that scripts can tell what happened.
const (
	exitOK      = 0
	exitFailed  = 1 // it was tried and didn't work
	exitUsage   = 2 // the command line or the configuration is wrong; nothing was tried
	exitRefused = 3 // it worked, but rows were refused or a check found something
)

// exit is an error with the code that the process should end with.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string { return e.err.Error() }
func (e exit) Unwrap() error { return e.err }

// usage marks an error as the caller's: wrong words or wrong configuration.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return exit{exitUsage, err}
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// run is the whole program; main only hands it the world.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(terminal{stdin, stdout, stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var e exit
	if !errors.As(err, &e) {
		e = exit{exitFailed, err}
	}
	if e.err != nil && e.err.Error() != "" {
		fmt.Fprintln(stderr, "healthbot: "+e.Error())
	}
	return e.code
}

func newRoot(t terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "healthbot",
		Short: "Decide account health inside Slack",
		Long: `healthbot brings account health scores, their evidence and their doubt into Slack,
where a named person decides; the record can be proven later.

Try it without an account and without a token:

  healthbot demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(fmt.Errorf("%w; see `%s --help`", err, c.CommandPath()))
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		runCommand(t), demoCommand(t), sandboxCommand(t), checkCommand(t),
		importCommand(t), scoreCommand(t), modelCommand(t), exportCommand(t), verifyCommand(t),
		backupCommand(t), restoreCommand(t), versionCommand(t),
	)
	return root
}

// args is cobra.ExactArgs with a sentence of ours.
func args(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if len(given) != n {
			return usage(fmt.Errorf("expected %s, got %d words; see `%s --help`", what, len(given), c.CommandPath()))
		}
		return nil
	}
}
