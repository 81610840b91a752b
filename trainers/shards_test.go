package trainers_test

import (
	"context"
	"iter"
	"math"
	"runtime"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
)

// A batch that is cut into pieces gives the gradient of the whole one.
func TestShardsAreTheBatch(t *testing.T) {
	src := sharded{points(6, 4, 0.1)}
	train := func(shards int) []float64 {
		m := newRegression()
		fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Shards: shards, Accumulate: 2}, m, src, 5)
		return values(m)
	}
	want := train(0)
	for _, n := range []int{1, 2, 4} {
		got := train(n)
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-12 {
				t.Errorf("%d shards: %v, want %v", n, got, want)
			}
		}
	}
}

// sharded are batches whose sequences lie along the first axis.
type sharded struct{ batches }

func (sharded) BatchAxis(string) int { return 0 }

// Any number of threads gives the same bits, with dropout and a carried state, and so does a run that is
// resumed.
func TestShardsOnThreads(t *testing.T) {
	defer kernel.Eager()()
	train := func(threads int, c trainers.Checkpoints, hooks ...trainers.Hook) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		m := newRecurrence(tensor.Float32)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		for _, h := range hooks {
			h.(*interrupter).cancel = cancel
		}
		trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01), ClipNorm: 1, Shards: 4, Checkpoints: c, Hooks: hooks}
		if _, err := trainer.Fit(ctx, m, tokens(t, 1), 15); err != nil {
			t.Fatal(err)
		}
		return values(m)
	}
	want := train(1, trainers.Checkpoints{})
	sameBits(t, "3 threads", train(3, trainers.Checkpoints{}), want)
	c := trainers.Checkpoints{Dir: t.TempDir(), Resume: true}
	train(2, c, &interrupter{after: 7})
	sameBits(t, "resumed", train(1, c), want)

	m := newRecurrence(tensor.Float32)
	fit(t, trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01), ClipNorm: 1, Shards: 2}, m, tokens(t, 1), 15)
	differ(t, "2 shards and 4 drop out other things", values(m), want)
}

func TestShardsRefused(t *testing.T) {
	for _, tc := range []struct {
		src    data.Source
		shards int
		want   string
	}{
		{points(2, 4, 0), 2, "shards: a trainers_test.batches does not say along which axis its sequences lie"},
		{sharded{points(2, 4, 0)}, 3, "shards: 3 pieces of 4 sequences: want a number that divides it"},
		{data.First(points(2, 4, 0), 1), 2, "has no axis of sequences"},
		{sharded{batches{{"x": dense(make([]float64, 8), 4, 2), "y": dense(make([]float64, 2), 2, 1)}}}, 2, "another tensor"},
		{sharded{points(2, 4, 0)}, -1, "Shards is -1"},
		{withMore{sharded{points(2, 4, 0)}}, 2, "shards: \"more\" (1) in 2 pieces along axis -1"},
	} {
		trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Shards: tc.shards}
		if _, err := trainer.Fit(context.Background(), newRegression(), tc.src, 1); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s", err, tc.want)
		}
	}
}

// withMore has a tensor in its batches that its spec does not name.
type withMore struct{ sharded }

func (s withMore) Batches(epoch, from int) iter.Seq2[data.Batch, error] {
	return func(yield func(data.Batch, error) bool) {
		for b, err := range s.sharded.Batches(epoch, from) {
			b["more"] = dense([]float64{1}, 1)
			if !yield(b, err) {
				return
			}
		}
	}
}

func (s withMore) BatchAxis(name string) int {
	if name == "more" {
		return -1
	}
	return s.sharded.BatchAxis(name)
}
