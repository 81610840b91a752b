package trainers_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/elman-go/elman/trainers"
)

// TestHoldingChild is a process that trains in a folder, and goes on to the end when its input ends.
func TestHoldingChild(t *testing.T) {
	dir := os.Getenv("ELMAN_HOLDING_DIR")
	if dir == "" {
		t.Skip("other tests run it")
	}
	s := setup{Optimizer: "adam", Schedule: "constant"}
	begun := trainers.Every(1, func(r *trainers.Run) error {
		if r.Step == 3 {
			io.ReadAll(os.Stdin)
		}
		return nil
	})
	trainer, _ := s.trainer(t, trainers.Checkpoints{Dir: dir, Every: 2, Resume: os.Getenv("ELMAN_HOLDING_RESUME") != ""}, begun)
	if _, err := trainer.Fit(context.Background(), s.model(), tokens(t, 1), killedSteps); err != nil {
		fmt.Println("refused:", err)
		return
	}
	fmt.Println("ended")
}

func holding(t *testing.T, dir string, resume bool) (child *exec.Cmd, out *strings.Builder, in io.Closer) {
	t.Helper()
	child = exec.Command(os.Args[0], "-test.run=^TestHoldingChild$")
	child.Env = append(os.Environ(), "ELMAN_HOLDING_DIR="+dir)
	if resume {
		child.Env = append(child.Env, "ELMAN_HOLDING_RESUME=1")
	}
	out = &strings.Builder{}
	child.Stdout, child.Stderr = out, out
	in, err := child.StdinPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return child, out, in
}

// inUse is what is said of a folder that a process has.
func inUse(dir string, process int) string {
	host, _ := os.Hostname()
	return fmt.Sprintf("train: checkpoint %q: in use by process %d on host %s since ", dir, process, host)
}

// Of two processes that begin in one empty folder at once, one is refused, whether or not they may resume.
func TestTwoProcesses(t *testing.T) {
	for _, resume := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "run")
		a, outA, inA := holding(t, dir, resume)
		b, outB, inB := holding(t, dir, resume)
		ended := make(chan error, 2)
		for _, c := range []*exec.Cmd{a, b} {
			go func() { ended <- c.Wait() }()
		}
		giveUp := time.AfterFunc(time.Minute, func() { inA.Close() }) // neither was refused
		defer giveUp.Stop()
		for range 2 { // the first to end is the one that is refused
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			inA.Close()
			inB.Close()
		}
		first, second, holder := outA.String(), outB.String(), a.Process.Pid
		if strings.Contains(first, "refused") {
			first, second, holder = second, first, b.Process.Pid
		}
		if !strings.Contains(first, "ended") || !strings.Contains(second, "refused: "+inUse(dir, holder)) {
			t.Errorf("resume %v: one says %q, the other %q, which was to be refused for process %d", resume, first, second, holder)
		}
		if last, err := trainers.LastCheckpoint(dir); err != nil || filepath.Base(last) != fmt.Sprintf("step-%010d", killedSteps) {
			t.Errorf("resume %v: the last checkpoint is %q, %v", resume, last, err)
		}
		if _, err := os.Stat(filepath.Join(dir, ".lock")); err == nil {
			t.Errorf("resume %v: the lock stays", resume)
		}
	}
}

// A folder is free again when the process that has it is killed.
func TestLockOfTheKilled(t *testing.T) {
	dir := t.TempDir()
	s := setup{Optimizer: "adam", Schedule: "constant"}
	child, _, _ := holding(t, dir, false)
	awaitSteps(t, dir, 0)
	if got := resumeError(t, s, trainers.Checkpoints{Dir: dir, Resume: true}); !strings.HasPrefix(got, inUse(dir, child.Process.Pid)) {
		t.Errorf("error is %s", got)
	}
	child.Process.Kill()
	child.Wait()
	want, _ := s.train(t, trainers.Checkpoints{})
	if got, _ := s.train(t, trainers.Checkpoints{Dir: dir, Every: 2, Resume: true}); got != want {
		t.Error("other bits after the kill")
	}
}

// Two trainers of one process exclude one another too, and whatever ends training frees the folder.
func TestTwoTrainers(t *testing.T) {
	s := setup{Optimizer: "adam", Schedule: "constant"}
	dir := filepath.Join(t.TempDir(), "run")
	for _, end := range []string{"panic", "error", "cancel", "stop", ""} {
		ctx, cancel := context.WithCancel(context.Background())
		hook := trainers.Every(1, func(r *trainers.Run) error {
			if r.Step%5 != 0 {
				return nil
			}
			if got := resumeError(t, s, trainers.Checkpoints{Dir: dir, Resume: true}); !strings.HasPrefix(got, inUse(dir, os.Getpid())) {
				t.Errorf("error is %s", got)
			}
			if got := trainers.Unused(dir); got == dir {
				t.Error("a folder in use is taken for unused")
			}
			switch end {
			case "panic":
				panic(end)
			case "error":
				return fmt.Errorf("%s", end)
			case "cancel":
				cancel()
			case "stop":
				r.Stop(end)
			}
			return nil
		})
		func() {
			defer func() { recover() }()
			trainer, _ := s.trainer(t, trainers.Checkpoints{Dir: dir, Resume: true}, hook)
			trainer.Fit(ctx, s.model(), tokens(t, 1), killedSteps)
		}()
		cancel()
	}
	want, _ := s.train(t, trainers.Checkpoints{})
	if got, _ := s.train(t, trainers.Checkpoints{Dir: dir, Resume: true}); got != want {
		t.Error("other bits")
	}
}

// A lock that a killed process left makes a folder no less unused.
func TestUnusedWithLock(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".lock"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if got := trainers.Unused(dir); got != dir {
		t.Errorf("%q, want %q", got, dir)
	}
}
