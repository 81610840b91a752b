package trainers

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// clock is a time that tests move.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// walk calls a hook as Fit does, with steps of half a second.
func walk(t *testing.T, h *progress, from, steps int, moved ...time.Duration) {
	t.Helper()
	var at clock
	h.now = at.now
	r := &Run{Step: from, Steps: steps}
	if err := h.Start(r); err != nil {
		t.Fatal(err)
	}
	for r.Step < steps {
		r.Step++
		r.Loss = 1 / float64(r.Step)
		took := 500 * time.Millisecond
		if moved != nil {
			took = moved[0]
		}
		r.Elapsed += took
		at.Time = at.Add(took)
		if err := h.Step(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.End(r); err != nil {
		t.Fatal(err)
	}
}

func TestProgressLines(t *testing.T) {
	for _, tc := range []struct {
		from, steps, lines int
		took               time.Duration
		first, last        string
	}{
		{0, 200, 20, time.Second / 2, "step 10/200  loss 0.1000  2 steps/s  5s, 1m35s left", "step 200/200  loss 0.005000  2 steps/s  1m40s, 0s left"},
		{0, 3, 3, time.Second / 2, "step 1/3  loss 1.000  2 steps/s  1s, 1s left", "step 3/3  loss 0.3333  2 steps/s  2s, 0s left"},
		{100, 140, 20, time.Second / 2, "step 102/140  loss 0.009804  2 steps/s  1s, 19s left", "step 140/140  loss 0.007143  2 steps/s  20s, 0s left"},
		// A twentieth takes ten minutes.
		{0, 2000, 400, 6 * time.Second, "step 5/2000  loss 0.2000  0.167 steps/s  30s, 3h19m30s left", "step 2000/2000  loss 0.0005000  0.167 steps/s  3h20m0s, 0s left"},
	} {
		var w bytes.Buffer
		walk(t, Progress(&w).(*progress), tc.from, tc.steps, tc.took)
		lines := strings.Split(strings.TrimSuffix(w.String(), "\n"), "\n")
		if len(lines) != tc.lines || lines[0] != tc.first || lines[len(lines)-1] != tc.last {
			t.Errorf("%d lines, first %q, last %q; want %d, %q, %q", len(lines), lines[0], lines[len(lines)-1], tc.lines, tc.first, tc.last)
		}
	}
}

// A step, or what hooks do after it, may take for long.
func TestProgressIsNeverSilent(t *testing.T) {
	var w bytes.Buffer
	var at clock
	p := &progress{w: &w, now: at.now}
	r := &Run{Steps: 100}
	if err := p.Start(r); err != nil {
		t.Fatal(err)
	}
	wait := func(seconds int, want string) {
		t.Helper()
		at.Time = at.Add(time.Duration(seconds) * time.Second)
		w.Reset()
		if err := p.wait(); err != nil || w.String() != want {
			t.Errorf("after %d s: %q (%v), want %q", seconds, w.String(), err, want)
		}
	}
	wait(29, "")
	wait(1, "step 0/100  30s, in the next step\n")
	wait(29, "")
	r.Step, r.Loss, r.Elapsed = 1, 2, time.Minute
	if err := p.Step(r); err != nil {
		t.Fatal(err)
	}
	done := r.busy("evaluating %s", "validation")
	wait(31, "step 1/100  loss 2.000  1m30s, evaluating validation\n")
	done()
	wait(30, "step 1/100  loss 2.000  2m0s, in the next step\n")
}

// screen is what a terminal of so many columns shows of what is written to it: a line that is full goes on in the next.
func screen(written string, columns int) []string {
	rows, at := [][]rune{nil}, 0
	written = strings.ReplaceAll(written, "\x1b[K", "\x00")
	for _, c := range written {
		last := &rows[len(rows)-1]
		switch c {
		case '\r':
			at = 0
		case '\n':
			rows, at = append(rows, nil), 0
		case 0:
			*last = (*last)[:min(at, len(*last))]
		default:
			if at == columns {
				rows, at = append(rows, nil), 0
				last = &rows[len(rows)-1]
			}
			*last = append((*last)[:at], c)
			at++
		}
	}
	var list []string
	for _, row := range rows {
		list = append(list, string(row))
	}
	return list
}

func TestProgressBar(t *testing.T) {
	for columns, want := range map[int]string{
		100: `^step 140/140  loss 0\.007143 \[=+>?\] 2 steps/s  20s, 0s left$`,
		80:  `^step 140/140  loss 0\.007143 \[=+>?\] 2 steps/s  20s, 0s left$`,
		40:  `^step 140/140  loss 0\.007143`,
		10:  `^step 140/`,
		1:   `^s?$`,
	} {
		var w bytes.Buffer
		walk(t, &progress{w: &w, columns: func() int { return columns }}, 100, 140)
		rows := screen(w.String(), columns)
		if len(rows) != 2 || rows[1] != "" || !regexp.MustCompile(want).MatchString(rows[0]) || utf8.RuneCountInString(rows[0]) > columns {
			t.Errorf("%d columns show %q, want one row %s", columns, rows, want)
		}
	}
}

// The terminal is made narrower while the bar is drawn.
func TestProgressBarIsResized(t *testing.T) {
	var w bytes.Buffer
	columns := 120
	walk(t, &progress{w: &w, columns: func() int { columns--; return columns }}, 0, 100)
	drawn := strings.Split(strings.TrimSuffix(w.String(), "\n"), "\r")[1:]
	for i, bar := range drawn {
		bar = strings.TrimSuffix(bar, "\x1b[K")
		if n := utf8.RuneCountInString(bar); n >= 119-i {
			t.Fatalf("drawing %d has %d columns of %d: %q", i, n, 119-i, bar)
		}
	}
	if len(drawn) < 50 {
		t.Errorf("%d drawings", len(drawn))
	}
}

// Training that was resumed goes back to before where this call began.
func TestProgressGoesBack(t *testing.T) {
	for _, bar := range []bool{false, true} {
		var w bytes.Buffer
		var at clock
		p := &progress{w: &w, now: at.now}
		if bar {
			p.columns = func() int { return 80 }
		}
		r := &Run{Step: 30, Steps: 50}
		if err := p.Start(r); err != nil {
			t.Fatal(err)
		}
		step := func() {
			t.Helper()
			r.Step++
			r.Elapsed += time.Second
			at.Time = at.Add(time.Second)
			if err := p.Step(r); err != nil {
				t.Fatal(err)
			}
		}
		for r.Step < 37 {
			step()
		}
		r.Step = 20
		if err := p.Rewind(r); err != nil {
			t.Fatal(err)
		}
		for r.Step < 50 {
			step()
		}
		if err := p.End(r); err != nil {
			t.Fatal(err)
		}
		if bar {
			if got := screen(w.String(), 80)[0]; !strings.Contains(got, "step 50/50") || !strings.HasSuffix(got, "1 steps/s  37s, 0s left") {
				t.Errorf("bar %q", got)
			}
			continue
		}
		for _, want := range []string{
			"step 37/50  loss 0.000  1 steps/s  7s, 13s left\nstep 20/50  went back from step 37\nstep 21/50  loss 0.000  1 steps/s  8s, 29s left\n",
			"step 30/50  loss 0.000  1 steps/s  17s, 20s left\n", "step 50/50  loss 0.000  1 steps/s  37s, 0s left\n",
		} {
			if !strings.Contains(w.String(), want) {
				t.Errorf("no %q in\n%s", want, w.String())
			}
		}
	}
}

func TestProgressToAFileIsLines(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if p := Progress(f).(*progress); p.columns != nil {
		t.Error("a bar for a file")
	}
}

// Lines of logs stand by themselves, above the bar.
func TestLinesBesideTheBar(t *testing.T) {
	var w bytes.Buffer
	var at clock
	p := &progress{w: &w, now: at.now, columns: func() int { return 60 }}
	r := &Run{Steps: 3}
	if err := p.Start(r); err != nil {
		t.Fatal(err)
	}
	line := Log(&w, 2)
	for r.Step < 3 {
		r.Step++
		r.Loss, r.Elapsed = 1, r.Elapsed+time.Second
		at.Time = at.Add(time.Second)
		for _, h := range []Hook{p, line} {
			if err := h.Step(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := p.End(r); err != nil {
		t.Fatal(err)
	}
	rows := screen(w.String(), 60)
	if len(rows) != 4 || !strings.HasPrefix(rows[0], "step 2  epoch 0  loss") || !strings.HasPrefix(rows[1], "step 3  epoch 0  loss") ||
		!strings.HasPrefix(rows[2], "step 3/3  loss 1.000 [") {
		t.Errorf("the screen shows %q", rows)
	}
}
