package zoo

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/trainers/metrics"
)

var background = context.Background()

// must fails the test at an error.
func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantError fails unless err has want in it.
func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q in it", err, want)
	}
}

// fit trains m with Adam and returns the loss on src after it.
func fit(t testing.TB, m trainers.Model, src data.Source, rate float64, steps int) float64 {
	t.Helper()
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(rate), ClipNorm: 5}
	must(trainer.Fit(background, m, src, steps))(t)
	return must(trainers.Loss(background, m, src))(t)
}

// accuracy of m on src, in per cent.
func accuracy(t testing.TB, m trainers.Model, src data.Source) float64 {
	t.Helper()
	return must(trainers.Measure(background, m, src, metrics.Classes{}.Accuracy()))(t).Values[0].Value
}

// wantOutputs compares what evaluations read of a forecaster of the levels, 0.5 the second of them, with
// quantile q of element i of y, by the error and the coverage that they lead to.
func wantOutputs(t testing.TB, m trainers.Model, src data.Source, levels []float64, quantile func(i, q int) float64) {
	t.Helper()
	var miss, covered, n float64
	for batch := range src.Batches(0, 0) {
		for i, y := range batch["y"].Data().([]float64) {
			miss += math.Abs(quantile(i, 1) - y)
			if quantile(i, 0) <= y && y <= quantile(i, 2) {
				covered++
			}
			n++
		}
	}
	got := must(trainers.Measure(background, m, src, metrics.Numbers{}.MAE(), metrics.Quantiles{Levels: levels}.Coverage(levels[0], levels[2])))(t)
	graphtest.Equal(t, "mae", got.Values[0].Value, miss/n, 1e-12)
	graphtest.Equal(t, "coverage", got.Values[1].Value, 100*covered/n, 1e-12)
	if covered == 0 || covered == n {
		t.Errorf("%v of %v are covered, which tells nothing", covered, n)
	}
}

// vocab is that of the runes of doc.
func vocab(t testing.TB, doc string) *text.Vocab {
	t.Helper()
	return must(text.NewVocab(text.Runes, []string{doc}, text.VocabOptions{}))(t)
}

// bptt is batches [T, B] of one document.
func bptt(t testing.TB, v *text.Vocab, doc string, T, B int) data.Source {
	t.Helper()
	return must(data.NewBPTT([][]int{must(v.Encode(doc))(t)}, T, B, 1))(t)
}

func ints(values []int, shape ...int) tensor.Tensor {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(slices.Clone(values)))
}
