package trainers_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/metrics"
)

func TestLoss(t *testing.T) {
	// With w fixed at (2, -1) the loss of a batch is the mean square of what was added to y.
	exact := points(2, 2, 0)
	off := func(b data.Batch, by float64) data.Batch {
		y := b["y"].Clone().(*tensor.Dense)
		for i := range y.Float64s() {
			y.Float64s()[i] += by
		}
		return data.Batch{"x": b["x"], "y": y}
	}
	weighed := func(b data.Batch, weights ...float64) data.Batch {
		b["weight"] = dense(weights, len(weights))
		return b
	}
	for _, tc := range []struct {
		what string
		src  batches
		want float64
	}{
		{"batches count alike", batches{off(exact[0], 1), off(exact[1], 3)}, 5},
		{"or by the output count", batches{weighed(off(exact[0], 1), 1, 2), weighed(off(exact[1], 3), 0, 1)}, (3*1 + 1*9) / 4.},
		{"and one of no targets not at all", batches{weighed(off(exact[0], math.NaN()), 0, 0), weighed(off(exact[1], 3), 1, 0)}, 9},
	} {
		m := newRegression()
		if _, err := trainers.Loss(context.Background(), m, exact); err != nil {
			t.Fatal(err)
		}
		copy(m.store.Params()[0].Value.Float64s(), []float64{2, -1})
		got, err := trainers.Loss(context.Background(), m, tc.src)
		if err != nil {
			t.Fatal(err)
		}
		graphtest.Equal(t, tc.what, got, tc.want, 1e-12)
	}
}

func TestLossIsRepeatable(t *testing.T) {
	// Neither dropout nor the state that the evaluation before has left can be seen.
	m := newRecurrence(tensor.Float64)
	history := &trainers.Evaluate{Source: tokens(t, 2), Every: 1}
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0), Hooks: []trainers.Hook{history}}, m, tokens(t, 1), 3)
	want, err := trainers.Loss(context.Background(), m, tokens(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	if len(history.History) != 3 {
		t.Fatalf("%d evaluations, want 3", len(history.History))
	}
	for _, e := range history.History {
		if e.Loss != want {
			t.Errorf("loss after step %d is %v, want %v", e.Step, e.Loss, want)
		}
	}
}

// stateful is a model whose loss is the number of runs that its state has seen.
type stateful struct{ regression }

func (m stateful) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	carry := s.Carry("runs", 1)
	n := s.Shift(carry.Node(), 1)
	carry.Set(n)
	return s.Add(s.Sum(n), s.Scale(m.regression.Loss(s, spec), 0))
}

func TestEvaluateBeginsFromZeroState(t *testing.T) {
	e := &trainers.Evaluate{Source: points(3, 2, 0), Every: 1}
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0), Hooks: []trainers.Hook{e}},
		stateful{newRegression()}, points(2, 2, 0), 3)
	for _, e := range e.History {
		if e.Loss != 2 { // the mean of 1, 2 and 3
			t.Errorf("loss after step %d is %v, want 2", e.Step, e.Loss)
		}
	}
}

func TestEvaluateDoesNotDisturbTraining(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		e := &trainers.Evaluate{Source: tokens(t, 2), Every: 3}
		sameBits(t, "parameters", train(t, dt, e), train(t, dt))
		if len(e.History) != 9 || e.History[0].Step != 3 || e.History[8].Step != 25 {
			t.Errorf("history %v, want the steps 3, 6, ... 24, 25", e.History)
		}
	}
}

// ender notes that it came to its end.
type ender struct {
	ended *int
	err   error
}

func (ender) Observe(*trainers.Run, trainers.Evaluation) error { return nil }
func (e ender) End(*trainers.Run) error                        { *e.ended++; return e.err }

func TestEvaluateTellsObservers(t *testing.T) {
	var log bytes.Buffer
	var seen []trainers.Evaluation
	ended := 0
	e := &trainers.Evaluate{Source: points(2, 4, 0.1), Every: 4, Log: &log, Observers: []trainers.Observer{
		trainers.ObserverFunc(func(r *trainers.Run, e trainers.Evaluation) error {
			if e.Step != r.Step {
				t.Errorf("evaluation %+v at step %d", e, r.Step)
			}
			seen = append(seen, e)
			return nil
		}),
		ender{&ended, nil},
	}}
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{e}}
	fit(t, trainer, newRegression(), points(2, 4, 0), 6)
	if len(seen) != 2 || !reflect.DeepEqual(seen, e.History) || seen[1].Step != 6 {
		t.Errorf("observed %v, history %v", seen, e.History)
	}
	if ended != 1 {
		t.Errorf("%d ends, want 1", ended)
	}
	if got := strings.Count(log.String(), "validation loss "); got != 2 || !strings.HasPrefix(log.String(), "step 4  validation loss ") {
		t.Errorf("log is %q", log.String())
	}
}

func TestEvaluateIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	e := &trainers.Evaluate{Source: canceller{points(2, 4, 0), cancel}, Every: 2}
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{e}}
	report, err := trainer.Fit(ctx, newRegression(), points(2, 4, 0), 6)
	if err != nil || report.Steps != 2 || !report.Interrupted || len(e.History) != 0 {
		t.Errorf("report %+v, error %v, history %v", report, err, e.History)
	}
}

func TestEvaluateRefuses(t *testing.T) {
	lacking := batches{{"x": dense([]float64{1, 1}, 1, 2)}}
	wide := batches{{"x": dense([]float64{1, 1, 1}, 1, 3), "y": dense([]float64{1}, 1, 1)}}
	nothing := points(1, 2, 0)
	nothing[0]["weight"] = dense([]float64{0, 0}, 2)
	for _, tc := range []struct {
		want string
		src  data.Source
	}{
		{"train: start: hook 0 (*trainers.Evaluate): evaluate: no Source", nil},
		{"train: start: hook 0 (*trainers.Evaluate): evaluate: w: param: stored shape (2, 1), declared (3, 1)", wide},
		{`train: start: hook 0 (*trainers.Evaluate): evaluate: input y: no shape`, lacking},
		{"train step 2: hook 0 (*trainers.Evaluate): evaluate: disk on fire", failing{points(1, 2, 0)}},
		{"train step 2: hook 0 (*trainers.Evaluate): evaluate: the source has no target that counts", nothing},
	} {
		trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
			&trainers.Evaluate{Source: tc.src, Every: 2},
		}}
		_, err := trainer.Fit(context.Background(), newRegression(), points(2, 2, 0), 4)
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s ...", err, tc.want)
		}
	}

	for want, try := range map[string]func() (float64, error){
		"evaluate: no Model":                   func() (float64, error) { return trainers.Loss(context.Background(), nil, wide) },
		"evaluate: no Source":                  func() (float64, error) { return trainers.Loss(context.Background(), newRegression(), nil) },
		"evaluate: the model declares no loss": func() (float64, error) { return lossOf(func(*graph.Scope) *G.Node { return nil }) },
		`evaluate: output "count" has shape (1)`: func() (float64, error) {
			return lossOf(func(s *graph.Scope) *G.Node {
				s.Output("count", s.Full(1, 1))
				return s.Sum(s.Full(1, 1))
			})
		},
	} {
		if _, err := try(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s ...", err, want)
		}
	}

	observer := trainers.ObserverFunc(func(*trainers.Run, trainers.Evaluation) error { return errors.New("no space left") })
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		&trainers.Evaluate{Source: points(1, 2, 0), Observers: []trainers.Observer{observer}},
	}}
	_, err := trainer.Fit(context.Background(), newRegression(), points(2, 2, 0), 4)
	if want := "train step 4: hook 0 (*trainers.Evaluate): observer 0 (trainers.ObserverFunc): no space left"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}

	trainer.Hooks = []trainers.Hook{&trainers.Evaluate{Source: points(1, 2, 0), Observers: []trainers.Observer{ender{new(int), errors.New("too late")}}}}
	_, err = trainer.Fit(context.Background(), newRegression(), points(2, 2, 0), 4)
	if want := "train: end: hook 0 (*trainers.Evaluate): too late"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func lossOf(loss func(*graph.Scope) *G.Node) (float64, error) {
	return trainers.Loss(context.Background(), declared{newRegression(), loss}, points(1, 2, 0))
}

func TestMeasure(t *testing.T) {
	// With w fixed at (2, -1) the errors are what was added to y.
	exact := points(2, 2, 0)
	m := newRegression()
	if _, err := trainers.Loss(context.Background(), m, exact); err != nil {
		t.Fatal(err)
	}
	copy(m.store.Params()[0].Value.Float64s(), []float64{2, -1})
	for i, by := range []float64{1, -3} {
		for j := range 2 {
			exact[i]["y"].Data().([]float64)[j] += by
		}
	}
	exact[0]["mask"] = dense([]float64{1, 1}, 2, 1) // which the model does not read
	exact[1]["mask"] = dense([]float64{0, 1}, 2, 1)
	numbers := metrics.Numbers{Unit: "m"}
	got, err := trainers.Measure(context.Background(), m, exact, numbers.MAE(), numbers.RMSE())
	if err != nil {
		t.Fatal(err)
	}
	graphtest.Equal(t, "loss", got.Loss, 5., 1e-12)
	for i, want := range []metrics.Value{{Name: "mae", Unit: "m", Value: 5 / 3.}, {Name: "rmse", Unit: "m", Value: math.Sqrt(11 / 3.)}} {
		graphtest.Equal(t, want.Name, got.Values[i].Value, want.Value, 1e-12)
		if want.Value = got.Values[i].Value; got.Values[i] != want {
			t.Errorf("got %+v, want %+v", got.Values[i], want)
		}
		if v, err := got.Value(want.Name); v != want || err != nil {
			t.Errorf("%s is %+v (%v), want %+v", want.Name, v, err, want)
		}
	}
	for _, name := range []string{"", "loss"} {
		if v, err := got.Value(name); v.Value != got.Loss || err != nil {
			t.Errorf("metric %q is %v (%v), want the loss", name, v, err)
		}
	}
	if _, err := got.Value("accuracy"); err == nil || err.Error() != `no metric "accuracy"; there are loss, mae, rmse` {
		t.Errorf("error is %v", err)
	}
}

