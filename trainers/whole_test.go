package trainers_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/metrics"
)

// zero forecasts 0, and does not say how many targets it counts.
type zero struct{ store *graph.Store }

func newZero() zero { return zero{graph.NewStore(1, tensor.Float64)} }

func (m zero) Store() *graph.Store { return m.store }

func (m zero) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	y := s.Input("y", spec["y"].Shape...)
	prediction := s.Mul(s.Like(y, 0), s.Param("w", graph.Zeros, 1, 1, 1))
	s.Output("prediction", prediction)
	return losses.MAE(s, prediction, y, losses.Options{})
}

// jump is a series whose y is 1 in the first 32 windows, 100 in the last 8.
func jump() [][]float64 {
	values := make([][]float64, 41)
	for i := range values {
		values[i] = []float64{1}
		if i > 32 {
			values[i][0] = 100
		}
	}
	return values
}

// A measurement reads every window, whatever the batch and the order; training on the same source goes on
// without the rest, and says so.
func TestMeasureIsWhole(t *testing.T) {
	for _, batch := range []int{0, 1, 8, 7, 32, 39, 40, 100} {
		for _, shuffle := range []bool{false, true} {
			src, err := data.NewWindows(jump(), data.WindowConfig{Window: 1, Batch: batch, Shuffle: shuffle, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			for _, src := range []data.Source{src, data.First(src, 100)} {
				got, err := trainers.Measure(context.Background(), newZero(), src, metrics.Numbers{}.MAE(), metrics.Numbers{}.RMSE())
				if err != nil {
					t.Fatal(err)
				}
				graphtest.Equal(t, "loss", got.Loss, 20.8, 1e-12)
				graphtest.Equal(t, "count", got.Count, 40., 0)
				graphtest.Equal(t, "mae", got.Values[0].Value, 20.8, 1e-12)
				graphtest.Equal(t, "rmse", got.Values[1].Value, math.Sqrt((32+8*1e4)/40.), 1e-12)
			}
			one, err := trainers.Loss(context.Background(), newZero(), wrapped{src})
			if err != nil {
				t.Fatal(err)
			}
			if own := src.Len() * src.Spec()["y"].Shape[1]; (own == 40) != (math.Abs(one-20.8) < 1e-12) && !shuffle {
				t.Errorf("batches of %d: a source that wraps another is measured as %v, want its own %d windows", batch, one, own)
			}

			e := &trainers.Evaluate{Source: src, Every: 2}
			var out strings.Builder
			fit(t, trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0), Hooks: []trainers.Hook{e, trainers.Progress(&out)}}, newZero(), src, 4)
			for _, at := range e.History {
				graphtest.Equal(t, "evaluated", at.Loss, 20.8, 1e-12)
			}
			says := strings.Contains(out.String(), "data: "+src.Dropped().String()+" fill no batch and are left out of each epoch\n")
			if says != (src.Dropped().Count > 0) {
				t.Errorf("%v dropped, progress says %q", src.Dropped(), out.String())
			}
		}
	}
}

// wrapped hides what a source is beside a Source.
type wrapped struct{ data.Source }

// Every token is measured once, in any batches, with its state carried to it.
func TestMeasureOfTokensIsWhole(t *testing.T) {
	docs := [][]int{{1, 2, 3, 4, 0, 1, 2}, {3}, {2, 4, 1, 3, 2, 0, 0, 1, 4, 3, 2}, {1, 1}}
	m := newRecurrence(tensor.Float64)
	var want float64 // of each document by itself
	targets := 0.
	for _, doc := range docs {
		if len(doc) < 2 {
			continue
		}
		src, err := data.NewBPTT([][]int{doc}, len(doc)-1, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		loss, err := trainers.Loss(context.Background(), counted{m}, src)
		if err != nil {
			t.Fatal(err)
		}
		want += loss * float64(len(doc)-1)
		targets += float64(len(doc) - 1)
	}
	for _, size := range [][2]int{{1, 1}, {4, 1}, {20, 1}, {7, 1}} { // one row: no document is cut
		src, err := data.NewBPTT(docs, size[0], size[1], 5)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trainers.Measure(context.Background(), counted{m}, src)
		if err != nil {
			t.Fatal(err)
		}
		graphtest.Equal(t, "loss", got.Loss, want/targets, 1e-12)
		graphtest.Equal(t, "targets", got.Count, targets, 0)
	}
	for _, size := range [][2]int{{2, 3}, {3, 2}, {1, 7}} {
		src, err := data.NewBPTT(docs, size[0], size[1], 5)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trainers.Measure(context.Background(), counted{m}, src)
		if err != nil {
			t.Fatal(err)
		}
		graphtest.Equal(t, "targets", got.Count, targets, 0)
	}
}

// counted is a recurrence whose loss is the mean over the targets that count.
type counted struct{ recurrence }

func (m counted) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	mean := m.recurrence.Loss(s, spec) // over all positions
	targets := s.Indices("targets", spec["targets"].Shape...)
	count := losses.Count(s, targets, nil)
	s.Output("count", count)
	return s.Div(s.Scale(mean, float64(spec["targets"].Shape.TotalSize())), s.Maximum(count, s.Full(1)))
}

// A source of your own whose rest is another source is measured whole too; an error in either is one of the
// evaluation.
type twoParts struct {
	batches
	rest data.Source
}

func (twoParts) Dropped() data.Dropped             { return data.Dropped{Count: 2, Of: 6, What: "points"} }
func (s twoParts) Whole(data.Source) []data.Source { return []data.Source{sharded{s.batches}, s.rest} }

func TestMeasureOfYourOwnParts(t *testing.T) {
	all := points(3, 4, 0.5)
	half := batches{{"x": dense(all[2]["x"].Data().([]float64)[:4], 2, 2), "y": dense(all[2]["y"].Data().([]float64)[:2], 2, 1)}}
	src := twoParts{all[:2], sharded{half}}
	m := newRegression()
	var sum float64
	for i, weight := range []float64{4, 4, 2} {
		one := data.Source(batches{all[min(i, 1)]})
		if i == 2 {
			one = half
		}
		loss, err := trainers.Loss(context.Background(), m, one)
		if err != nil {
			t.Fatal(err)
		}
		sum += weight * loss
	}
	got, err := trainers.Loss(context.Background(), m, src)
	if err != nil {
		t.Fatal(err)
	}
	graphtest.Equal(t, "loss", got, sum/10, 1e-12)
	src.rest = failing{half}
	if _, err := trainers.Loss(context.Background(), m, src); err == nil || err.Error() != "evaluate: disk on fire" {
		t.Errorf("error is %v", err)
	}
}
