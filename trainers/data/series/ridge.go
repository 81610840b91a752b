package series

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/mat"
)

// ridges are the strengths that ChooseAutoregression tries. The least is least squares but for rounding, and
// does not fail where coefficients are not determined.
var ridges = []float64{1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10}

// ChooseAutoregression fits to train [N][D] with the Ridge, and for several columns the Shared, that forecast
// the last fifth of its rows, or of few rows the last horizon, best when fitted to the rows before: by the squared error of all columns and
// rows of the horizon, so scale the columns alike. Then it is fitted to all of train. Config says what was
// chosen; cfg.Ridge and cfg.Shared are not read.
//
// Errors are those of FitAutoregression, but for coefficients that are not determined; and it is an error if there
// are fewer than 2 rows of the regression before the last fifth, or none in it, because of gaps.
func ChooseAutoregression(train [][]float64, cfg AutoregressionConfig) (*Autoregression, error) {
	a, err := chooseAutoregression(train, cfg)
	return a, errors.Wrap(err, "choose autoregression")
}

func chooseAutoregression(train [][]float64, cfg AutoregressionConfig) (*Autoregression, error) {
	D, err := width(train)
	if err != nil {
		return nil, err
	}
	if cfg, err = cfg.check(len(train), D); err != nil {
		return nil, err
	}
	held := max(0, len(train)-max(cfg.Horizon, len(train)/5))
	least := math.Inf(1)
	chosen := cfg
	for _, shared := range []bool{false, true} {
		if shared && len(cfg.Columns) == 1 {
			continue
		}
		cfg.Shared = shared
		squares := make([]float64, len(ridges))
		count := 0
		for _, columns := range cfg.groups() {
			origin := cfg.origin(train, columns)
			fitted, err := cfg.regress(train, columns, origin, 0, held)
			if err != nil {
				return nil, err
			}
			measured, err := cfg.regress(train, columns, origin, held, len(train))
			if err != nil {
				return nil, err
			}
			path, err := fitted.path()
			if err != nil {
				return nil, err
			}
			for i, ridge := range ridges {
				squares[i] += measured.squares(path(ridge))
			}
			count += measured.n
		}
		if count == 0 {
			return nil, errors.Errorf("no row to forecast in the last %d of %d", len(train)-held, len(train))
		}
		for i, ridge := range ridges {
			if squares[i] < least {
				least, chosen.Shared, chosen.Ridge = squares[i], shared, ridge
			}
		}
	}
	if math.IsInf(least, 1) {
		return nil, errors.New("the squared errors are not finite")
	}
	return fitAutoregression(train, chosen)
}

// moments are what ridge regression and its squared errors need of a regression of n rows: the mean of what is
// read, [1 + lags + beside], the 1 first, followed by what is forecast, [Horizon], and the mean products of all
// pairs of them. All but the 1 are counted from an origin near their means, which keeps the digits of a column that
// is far from 0.
type moments struct {
	n, read  int
	origin   []float64 // [1 + lags + beside + Horizon]
	products *mat.SymDense
}

// origin is the means of the values that are read and forecast of columns, gaps left out.
func (cfg AutoregressionConfig) origin(train [][]float64, columns []int) []float64 {
	mean := func(columns ...int) float64 {
		sum, n := 0.0, 0
		for _, row := range train {
			for _, j := range columns {
				if v := row[j]; !math.IsNaN(v) && !math.IsInf(v, 0) {
					sum, n = sum+v, n+1
				}
			}
		}
		return sum / float64(max(1, n))
	}
	target := mean(columns...)
	origin := append([]float64{0}, slices.Repeat([]float64{target}, len(cfg.Lags))...)
	for _, j := range cfg.Beside {
		origin = append(origin, mean(j))
	}
	return append(origin, slices.Repeat([]float64{target}, cfg.Horizon)...)
}

