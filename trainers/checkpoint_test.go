package trainers_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/metrics"
)

// A setup is a way to train, made anew for each part of a run.
type setup struct {
	Optimizer, Schedule string
	Float64             bool
	Threads             int `json:",omitempty"` // no setting: any number gives the same bits
}

var (
	resumedOptimizers = map[string]func() trainers.Optimizer{
		"sgd":      func() trainers.Optimizer { return &trainers.SGD{} },
		"momentum": func() trainers.Optimizer { return &trainers.SGD{Momentum: 0.9, Nesterov: true} },
		"rmsprop":  func() trainers.Optimizer { return &trainers.RMSProp{Momentum: 0.5} },
		"adagrad":  func() trainers.Optimizer { return &trainers.AdaGrad{} },
		"adadelta": func() trainers.Optimizer { return &trainers.Adadelta{} },
		"adam":     func() trainers.Optimizer { return &trainers.Adam{} },
		"amsgrad":  func() trainers.Optimizer { return &trainers.Adam{AMSGrad: true} },
		"adamw":    func() trainers.Optimizer { return &trainers.AdamW{} },
		"noise":    func() trainers.Optimizer { return &trainers.GradientNoise{Optimizer: &trainers.Adam{}, Seed: 3} },
	}
	resumedSchedules = map[string]func() trainers.Schedule{
		"constant":    func() trainers.Schedule { return trainers.Constant(0.02) },
		"step":        func() trainers.Schedule { return trainers.Step{Base: 0.02, Every: 5, Gamma: 0.5} },
		"exponential": func() trainers.Schedule { return trainers.Exponential{Base: 0.02, Gamma: 0.9} },
		"cosine":      func() trainers.Schedule { return trainers.Cosine{Peak: 0.02, Warmup: 3, Steps: 40} },
		"onecycle":    func() trainers.Schedule { return trainers.OneCycle{Max: 0.02, Steps: 40} },
		"plateau":     func() trainers.Schedule { return &trainers.ReduceOnPlateau{Initial: 0.05, Factor: 0.5} },
	}
)

// trainer makes the trainer of a setup, with everything that remembers among its hooks.
func (s setup) trainer(t testing.TB, c trainers.Checkpoints, hooks ...trainers.Hook) (trainers.Trainer, *trainers.EMA) {
	schedule := resumedSchedules[s.Schedule]()
	observers := []trainers.Observer{&trainers.EarlyStopping{Patience: 100}}
	if o, ok := schedule.(trainers.Observer); ok {
		observers = append(observers, o)
	}
	average := &trainers.EMA{Decay: 0.9}
	settings := s
	settings.Threads = 0
	c.Settings = settings
	return trainers.Trainer{
		Optimizer: resumedOptimizers[s.Optimizer](), Schedule: schedule, ClipNorm: 0.5, Accumulate: 2, Checkpoints: c,
		Hooks: append([]trainers.Hook{average, &trainers.Evaluate{Source: tokens(t, 2), Every: 3, Observers: observers}}, hooks...),
	}, average
}

func (s setup) model() recurrence {
	if s.Float64 {
		return newRecurrence(tensor.Float64)
	}
	return newRecurrence(tensor.Float32)
}

const killedSteps = 24

// train takes all steps, or goes on with those that are left, and gives the bits of the weights and of the
// averages.
func (s setup) train(t testing.TB, c trainers.Checkpoints, hooks ...trainers.Hook) (sum string, report trainers.Report) {
	if s.Threads > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.Threads))
	}
	trainer, average := s.trainer(t, c, hooks...)
	m := s.model()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, h := range hooks {
		if k, ok := h.(*interrupter); ok {
			k.cancel = cancel
		}
	}
	report, err := trainer.Fit(ctx, m, tokens(t, 1), killedSteps)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	if err := m.Store().Save(h); err != nil {
		t.Fatal(err)
	}
	if err := graph.WriteTensors(h, average.Values()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), report
}

// interrupter cancels after so many steps of one call of Fit.
type interrupter struct {
	after  int
	cancel func()
}

func (k *interrupter) Step(*trainers.Run) error {
	if k.after--; k.after == 0 {
		k.cancel()
	}
	return nil
}

