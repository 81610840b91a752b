package zoo

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// A Center says which center of what is expected a forecast gives.
type Center string

// The centers that there are. The mean has the least squared error, the median the least absolute one; only means
// add up to the mean of a sum.
const (
	Mean   Center = "mean"
	Median Center = "median"
)

// A smearing carries forecasts of the mean of logarithms back into the units of the series. Their exponential is the
// median, if errors are symmetric. The mean is that times a factor, the mean of the exponentials of the errors (Duan,
// 1983, "Smearing estimate: a nonparametric retransformation method"). Each row of the horizon and each column has its
// own, since errors grow with the distance.
//
// Factors are estimated on rows when they are first asked for, and anew when weights have changed.
type smearing struct {
	mu   sync.Mutex
	rows [][]float64 // whose errors are measured; none in a model that was opened
	kept *factors    // nil: none yet
}

// factors are [rows ahead][K], for weights of a checksum.
type factors struct {
	Weights uint32      `json:"weights"`
	Factors [][]float64 `json:"factors"`
}

const (
	asFar       = 0      // a horizon: as many rows ahead as the rows tell errors of
	farthest    = 50     // row ahead that asFar goes to, if it is not within a window or a season
	mostWindows = 10000  // whose errors are measured, spread evenly over the rows
	mostSteps   = 200000 // timesteps that these make up, or 100 windows
	sideBySide  = 64     // windows in a batch
)

// A batcher forecasts the rows after windows side by side, as many as its graph has rows: of each [Window][D], in the
// form the model works on, [horizon·K].
type batcher struct {
	session  *graph.Session
	forecast func(ctx context.Context, windows [][][]float64) ([][]float64, error)
}

// of gives the factors for the weights as they are: nil where there are none, because weights of a model that was
// opened have changed, or errors are too large.
func (s *smearing) of(ctx context.Context, p prepared, store *graph.Store, columns []int, horizon int, newBatcher func(B, horizon int) (batcher, error)) ([][]float64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	weights := checksum(store)
	if s.kept != nil && s.kept.Weights == weights {
		return s.kept.Factors, nil
	}
	if s.rows == nil {
		return nil, nil
	}
	estimated, err := p.smear(ctx, s.rows, columns, horizon, newBatcher)
	if err != nil {
		return nil, err
	}
	s.kept = &factors{weights, estimated}
	return estimated, nil
}

// saved is what a file holds of it.
func (s *smearing) saved(store *graph.Store) *factors {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || s.kept.Factors == nil || s.kept.Weights != checksum(store) {
		return nil
	}
	return s.kept
}

// smear estimates the factors on rows.
func (p prepared) smear(ctx context.Context, rows [][]float64, columns []int, horizon int, newBatcher func(B, horizon int) (batcher, error)) ([][]float64, error) {
	level, err := p.level().Transform(rows)
	if err != nil {
		return nil, err
	}
	history := p.cfg.history()
	if len(rows) <= history {
		return nil, nil
	}
	if horizon == asFar { // with the errors of most windows known at each row
		horizon = max(p.cfg.Window, p.cfg.Season, min(farthest, (len(rows)-history)/4))
	}
	horizon = min(horizon, len(rows)-history)
	scaled, err := p.transform(rows) // rows from Season on
	if err != nil {
		return nil, err
	}
	var starts []int
	for i := range len(rows) - history {
		if finite(scaled[i:i+p.cfg.Window]) && finite(level[i+p.cfg.Window:i+history]) {
			starts = append(starts, i)
		}
	}
	most := max(100, min(mostWindows, mostSteps/(p.cfg.Window+horizon)))
	if stride := (len(starts) + most - 1) / most; stride > 1 {
		for i := range len(starts) / stride {
			starts[i] = starts[i*stride]
		}
		starts = starts[:len(starts)/stride]
	}
	if len(starts) == 0 {
		return nil, nil
	}
	B := min(sideBySide, len(starts))
	batcher, err := newBatcher(B, horizon)
	if err != nil {
		return nil, err
	}
	defer batcher.session.Close()
	K := len(columns)
	sums, counts := make([]float64, horizon*K), make([]float64, horizon*K)
	windows := make([][][]float64, B) // those of the batch before where the last one has fewer
	for batch := range slices.Chunk(starts, B) {
		for n, i := range batch {
			windows[n] = scaled[i : i+p.cfg.Window]
		}
		forecasts, err := batcher.forecast(ctx, windows)
		if err != nil {
			return nil, err
		}
		for n, i := range batch {
			end := i + history
			for h, row := range p.levels(forecasts[n], level[end-p.cfg.Season:end], columns) {
				if end+h >= len(rows) {
					break
				}
				for k, j := range columns {
					if truth := level[end+h][j]; !math.IsNaN(truth) {
						sums[h*K+k] += math.Exp(truth - row[k][0])
						counts[h*K+k]++
					}
				}
			}
		}
	}
	factors := make([][]float64, horizon)
	for h := range factors {
		factors[h] = make([]float64, K)
		for k := range factors[h] {
			if factors[h][k] = sums[h*K+k] / counts[h*K+k]; math.IsNaN(factors[h][k]) || math.IsInf(factors[h][k], 0) {
				return nil, nil
			}
		}
	}
	return factors, nil
}