// A metric is given what it reads, and what nobody reads is not computed.
func TestMeasureOutputs(t *testing.T) {
	src := points(1, 2, 0)
	src[0]["weight"] = dense([]float64{1, 1}, 2)
	for _, tc := range []struct{ reads, want []string }{
		{nil, []string{"count"}},
		{[]string{"prediction"}, []string{"count", "prediction"}},
	} {
		var got []string
		_, err := trainers.Measure(context.Background(), newRegression(), src, metrics.Metric{Name: "own", Reads: tc.reads,
			Sums: func(b metrics.Outcome) ([]float64, error) {
				got = slices.Sorted(maps.Keys(b.Outputs))
				return []float64{1, 1}, nil
			}})
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("reading %q gives the outputs %q (%v), want %q", tc.reads, got, err, tc.want)
		}
	}
}

// Several evaluations side by side, on a part of the training data and on other data.
func TestEvaluatesHaveNames(t *testing.T) {
	var log bytes.Buffer
	train, held := points(4, 4, 0.1), points(1, 16, 0.1)
	ms := []metrics.Metric{metrics.Numbers{Unit: "m"}.MAE(), metrics.Numbers{}.SMAPE()}
	both := []*trainers.Evaluate{
		{Name: "train", Source: data.First(train, 1), Metrics: ms[:1], Every: 2, Log: &log},
		{Source: held, Metrics: ms, Every: 3, Unit: "m²", Log: &log},
	}
	m := newRegression()
	fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{both[0], both[1]}}, m, train, 4)
	want := [][]int{{2, 4}, {3, 4}}
	for i, e := range both {
		for j, at := range e.History {
			if at.Step != want[i][j] || at.Name != []string{"train", "validation"}[i] || len(at.Values) != 1+i || at.Values[0].Name != "mae" {
				t.Errorf("evaluation %d of %d is %+v", j, i, at)
			}
		}
	}
	last, err := trainers.Measure(context.Background(), m, held, ms...)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(log.String(), "\n")
	if want := fmt.Sprintf("step 4  validation loss %#.4g m²  mae %#.4g m  smape %#.4g %%  ", last.Loss, last.Values[0].Value, last.Values[1].Value); !strings.HasPrefix(lines[3], want) || !isTime(lines[3][len(want):]) {
		t.Errorf("line %q, want %q", lines[3], want)
	}
	if !strings.HasPrefix(lines[0], "step 2  train loss ") || len(lines) != 5 {
		t.Errorf("log %q", lines)
	}
}

func TestEvaluateRefusesMetrics(t *testing.T) {
	own := func(name string, reads ...string) metrics.Metric {
		return metrics.Metric{Name: name, Reads: reads, Better: metrics.Neither, Sums: func(metrics.Outcome) ([]float64, error) {
			return nil, errors.New("no ink")
		}}
	}
	for _, tc := range []struct {
		want     string
		metrics  []metrics.Metric
		observer trainers.Observer
	}{
		{`start: hook 0 (*trainers.Evaluate): evaluate: metric "accuracy" reads the output "logits", which the model does not declare`,
			[]metrics.Metric{metrics.Classes{}.Accuracy()}, nil},
		{`start: hook 0 (*trainers.Evaluate): evaluate: metric 1 is called "a", want a name that no other has`, []metrics.Metric{own("a"), own("a")}, nil},
		{`start: hook 0 (*trainers.Evaluate): evaluate: metric 0 is called "loss", want`, []metrics.Metric{own("loss")}, nil},
		{`start: hook 0 (*trainers.Evaluate): evaluate: metric 0 is called "", want`, []metrics.Metric{own("")}, nil},
		{`step 4: hook 0 (*trainers.Evaluate): evaluate: metric "a": no ink`, []metrics.Metric{own("a")}, nil},
		{`start: hook 0 (*trainers.Evaluate): observer 0 (*trainers.EarlyStopping): no metric "mae"; there are loss, a`,
			[]metrics.Metric{own("a")}, &trainers.EarlyStopping{Metric: "mae"}},
		{`start: hook 0 (*trainers.Evaluate): observer 0 (*trainers.ReduceOnPlateau): metric "a": neither higher nor lower is better`,
			[]metrics.Metric{own("a")}, &trainers.ReduceOnPlateau{Metric: "a"}},
	} {
		e := &trainers.Evaluate{Source: points(1, 2, 0), Metrics: tc.metrics}
		if tc.observer != nil {
			e.Observers = []trainers.Observer{tc.observer}
		}
		trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{e}}
		_, err := trainer.Fit(context.Background(), newRegression(), points(2, 2, 0), 4)
		if err == nil || !strings.HasPrefix(err.Error(), "train "+tc.want) && !strings.HasPrefix(err.Error(), "train: "+tc.want) {
			t.Errorf("error is %v, want %s ...", err, tc.want)
		}
	}
}
