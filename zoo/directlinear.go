package zoo

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/stat"
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers/data/series"
)

// linear declares the autoregression: the last rows xs [L, B, D] → [Horizon, B, K·Q].
func (m *DirectForecaster) linear(s *graph.Scope, xs *G.Node) *G.Node {
	L, B, K, Q := m.cfg.Linear, xs.Shape()[1], len(m.columns), m.cfg.levels()
	targets := make([]*G.Node, K)
	for k, j := range m.columns {
		targets[k] = s.Slice(xs, 2, j, j+1)
	}
	lags := s.Transpose(s.Concat(2, targets...), 2, 1, 0)                        // [K, B, L]
	out := s.BatchMatMul(lags, s.Param("w", graph.Zeros, K, L, m.cfg.Horizon*Q)) // [K, B, Horizon·Q]
	ahead := s.Transpose(s.Reshape(out, K, B, m.cfg.Horizon, Q), 2, 1, 0, 3)     // [Horizon, B, K, Q]
	return s.Reshape(ahead, m.cfg.Horizon, B, K*Q)
}

// FitLinear puts the linear part where series.ChooseAutoregression has it on values [N][D], the training part in the
// units of the series, so that training begins at the best linear forecast and not at none: ridge regression, whose
// strength, and whether targets share their coefficients, are chosen by the last fifth of values. Of least squares
// without a penalty the many coefficients of a long window can be far worse than no linear part. The constant of the
// regression is head/b; head/w becomes zero, so that the cells say nothing at first. With Quantiles each level
// begins at that level of the errors on the last rows, above or below the mean.
//
// It is an error if there is no linear part, and if
// the autoregression is one.
func (m *DirectForecaster) FitLinear(values [][]float64) error {
	if err := m.ready(); err != nil {
		return errors.Wrap(err, "fit linear part")
	}
	return errors.Wrap(m.fitLinear(values), "fit linear part")
}

func (m *DirectForecaster) fitLinear(values [][]float64) error {
	L, H, K, Q := m.cfg.Linear, m.cfg.Horizon, len(m.columns), m.cfg.levels()
	if L == 0 {
		return errors.New("there is none: Linear is 0")
	}
	rows, err := m.transform(values)
	if err != nil {
		return err
	}
	cfg := series.AutoregressionConfig{Horizon: H, Columns: m.columns}
	for l := range L {
		cfg.Lags = append(cfg.Lags, L-l)
	}
	a, err := series.ChooseAutoregression(rows, cfg)
	if err != nil {
		return err
	}
	errorLevels, err := m.errorLevels(a, rows)
	if err != nil {
		return err
	}
	w, b := make([]float64, K*L*H*Q), make([]float64, H*K*Q)
	for k := range K {
		coefficients := a.Coefficients(k) // [1+L][H]
		for h := range H {
			for q := range Q {
				b[(h*K+k)*Q+q] = coefficients[0][h] + errorLevels[h][k][q]
				for l := range L {
					w[((k*L+l)*H+h)*Q+q] = coefficients[1+l][h]
				}
			}
		}
	}
	cells, _ := m.store.Param("head/w")
	cells.Value.Zero()
	for path, values := range map[string][]float64{"linear/w": w, "head/b": b} {
		p, _ := m.store.Param(path)
		switch to := p.Value.Data().(type) {
		case []float32:
			for i, v := range values {
				to[i] = float32(v)
			}
		case []float64:
			copy(to, values)
		}
	}
	return nil
}

// errorLevels are the quantiles of the errors of an autoregression on the last rows, at most 2000 of them, for each
// level, [Horizon][K][Q]; zeros if the forecast is the mean.
func (m *DirectForecaster) errorLevels(a *series.Autoregression, rows [][]float64) ([][][]float64, error) {
	const last = 2000
	H, K, Q := m.cfg.Horizon, len(m.columns), m.cfg.levels()
	missed := make([][][]float64, H) // [H][K] of each forecast
	levels := make([][][]float64, H)
	for h := range H {
		missed[h], levels[h] = make([][]float64, K), make([][]float64, K)
		for k := range K {
			levels[h][k] = make([]float64, Q)
		}
	}
	if len(m.cfg.Quantiles) == 0 {
		return levels, nil
	}
	for at := max(m.cfg.Linear, len(rows)-H+1-last); at+H <= len(rows); at++ {
		ahead, err := a.Forecast(rows[:at])
		if err != nil {
			return nil, err
		}
		for h, row := range ahead {
			for k, column := range m.columns {
				if e := rows[at+h][column] - row[k]; !math.IsNaN(e) {
					missed[h][k] = append(missed[h][k], e)
				}
			}
		}
	}
	for h := range H {
		for k, sorted := range missed[h] {
			slices.Sort(sorted)
			for q, level := range m.cfg.Quantiles {
				if len(sorted) > 0 {
					levels[h][k][q] = stat.Quantile(level, stat.LinInterp, sorted, nil)
				}
			}
		}
	}
	return levels, nil
}
