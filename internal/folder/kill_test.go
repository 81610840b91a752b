package folder_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/elman-go/elman/internal/folder"
)

// TestMain lets the test binary be a program that uses this package, and that is killed.
func TestMain(m *testing.M) {
	what, place, _ := strings.Cut(os.Getenv("ELMAN_FOLDER"), " ")
	at, _ := strconv.Atoi(os.Getenv("ELMAN_KILL"))
	n := 0
	folder.Pause(func() {
		if n++; n == at {
			p, _ := os.FindProcess(os.Getpid())
			p.Kill()
			time.Sleep(time.Minute)
		}
	})
	if os.Getenv("ELMAN_LOCKS") == "none" {
		folder.WithoutLocks()
	}
	switch what {
	case "":
		folder.Pause(func() {})
		os.Exit(m.Run())
	case "write":
		must(folder.Write(place, files("a", "new", "b", "new")))
	case "file":
		must(folder.WriteFile(place, folder.Bytes([]byte("new"))))
	case "remove":
		must(folder.Remove(place))
	case "loop":
		for i := 0; ; i++ {
			content := strings.Repeat(strconv.Itoa(i), 1<<10)
			must(folder.Write(place, files("a", content, "b", content)))
		}
	case "lock":
		lock, err := folder.Take(place)
		must(err)
		fmt.Println("taken")
		io.ReadAll(os.Stdin)
		must(lock.Release())
	}
	fmt.Println("done")
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
}

// program is the test binary that does something, and is killed at an operation, none for 0.
func program(t *testing.T, what, place string, kill int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "ELMAN_FOLDER="+what+" "+place, fmt.Sprint("ELMAN_KILL=", kill))
	return cmd
}

// Wherever a writing process is killed, the files are those of before or the new ones, and the next to write leaves
// nothing else.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of processes")
	}
	for _, there := range []bool{false, true} {
		for _, what := range []string{"write", "write without locks", "remove"} {
			if what == "remove" && !there {
				continue
			}
			t.Run(fmt.Sprintf("%s, there %v", what, there), func(t *testing.T) {
				what, how, _ := strings.Cut(what, " ")
				if how != "" {
					t.Setenv("ELMAN_LOCKS", "none")
					defer folder.WithoutLocks()()
				}
				killed, old, changed := 0, 0, 0
				for kill := 1; ; kill++ {
					parent := t.TempDir()
					dir := filepath.Join(parent, "it")
					before := "none"
					if there {
						before = "old old"
						if err := folder.Write(dir, files("a", "old", "b", "old")); err != nil {
							t.Fatal(err)
						}
					}
					out, err := program(t, what, dir, kill).CombinedOutput()
					if err == nil {
						break
					}
					if killed++; len(out) > 0 {
						t.Fatalf("kill %d: %v: %s", kill, err, out)
					}
					got, err := read(dir, "a", "b")
					if err != nil {
						got = "none"
					}
					after := "new new"
					if what == "remove" {
						after = "none"
					}
					switch got {
					case before:
						old++
					case after:
						changed++
					default:
						t.Errorf("kill %d: %q, %v; %s", kill, got, err, names(t, parent))
					}
					if err := folder.Write(dir, files("a", "next", "b", "next")); err != nil {
						t.Errorf("kill %d: %v", kill, err)
					}
					if got, err := read(dir, "a", "b"); err != nil || got != "next next" {
						t.Errorf("kill %d: %q, %v", kill, got, err)
					}
					if got := names(t, parent) + ": " + names(t, dir); got != "it: SHA256SUMS a b" {
						t.Errorf("kill %d: left %s", kill, got)
					}
				}
				if t.Logf("%d kills", killed); old == 0 || changed == 0 {
					t.Errorf("killed %d times, %d before and %d after the change", killed, old, changed)
				}
			})
		}
	}
}

func TestFileKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	seen := map[string]int{}
	for kill := 1; ; kill++ {
		if err := folder.WriteFile(path, folder.Bytes([]byte("old"))); err != nil {
			t.Fatal(err)
		}
		if got := names(t, filepath.Dir(path)); got != "file" {
			t.Errorf("kill %d: left %s", kill, got)
		}
		if out, err := program(t, "file", path, kill).CombinedOutput(); err == nil {
			break
		} else if len(out) > 0 {
			t.Fatalf("%v: %s", err, out)
		}
		got, err := os.ReadFile(path)
		if seen[string(got)]++; err != nil {
			t.Errorf("kill %d: %v", kill, err)
		}
	}
	if seen["old"] == 0 || seen["new"] == 0 || len(seen) != 2 {
		t.Errorf("seen %v", seen)
	}
}

// While one process writes over and over, and is killed at any moment, each look finds all files of one time.
func TestReadWhileWritten(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "it")
	if err := folder.Write(dir, files("a", "0", "b", "0")); err != nil {
		t.Fatal(err)
	}
	rounds := 100
	if testing.Short() {
		rounds = 5
	}
	looks, last := 0, ""
	for round := range rounds {
		cmd := program(t, "loop", dir, 0)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for versions := 0; versions < 2+round%8; looks++ {
			got, err := read(dir, "a", "b")
			a, b, _ := strings.Cut(got, " ")
			if err != nil || a != b {
				t.Fatalf("round %d: %.20q and %.20q, %v", round, a, b, err)
			}
			if a != last {
				last, versions = a, versions+1
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
	}
	t.Logf("%d looks, %d kills", looks, rounds)
	if err := folder.Write(dir, files("a", "", "b", "")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, parent) + ": " + names(t, dir); got != "it: SHA256SUMS a b" {
		t.Errorf("left %s", got)
	}
}

// Some processes write at once.
func TestWrittenByMany(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "it")
	var running []*exec.Cmd
	for range 3 {
		cmd := program(t, "loop", dir, 0)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	for end := 0; end < 300; {
		got, err := read(dir, "a", "b")
		if err != nil && os.IsNotExist(cause(err)) && end == 0 {
			continue // none has begun
		}
		if a, b, _ := strings.Cut(got, " "); err != nil || a != b {
			t.Fatalf("%.20q and %.20q, %v", a, b, err)
		}
		end++
	}
	for _, cmd := range running {
		cmd.Process.Kill()
		cmd.Wait()
	}
	if err := folder.Write(dir, files("a", "", "b", "")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, parent) + ": " + names(t, dir); got != "it: SHA256SUMS a b" {
		t.Errorf("left %s", got)
	}
}
