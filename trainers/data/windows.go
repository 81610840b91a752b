package data

import (
	"iter"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

var _ Source = (*Windows)(nil)

// Windows slides over the N rows and D columns of a series, or of several series one after the
// other. No window holds rows of two.
//
//	x      [Window, B, D]   float64
//	y      [Horizon, B, K]  float64, the K target columns of the rows after the window
//	known  [Horizon, B, F]  float64, with Known: its F columns of the rows of y
//	mask   [Horizon, B, K]  float64, with Mask: 0 where y is NaN, a gap, and else 1
//	static [B, S]           float64, with static features: those of each window's series
//
// With NextStep, y, known and mask are [Window, B, ...]: y[t] belongs to the row after that of x[t].
//
// A window with a gap in x, y or known is left out; with Mask, if it is in x or known, or if all of y
// is. An epoch leaves out the windows that fill no batch too, which Whole does not.
type Windows struct {
	series [][][]float64
	static [][]float64
	cfg    WindowConfig // zeros replaced by what they mean
	all    []int        // the D columns
	starts []Start      // of the windows that are not left out, series by series, ascending
}

// A Start is where a window begins.
type Start struct {
	Series int // 0 where there is but one
	Row    int // its first row
}

// NewWindows cuts values, N rows of D columns, which are kept, not copied.
//
// It is an error if a number of cfg is negative or Window is 0, if NextStep comes with a Horizon
// above 1, if a column of Targets or Known does not exist or is in both, if rows differ in length or
// hold an infinity, if there are fewer rows than a window with its horizon has, or if every window
// is left out.
func NewWindows(values [][]float64, cfg WindowConfig) (*Windows, error) {
	return NewPanel([][][]float64{values}, nil, cfg)
}

// NewPanel cuts several series of the same D columns and of any lengths [N][D], which are kept, not
// copied. Of one that is shorter than a window with its horizon there is no window. static [series][S]
// are features of each series that do not change in time; nil means none.
//
// Errors are as for NewWindows, of the longest series where it is about rows, and it is an error if
// there are no series, or if static does not hold as many rows, of one length and finite.
func NewPanel(series [][][]float64, static [][]float64, cfg WindowConfig) (*Windows, error) {
	D, longest := 0, 0
	for _, values := range series {
		if longest = max(longest, len(values)); D == 0 && len(values) > 0 {
			D = len(values[0])
		}
	}
	if longest == 0 {
		return nil, errors.Errorf("windows: 0 rows in %d series, wanted 1 or more", len(series))
	}
	if err := checkValues(series, D); err != nil {
		return nil, err
	}
	if err := checkStatic(static, len(series)); err != nil {
		return nil, err
	}
	cfg, err := cfg.check(D)
	if err != nil {
		return nil, err
	}
	if cfg.Window > longest-cfg.Horizon {
		return nil, errors.Errorf("windows: %d rows in the longest of %d series, wanted at least Window + Horizon = %d + %d",
			longest, len(series), cfg.Window, cfg.Horizon)
	}
	w := &Windows{series: series, static: static, cfg: cfg, all: order(D, false, 0, 0)}
	for n, values := range series {
		whole := w.whole(values)
		for row := 0; row <= len(values)-cfg.Window-cfg.Horizon; row += cfg.Stride {
			if whole(row) {
				w.starts = append(w.starts, Start{n, row})
			}
		}
	}
	if len(w.starts) == 0 {
		return nil, errors.Errorf("windows: each window of %d + %d rows touches a gap, wanted one that does not",
			cfg.Window, cfg.Horizon)
	}
	w.cfg.Batch = batchSize(cfg.Batch, len(w.starts))
	return w, nil
}

func checkValues(series [][][]float64, D int) error {
	for n, values := range series {
		for i, row := range values {
			if len(row) != D || D == 0 {
				return errors.Errorf("windows: series %d, row %d has %d columns, the first row has %d, "+
					"wanted the same number and 1 or more", n, i, len(row), D)
			}
			for j, v := range row {
				if math.IsInf(v, 0) {
					return errors.Errorf("windows: series %d, row %d, column %d: %g, wanted a finite number, or NaN for a gap",
						n, i, j, v)
				}
			}
		}
	}
	return nil
}

func checkStatic(static [][]float64, series int) error {
	if static == nil {
		return nil
	}
	if len(static) != series {
		return errors.Errorf("windows: static features of %d series, there are %d", len(static), series)
	}
	for n, features := range static {
		if len(features) != len(static[0]) || len(features) == 0 {
			return errors.Errorf("windows: series %d has %d static features, the first has %d, "+
				"wanted the same number and 1 or more", n, len(features), len(static[0]))
		}
		for k, v := range features {
			if math.IsInf(v, 0) || math.IsNaN(v) {
				return errors.Errorf("windows: series %d, static feature %d: %g, wanted a finite number", n, k, v)
			}
		}
	}
	return nil
}

// whole says of a window that begins at a row of values whether it is to be used.
func (w *Windows) whole(values [][]float64) func(row int) bool {
	inputs, known, targets := gaps(values, w.all), gaps(values, w.cfg.Known), gaps(values, w.cfg.Targets)
	first, rows := w.cfg.ahead()
	missing := 0 // targets of a window that may be gaps
	if w.cfg.Mask {
		missing = rows*len(w.cfg.Targets) - 1
	}
	return func(row int) bool {
		from, to := row+first, row+first+rows
		return inputs[row+w.cfg.Window] == inputs[row] && known[to] == known[from] && targets[to]-targets[from] <= missing
	}
}

// gaps gives, for each i up to N, how many gaps there are in these columns of the first i rows.
func gaps(values [][]float64, columns []int) []int {
	gaps := make([]int, len(values)+1)
	for i, row := range values {
		gaps[i+1] = gaps[i]
		for _, j := range columns {
			if math.IsNaN(row[j]) {
				gaps[i+1]++
			}
		}
	}
	return gaps
}

// Spec implements Source.
func (w *Windows) Spec() Spec {
	if w == nil {
		return nil
	}
	_, rows := w.cfg.ahead()
	B, K := w.cfg.Batch, len(w.cfg.Targets)
	field := func(shape ...int) Field { return Field{Shape: shape, Dtype: tensor.Float64} }
	spec := Spec{"x": field(w.cfg.Window, B, len(w.all)), "y": field(rows, B, K)}
	if F := len(w.cfg.Known); F > 0 {
		spec["known"] = field(rows, B, F)
	}
	if w.cfg.Mask {
		spec["mask"] = field(rows, B, K)
	}
	if w.static != nil {
		spec["static"] = field(B, len(w.static[0]))
	}
	return spec
}

// Len implements Source.
func (w *Windows) Len() int {
	if w == nil || len(w.starts) == 0 {
		return 0
	}
	return len(w.starts) / w.cfg.Batch
}

// Starts says where every window of an epoch begins, in the order of its batches: window b of batch
// k is element k·B+b.
func (w *Windows) Starts(epoch int) []Start {
	if w.Len() == 0 {
		return nil
	}
	starts := make([]Start, w.Len()*w.cfg.Batch)
	places := order(len(w.starts), w.cfg.Shuffle, w.cfg.Seed, epoch)
	for i := range starts {
		starts[i] = w.starts[places[i]]
	}
	return starts
}

// Batches implements Source.
func (w *Windows) Batches(epoch, from int) iter.Seq2[Batch, error] {
	if w.Len() == 0 {
		return count(from, 0, nil)
	}
	starts, B := w.Starts(epoch), w.cfg.Batch
	first, rows := w.cfg.ahead()
	return count(from, w.Len(), func(k int) (Batch, error) {
		windows := starts[k*B : (k+1)*B]
		y := w.cut(windows, first, rows, w.cfg.Targets)
		batch := Batch{"x": dense(w.cut(windows, 0, w.cfg.Window, w.all), w.cfg.Window, B, len(w.all))}
		if F := len(w.cfg.Known); F > 0 {
			batch["known"] = dense(w.cut(windows, first, rows, w.cfg.Known), rows, B, F)
		}
		if w.cfg.Mask {
			batch["mask"] = dense(counting(y), rows, B, len(w.cfg.Targets))
		}
		if w.static != nil {
			static := make([]float64, 0, B*len(w.static[0]))
			for _, start := range windows {
				static = append(static, w.static[start.Series]...)
			}
			batch["static"] = dense(static, B, len(w.static[0]))
		}
		batch["y"] = dense(y, rows, B, len(w.cfg.Targets))
		return batch, nil
	})
}

// cut gives columns of rows of windows, the first counted from the start of each: [rows, B, columns].
func (w *Windows) cut(windows []Start, first, rows int, columns []int) []float64 {
	values := make([]float64, 0, rows*len(windows)*len(columns))
	for t := range rows {
		for _, start := range windows {
			row := w.series[start.Series][start.Row+first+t]
			for _, j := range columns {
				values = append(values, row[j])
			}
		}
	}
	return values
}

// counting is 1 for each value, 0 for each gap.
func counting(values []float64) []float64 {
	mask := make([]float64, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			mask[i] = 1
		}
	}
	return mask
}
