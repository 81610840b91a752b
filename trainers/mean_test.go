package trainers_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/zoo"
)

// tagging is a model of tokens one by one, whose loss is the mean over the targets that count; its output
// "count" says how many.
type tagging struct {
	store  *graph.Store
	counts bool
}

func (m tagging) Store() *graph.Store { return m.store }

func (m tagging) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	logits := s.Gather(s.Param("table", graph.Normal(1), 7, 3), s.Indices("tokens", spec["tokens"].Shape...))
	bias := s.Param("b", graph.Zeros, 1, 3)
	targets := s.Indices("targets", spec["targets"].Shape...)
	if spec["targets"].Shape.Dims() == 1 { // one for each sequence, which is told by its first token
		logits = s.At(logits, 0)
	}
	each := s.CrossEntropy(s.AddBias(logits, bias), targets, 0)
	count := s.Sum(s.GreaterEqual(s.Cast(targets, s.Dtype()), s.Full(0)))
	if m.counts {
		s.Output("count", count)
	}
	return s.Div(s.Sum(each), count) // 0/0 without targets
}

// ragged are n sequences of 1 to 5 tokens, of which every third has no label at its beginning, and every
// fifth none at all.
func ragged(n int) (seqs, each, labels [][]int) {
	for i := range n {
		seq, tags := make([]int, 1+i*i%5), make([]int, 1+i*i%5)
		for t := range seq {
			seq[t], tags[t] = (i+3*t)%7, (i+t)%3
			if i%5 == 0 || i%3 == 0 && t == 0 {
				tags[t] = -1
			}
		}
		seqs, each, labels = append(seqs, seq), append(each, tags), append(labels, []int{i % 3})
	}
	return seqs, each, labels
}

// A step is one of the mean over the targets of all its sequences, however these are cut into batches and
// pieces: the loss, the gradient and its norm. The last batch is not full, some pieces have no target, and
// the loss of those is NaN.
func TestStepsAreMeansOverTargets(t *testing.T) {
	const n = 22
	seqs, each, labels := ragged(n)
	for name, tc := range map[string]struct {
		labels [][]int
		counts bool
	}{
		"targets":             {each, true},
		"targets of a batch":  {each, false}, // the model does not say what it counts
		"labels of sequences": {labels, false},
	} {
		step := func(batch, accumulate, shards int) (loss, norm float64, moved []float64) {
			src, err := data.NewPaddedTokens(seqs, tc.labels, data.PaddedConfig{Batch: batch})
			if err != nil {
				t.Fatal(err)
			}
			m := tagging{graph.NewStore(1, tensor.Float64), tc.counts}
			var count float64
			fit(t, trainers.Trainer{
				Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(1), Accumulate: accumulate, Shards: shards,
				Hooks: []trainers.Hook{trainers.Every(1, func(r *trainers.Run) error {
					loss, norm, count = r.Loss, r.GradNorm, r.Count
					return nil
				})},
			}, m, src, 1)
			want := 0.
			for _, l := range tc.labels {
				for _, k := range l {
					if k >= 0 {
						want++
					}
				}
			}
			if count != want {
				t.Errorf("%s: %v counted, want %v", name, count, want)
			}
			return loss, norm, values(m)
		}
		loss, norm, moved := step(n, 1, 1)
		for _, accumulate := range []int{1, 2, 3, 6} {
			for _, shards := range []int{1, 2, 4} {
				batch := ((n-1)/accumulate/4 + 1) * 4
				if accumulate == 1 && n%shards != 0 || (n-1)/batch+1 != accumulate {
					continue
				}
				what := fmt.Sprintf("%s: %d batches in %d pieces: ", name, accumulate, shards)
				gotLoss, gotNorm, gotMoved := step(batch, accumulate, shards)
				graphtest.Equal(t, what+"loss", gotLoss, loss, 1e-12)
				graphtest.Equal(t, what+"gradient norm", gotNorm, norm, 1e-12)
				graphtest.Equal(t, what+"parameters", gotMoved, moved, 1e-12)
			}
		}
	}
}

// Five sequences in batches of four. The loss of the second step is that of the fifth sequence, as numpy
// computes it from the weights, however the batch is cut.
func TestShardsOfAShortBatch(t *testing.T) {
	src, err := data.NewPaddedValues([][][]float64{{{1}, {2}}, {{-1}, {1}}, {{0.5}, {0.25}}, {{3}, {1}}, {{-2}, {0.5}}},
		[][]int{{0}, {1}, {1}, {0}, {1}}, data.PaddedConfig{Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, shards := range []int{1, 2, 4} {
		m, err := zoo.NewClassifier(nil, zoo.ClassifierConfig{
			Recurrence: zoo.Recurrence{Cell: "vanilla", Hidden: 3, Float64: true}, Classes: 2, Features: 1}, 7)
		if err != nil {
			t.Fatal(err)
		}
		var got [][2]float64
		fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0), Shards: shards,
			Hooks: []trainers.Hook{trainers.Every(1, func(r *trainers.Run) error {
				got = append(got, [2]float64{r.Loss, r.GradNorm})
				return nil
			})}}, m, src, 2)
		for i, want := range [][2]float64{{0.738697, 0.407959}, {0.570322, 1.281138}} {
			graphtest.Equal(t, fmt.Sprintf("%d shards, step %d", shards, i+1), got[i][:], want[:], 1e-6)
		}
	}
}

