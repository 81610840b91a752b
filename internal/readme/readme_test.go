package readme

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// program is a block of Go, and the block behind it what the program prints.
var program = regexp.MustCompile("(?s)```go\n(package main\n.*?)```\n+```text\n(.*?)```")

func TestPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs each program")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	programs := program.FindAllStringSubmatch(string(readme), -1)
	if len(programs) != 3 || strings.Count(string(readme), "package main") != 3 {
		t.Fatalf("found %d programs with what they print, want 3: compose, train, extend", len(programs))
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		dir := t.TempDir()
		source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program.exe")
		if err := os.WriteFile(source, []byte(p[1]), 0o666); err != nil {
			t.Fatal(err)
		}
		build := exec.Command("go", "build", "-o", binary, source)
		build.Dir = root // whose go.mod has the imports
		if out, err := build.CombinedOutput(); err != nil {
			t.Errorf("%v: %s\n%s", err, out, p[1])
			continue
		}
		run := exec.Command(binary)
		run.Dir = dir // it may write a model
		out, err := run.Output()
		if err != nil {
			t.Errorf("%v\n%s", err, p[1])
		} else if got, want := strings.TrimSpace(string(out)), strings.TrimSpace(p[2]); got != want {
			t.Errorf("it prints\n%s\nthe README says\n%s", got, want)
		}
	}
}