// A run that is interrupted and resumed, twice, ends with the bits of one that was not, for every
// optimiser and schedule, with dropout, carried state, averages and early stopping.
func TestResume(t *testing.T) {
	var setups []setup
	for i, name := range slices.Sorted(maps.Keys(resumedOptimizers)) {
		schedule := slices.Sorted(maps.Keys(resumedSchedules))[i%len(resumedSchedules)]
		setups = append(setups, setup{Optimizer: name, Schedule: schedule, Float64: i%2 == 0, Threads: 1 + i%2})
	}
	for _, s := range setups {
		t.Run(s.Optimizer+" "+s.Schedule, func(t *testing.T) {
			want, _ := s.train(t, trainers.Checkpoints{})
			c := trainers.Checkpoints{Dir: t.TempDir(), Every: 4, Resume: true}
			for range 2 {
				if _, report := s.train(t, c, &interrupter{after: 7}); !report.Interrupted {
					t.Fatalf("not interrupted: %+v", report)
				}
			}
			s.Threads = 3 - s.Threads // the number of threads is no setting
			if got, _ := s.train(t, c); got != want {
				t.Errorf("other bits")
			}
			if again, report := s.train(t, c); again != want || report.Steps != killedSteps {
				t.Errorf("taken up at its end: other bits, or %d steps", report.Steps)
			}
		})
	}
}

// TestKilledChild is the process that TestKill kills.
func TestKilledChild(t *testing.T) {
	text := os.Getenv("ELMAN_KILLED_CHILD")
	if text == "" {
		t.Skip("it is TestKill that runs it")
	}
	var s setup
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	slow := trainers.Every(1, func(*trainers.Run) error { time.Sleep(2 * time.Millisecond); return nil })
	sum, _ := s.train(t, trainers.Checkpoints{Dir: os.Getenv("ELMAN_KILLED_DIR"), Every: 1, Resume: true}, slow)
	fmt.Println("sum", sum)
}

// Real processes are killed at random moments, often while they write, and started again until one ends.
func TestKill(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL")
	}
	kills := 20
	if testing.Short() {
		kills = 4
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	done := 0
	for i := 0; done < kills; i++ {
		names := slices.Sorted(maps.Keys(resumedOptimizers))
		s := setup{Optimizer: names[i%len(names)], Schedule: slices.Sorted(maps.Keys(resumedSchedules))[i%len(resumedSchedules)], Float64: i%3 == 0, Threads: 1 + i%2}
		want, _ := s.train(t, trainers.Checkpoints{})
		dir := t.TempDir()
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for killed := 0; ; {
			child := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
			child.Env = append(os.Environ(), "ELMAN_KILLED_CHILD="+string(text), "ELMAN_KILLED_DIR="+dir)
			var out strings.Builder
			child.Stdout, child.Stderr = &out, &out
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			if killed < 5 { // each gets at most so far; then one may end
				awaitSteps(t, dir, r.IntN(6))
				time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
				child.Process.Kill()
			}
			err := child.Wait()
			if err == nil {
				if _, got, _ := strings.Cut(out.String(), "sum "); !strings.HasPrefix(got, want) {
					t.Errorf("%+v: other bits after %d kills", s, killed)
				}
				break
			}
			if child.ProcessState.ExitCode() >= 0 {
				t.Fatalf("%+v, after %d kills: %v\n%s", s, killed, err, out.String())
			}
			killed++
			done++
		}
	}
	t.Logf("%d processes killed", done)
}

// awaitSteps waits until there are so many checkpoints more in dir, but not for ever.
func awaitSteps(t *testing.T, dir string, more int) {
	t.Helper()
	before, _ := trainers.LastCheckpoint(dir)
	for began := time.Now(); more >= 0 && time.Since(began) < time.Minute; time.Sleep(200 * time.Microsecond) {
		if last, _ := trainers.LastCheckpoint(dir); last != before {
			before = last
			more--
		}
		if strings.HasSuffix(before, fmt.Sprint(killedSteps)) {
			return
		}
	}
}

