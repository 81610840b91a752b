package trainers

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// walk calls a hook as Fit does.
func walk(t *testing.T, h Hook, from, steps int) {
	t.Helper()
	r := &Run{Step: from, Steps: steps}
	if err := h.(Starter).Start(r); err != nil {
		t.Fatal(err)
	}
	for r.Step < steps {
		r.Step++
		r.Loss = 1 / float64(r.Step)
		r.Elapsed += 500 * time.Millisecond
		if err := h.Step(r); err != nil {
			t.Fatal(err)
		}
	}
	if e, ok := h.(Ender); ok {
		if err := e.End(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestProgressLines(t *testing.T) {
	for _, tc := range []struct {
		from, steps, lines int
		first, last        string
	}{
		{0, 200, 20, "step 10/200  loss 0.1000  2 steps/s  1m35s left", "step 200/200  loss 0.005000  2 steps/s  0s left"},
		{0, 3, 3, "step 1/3  loss 1.000  2 steps/s  1s left", "step 3/3  loss 0.3333  2 steps/s  0s left"},
		{100, 140, 20, "step 102/140  loss 0.009804  2 steps/s  19s left", "step 140/140  loss 0.007143  2 steps/s  0s left"},
	} {
		var w bytes.Buffer
		walk(t, Progress(&w), tc.from, tc.steps)
		lines := strings.Split(strings.TrimSuffix(w.String(), "\n"), "\n")
		if len(lines) != tc.lines || lines[0] != tc.first || lines[len(lines)-1] != tc.last {
			t.Errorf("%d lines, first %q, last %q; want %d, %q, %q", len(lines), lines[0], lines[len(lines)-1], tc.lines, tc.first, tc.last)
		}
	}
}

func TestProgressBar(t *testing.T) {
	var w bytes.Buffer
	walk(t, &progressBar{w: &w}, 100, 140)
	if got := w.String(); !regexp.MustCompile(`(?s)loss 0\.009901.*loss 0\.007143 +100% \|█+\|.*\(40/40, .* step/s\).*\n$`).MatchString(got) {
		t.Errorf("bar is %q", got)
	}
	if strings.Count(w.String(), "\n") != 1 {
		t.Errorf("bar takes more than a line: %q", w.String())
	}
}

func TestProgressToAFileIsLines(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, plain := Progress(f).(*progressLines); !plain {
		t.Error("a bar for a file")
	}
}
