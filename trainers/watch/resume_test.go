package watch_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"google.golang.org/protobuf/encoding/protowire"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/watch"
)

// leaping is an epoch of batches of which one makes the loss leap, and one has NaN.
var leaping = data.Func(points.Spec(), 100, func(_, k int) (data.Batch, error) {
	batch := threePoints()
	switch k {
	case 3:
		batch["x"].(*tensor.Dense).Float64s()[0] /= 0
	case 15:
		batch["y"].(*tensor.Dense).Float64s()[0] = 1e3
	}
	return batch, nil
})

// A job is training that is watched, and looked at from within at every call of a hook and at every event.
type job struct {
	dir   string
	steps int
	probe func()          // nil: none
	more  []trainers.Hook // beside its own
}

func (j job) files() *watch.Files {
	return &watch.Files{JSON: filepath.Join(j.dir, "run.jsonl"), CSV: filepath.Join(j.dir, "run.csv"), TensorBoard: filepath.Join(j.dir, "tb")}
}

func (j job) fit(ctx context.Context) (trainers.Report, error) {
	probe := j.probe
	if probe == nil {
		probe = func() {}
	}
	each := func(name string, every int) trainers.Hook { return teller{name, every, probe} }
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01),
		Hooks: []trainers.Hook{
			spy{probe}, each("first", 1), &trainers.UpdateRatio{Every: 3},
			&trainers.Evaluate{Source: points, Every: 4, Unit: "nats", Observers: []trainers.Observer{&trainers.EarlyStopping{Patience: 99}}},
			each("sample", 5), j.files(), &trainers.Evaluate{Name: "train", Source: points, Every: 5}, each("last", 4), spy{probe},
		},
		Checkpoints: trainers.Checkpoints{Dir: filepath.Join(j.dir, "run"), Every: 4, Resume: true},
		Recovery:    trainers.Recovery{Skips: 9, Spike: 20},
	}
	trainer.Hooks = append(trainer.Hooks, j.more...)
	return trainer.Fit(ctx, newRegression(), leaping, j.steps)
}

// teller emits twice, before and after it looks whether training is to end, and at the start and the end.
type teller struct {
	name  string
	every int
	probe func()
}

func (h teller) Start(r *trainers.Run) error { r.Text("settings", h.name); h.probe(); return nil }
func (h teller) End(r *trainers.Run) error   { r.Text("summary", h.name); h.probe(); return nil }
func (h teller) Step(r *trainers.Run) error {
	h.probe()
	if r.Step%h.every != 0 {
		return nil
	}
	r.Scalar(h.name+"/step", float64(r.Step))
	h.probe()
	if err := r.Context().Err(); err != nil {
		return err
	}
	r.Text(h.name, "one\ntwo")
	return nil
}

// spy looks when others write.
type spy struct{ probe func() }

func (s spy) Step(*trainers.Run) error                  { s.probe(); return nil }
func (s spy) Event(*trainers.Run, trainers.Event) error { s.probe(); return nil }

// said is all that the files of a job say, without times.
func (j job) said(t *testing.T) map[string]string {
	t.Helper()
	said := map[string]string{
		"JSON": seconds.ReplaceAllString(read(t, j.files().JSON), `"seconds":S`),
		"CSV":  regexp.MustCompile(`(?m)^(\d+,\d+),[0-9.]+,`).ReplaceAllString(read(t, j.files().CSV), "$1,S,"),
	}
	files, err := os.ReadDir(j.files().TensorBoard)
	if err != nil || len(files) != 1 {
		t.Fatalf("files of TensorBoard %v (%v), want one", files, err)
	}
	var board strings.Builder
	for _, record := range records(t, []byte(read(t, filepath.Join(j.files().TensorBoard, files[0].Name())))) {
		_, _, n := protowire.ConsumeField(record) // the time comes first
		fmt.Fprintf(&board, "%q\n", record[n:])
	}
	said["TensorBoard"] = board.String()
	return said
}

// same compares what two jobs say.
func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] == want[name] {
			continue
		}
		a, b := strings.Split(got[name], "\n"), strings.Split(want[name], "\n")
		i := 0
		for i < min(len(a), len(b)) && a[i] == b[i] {
			i++
		}
		t.Errorf("%s: %s: %d lines, want %d; from line %d on\n%s\nwant\n%s", what, name, len(a), len(b), i+1,
			strings.Join(a[i:min(len(a), i+4)], "\n"), strings.Join(b[i:min(len(b), i+4)], "\n"))
	}
}

// leave copies what a program that is killed at this moment leaves behind: files as they are, and checkpoints that are
// whole. Locks are of a process that is no more.
func leave(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		below, _ := filepath.Rel(from, path)
		if checkpoint := strings.Split(filepath.ToSlash(below), "/"); len(checkpoint) > 1 && errors.Is(err, fs.ErrNotExist) {
			return os.RemoveAll(filepath.Join(to, checkpoint[0], checkpoint[1])) // removed meanwhile, as a whole
		} else if err != nil {
			return err
		}
		if filepath.Dir(below) == "run" && !regexp.MustCompile(`^step-\d+$`).MatchString(entry.Name()) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, below), 0o777)
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return os.RemoveAll(filepath.Join(to, filepath.Dir(below)))
		} else if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, below), content, 0o666); errors.Is(err, fs.ErrNotExist) {
			return nil // of a checkpoint that is gone
		} else {
			return err
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// killed runs a job until a probe, as a kill at that moment would, and gives what is left.
func killed(t *testing.T, from string, steps, at int) (left string, reached bool) {
	t.Helper()
	running, left := t.TempDir(), t.TempDir()
	leave(t, from, running)
	n := 0
	j := job{dir: running, steps: steps}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j.probe = func() {
		if n++; n == at {
			waitForCheckpoints(t, filepath.Join(running, "run"))
			leave(t, running, left)
			reached = true
			cancel()
		}
	}
	if _, err := j.fit(ctx); err != nil {
		t.Fatal(err)
	}
	return left, reached
}

// waitForCheckpoints lets a checkpoint that is being written come to its end.
func waitForCheckpoints(t *testing.T, dir string) {
	for range 10_000 {
		entries, _ := os.ReadDir(dir)
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.IsDir() && !strings.HasPrefix(e.Name(), "step-") }) {
			return
		}
	}
}

