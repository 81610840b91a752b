package metrics_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/trainers/metrics"
)

// logits are [N, C] of float32 in which the greatest of each row is at the place given.
func logits(classes int, predicted ...int) tensor.Tensor {
	values := make([]float32, len(predicted)*classes)
	for i := range values {
		values[i] = -3
	}
	for row, class := range predicted {
		values[row*classes+class] = -1
	}
	return tensor.New(tensor.WithShape(len(predicted), classes), tensor.WithBacking(values))
}

func ints(values []int, shape ...int) tensor.Tensor {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

func dense(values []float64, shape ...int) tensor.Tensor {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// labelled is a batch of targets and what a model said of them.
func labelled(classes int, targets, predicted []int) metrics.Outcome {
	return metrics.Outcome{
		Batch:   data.Batch{"targets": ints(targets, len(targets))},
		Outputs: map[string]tensor.Tensor{"logits": logits(classes, predicted...)},
	}
}

// forecast is a batch of true values and forecasts [N, 1].
func forecast(truth, forecasts []float64) metrics.Outcome {
	return metrics.Outcome{
		Batch:   data.Batch{"y": dense(truth, len(truth), 1)},
		Outputs: map[string]tensor.Tensor{"prediction": dense(forecasts, len(forecasts), 1)},
	}
}

// masked adds a mask to a batch.
func masked(b metrics.Outcome, mask tensor.Tensor) metrics.Outcome {
	b.Batch["mask"] = mask
	return b
}

// levels are three quantiles of y [2, 2].
func levels() metrics.Outcome {
	return metrics.Outcome{
		Batch: data.Batch{"y": dense([]float64{1, 2, 3, 4}, 2, 2)},
		Outputs: map[string]tensor.Tensor{"quantiles": dense([]float64{
			0, 1, 2, // the truth 1 is within
			2, 3, 4, // 2 is on the edge
			0, 1, 2.5, // 3 is above
			4.5, 5, 6, // 4 is below
		}, 2, 2, 3)},
	}
}

func TestMetrics(t *testing.T) {
	nan := math.NaN()
	// By hand: class 0 is right in 2 of 4 predictions and of 2 targets, 1 and 2 in 1 of 1 and of 2, class 3 does
	// not occur. A target of -1 does not count, whatever is predicted.
	counted := []metrics.Outcome{
		labelled(4, []int{0, 0, 1, -1}, []int{0, 0, 1, 3}),
		labelled(4, []int{1, 2}, []int{0, 2}),
		labelled(4, []int{2}, []int{0}),
	}
	classes, numbers := metrics.Classes{}, metrics.Numbers{Unit: "m"}
	quantiles := metrics.Quantiles{Levels: []float64{0.1, 0.5, 0.9}}
	scaler := series.Scaler{{Center: 10, Scale: 2}, {Scale: 5}}
	two := forecast([]float64{10, 20, 0}, []float64{13, 19, 0})
	unsure := metrics.Outcome{
		Batch:   data.Batch{"targets": ints([]int{0, 0}, 2)},
		Outputs: map[string]tensor.Tensor{"logits": dense([]float64{1, 0, nan, nan}, 2, 2)},
	}
	twice := forecast([]float64{10, 20, 0}, []float64{13, 19, 0})
	columns := metrics.Outcome{
		Batch:   data.Batch{"y": dense([]float64{0, 0, 0, 0}, 2, 2)},
		Outputs: map[string]tensor.Tensor{"prediction": dense([]float64{1, 0, 0, 2}, 2, 2)},
	}
	for _, tc := range []struct {
		name   string
		metric metrics.Metric
		of     []metrics.Outcome
		want   float64
		unit   string
		better metrics.Direction
	}{
		{"perplexity", metrics.Perplexity(), []metrics.Outcome{{Loss: 1, Weight: 3}, {Loss: 5, Weight: 1}}, math.Exp(2), "", metrics.Lower},
		{"bpc", metrics.BitsPerCharacter(), []metrics.Outcome{{Loss: 1, Weight: 3}, {Loss: 5, Weight: 1}, {Loss: nan}}, 2 / math.Ln2, "bits", metrics.Lower},

		{"accuracy", classes.Accuracy(), counted, 100 * 4 / 6., "%", metrics.Higher},
		{"accuracy", classes.Accuracy(), []metrics.Outcome{labelled(2, []int{-1}, []int{1})}, nan, "%", metrics.Higher},
		{"accuracy", classes.Accuracy(), []metrics.Outcome{masked(labelled(2, []int{0, 1, 1}, []int{0, 0, 0}), ints([]int{1, 0, 1}, 3))}, 50, "%", metrics.Higher},
		{"accuracy", metrics.Classes{Mask: "first"}.Accuracy(), []metrics.Outcome{{
			Batch:   data.Batch{"targets": ints([]int{0, 1, 1, 0}, 2, 2), "first": dense([]float64{1, 0}, 1, 2)},
			Outputs: map[string]tensor.Tensor{"logits": dense([]float64{1, 0, 1, 0, 1, 0, 1, 0}, 2, 2, 2)},
		}}, 50, "%", metrics.Higher},
		{"precision of class 0", classes.Precision(0), counted, 100 * 2 / 4., "%", metrics.Higher},
		{"recall of class 1", classes.Recall(1), counted, 50, "%", metrics.Higher},
		{"recall of class 3", classes.Recall(3), counted, 0, "%", metrics.Higher},
		{"f1 of class 0", classes.F1(0), counted, 100 * 4 / 6., "%", metrics.Higher},
		{"precision macro", classes.Precision(metrics.Macro), counted, 100 * (0.5 + 1 + 1) / 3, "%", metrics.Higher},
		{"recall macro", classes.Recall(metrics.Macro), counted, 100 * (1 + 0.5 + 0.5) / 3, "%", metrics.Higher},
		{"f1 macro", classes.F1(metrics.Macro), counted, 100 * (2/3. + 2/3. + 2/3.) / 3, "%", metrics.Higher},
		{"precision micro", classes.Precision(metrics.Micro), counted, 100 * 4 / 6., "%", metrics.Higher},
		{"f1 micro", classes.F1(metrics.Micro), counted, 100 * 4 / 6., "%", metrics.Higher},

		{"mae", numbers.MAE(), []metrics.Outcome{two, forecast([]float64{1}, []float64{-3})}, 8 / 4., "m", metrics.Lower},
		{"rmse", numbers.RMSE(), []metrics.Outcome{two, forecast([]float64{1}, []float64{-3})}, math.Sqrt(26 / 4.), "m", metrics.Lower},
		{"mape", numbers.MAPE(), []metrics.Outcome{two}, nan, "%", metrics.Lower},
		{"mape", numbers.MAPE(), []metrics.Outcome{forecast([]float64{10, -20}, []float64{13, -19})}, 17.5, "%", metrics.Lower},
		{"smape", numbers.SMAPE(), []metrics.Outcome{two}, (200*3/23. + 200/39.) / 3, "%", metrics.Lower},
		{"mase", numbers.MASE(0.5), []metrics.Outcome{two}, 4 / 3. / 0.5, "", metrics.Lower},
		{"mase", numbers.MASE(0), []metrics.Outcome{two}, nan, "", metrics.Lower},
		{"mae", numbers.MAE(), []metrics.Outcome{masked(forecast([]float64{10, nan}, []float64{13, 1}), dense([]float64{1, 0}, 2, 1))}, 3, "m", metrics.Lower},
		{"mae", metrics.Numbers{Inverse: scaler.InverseColumn}.MAE(), []metrics.Outcome{columns}, (2 + 10) / 4., "", metrics.Lower},
		{"rmse", metrics.Numbers{Inverse: scaler.InverseColumn}.RMSE(), []metrics.Outcome{columns}, math.Sqrt((4 + 100) / 4.), "", metrics.Lower},

		{"rmse", metrics.Numbers{Inverse: scaler.InverseColumn, InverseMean: func(j int, v float64) float64 {
			return 1 + scaler.InverseColumn(j, v)
		}}.RMSE(), []metrics.Outcome{columns}, math.Sqrt(33), "", metrics.Lower},
		{"mae", metrics.Numbers{Inverse: scaler.InverseColumn, InverseMean: func(int, float64) float64 { return nan }}.MAE(),
			[]metrics.Outcome{columns}, (2 + 10) / 4., "", metrics.Lower},

		{"coverage 0.1-0.9", quantiles.Coverage(0.1, 0.9), []metrics.Outcome{levels()}, 50, "%", metrics.Neither},
		{"coverage 0.5-0.9", quantiles.Coverage(0.5, 0.9), []metrics.Outcome{levels()}, 25, "%", metrics.Neither},
		{"coverage 0.1-0.9", quantiles.Coverage(0.1, 0.9), []metrics.Outcome{masked(levels(), dense([]float64{1, 0}, 2, 1))}, 100, "%", metrics.Neither},

		{"coverage 0.1-0.9", quantiles.Coverage(0.1, 0.9), []metrics.Outcome{crossed(levels())}, 50, "%", metrics.Neither},
		{"coverage 0.5-0.9", metrics.Quantiles{Levels: []float64{0.9, 0.1, 0.5}}.Coverage(0.5, 0.9), []metrics.Outcome{levels()}, 25, "%", metrics.Neither},

		// A weight of 2 is a target that is there twice.
		{"accuracy", classes.Accuracy(), []metrics.Outcome{masked(labelled(2, []int{0, 1, 1}, []int{0, 0, 0}), dense([]float64{0.5, 0.25, 0.25}, 3))}, 50, "%", metrics.Higher},
		{"recall of class 1", classes.Recall(1), []metrics.Outcome{masked(labelled(2, []int{1, 1, 0}, []int{1, 0, 0}), dense([]float64{3, 1, 0.5}, 3))}, 75, "%", metrics.Higher},
		{"precision macro", classes.Precision(metrics.Macro), []metrics.Outcome{masked(labelled(2, []int{1, 1, 0}, []int{1, 0, 0}), dense([]float64{3, 1, 0.5}, 3))},
			100 * (1 + 0.5/1.5) / 2, "%", metrics.Higher},
		{"mae", numbers.MAE(), []metrics.Outcome{masked(twice, dense([]float64{0.5, 0.25, 0.25}, 3, 1)), forecast([]float64{1}, []float64{-3})}, (1.5 + 0.25 + 4) / 2, "m", metrics.Lower},
		{"rmse", numbers.RMSE(), []metrics.Outcome{masked(forecast([]float64{10, 20}, []float64{13, 19}), dense([]float64{3, 1}, 2, 1))}, math.Sqrt(28 / 4.), "m", metrics.Lower},
		{"coverage 0.1-0.9", quantiles.Coverage(0.1, 0.9), []metrics.Outcome{masked(levels(), dense([]float64{0.5, 0, 0.25, 1.25}, 2, 2))}, 25, "%", metrics.Neither},
		// Of NaN no class is predicted.
		{"accuracy", classes.Accuracy(), []metrics.Outcome{unsure}, 50, "%", metrics.Higher},
		{"recall of class 0", classes.Recall(0), []metrics.Outcome{unsure}, 50, "%", metrics.Higher},
		{"precision of class 0", classes.Precision(0), []metrics.Outcome{unsure}, 100, "%", metrics.Higher},
		// A scalar is a batch of one.
		{"accuracy", classes.Accuracy(), []metrics.Outcome{{
			Batch:   data.Batch{"targets": tensor.New(tensor.WithBacking([]int{1})), "mask": tensor.New(tensor.WithBacking([]float32{0.5}))},
			Outputs: map[string]tensor.Tensor{"logits": logits(2, 1)},
		}}, 100, "%", metrics.Higher},
		{"mae", numbers.MAE(), []metrics.Outcome{{
			Batch:   data.Batch{"y": tensor.New(tensor.FromScalar(2.))},
			Outputs: map[string]tensor.Tensor{"prediction": dense([]float64{5}, 1)},
		}}, 3, "m", metrics.Lower},

		{"one of your own", metrics.Metric{Name: "one of your own", Sums: func(b metrics.Outcome) ([]float64, error) {
			return []float64{b.Loss, 1}, nil
		}}, []metrics.Outcome{{Loss: 3}, {Loss: 5}}, 4, "", metrics.Lower},
		{"greatest loss", metrics.Metric{Name: "greatest loss",
			Sums:  func(b metrics.Outcome) ([]float64, error) { return []float64{b.Loss}, nil },
			Value: func(sums []float64) float64 { return sums[0] },
		}, []metrics.Outcome{{Loss: 3}, {Loss: 5}}, 8, "", metrics.Lower},
		{"nothing", metrics.Perplexity(), nil, nan, "", metrics.Lower},
	} {
		running := tc.metric.Begin()
		for _, b := range tc.of {
			if err := running.Add(b); err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
		}
		got := running.Value()
		if tc.name != "nothing" && got.Name != tc.name || got.Unit != tc.unit || got.Better != tc.better {
			t.Errorf("got %+v, want %s in %q", got, tc.name, tc.unit)
		}
		if !(math.Abs(got.Value-tc.want) < 1e-12) && !(math.IsNaN(got.Value) && math.IsNaN(tc.want)) {
			t.Errorf("%s is %v, want %v", tc.name, got.Value, tc.want)
		}
	}
}

// crossed has the lowest and the highest quantile in each other's place.
func crossed(b metrics.Outcome) metrics.Outcome {
	t := b.Outputs["quantiles"].Clone().(*tensor.Dense)
	values := t.Float64s()
	for i := 0; i < len(values); i += 3 {
		values[i], values[i+2] = values[i+2], values[i]
	}
	return metrics.Outcome{Batch: b.Batch, Outputs: map[string]tensor.Tensor{"quantiles": t}}
}

// What a metric makes of forecasts is what series.Measure makes of them.
func TestNumbersAreMeasured(t *testing.T) {
	history := []float64{3, 5, 4, 8, 6}
	truth, forecasts := []float64{7, 9, 8}, []float64{6.5, 9.5, 10}
	want, err := series.Measure(history, truth, forecasts, 2)
	if err != nil {
		t.Fatal(err)
	}
	scale, err := series.NaiveError(history, 2)
	if err != nil {
		t.Fatal(err)
	}
	n := metrics.Numbers{}
	var got series.Errors
	for metric, to := range map[*metrics.Metric]*float64{
		ptr(n.MAE()): &got.MAE, ptr(n.RMSE()): &got.RMSE, ptr(n.MAPE()): &got.MAPE, ptr(n.SMAPE()): &got.SMAPE, ptr(n.MASE(scale)): &got.MASE,
	} {
		running := metric.Begin()
		for i := range truth {
			if err := running.Add(forecast(truth[i:i+1], forecasts[i:i+1])); err != nil {
				t.Fatal(err)
			}
		}
		*to = running.Value().Value
	}
	for _, pair := range [][2]float64{{got.MAE, want.MAE}, {got.RMSE, want.RMSE}, {got.MAPE, want.MAPE}, {got.SMAPE, want.SMAPE}, {got.MASE, want.MASE}} {
		if !(math.Abs(pair[0]-pair[1]) < 1e-12) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func ptr(m metrics.Metric) *metrics.Metric { return &m }

func TestMetricsRefuse(t *testing.T) {
	classes, numbers := metrics.Classes{}, metrics.Numbers{}
	wide := forecast([]float64{1, 2}, []float64{1, 2})
	wide.Outputs["prediction"] = dense([]float64{1, 2}, 2)
	texts := forecast([]float64{1}, []float64{1})
	texts.Batch["y"] = tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]string{"a"}))
	floatTargets := labelled(2, []int{0}, []int{0})
	floatTargets.Batch["targets"] = dense([]float64{0}, 1)
	intLogits := labelled(2, []int{0}, []int{0})
	intLogits.Outputs["logits"] = ints([]int{1, 2}, 1, 2)
	sums := func(n ...int) metrics.Metric {
		return metrics.Metric{Name: "own", Sums: func(metrics.Outcome) ([]float64, error) {
			k := n[0]
			n = n[1:]
			return make([]float64, k), nil
		}}
	}
	three := sums(3, 2)
	three.Value = func([]float64) float64 { return 0 }
	for _, tc := range []struct {
		metric metrics.Metric
		of     []metrics.Outcome
		want   string
	}{
		{classes.Accuracy(), []metrics.Outcome{{}}, `metric "accuracy": no output "logits"; there are []`},
		{classes.Accuracy(), []metrics.Outcome{{Outputs: map[string]tensor.Tensor{"logits": logits(2, 0)}, Batch: data.Batch{"y": dense([]float64{1}, 1)}}},
			`metric "accuracy": no "targets" in the batch; it has ["y"]`},
		{classes.Accuracy(), []metrics.Outcome{labelled(2, []int{0, 1}, []int{0})}, `metric "accuracy": targets of int (2) for logits (1, 2), want int and the shape`},
		{classes.Accuracy(), []metrics.Outcome{floatTargets}, `metric "accuracy": targets of float64 (1) for logits (1, 2), want int`},
		{classes.Accuracy(), []metrics.Outcome{intLogits}, `metric "accuracy": logits of int, want floats`},
		{classes.Accuracy(), []metrics.Outcome{labelled(2, []int{0, 2}, []int{0, 0})}, `metric "accuracy": targets: 2 at position 1, want less than 2`},
		{classes.Accuracy(), []metrics.Outcome{masked(labelled(2, []int{0}, []int{0}), ints([]int{1, 1}, 2))}, `metric "accuracy": mask of int (2), want numbers (1)`},
		{classes.Accuracy(), []metrics.Outcome{masked(labelled(2, []int{0}, []int{0}), dense([]float64{-0.5}, 1))}, `metric "accuracy": mask of (1) holds -0.5 at position 0, want finite weights of 0 or more`},
		{numbers.MAE(), []metrics.Outcome{masked(forecast([]float64{1}, []float64{1}), dense([]float64{math.NaN()}, 1, 1))}, `metric "mae": mask of (1, 1) holds NaN`},
		{metrics.Classes{Mask: "weights"}.Accuracy(), []metrics.Outcome{labelled(2, []int{0}, []int{0})}, `metric "accuracy": no "weights" in the batch`},
		{classes.F1(2), []metrics.Outcome{labelled(2, []int{0}, []int{0})}, `metric "f1 of class 2": class 2, want one of 0 to 1`},
		{classes.F1(-3), []metrics.Outcome{labelled(2, []int{0}, []int{0})}, `metric "f1 of class -3": class -3, want one of 0 to 1`},
		{classes.F1(0), []metrics.Outcome{labelled(2, []int{0}, []int{0}), labelled(3, []int{0}, []int{0})}, `metric "f1 of class 0": 9 sums of a batch, want 6`},
		{numbers.MAE(), []metrics.Outcome{wide}, `metric "mae": prediction of float64 (2) for y of float64 (2, 1), want numbers (2, 1)`},
		{numbers.MAE(), []metrics.Outcome{texts}, `metric "mae": prediction of float64 (1, 1) for y of string (1, 1), want numbers (1, 1)`},
		{metrics.Quantiles{Levels: []float64{0.1, 0.9}}.Coverage(0.9, 0.1), []metrics.Outcome{levels()}, `metric "coverage 0.9-0.1": levels 0.9 and 0.1, want two of [0.1 0.9]`},
		{metrics.Quantiles{Levels: []float64{0.1, 0.9}}.Coverage(0.1, 0.5), []metrics.Outcome{levels()}, `metric "coverage 0.1-0.5": levels 0.1 and 0.5`},
		{metrics.Quantiles{Levels: []float64{0.1, 0.9}}.Coverage(0.1, 0.9), []metrics.Outcome{levels()}, `metric "coverage 0.1-0.9": prediction of float64 (2, 2, 3) for y of float64 (2, 2), want numbers (2, 2, 2)`},
		{metrics.Metric{Name: "own"}, []metrics.Outcome{{}}, `metric "own": no Sums`},
		{sums(3), []metrics.Outcome{{}}, `metric "own": 3 sums of a batch, want 2`},
		{three, []metrics.Outcome{{}, {}}, `metric "own": 2 sums of a batch, want 3`},
		{metrics.Metric{Name: "own", Sums: func(metrics.Outcome) ([]float64, error) { return nil, errors.New("no ink") }}, []metrics.Outcome{{}}, `metric "own": no ink`},
	} {
		running := tc.metric.Begin()
		var err error
		for _, b := range tc.of {
			if err = running.Add(b); err != nil {
				break
			}
		}
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s ...", err, tc.want)
		}
	}
}

