package series

import (
	"math"

	"github.com/pkg/errors"
)

// A Scaler brings every column to mean 0 and standard deviation 1:
//
//	z = (v - Mean[j]) / Scale[j]        v replaced by ln v if Log is set
//
// It is stored as JSON with the model it was made for.
type Scaler struct {
	Log   bool      `json:"log"`
	Mean  []float64 `json:"mean"`  // [D]
	Scale []float64 `json:"scale"` // [D], of the population: divided by N
}

// FitScaler measures the columns of values [N][D], gaps left out. Give it the rows of the
// training part only: a scaler that has seen the validation part has told the model about it.
// names [D] are for errors; without them a column is named by its number.
//
// It is an error if rows differ in length, if names are not D, if a column is constant, has no
// values, or values so large or small that its deviation is not finite or 0, or if log meets a
// value that is not positive.
func FitScaler(values [][]float64, log bool, names []string) (Scaler, error) {
	D, err := width(values)
	if err != nil {
		return Scaler{}, errors.Wrap(err, "fit scaler")
	}
	if names != nil && len(names) != D {
		return Scaler{}, errors.Errorf("fit scaler: %d names for %d columns", len(names), D)
	}
	s := Scaler{Log: log, Mean: make([]float64, D), Scale: make([]float64, D)}
	for j := range D {
		if s.Mean[j], s.Scale[j], err = s.fit(values, j); err != nil {
			if names != nil {
				return Scaler{}, errors.Wrapf(err, "fit scaler: column %q", names[j])
			}
			return Scaler{}, errors.Wrapf(err, "fit scaler: column %d", j)
		}
	}
	return s, nil
}

// fit gives mean and deviation of a column.
func (s Scaler) fit(values [][]float64, j int) (mean, scale float64, err error) {
	var column []float64
	constant := true
	for i, row := range values {
		v, err := s.flatten(row[j])
		if err != nil {
			return 0, 0, errors.Wrapf(err, "row %d", i)
		}
		if !math.IsNaN(v) {
			column = append(column, v)
			constant = constant && v == column[0]
		}
	}
	if constant {
		return 0, 0, errors.Errorf("%d values in %d rows, all the same: no deviation to divide by",
			len(column), len(values))
	}
	n := float64(len(column))
	for _, v := range column {
		mean += v / n
	}
	for _, v := range column {
		scale += (v - mean) * (v - mean) / n
	}
	scale = math.Sqrt(scale)
	if scale == 0 || math.IsInf(scale, 0) || math.IsNaN(scale) {
		return 0, 0, errors.Errorf("standard deviation %g, wanted a finite number above 0", scale)
	}
	return mean, scale, nil
}

// flatten is ln v if the scaler says so.
func (s Scaler) flatten(v float64) (float64, error) {
	if !s.Log {
		return v, nil
	}
	if v <= 0 {
		return 0, errors.Errorf("logarithm of %g, wanted a value above 0", v)
	}
	return math.Log(v), nil
}

// Transform is a scaled copy of values [N][D]; gaps stay gaps. It is an error if rows are not D
// long, or if a logarithm meets a value that is not positive.
func (s Scaler) Transform(values [][]float64) ([][]float64, error) {
	scaled := clone(values)
	for i, row := range scaled {
		if err := s.match(i, row); err != nil {
			return nil, errors.Wrap(err, "transform")
		}
		for j, v := range row {
			v, err := s.flatten(v)
			if err != nil {
				return nil, errors.Wrapf(err, "transform: row %d, column %d", i, j)
			}
			row[j] = (v - s.Mean[j]) / s.Scale[j]
		}
	}
	return scaled, nil
}

// Inverse is a copy of scaled values [N][D] in their own units. It is an error if rows are not D
// long.
func (s Scaler) Inverse(scaled [][]float64) ([][]float64, error) {
	values := clone(scaled)
	for i, row := range values {
		if err := s.match(i, row); err != nil {
			return nil, errors.Wrap(err, "inverse")
		}
		for j, z := range row {
			row[j] = s.InverseColumn(j, z)
		}
	}
	return values, nil
}

// InverseColumn is one scaled value of column j in its own unit; NaN if there is no such column.
func (s Scaler) InverseColumn(j int, z float64) float64 {
	if j < 0 || j >= len(s.Mean) || j >= len(s.Scale) {
		return math.NaN()
	}
	v := z*s.Scale[j] + s.Mean[j]
	if s.Log {
		return math.Exp(v)
	}
	return v
}

// match holds a row to the columns of the scaler.
func (s Scaler) match(i int, row []float64) error {
	if len(row) != len(s.Mean) || len(row) != len(s.Scale) {
		return errors.Errorf("row %d has %d columns, the scaler %d means and %d scales",
			i, len(row), len(s.Mean), len(s.Scale))
	}
	return nil
}