// finished trains into a folder, and gives the checkpoint.
func finished(t *testing.T, c trainers.Checkpoints, s setup) string {
	t.Helper()
	s.train(t, c)
	last, err := trainers.LastCheckpoint(c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// resumeError takes up training in a folder and wants it to fail.
func resumeError(t *testing.T, s setup, c trainers.Checkpoints) string {
	t.Helper()
	trainer, _ := s.trainer(t, c)
	_, err := trainer.Fit(context.Background(), s.model(), tokens(t, 1), killedSteps)
	if err == nil {
		t.Fatal("no error")
	}
	return err.Error()
}

// A checkpoint that is altered in any byte, or cut short anywhere, is refused, and the one before still
// opens.
func TestDamagedCheckpoint(t *testing.T) {
	s := setup{Optimizer: "adam", Schedule: "plateau"}
	c := trainers.Checkpoints{Dir: t.TempDir(), Every: killedSteps - 1, Keep: 3, Resume: true}
	last := finished(t, c, s)
	files, err := os.ReadDir(last)
	if err != nil || len(files) != 4 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	opens := func() error {
		_, err := trainers.BestCheckpoint(c.Dir)
		return err
	}
	if err := opens(); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path := filepath.Join(last, f.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		step := 1
		if testing.Short() {
			step = 97
		}
		try := func(what string, damaged []byte) {
			if err := os.WriteFile(path, damaged, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := opens(); err == nil {
				t.Fatalf("%s: %s: it opens", f.Name(), what)
			}
		}
		for i := 0; i < len(content); i += step {
			flipped := slices.Clone(content)
			flipped[i] ^= 1 << (i % 8)
			if f.Name() == "SHA256SUMS" && content[i] == '\n' && i == len(content)-1 {
				continue // what follows the last line is nobody's
			}
			try(fmt.Sprintf("byte %d flipped", i), flipped)
			if i%7 == 0 {
				try(fmt.Sprintf("cut at %d", i), content[:i])
			}
		}
		try("cut", content[:len(content)-1])
		if message := resumeError(t, s, c); !strings.Contains(message, filepath.Base(last)) ||
			!strings.Contains(message, fmt.Sprintf("without that folder training goes on from step %d", killedSteps-1)) {
			t.Errorf("%s", message)
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(last); err != nil {
		t.Fatal(err)
	}
	want, _ := s.train(t, trainers.Checkpoints{})
	if got, _ := s.train(t, c); got != want {
		t.Error("the checkpoint before gives other bits")
	}
}

// A checkpoint of other settings is refused, and the message says which.
func TestOtherSettings(t *testing.T) {
	s := setup{Optimizer: "momentum", Schedule: "cosine"}
	dir := t.TempDir()
	finished(t, trainers.Checkpoints{Dir: dir}, s)
	s.Float64 = true
	message := resumeError(t, s, trainers.Checkpoints{Dir: dir, Resume: true})
	for _, want := range []string{
		"train: checkpoint: step-0000000024: it is of other settings:",
		"\tparameter wh: float32 (6, 6) in the checkpoint, float64 (6, 6) now",
		"\tsettings.Float64: false in the checkpoint, true now",
	} {
		if !strings.Contains(message, want) {
			t.Errorf("%s\nlacks %q", message, want)
		}
	}
	s = setup{Optimizer: "adam", Schedule: "step"}
	message = resumeError(t, s, trainers.Checkpoints{Dir: dir, Resume: true})
	for _, want := range []string{
		"\toptimizer: *trainers.SGD in the checkpoint, *trainers.Adam now",
		"\toptimizer.Momentum: 0.9 in the checkpoint, none now",
		"\tschedule: trainers.Cosine in the checkpoint, trainers.Step now",
		"\tschedule.Every: none in the checkpoint, 5 now",
	} {
		if !strings.Contains(message, want) {
			t.Errorf("%s\nlacks %q", message, want)
		}
	}
	if message := resumeError(t, s, trainers.Checkpoints{Dir: dir}); !strings.Contains(message, "holds checkpoints up to step 24 of another run") {
		t.Error(message)
	}
	if got := trainers.Unused(dir); got != dir+"-2" {
		t.Errorf("unused: %s", got)
	}
}

// The newest and the best stay; what a killed program has left goes.
func TestCheckpointsThatStay(t *testing.T) {
	s := setup{Optimizer: "adam", Schedule: "plateau"}
	dir := t.TempDir()
	leftover := filepath.Join(dir, "step-0000000003.new-123")
	if err := os.Mkdir(leftover, 0o777); err != nil {
		t.Fatal(err)
	}
	finished(t, trainers.Checkpoints{Dir: dir, Every: 1, Keep: 3}, s)
	best, err := trainers.BestCheckpoint(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"step-0000000022", "step-0000000023", "step-0000000024"}
	if b := filepath.Base(best); !slices.Contains(want, b) {
		want = append([]string{b}, want...)
	}
	if !slices.Equal(names, want) {
		t.Errorf("there are %q, want %q", names, want)
	}
	weights, err := os.Open(filepath.Join(best, "weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer weights.Close()
	if store, err := graph.Load(weights, 1); err != nil || len(store.Params()) != 4 {
		t.Errorf("weights of the best: %v", err)
	}
}

// A checkpoint that cannot be written ends training, with the reason, and leaves those before.
func TestCheckpointNotWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	s := setup{Optimizer: "adam", Schedule: "constant"}
	moved := dir + "-moved"
	block := trainers.Every(1, func(r *trainers.Run) error {
		if r.Step == 7 { // a file where the folder was
			return errors.WithStack(errorOf(os.Rename(dir, moved), os.WriteFile(dir, nil, 0o666)))
		}
		return nil
	})
	trainer, _ := s.trainer(t, trainers.Checkpoints{Dir: dir, Every: 5}, block)
	report, err := trainer.Fit(context.Background(), s.model(), tokens(t, 1), killedSteps)
	if err == nil || !strings.Contains(err.Error(), "checkpoint") || !strings.Contains(err.Error(), dir) {
		t.Errorf("error is %v", err)
	}
	if report.Steps >= killedSteps {
		t.Errorf("%d steps", report.Steps)
	}
	if err := errorOf(os.Remove(dir), os.Rename(moved, dir)); err != nil {
		t.Fatal(err)
	}
	want, _ := s.train(t, trainers.Checkpoints{})
	if got, _ := s.train(t, trainers.Checkpoints{Dir: dir, Every: 5, Resume: true}); got != want {
		t.Error("the checkpoint before gives other bits")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if message := resumeError(t, s, trainers.Checkpoints{Dir: file}); !strings.Contains(message, file) {
		t.Error(message)
	}
}

func errorOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Whatever is set is compared: the groups of an optimiser, and the program's own, which must be such that
// they can be.
func TestOtherSettingsWithin(t *testing.T) {
	run := func(dir string, rate float64, settings any, steps int) error {
		trainer := trainers.Trainer{
			Optimizer: trainers.Groups{{Pattern: "w*", Optimizer: &trainers.AdamW{WeightDecay: 0.1}, Rate: rate}, {Pattern: "**", Optimizer: &trainers.AdamW{}}},
			Schedule:  trainers.Constant(0.05), Checkpoints: trainers.Checkpoints{Dir: dir, Resume: true, Settings: settings},
		}
		_, err := trainer.Fit(context.Background(), newRecurrence(tensor.Float32), tokens(t, 1), steps)
		return err
	}
	long := make([]int, 300)
	dir := t.TempDir()
	if err := run(dir, 0.1, map[string]any{"words": long}, 2); err != nil {
		t.Fatal(err)
	}
	err := run(dir, 0.5, map[string]any{"words": long[1:]}, 4)
	for _, want := range []string{"optimizer.0.Rate: 0.1 in the checkpoint, 0.5 now", "settings.words: 300 values, SHA-256 ", "299 values, SHA-256 "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
	if err := run(t.TempDir(), 1, []string{"a", "caf\xe9.txt"}, 2); err == nil || !strings.Contains(err.Error(), "train: checkpoint: Checkpoints.Settings: [1] is not UTF-8") {
		t.Errorf("settings that are no text: error is %v", err)
	}
	if err := run(t.TempDir(), 1, math.Inf(1), 2); err == nil || !strings.Contains(err.Error(), "train: checkpoint: Checkpoints.Settings: ") {
		t.Errorf("settings that cannot be compared: error is %v", err)
	}
}

// A run that is refused leaves what another may be writing, and no run takes what is not a checkpoint's.
func TestLeftoversOfOthers(t *testing.T) {
	s := setup{Optimizer: "adam", Schedule: "constant"}
	dir := t.TempDir()
	finished(t, trainers.Checkpoints{Dir: dir}, s)
	others := []string{"notes.new-ideas.txt", "model.new-123.old", "step-0000000009.new-77"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	there := func() (found []string) {
		for _, name := range others {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				found = append(found, name)
			}
		}
		return found
	}
	resumeError(t, s, trainers.Checkpoints{Dir: dir})
	if got := there(); !slices.Equal(got, others) {
		t.Errorf("a run that was refused leaves %q", got)
	}
	s.train(t, trainers.Checkpoints{Dir: dir, Resume: true})
	if got := there(); !slices.Equal(got, others[:2]) {
		t.Errorf("one that goes on leaves %q", got)
	}
}

// A value that is no number is never the best.
func TestNoBestOfInfinities(t *testing.T) {
	boundless := metrics.Perplexity()
	boundless.Value = func([]float64) float64 { return math.Inf(1) }
	c := trainers.Checkpoints{Dir: t.TempDir(), Every: 5}
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.05), Checkpoints: c, Hooks: []trainers.Hook{&trainers.Evaluate{
		Source: tokens(t, 2), Every: 2, Metrics: []metrics.Metric{boundless},
		Observers: []trainers.Observer{&trainers.EarlyStopping{Metric: boundless.Name, Patience: 100}},
	}}}
	fit(t, trainer, newRecurrence(tensor.Float32), tokens(t, 1), 10)
	if best, err := trainers.BestCheckpoint(c.Dir); err == nil {
		t.Errorf("best is %s", best)
	}
}

// uncomparable is a Stateful hook whose type == cannot compare.
type uncomparable []int

func (uncomparable) Step(*trainers.Run) error                { return nil }
func (uncomparable) State() map[string]*tensor.Dense         { return nil }
func (uncomparable) SetState(map[string]*tensor.Dense) error { return nil }

func TestCheckpointOfUncomparableHooks(t *testing.T) {
	trainer := trainers.Trainer{
		Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.05), Checkpoints: trainers.Checkpoints{Dir: t.TempDir()},
		Hooks: []trainers.Hook{uncomparable{1}, uncomparable{2}},
	}
	fit(t, trainer, newRegression(), points(4, 2, 0), 3)
}

// Names of events that are no UTF-8 are made valid before a checkpoint notes them: it does not end training.
func TestCheckpointOfNamesThatAreNoText(t *testing.T) {
	const name, valid = "mae/Temp\xe9rature", "mae/Temp\uFFFDrature"
	dir := t.TempDir()
	var log strings.Builder
	for _, steps := range []int{3, 5} {
		var heard []string
		l := listenerFunc{f: func(_ *trainers.Run, e trainers.Event) { heard = append(heard, e.Name) }}
		trainer := trainers.Trainer{
			Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.05), Checkpoints: trainers.Checkpoints{Dir: dir, Every: 1, Resume: true},
			Hooks: []trainers.Hook{l, trainers.Every(1, func(r *trainers.Run) error {
				r.Scalar(name, 1)
				if !slices.Contains(r.Emitted(), valid) {
					t.Errorf("emitted %q", r.Emitted())
				}
				return nil
			}), &trainers.Evaluate{Name: "caf\xe9\n", Source: points(4, 2, 0), Every: 1, Log: &log}},
		}
		if report := fit(t, trainer, newRegression(), points(4, 2, 0), steps); report.Steps != steps {
			t.Errorf("%d steps, want %d", report.Steps, steps)
		}
		if !slices.Contains(heard, valid) || slices.Contains(heard, name) {
			t.Errorf("heard %q", heard)
		}
	}
	if text := log.String(); strings.Count(text, "\n") != 5 || !utf8.ValidString(text) {
		t.Errorf("lines %q", text)
	}
}