func TestImproves(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		better             metrics.Direction
		value, than, delta float64
		want               bool
	}{
		{metrics.Lower, 1, 2, 0, true},
		{metrics.Lower, 2, 2, 0, false},
		{metrics.Lower, 1.5, 2, 0.5, false},
		{metrics.Lower, nan, 2, 0, false},
		{metrics.Lower, 9, nan, 0, true},
		{metrics.Higher, 2, 1, 0, true},
		{metrics.Higher, 1, 2, 0, false},
		{metrics.Higher, 2, 1.5, 0.5, false},
		{metrics.Higher, 2.1, 1.5, 0.5, true},
		{metrics.Higher, nan, nan, 0, false},
		{metrics.Neither, 1, 2, 0, false},
	} {
		if got := tc.better.Improves(tc.value, tc.than, tc.delta); got != tc.want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

// Tensors of a batch stay as they are.
func TestMetricsLeaveTheBatch(t *testing.T) {
	b := levels()
	if err := (metrics.Quantiles{Levels: []float64{0.1, 0.5, 0.9}}).Coverage(0.1, 0.9).Begin().Add(b); err != nil {
		t.Fatal(err)
	}
	if err := (metrics.Numbers{Prediction: "y", Inverse: func(int, float64) float64 { return 7 }}).MAE().Begin().Add(metrics.Outcome{
		Batch: b.Batch, Outputs: map[string]tensor.Tensor{"y": b.Batch["y"]},
	}); err != nil {
		t.Fatal(err)
	}
	if got := b.Batch["y"].Data().([]float64); !slices.Equal(got, []float64{1, 2, 3, 4}) {
		t.Errorf("y is now %v", got)
	}
}

// A batch that gives too few sums is refused, and leaves nothing that Value would stumble over.
func TestRunningOfTooFewSums(t *testing.T) {
	for _, sums := range [][]float64{nil, {}, {1}} {
		running := metrics.Metric{Name: "few", Sums: func(metrics.Outcome) ([]float64, error) { return sums, nil }}.Begin()
		if err := running.Add(metrics.Outcome{}); err == nil {
			t.Errorf("no error from %d sums, want 2", len(sums))
		}
		if v := running.Value(); !math.IsNaN(v.Value) {
			t.Errorf("%d sums give %v", len(sums), v)
		}
	}
}
