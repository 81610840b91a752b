package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

// TestMain lets the test binary be a program of this package's: with ELMAN_CLI set it is one.
func TestMain(m *testing.M) {
	if os.Getenv("ELMAN_CLI") == "" {
		os.Exit(m.Run())
	}
	flag.CommandLine = flag.NewFlagSet("program", flag.ExitOnError)
	f := Flags{Every: 7}
	f.Declare("run/program")
	Main("program", "Does something.", []string{"program -seed 2"}, func(ctx context.Context) (err error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer func() { err = f.Interrupted(ctx, err) }()
		out, err := f.Begin(os.Stdout, os.Stderr)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "text, every", f.Every, f.Folder())
		switch os.Getenv("ELMAN_CLI") {
		case "fail":
			return errors.New("failed")
		case "interrupt":
			cancel()
			return ctx.Err()
		}
		return f.Print(os.Stdout, map[string]int64{"seed": f.Seed})
	})
}

func TestMainOfAProgram(t *testing.T) {
	for _, tc := range []struct {
		name, does, args string
		code             int
		stdout, stderr   string // in what is printed
	}{
		{"text", "end", "", 0, "text, every 7 run/program", ""},
		{"figures", "end", "-json -seed 3", 0, `{"seed":3}` + "\n", "text, every 7"},
		{"help", "end", "-h", 0, "", "program -seed 2"},
		{"stray argument", "end", "run", 2, "", `program: "run" is no flag`},
		{"no such flag", "end", "-depth 3", 2, "", "flag provided but not defined: -depth"},
		{"negative", "end", "-threads -1", 1, "", "program: -threads -1, want at least 0"},
		{"failure", "fail", "", 1, "", "program: failed\n"},
		{"interrupt", "interrupt", "-checkpoint x", 130, "", "program: interrupted; -resume -checkpoint x continues\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			program, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(program, strings.Fields(tc.args)...)
			cmd.Env = append(os.Environ(), "ELMAN_CLI="+tc.does)
			cmd.Dir = t.TempDir()
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != tc.code {
				t.Errorf("exit code %d (%v), want %d", code, err, tc.code)
			}
			if !strings.Contains(stdout.String(), tc.stdout) || !strings.Contains(stderr.String(), tc.stderr) {
				t.Errorf("stdout %q, stderr %q; want %q and %q in them", &stdout, &stderr, tc.stdout, tc.stderr)
			}
		})
	}
}

// A folder that is taken is not used again, but where training resumes.
func TestFolder(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "run")
	if err := os.MkdirAll(filepath.Join(taken, "step-0000000001"), 0o777); err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]Flags{
		taken + "-2": {unset: taken},
		taken:        {unset: taken, Resume: true},
		"elsewhere":  {unset: taken, Checkpoint: "elsewhere"},
		"":           {},
	} {
		if got := f.Folder(); got != want || f.Checkpoint != want {
			t.Errorf("%+v: folder %q, Checkpoint %q, want %q", f, got, f.Checkpoint, want)
		}
	}
}

func TestBeginRefusesNegative(t *testing.T) {
	f := Flags{Every: -1}
	if _, err := f.Begin(io.Discard, io.Discard); err == nil || err.Error() != "-every -1, want at least 0" {
		t.Errorf("error %v", err)
	}
}