// A step of no targets has a loss of 0 and gradients of zero, and neither a leap nor a rate is told by it.
func TestStepOfNoTargets(t *testing.T) {
	seqs := [][]int{{1}, {2}, {3}, {4}}
	for _, shards := range []int{1, 2} {
		src, err := data.NewPaddedTokens(seqs, [][]int{{-1}, {-1}, {0}, {1}}, data.PaddedConfig{Batch: 2})
		if err != nil {
			t.Fatal(err)
		}
		m := tagging{graph.NewStore(1, tensor.Float64), true}
		var losses, norms []float64
		trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Shards: shards,
			Hooks: []trainers.Hook{trainers.Every(1, func(r *trainers.Run) error {
				losses, norms = append(losses, r.Loss), append(norms, r.GradNorm)
				return nil
			})}}
		fit(t, trainer, m, src, 4)
		for i, loss := range losses {
			if nothing := i%2 == 0; nothing != (loss == 0) || nothing != (norms[i] == 0) || math.IsNaN(loss) {
				t.Errorf("%d shards: losses %v, gradient norms %v, want 0 in the first and third step alone", shards, losses, norms)
			}
		}
	}
	src, err := data.NewPaddedTokens(seqs, [][]int{{-1}, {-1}, {0}, {1}}, data.PaddedConfig{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	// With a 0 for every second step the mean of the losses would be half as great.
	report := fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0), Checkpoints: trainers.Checkpoints{Dir: t.TempDir()},
		Recovery: trainers.Recovery{Skips: 1, Spike: 1.5}}, tagging{graph.NewStore(1, tensor.Float64), true}, src, 40)
	if report.Skipped != 0 {
		t.Errorf("%+v, want nothing left out: the loss never changed", report)
	}
	// One step in two has targets: the curve is that of these, and falls.
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1)}
	curve, err := trainer.FindRate(context.Background(), tagging{graph.NewStore(1, tensor.Float64), true}, src, 1e-3, 1, 20)
	if err != nil || len(curve.Losses) != 10 {
		t.Errorf("%+v, error %v; want 10 losses", curve, err)
	}
	for _, loss := range curve.Losses {
		if !(loss > 0.1) {
			t.Errorf("losses %v hold those of nothing", curve.Losses)
		}
	}
}

// weighing is a model of numbers that a mask weighs, which does not say what it counts.
type weighing struct{ store *graph.Store }

func (m weighing) Store() *graph.Store { return m.store }

func (m weighing) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	y, mask := s.Input("y", spec["y"].Shape...), s.Input("mask", spec["mask"].Shape...)
	prediction := s.AddBias(s.Like(y, 0), s.Param("b", graph.Zeros, 1, 2))
	return losses.MSE(s, prediction, y, losses.Options{Mask: mask})
}

// The mask of numbers says how much a batch counts, one that is the same for all columns too.
func TestMaskedNumbersCount(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 8
	y, mask := make([]float64, 2*n), make([]float64, 2*n)
	for i := range y {
		y[i], mask[i] = r.NormFloat64(), float64(r.IntN(3))/2*float64(i/2%3)
	}
	narrow := make([]float64, n)
	for i := range narrow {
		narrow[i] = mask[2*i]
	}
	for columns, mask := range map[int][]float64{2: mask, 1: narrow} {
		step := func(B int) (loss, norm, measured float64, moved []float64) {
			var src batches
			for i := 0; i < n; i += B {
				src = append(src, data.Batch{"y": dense(y[2*i:2*(i+B)], B, 2), "mask": dense(mask[columns*i:columns*(i+B)], B, columns)})
			}
			m := weighing{graph.NewStore(1, tensor.Float64)}
			fit(t, trainers.Trainer{
				Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(1), Accumulate: n / B, Shards: min(B, 2),
				Hooks: []trainers.Hook{trainers.Every(1, func(r *trainers.Run) error {
					loss, norm = r.Loss, r.GradNorm
					return nil
				})},
			}, m, sharded{src}, 1)
			measured, err := trainers.Loss(context.Background(), m, src)
			if err != nil {
				t.Fatal(err)
			}
			return loss, norm, measured, values(m)
		}
		loss, norm, measured, moved := step(n)
		for _, B := range []int{1, 2, 4} {
			what := fmt.Sprintf("mask of %d columns, batches of %d: ", columns, B)
			gotLoss, gotNorm, gotMeasured, gotMoved := step(B)
			graphtest.Equal(t, what+"loss", gotLoss, loss, 1e-12)
			graphtest.Equal(t, what+"gradient norm", gotNorm, norm, 1e-12)
			graphtest.Equal(t, what+"loss that is measured", gotMeasured, measured, 1e-12)
			graphtest.Equal(t, what+"parameters", gotMoved, moved, 1e-12)
		}
	}
}

func TestCountsRefused(t *testing.T) {
	src := points(2, 2, 0)
	for _, tc := range []struct {
		weight float64
		want   string
	}{{-1, `output "count" is -2, want finite and 0 or more`}, {math.NaN(), `output "count" is NaN`}, {math.Inf(1), `output "count" is +Inf`}} {
		for _, b := range src {
			b["weight"] = dense([]float64{tc.weight, tc.weight}, 2)
		}
		trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1)}
		if _, err := trainer.Fit(context.Background(), newRegression(), src, 1); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s", err, tc.want)
		}
		if _, err := trainers.Loss(context.Background(), newRegression(), src); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s", err, tc.want)
		}
	}
}

// Batches that count alike give the bits of a plain mean.
func TestEqualCountsChangeNoBit(t *testing.T) {
	train := func(weight float64) []float64 {
		src := sharded{points(6, 6, 0.1)}
		for _, b := range src.batches {
			if weight > 0 {
				b["weight"] = dense([]float64{weight, weight, weight, weight, weight, weight}, 6)
			}
		}
		m := newRegression()
		fit(t, trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.1), Shards: 3, Accumulate: 3}, m, src, 7)
		return values(m)
	}
	want := train(0)
	for _, weight := range []float64{1, 1. / 3, 7} {
		sameBits(t, "parameters", train(weight), want)
	}
}
