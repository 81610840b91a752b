package cli

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/pkg/errors"
)

// Exit codes: of a command line that cannot be run, and of a run that a signal ended, as shells have it.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// ErrInterrupted is the error of a run that was interrupted and saved what it had.
var ErrInterrupted = errors.New("interrupted")

// Main parses the command line, calls run and ends the process. Ctrl-C and SIGTERM cancel the context that run is
// given; a second one ends the process at once. summary and examples are printed by -h.
func Main(name, summary string, examples []string, run func(ctx context.Context) error) {
	flag.CommandLine.Usage = func() {
		w := flag.CommandLine.Output()
		fmt.Fprintf(w, "%s\n\nUsage:\n\n", summary)
		for _, e := range examples {
			fmt.Fprintf(w, "\t%s\n", e)
		}
		fmt.Fprintf(w, "\nCtrl-C ends a training after the step under way and saves it; -resume continues it.\n\nFlags:\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%s: %q is no flag; -h lists them\n", name, flag.Arg(0))
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err := run(ctx)
	switch {
	case err == nil:
		return
	case errors.Is(err, ErrInterrupted):
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(exitInterrupted)
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	os.Exit(exitFailed)
}

// Interrupted is err, or where the end of the context caused it ErrInterrupted, with how to resume.
func (f *Flags) Interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil || err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if f.Checkpoint == "" {
		return errors.WithStack(ErrInterrupted)
	}
	return fmt.Errorf("%w; -resume -checkpoint %s continues", ErrInterrupted, f.Checkpoint)
}
