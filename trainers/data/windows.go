package data

import (
	"iter"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

var _ Source = (*Windows)(nil)

// WindowConfig says how windows are cut from a series and joined to batches.
type WindowConfig struct {
	Window   int   // rows the model sees, at least 1
	Horizon  int   // rows to forecast; 0 means 1
	Stride   int   // rows from the start of one window to the start of the next; 0 means 1
	Batch    int   // B; 0 means all windows in one batch, and so does more than there are
	Targets  []int // columns to forecast; none means all
	NextStep bool  // y is x one row on, a target for every timestep; Horizon is then 1
	Shuffle  bool  // another order of the windows in each epoch
	Seed     int64 // of that order
}

// Windows slides over a series of N rows and D columns.
//
//	x [Window, B, D]   float64
//	y [Horizon, B, K]  float64, the K target columns of the rows after the window
//	y [Window, B, K]   with NextStep: y[t] belongs to the row after that of x[t]
//
// A window with a NaN, a gap, in any column of its rows or of its horizon's is left out. So is a
// last batch that is not full: to measure on every window, use a Batch of 0.
type Windows struct {
	values [][]float64
	cfg    WindowConfig // zeros replaced by what they mean
	starts []int        // first rows of the windows without a gap, ascending
}

// NewWindows cuts values, N rows of D columns, which are kept, not copied.
//
// It is an error if a number of cfg is negative or Window is 0, if NextStep comes with a Horizon
// above 1, if a target column does not exist, if rows differ in length or hold an infinity, if
// there are fewer rows than a window with its horizon has, or if every window touches a gap.
func NewWindows(values [][]float64, cfg WindowConfig) (*Windows, error) {
	if cfg.Window < 1 || cfg.Horizon < 0 || cfg.Stride < 0 || cfg.Batch < 0 {
		return nil, errors.Errorf("windows: Window=%d, Horizon=%d, Stride=%d, Batch=%d, "+
			"wanted a Window of 1 or more and nothing negative",
			cfg.Window, cfg.Horizon, cfg.Stride, cfg.Batch)
	}
	if cfg.NextStep && cfg.Horizon > 1 {
		return nil, errors.Errorf("windows: Horizon=%d with NextStep, wanted 0 or 1: each timestep forecasts one row",
			cfg.Horizon)
	}
	cfg.Horizon, cfg.Stride = max(1, cfg.Horizon), max(1, cfg.Stride)
	if cfg.Window > len(values)-cfg.Horizon {
		return nil, errors.Errorf("windows: %d rows, wanted at least Window + Horizon = %d + %d",
			len(values), cfg.Window, cfg.Horizon)
	}
	var err error
	if cfg.Targets, err = targetColumns(cfg.Targets, len(values[0])); err != nil {
		return nil, err
	}
	gaps, err := countGaps(values)
	if err != nil {
		return nil, err
	}
	w := &Windows{values: values}
	span := cfg.Window + cfg.Horizon
	for start := 0; start <= len(values)-span; start += cfg.Stride {
		if gaps[start+span] == gaps[start] {
			w.starts = append(w.starts, start)
		}
	}
	if len(w.starts) == 0 {
		return nil, errors.Errorf("windows: each window of %d + %d rows touches a gap; %d of %d rows hold a NaN",
			cfg.Window, cfg.Horizon, gaps[len(values)], len(values))
	}
	cfg.Batch = batchSize(cfg.Batch, len(w.starts))
	w.cfg = cfg
	return w, nil
}

// targetColumns is a copy of the wanted columns of D, all if none are named.
func targetColumns(wanted []int, D int) ([]int, error) {
	if len(wanted) == 0 {
		return order(D, false, 0, 0), nil
	}
	for _, j := range wanted {
		if j < 0 || j >= D {
			return nil, errors.Errorf("windows: target column %d, wanted one of 0 to %d", j, D-1)
		}
	}
	return append([]int(nil), wanted...), nil
}

// countGaps gives, for each i up to N, how many of the first i rows hold a NaN.
func countGaps(values [][]float64) ([]int, error) {
	gaps := make([]int, len(values)+1)
	for i, row := range values {
		if len(row) != len(values[0]) || len(row) == 0 {
			return nil, errors.Errorf("windows: row %d has %d columns, row 0 has %d, wanted the same number and 1 or more",
				i, len(row), len(values[0]))
		}
		gap := 0
		for j, v := range row {
			if math.IsInf(v, 0) {
				return nil, errors.Errorf("windows: row %d, column %d: %g, wanted a finite number, or NaN for a gap",
					i, j, v)
			}
			if math.IsNaN(v) {
				gap = 1
			}
		}
		gaps[i+1] = gaps[i] + gap
	}
	return gaps, nil
}

// Spec implements Source.
func (w *Windows) Spec() Spec {
	return Spec{
		"x": {Shape: tensor.Shape{w.cfg.Window, w.cfg.Batch, len(w.values[0])}, Dtype: tensor.Float64},
		"y": {Shape: tensor.Shape{w.targetRows(), w.cfg.Batch, len(w.cfg.Targets)}, Dtype: tensor.Float64},
	}
}

// Len implements Source.
func (w *Windows) Len() int { return len(w.starts) / w.cfg.Batch }

// Starts gives the first row of every window of an epoch, in the order of its batches: window b
// of batch k is element k·B+b.
func (w *Windows) Starts(epoch int) []int {
	starts := order(len(w.starts), w.cfg.Shuffle, w.cfg.Seed, epoch)
	for i, n := range starts {
		starts[i] = w.starts[n]
	}
	return starts[:w.Len()*w.cfg.Batch]
}

// Batches implements Source.
func (w *Windows) Batches(epoch, from int) iter.Seq2[Batch, error] {
	starts := w.Starts(epoch)
	B, D, K := w.cfg.Batch, len(w.values[0]), len(w.cfg.Targets)
	first := w.cfg.Window // row of y[0], counted from the start of the window
	if w.cfg.NextStep {
		first = 1
	}
	return count(from, w.Len(), func(k int) (Batch, error) {
		x := make([]float64, 0, w.cfg.Window*B*D)
		y := make([]float64, 0, w.targetRows()*B*K)
		for t := range w.cfg.Window {
			for _, start := range starts[k*B : (k+1)*B] {
				x = append(x, w.values[start+t]...)
			}
		}
		for t := range w.targetRows() {
			for _, start := range starts[k*B : (k+1)*B] {
				for _, j := range w.cfg.Targets {
					y = append(y, w.values[start+first+t][j])
				}
			}
		}
		return Batch{"x": dense(x, w.cfg.Window, B, D), "y": dense(y, w.targetRows(), B, K)}, nil
	})
}

// targetRows is the leading axis of y.
func (w *Windows) targetRows() int {
	if w.cfg.NextStep {
		return w.cfg.Window
	}
	return w.cfg.Horizon
}
