package watch_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/watch"
)

// tree is all that lies in a folder, with times and contents.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&all, path, info.Mode(), info.ModTime())
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all.Write(content)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// counter is a hook of a user's.
type counter struct{ starts, steps, ends, rehearsals int }

func (c *counter) Start(*trainers.Run) error { c.starts++; return nil }
func (c *counter) End(*trainers.Run) error   { c.ends++; return nil }
func (c *counter) Step(r *trainers.Run) error {
	c.steps++
	if r.Rehearsal() {
		c.rehearsals++
	}
	return nil
}

// Smoke, Overfit and FindRate write no file and no line, neither before a run nor before it is resumed, and what was
// seen of training stays.
func TestRehearsalsWriteNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	files := watch.Files{
		JSON: filepath.Join(dir, "log", "run.jsonl"), CSV: filepath.Join(dir, "csv", "run.csv"), TensorBoard: filepath.Join(dir, "tb"),
		Report: filepath.Join(dir, "report", "run.html"), Plots: filepath.Join(dir, "plots"),
	}
	var said bytes.Buffer
	mine := &counter{}
	stop := &trainers.EarlyStopping{Patience: 99}
	evaluate := &trainers.Evaluate{Source: points, Every: 2, Log: &said, Observers: []trainers.Observer{stop}}
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01),
		Hooks: []trainers.Hook{
			trainers.Progress(&said), trainers.Log(&said, 1), evaluate, talk, &files, files.Named("again"),
			&watch.JSON{Path: filepath.Join(dir, "json", "run.jsonl")}, &watch.CSV{Path: filepath.Join(dir, "alone.csv")},
			&watch.TensorBoard{Dir: filepath.Join(dir, "tb2")}, &watch.Report{Path: filepath.Join(dir, "report2", "r.html")},
			&watch.Plots{Dir: filepath.Join(dir, "plots2")}, mine,
		},
		Checkpoints: trainers.Checkpoints{Dir: filepath.Join(dir, "run"), Every: 2, Resume: true},
	}
	m := newRegression()
	rehearse := func() {
		t.Helper()
		before, text, calls, history := tree(t, dir), said.String(), *mine, fmt.Sprint(evaluate.History, stop)
		if _, err := trainer.Smoke(context.Background(), m, points); err != nil {
			t.Fatal(err)
		}
		if got := (counter{mine.starts - calls.starts, mine.steps - calls.steps, mine.ends - calls.ends, mine.rehearsals - calls.rehearsals}); got != (counter{1, 2, 1, 2}) {
			t.Errorf("the user's hook was called %+v times, want 1, 2 and 1", got)
		}
		if _, err := trainer.FindRate(context.Background(), m, points, 1e-4, 1, 20); err != nil {
			t.Fatal(err)
		}
		if _, err := trainer.Overfit(context.Background(), m, points, 5, 0.5); err != nil {
			t.Fatal(err)
		}
		if got := tree(t, dir); got != before {
			t.Errorf("there is\n%.2000s\nwhere there was\n%.2000s", got, before)
		}
		if got := said.String(); got != text {
			t.Errorf("it said %q", got[len(text):])
		}
		if got := fmt.Sprint(evaluate.History, stop); got != history {
			t.Errorf("evaluations, early stopping: %s, want %s", got, history)
		}
		if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
			t.Errorf("%v is left (%v)", left, err)
		}
	}
	rehearse()
	if _, err := trainer.Fit(context.Background(), m, points, 4); err != nil {
		t.Fatal(err)
	}
	rehearse()
	if _, err := trainer.Fit(context.Background(), m, points, 6); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(read(t, files.JSON), `"name":"loss"`); got != 6 {
		t.Errorf("%d losses in the log, want 6", got)
	}
}
