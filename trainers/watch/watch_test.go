package watch_test

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/watch"
)

// regression is y = x·w by least squares.
type regression struct{ store *graph.Store }

func newRegression() regression { return regression{graph.NewStore(1, tensor.Float64)} }

func (m regression) Store() *graph.Store { return m.store }

func (m regression) Loss(s *graph.Scope, _ data.Spec) *G.Node {
	w := s.Param("w", graph.Glorot, 2, 1)
	return s.Mean(s.Square(s.Sub(s.MatMul(s.Input("x", 3, 2), w), s.Input("y", 3, 1))))
}

// points is a source of one batch.
var points = data.Func(data.Spec{
	"x": {Shape: tensor.Shape{3, 2}, Dtype: tensor.Float64},
	"y": {Shape: tensor.Shape{3, 1}, Dtype: tensor.Float64},
}, 1, func(int, int) (data.Batch, error) { return threePoints(), nil })

func threePoints() data.Batch {
	return data.Batch{
		"x": graph.Floats([]float64{1, 2, 3, 4, 5, 7}, 3, 2),
		"y": graph.Floats([]float64{1, 2, 4}, 3, 1),
	}
}

// talk emits one of each kind after every step.
var talk = trainers.Every(1, func(r *trainers.Run) error {
	at := float64(r.Step)
	r.Scalar("validation/loss", 1/at)
	r.Text("sample", "one, \"two\"\nthree "+strings.Repeat("<é>", r.Step))
	r.Histogram("values", []float64{-at, 0, at})
	r.Curves("forecast", trainers.Curves{X: "month", Y: "sales", Lines: []trainers.Curve{
		{Name: "truth", X: []float64{1, 2}, Y: []float64{at, math.NaN()}}, {Name: "forecast", Y: []float64{2}},
	}})
	return nil
})

// fit trains from a step to another.
func fit(t testing.TB, from, steps int, hooks ...trainers.Hook) error {
	t.Helper()
	trainer := trainers.Trainer{
		Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.01), Hooks: hooks,
		From: trainers.Position{Step: from, Epoch: from},
	}
	_, err := trainer.Fit(context.Background(), newRegression(), points, steps)
	return err
}

// written are the files that a test writes, and each writer with its path.
func written(dir string) (files watch.Files, each map[string]trainers.Hook) {
	files = watch.Files{
		JSON: filepath.Join(dir, "log", "run.jsonl"), CSV: filepath.Join(dir, "log", "run.csv"), TensorBoard: filepath.Join(dir, "tb"),
		Report: filepath.Join(dir, "log", "report.html"), Plots: filepath.Join(dir, "log", "plots"),
	}
	return files, map[string]trainers.Hook{
		files.JSON: &watch.JSON{Path: files.JSON}, files.CSV: &watch.CSV{Path: files.CSV}, files.TensorBoard: &watch.TensorBoard{Dir: files.TensorBoard},
		files.Report: &watch.Report{Path: files.Report}, files.Plots: &watch.Plots{Dir: files.Plots},
	}
}

func TestUnwritablePathsFailBeforeTheFirstStep(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "log"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tb"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, each := written(dir) // below what are files
	for path, hook := range each {
		err := fit(t, 0, 1, hook)
		if err == nil || !strings.HasPrefix(err.Error(), "train: start: hook 0 (*watch.") || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: error %v, want one of the start with the path", path, err)
		}
	}
	for _, hook := range []trainers.Hook{&watch.JSON{}, &watch.CSV{}, &watch.Report{}} {
		if err := fit(t, 0, 1, hook); err == nil || !strings.Contains(err.Error(), "no path") {
			t.Errorf("%T: error %v, want no path", hook, err)
		}
	}
}

// A disk that fills ends training with an error that names the file.
func TestFullDisk(t *testing.T) {
	const full = "/dev/full" // takes no byte
	if _, err := os.Stat(full); err != nil {
		t.Skip("there is no ", full)
	}
	for _, hook := range []trainers.Hook{&watch.JSON{Path: full}, &watch.CSV{Path: full}, &watch.Files{JSON: full}} {
		err := fit(t, 0, 10000, hook)
		if err == nil || !strings.HasPrefix(err.Error(), "train step 1: ") || !strings.Contains(err.Error(), full) {
			t.Errorf("%T: error %v, want one of step 1 with the file", hook, err)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	files, each := written(dir)
	if err := fit(t, 0, 3, &files, talk); err != nil {
		t.Fatal(err)
	}
	for path := range each {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	var none watch.Files
	if err := fit(t, 0, 3, &none, talk); err != nil {
		t.Error(err)
	}
	named := (&watch.Files{JSON: "a/run.jsonl", TensorBoard: "tb", Report: "r.html", Plots: "p", Title: "Cells"}).Named("lstm")
	want := watch.Files{JSON: "a/run-lstm.jsonl", TensorBoard: filepath.Join("tb", "lstm"), Report: "r.html", Plots: filepath.Join("p", "lstm"), Title: "Cells"}
	got := watch.Files{JSON: named.JSON, CSV: named.CSV, TensorBoard: named.TensorBoard, Report: named.Report, Plots: named.Plots, Title: named.Title}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("named %+v, want %+v", got, want)
	}
	if got, want := want.String(), "report r.html, charts "+want.Plots+", TensorBoard "+want.TensorBoard+", log a/run-lstm.jsonl"; got != want {
		t.Errorf("they are %q, want %q", got, want)
	}
}

func TestFilesEndThoughOneFails(t *testing.T) {
	dir := t.TempDir()
	files := watch.Files{JSON: filepath.Join(dir, "run.jsonl"), CSV: filepath.Join(dir, "run.jsonl", "run.csv")}
	if err := fit(t, 0, 3, &files); err == nil || !strings.Contains(err.Error(), "run.jsonl: not a directory") {
		t.Errorf("error %v, want one about the folder", err)
	}
	if err := fit(t, 0, 3, &watch.Files{JSON: files.JSON}, failing{}); err == nil || !strings.Contains(err.Error(), "no more") {
		t.Errorf("error %v", err)
	}
	if log, err := os.ReadFile(files.JSON); err != nil || strings.Count(string(log), "\n") != 3 {
		t.Errorf("%v, log %q, want the three events of step 1", err, log)
	}
}

type failing struct{}

func (failing) Step(*trainers.Run) error { return errors.New("no more") }

// edit changes what a file holds.
func edit(t *testing.T, path string, change func(string) string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(change(string(text))), 0o666); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// events are those that a file of JSON holds.
func events(t testing.TB, r io.Reader) (list []trainers.Event) {
	t.Helper()
	for e, err := range watch.ReadJSON(r) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}