func finite(rows [][]float64) bool {
	for _, row := range rows {
		for _, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}

// check is for what was read from a file: K columns.
func (s *smearing) check(K int) error {
	if s == nil || s.kept == nil {
		return nil
	}
	if len(s.kept.Factors) == 0 {
		return errors.New("mean without factors")
	}
	for h, row := range s.kept.Factors {
		if len(row) != K || slices.ContainsFunc(row, func(v float64) bool { return !(v > 0) }) {
			return errors.Errorf("factors %v of the mean of row %d ahead, want %d above 0", row, h, K)
		}
	}
	return nil
}

// checksum is that of all weights.
func checksum(store *graph.Store) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := uint32(0)
	var b []byte
	for _, p := range store.Params() {
		b = b[:0]
		switch values := p.Value.Data().(type) {
		case []float32:
			for _, v := range values {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
			}
		case []float64:
			for _, v := range values {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
		}
		sum = crc32.Update(sum, table, b)
	}
	return sum
}

func (m *DirectForecaster) newBatcher(B, _ int) (batcher, error) {
	session, err := m.cfg.inference(m.store, func(s *graph.Scope) {
		s.Output("y", m.predict(s, s.Input("x", m.cfg.Window, B, len(m.cfg.Columns))))
	})
	return batcher{session, func(ctx context.Context, windows [][][]float64) ([][]float64, error) {
		if err := session.Run(ctx, graph.Feed{"x": besides(windows, 0, m.cfg.Window)}); err != nil {
			return nil, err
		}
		y, err := session.Output("y") // [Horizon, B, K]
		if err != nil {
			return nil, err
		}
		forecasts := make([][]float64, B)
		for i, row := range slices.Collect(slices.Chunk(floats(y), len(m.columns))) {
			forecasts[i%B] = append(forecasts[i%B], row...)
		}
		return forecasts, nil
	}}, err
}

func (m *RecurrentForecaster) newBatcher(B, horizon int) (batcher, error) {
	D := len(m.cfg.Columns)
	session, err := m.cfg.inference(m.store, func(s *graph.Scope) {
		s.Output("y", m.predict(s, s.Input("x", 1, B, D), carrying))
	})
	return batcher{session, func(ctx context.Context, windows [][][]float64) ([][]float64, error) {
		session.ResetCarry()
		forecasts, read := make([][]float64, B), slices.Clone(windows)
		for i := range m.cfg.Window + horizon - 1 {
			if err := session.Run(ctx, graph.Feed{"x": besides(read, i, i+1)}); err != nil {
				return nil, err
			}
			y, err := session.Output("y") // [1, B, D]
			if err != nil {
				return nil, err
			}
			if i < m.cfg.Window-1 {
				continue
			}
			for n, row := range slices.Collect(slices.Chunk(floats(y), D)) {
				forecasts[n] = append(forecasts[n], row...)
				read[n] = append(slices.Clip(read[n]), row)
			}
		}
		return forecasts, nil
	}}, err
}

// besides makes a tensor [to-from, B, D] of rows of B windows.
func besides(windows [][][]float64, from, to int) tensor.Tensor {
	B, D := len(windows), len(windows[0][0])
	flat := make([]float64, 0, (to-from)*B*D)
	for t := from; t < to; t++ {
		for _, rows := range windows {
			flat = append(flat, rows[t]...)
		}
	}
	return tensor.New(tensor.WithShape(to-from, B, D), tensor.WithBacking(flat))
}

// means gives the factors that Forecast multiplies medians with; nil where it gives medians, or has no logarithms.
func (p prepared) means(ctx context.Context, store *graph.Store, columns []int, horizon int, newBatcher func(B, horizon int) (batcher, error)) ([][]float64, error) {
	if !p.smears() {
		return nil, nil
	}
	found, err := p.mean.of(ctx, p, store, columns, horizon, newBatcher)
	return found, errors.Wrap(err, "mean of forecasts")
}

// smears reports whether means take a factor.
func (p prepared) smears() bool { return p.cfg.Log && len(p.cfg.Quantiles) == 0 && p.mean != nil }

// fitMean estimates on values what the mean takes.
func (p prepared) fitMean(ctx context.Context, values [][]float64, store *graph.Store, columns []int, horizon int, newBatcher func(B, horizon int) (batcher, error)) error {
	if !p.smears() {
		return nil
	}
	estimated, err := p.smear(ctx, values, columns, horizon, newBatcher)
	if err == nil && estimated == nil {
		err = errors.Errorf("%d rows, want more than %d without gaps, and errors whose exponential is finite", len(values), p.cfg.history())
	}
	if err != nil {
		return errors.Wrap(err, "fit mean")
	}
	p.mean.mu.Lock()
	defer p.mean.mu.Unlock()
	p.mean.rows, p.mean.kept = cloneRows(values), &factors{checksum(store), estimated}
	return nil
}

func cloneRows(rows [][]float64) [][]float64 {
	copied := make([][]float64, len(rows))
	for i, row := range rows {
		copied[i] = slices.Clone(row)
	}
	return copied
}
