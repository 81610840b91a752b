package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// The test binary is the busy process as well.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == busyCommand {
		keepBusy(os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestTurns(t *testing.T) {
	steps, closed := 0, 0
	c := benchmark{name: "sleep", prepare: func() (*workload, error) {
		return &workload{
			step:  func() error { steps++; time.Sleep(time.Millisecond); return nil },
			close: func() error { closed++; return nil },
		}, nil
	}}
	var out strings.Builder
	if err := (turns{rounds: 2, load: 1}).run(&out, c, 2); err != nil {
		t.Fatal(err)
	}
	if steps != 6 || closed != 1 {
		t.Errorf("%d steps, %d times closed; want 6 and 1", steps, closed)
	}
	for _, want := range []string{"sleep ", "load 1", "1 thread ", "2 threads ", "ratio "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
}

func TestTurnsRefuses(t *testing.T) {
	for _, args := range [][]string{{"-turns", "-1"}, {"-load", "-1"}, {"-load", "1"}, {"-turns", "1", "peak"}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