// interrupted cancels a job at a probe.
func interrupted(t *testing.T, dir string, steps, at int) (reached bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	j := job{dir: dir, steps: steps}
	j.probe = func() {
		if n++; n == at {
			reached = true
			cancel()
		}
	}
	_, err := j.fit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return reached
}

// Logs of training that was killed, or interrupted, at any moment and resumed say what they say without, whether or not
// training goes back in between, and so when that happens again and again.
func TestLogsOfTrainingThatIsResumed(t *testing.T) {
	const steps = 22
	whole := job{dir: t.TempDir(), steps: steps}
	n := 0
	whole.probe = func() { n++ }
	report, err := whole.fit(context.Background())
	if err != nil || report.Skipped != 2 {
		t.Fatalf("%+v (%v), want one batch that is left out and one that training goes back from", report, err)
	}
	want := whole.said(t)
	for name, text := range want {
		if name != "CSV" && (strings.Count(text, "settings") != 3 || strings.Count(text, "skipped") != 2) {
			t.Fatalf("%s: %s", name, text)
		}
	}
	stride := 7 // every probe takes minutes
	if testing.Short() {
		stride = 47
	}
	finish := func(what, dir string) {
		t.Helper()
		j := job{dir: dir, steps: steps}
		if _, err := j.fit(context.Background()); err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		same(t, what, j.said(t), want)
	}
	for at := 1; at <= n && !t.Failed(); at += stride {
		left, reached := killed(t, t.TempDir(), steps, at)
		if !reached {
			t.Fatalf("probe %d of %d was not reached", at, n)
		}
		finish(fmt.Sprintf("killed at probe %d of %d", at, n), left)

		dir := t.TempDir()
		interrupted(t, dir, steps, at)
		finish(fmt.Sprintf("interrupted at probe %d of %d", at, n), dir)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 140 / stride {
		if t.Failed() {
			return
		}
		dir, what := t.TempDir(), ""
		for range 4 {
			at := 1 + r.IntN(n)
			if r.IntN(2) == 0 {
				what += fmt.Sprintf(" killed at %d", at)
				if left, reached := killed(t, dir, steps, at); reached {
					dir = left
				}
			} else {
				what += fmt.Sprintf(" interrupted at %d", at)
				interrupted(t, dir, steps, at)
			}
		}
		finish(fmt.Sprintf("round %d:%s", round, what), dir)
	}
}

// A write that a kill tears ends anywhere in its line, or its record.
func TestTornLogsAreResumed(t *testing.T) {
	const steps = 8
	whole := job{dir: t.TempDir(), steps: steps}
	if _, err := whole.fit(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := whole.said(t)
	// The checkpoint is of step 4, the files are of step 7.
	dir := t.TempDir()
	if _, err := (job{dir: dir, steps: 4}).fit(context.Background()); err != nil {
		t.Fatal(err)
	}
	checkpoints := filepath.Join(dir, "run")
	for _, torn := range []string{"run.jsonl", "run.csv", "tb"} {
		path := filepath.Join(whole.dir, torn)
		if torn == "tb" {
			entries, err := os.ReadDir(path)
			if err != nil {
				t.Fatal(err)
			}
			torn = filepath.Join(torn, entries[0].Name())
			path = filepath.Join(whole.dir, torn)
		}
		content := read(t, path)
		stays := strings.Index(content, "\n5,") + 1 + strings.Index(content, `{"step":5,`) + 1
		if strings.HasPrefix(torn, "tb") {
			stays = 0
			for _, record := range records(t, []byte(content)) {
				if fields(t, record)[2] == uint64(5) {
					break
				}
				stays += 12 + len(record) + 4
			}
		}
		stride := 1 + (len(content)-stays)/100
		if testing.Short() {
			stride *= 8
		}
		for end := stays; end < len(content) && !t.Failed(); end += stride {
			left := t.TempDir()
			leave(t, whole.dir, left)
			if err := os.RemoveAll(filepath.Join(left, "run")); err != nil {
				t.Fatal(err)
			}
			if err := os.CopyFS(filepath.Join(left, "run"), os.DirFS(checkpoints)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(left, torn), []byte(content[:end]), 0o666); err != nil {
				t.Fatal(err)
			}
			j := job{dir: left, steps: steps}
			if _, err := j.fit(context.Background()); err != nil {
				t.Fatalf("%s cut at byte %d: %v", torn, end, err)
			}
			same(t, fmt.Sprintf("%s cut at byte %d", torn, end), j.said(t), want)
		}
	}
}
