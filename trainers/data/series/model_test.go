package series_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
)

// forecaster reads a window, what is known ahead and the static features of its series, and forecasts
// one column over the horizon.
type forecaster struct {
	store *graph.Store
	blind bool // to what is known ahead
}

func (m forecaster) Store() *graph.Store { return m.store }

func (m forecaster) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	x := s.Input("x", spec["x"].Shape...)                // [Window, B, D]
	y := s.Input("y", spec["y"].Shape...)                // [Horizon, B, 1]
	known := s.Input("known", spec["known"].Shape...)    // [Horizon, B, F]
	static := s.Input("static", spec["static"].Shape...) // [B, S]
	mask := s.Input("mask", spec["mask"].Shape...)       // [Horizon, B, 1]
	if m.blind {
		known = s.Scale(known, 0)
	}
	hs := layers.RNN{Cell: layers.GRU{Hidden: 8}}.Bind(s.In("rnn"), x.Shape()[2])(x)
	seen := s.Concat(1, s.At(hs, x.Shape()[0]-1), static) // [B, H+S]
	var steps []*G.Node
	head := layers.Dense{Out: 1}.Bind(s.In("head"), seen.Shape()[1]+known.Shape()[2])
	for t := range y.Shape()[0] {
		steps = append(steps, head(s.Concat(1, seen, s.At(known, t)))) // [B, 1]
	}
	s.Output("count", losses.Count(s, y, mask))
	return losses.MSE(s, s.Stack(steps...), y, losses.Options{Mask: mask})
}

// Sales of shops, of which each has its own level and of which some are missing, rise where there is an
// offer. Offers come at random: who does not see them ahead cannot forecast what they bring.
func TestPanelModelLearns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var panel series.Panel
	for _, level := range []float64{-1, 0, 1} {
		s := &series.Series{Names: []string{"sold", "offer"}, Static: []float64{level}}
		for range 120 {
			offer := float64(r.IntN(2))
			sold := level + 2*offer + 0.05*r.NormFloat64()
			if r.IntN(30) == 0 {
				sold = math.NaN()
			}
			s.Values = append(s.Values, []float64{sold, offer})
		}
		panel = append(panel, s)
	}
	cfg := data.WindowConfig{Window: 4, Horizon: 3, Known: []int{1}, Mask: true}
	parts, err := panel.SplitTime(cfg.Window, series.Last(40))
	if err != nil {
		t.Fatal(err)
	}
	held, err := parts[1].Windows(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Batch, cfg.Shuffle = 32, true
	train, err := parts[0].Windows(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, blind := range []bool{false, true} {
		m := forecaster{graph.NewStore(1, tensor.Float64), blind}
		trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.03)}
		if _, err := trainer.Fit(context.Background(), m, train, 120); err != nil {
			t.Fatal(err)
		}
		mse, err := trainers.Loss(context.Background(), m, held)
		if err != nil {
			t.Fatal(err)
		}
		if seen := mse < 0.1; seen == blind || !(mse > 0) { // half the offers, of 2 each, are a variance of 1
			t.Errorf("blind to offers %t: mean squared error %g on what is held out, wanted below 0.1 with offers and above without", blind, mse)
		}
	}
}
