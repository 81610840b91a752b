package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/watch"
)

// Flags are the flags that every program has. Declare takes their defaults from the values that they have.
type Flags struct {
	Checkpoint string // folder
	Resume     bool
	Every      int // steps between checkpoints
	Threads    int
	Seed       int64
	JSON       bool
	Files      watch.Files

	unset string // the folder where no flag names one; "": nothing is saved then
}

// Declare adds the flags to the command line. unset is the folder for checkpoints where -checkpoint names none:
// it, or the next free number after it. With "" nothing is saved then.
func (f *Flags) Declare(unset string) {
	f.unset = unset
	otherwise := "default: " + unset + ", or the next free number after it"
	if unset == "" {
		otherwise = "default: nothing is saved"
	}
	flag.StringVar(&f.Checkpoint, "checkpoint", "", "`folder` for checkpoints of training, each of which holds the model ("+otherwise+")")
	flag.BoolVar(&f.Resume, "resume", false, "resume training from the newest checkpoint of the folder")
	flag.IntVar(&f.Every, "every", f.Every, "steps between checkpoints; 0: only the best and the last")
	flag.IntVar(&f.Threads, "threads", 0, "processors to use; 0: all there are, and so does any greater number")
	flag.Int64Var(&f.Seed, "seed", max(1, f.Seed), "seed of all that is random: the same seed gives the same result")
	flag.StringVar(&f.Files.JSON, "log", f.Files.JSON, "`file` for what is observed of training, one JSON object a line")
	flag.StringVar(&f.Files.CSV, "log-csv", f.Files.CSV, "`file` for the numbers observed of training, as a table")
	flag.StringVar(&f.Files.TensorBoard, "tensorboard", f.Files.TensorBoard, "`folder` for TensorBoard's event files")
	flag.StringVar(&f.Files.Report, "report", f.Files.Report, "`file` of HTML that shows how training went, written when it ends")
	flag.StringVar(&f.Files.Plots, "plots", f.Files.Plots, "`folder` for the charts of the report as PNG files")
	flag.BoolVar(&f.JSON, "json", false, "print the figures as one JSON object in the last line of stdout; everything else goes to stderr")
}

// Begin checks the flags, limits the processors, and says where text goes: to stdout, with -json to stderr.
func (f *Flags) Begin(stdout, stderr io.Writer) (out io.Writer, err error) {
	if err := AtLeast(0, map[string]int{"threads": f.Threads, "every": f.Every}); err != nil {
		return nil, err
	}
	if f.Threads > 0 { // not above what the machine, or the quota of a container, gives
		runtime.GOMAXPROCS(min(f.Threads, runtime.GOMAXPROCS(0)))
	}
	if f.JSON {
		return stderr, nil
	}
	return stdout, nil
}

// Folder settles where checkpoints are: in the folder of the flag, or in the one that Declare named, with a number
// after it if that is taken and training does not resume.
func (f *Flags) Folder() string {
	if f.Checkpoint == "" && f.unset != "" {
		f.Checkpoint = f.unset
		if !f.Resume {
			f.Checkpoint = trainers.Unused(f.unset)
		}
	}
	return f.Checkpoint
}

// Written says where the log, the report and what else the flags asked for are, if they asked for any.
func (f *Flags) Written(out io.Writer) {
	if files := f.Files.String(); files != "" {
		fmt.Fprintln(out, "how training went:", files)
	}
}

// Print prints the figures with -json.
func (f *Flags) Print(stdout io.Writer, figures any) error {
	if !f.JSON {
		return nil
	}
	return errors.WithStack(json.NewEncoder(stdout).Encode(figures))
}

// AtLeast refuses flags whose value is below least.
func AtLeast(least int, flags map[string]int) error {
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if flags[name] < least {
			return fmt.Errorf("-%s %d, want at least %d", name, flags[name], least)
		}
	}
	return nil
}
