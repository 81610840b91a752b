package folder_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/folder"
)

func TestLock(t *testing.T) {
	for _, without := range []bool{false, true} {
		t.Run(fmt.Sprint("without ", without), func(t *testing.T) {
			what := "lock"
			if without {
				defer folder.WithoutLocks()()
				t.Setenv("ELMAN_LOCKS", "none")
			}
			path := filepath.Join(t.TempDir(), "lock")
			wantFree := func(when string) {
				t.Helper()
				lock, err := folder.Take(path)
				if err != nil {
					t.Fatalf("%s: %v", when, err)
				}
				if err := lock.Release(); err != nil {
					t.Error(err)
				}
				if _, err := os.Stat(path); err == nil {
					t.Errorf("%s: the file stays", when)
				}
			}
			wantHeld := func(when string, process int) {
				t.Helper()
				host, _ := os.Hostname()
				want := fmt.Sprintf("in use by process %d on host %s since 20", process, host)
				if _, err := folder.Take(path); err == nil || !strings.HasPrefix(err.Error(), want) || !errors.As(err, new(*folder.InUse)) {
					t.Fatalf("%s: error is %v, want %s", when, err, want)
				}
			}
			wantFree("nothing there")
			lock, err := folder.Take(path)
			if err != nil {
				t.Fatal(err)
			}
			wantHeld("held here", os.Getpid())
			if err := lock.Release(); err != nil {
				t.Error(err)
			}
			if err := lock.Release(); err != nil {
				t.Errorf("twice: %v", err)
			}
			wantFree("given back")
			for _, killed := range []bool{false, true} {
				other := program(t, what, path, 0)
				out, _ := other.StdoutPipe()
				in, _ := other.StdinPipe()
				if err := other.Start(); err != nil {
					t.Fatal(err)
				}
				if line, _ := bufio.NewReader(out).ReadString('\n'); line != "taken\n" {
					t.Fatalf("the other says %q", line)
				}
				wantHeld("held by another process", other.Process.Pid)
				if killed {
					other.Process.Kill()
				} else {
					in.Close()
				}
				other.Wait()
				wantFree(fmt.Sprint("the other has ended, killed ", killed))
			}
			if err := os.WriteFile(path, []byte(" no holder, and far longer than what one writes "+strings.Repeat("x", 1<<20)), 0o666); err != nil {
				t.Fatal(err)
			}
			if !without { // such a file may be one that is being written
				wantFree("rubbish")
			}
		})
	}
	if err := (*folder.Lock)(nil).Release(); err != nil {
		t.Error(err)
	}
	if _, err := folder.Take(filepath.Join(t.TempDir(), "none", "lock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// A holder on another host is taken for alive where the file system has no locks.
func TestLockOfAnotherHost(t *testing.T) {
	defer folder.WithoutLocks()()
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, []byte(` {"host":"elsewhere","process":7,"since":"2026-01-02T03:04:05Z","token":"x"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	want := "in use by process 7 on host elsewhere since 2026-01-02 03:04:05 UTC; if it is not running any more, remove " + path
	if _, err := folder.Take(path); err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}