// regress takes the moments of the rows of the regression whose forecasts lie in rows from ≤ i < to.
func (cfg AutoregressionConfig) regress(train [][]float64, columns []int, origin []float64, from, to int) (moments, error) {
	read := 1 + len(cfg.Lags) + len(cfg.Beside)
	width := read + cfg.Horizon
	m := moments{read: read, origin: origin, products: mat.NewSymDense(width, nil)}
	const block = 256 // rows of the regression that are multiplied at a time
	rows := make([]float64, 0, block*width)
	flush := func() {
		if len(rows) == 0 {
			return
		}
		x := mat.NewDense(len(rows)/width, width, rows)
		m.products.SymRankK(m.products, 1, x.T())
		m.n += len(rows) / width
		rows = rows[:0]
	}
	for _, column := range columns {
		for at := max(slices.Max(cfg.Lags), from); at+cfg.Horizon <= to; at++ {
			row := cfg.read(train[:at], column)
			for h := range cfg.Horizon {
				row = append(row, train[at+h][column])
			}
			if slices.ContainsFunc(row, math.IsNaN) {
				continue
			}
			for i, v := range row {
				if math.IsInf(v, 0) {
					return m, errors.Errorf("columns %v: value %d of the regression before row %d is %v", columns, i, at, v)
				}
				row[i] -= origin[i]
			}
			if rows = append(rows, row...); len(rows) == cap(rows) {
				flush()
			}
		}
	}
	flush()
	if m.n > 0 {
		m.products.ScaleSym(1/float64(m.n), m.products)
	}
	return m, nil
}

// path gives the coefficients [1 + lags + beside, Horizon] of any strength, for values counted from the origin. With
// each regressor brought to mean 0 and deviation 1, they minimise
//
//	mean squared error + ridge · sum of squared coefficients, the constant left out
//
// (Hoerl & Kennard, 1970; Hastie et al., 2009, section 3.4.1). A regressor that is constant has 0.
func (m moments) path() (func(ridge float64) *mat.Dense, error) {
	if m.n < 2 {
		return nil, errors.Errorf("%d rows of the regression, want at least 2", m.n)
	}
	p, H := m.read-1, m.products.SymmetricDim()-m.read
	mean := func(i int) float64 { return m.products.At(0, i) }
	deviation := make([]float64, p) // of the regressors but the constant; 0 stands for none
	for i := range p {
		square := m.products.At(1+i, 1+i)
		if variance := square - mean(1+i)*mean(1+i); variance > 1e-12*square {
			deviation[i] = math.Sqrt(variance)
		}
	}
	correlation := mat.NewSymDense(p, nil)
	cross := mat.NewDense(p, H, nil)
	for i := range p {
		if deviation[i] == 0 {
			continue
		}
		for j := i; j < p; j++ {
			if deviation[j] != 0 {
				covariance := m.products.At(1+i, 1+j) - mean(1+i)*mean(1+j)
				correlation.SetSym(i, j, covariance/(deviation[i]*deviation[j]))
			}
		}
		for h := range H {
			cross.Set(i, h, (m.products.At(1+i, m.read+h)-mean(1+i)*mean(m.read+h))/deviation[i])
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(correlation, true) {
		return nil, errors.New("the eigenvalues of the regression do not converge")
	}
	values := eigen.Values(nil)
	var vectors, rotated mat.Dense
	eigen.VectorsTo(&vectors)
	rotated.Mul(vectors.T(), cross)
	return func(ridge float64) *mat.Dense {
		shrunk := mat.DenseCopyOf(&rotated)
		shrunk.Apply(func(i, _ int, v float64) float64 { return v / (max(values[i], 0) + ridge) }, shrunk)
		var standard mat.Dense
		standard.Mul(&vectors, shrunk)
		w := mat.NewDense(m.read, H, nil)
		for h := range H {
			constant := mean(m.read + h)
			for i := range p {
				if deviation[i] != 0 {
					coefficient := standard.At(i, h) / deviation[i]
					w.Set(1+i, h, coefficient)
					constant -= coefficient * mean(1+i)
				}
			}
			w.Set(0, h, constant)
		}
		return w
	}, nil
}

// absolute gives coefficients for values as they are.
func (m moments) absolute(w *mat.Dense) *mat.Dense {
	p, H := w.Dims()
	for h := range H {
		constant := w.At(0, h) + m.origin[p+h]
		for i := 1; i < p; i++ {
			constant -= w.At(i, h) * m.origin[i]
		}
		w.Set(0, h, constant)
	}
	return w
}

// squares is the sum of the squared errors of coefficients on the regression of the moments.
func (m moments) squares(w *mat.Dense) float64 {
	_, H := w.Dims()
	residual := mat.NewDense(m.read+H, H, nil) // y - w·x as a combination of both
	for h := range H {
		for i := range m.read {
			residual.Set(i, h, -w.At(i, h))
		}
		residual.Set(m.read+h, h, 1)
	}
	var product mat.Dense
	product.Mul(m.products, residual)
	sum := 0.0
	for h := range H {
		sum += mat.Dot(residual.ColView(h), product.ColView(h))
	}
	return float64(m.n) * sum
}
