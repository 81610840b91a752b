package series

import (
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"
)

// A Scaler scales each of the D columns of a series in its own way, and back. It is stored as JSON,
// with the model it was made for.
type Scaler []ColumnScaler

// A ColumnScaler takes the logarithm f that Log names and then
//
//	z = (f(v) - Center) / Scale
//
// Inverse gives back v but for rounding: with ε = 2⁻⁵², f(v) is off by at most 4ε times the larger
// of |f(v)| and |Center|.
type ColumnScaler struct {
	Name   string    `json:"name,omitempty"` // of the column, for errors
	Log    Logarithm `json:"log,omitempty"`
	Center float64   `json:"center"`
	Scale  float64   `json:"scale"` // above 0
	// Fallback says why Scale is not what the statistic measured, such as "constant: scale 1"; "" where it is.
	Fallback string `json:"fallback,omitempty"`
}

// FitScaler measures the columns of values [N][D], gaps left out. Give it the rows of the training
// part only: a scaler that has seen the validation part has told the model about it. names [D] are
// for errors; without them a column is named by its number. scalings are none, which is the standard
// one for all columns, one for all of them, or D.
//
// A column without width by its statistic, as one that is mostly zero is by its quartiles, has its standard deviation
// for a scale, and a constant one 1, so that it comes to 0. Fallback says so, and Notes lists them.
//
// It is an error if rows differ in length, if there is another number of names or of scalings, if a
// column has no values, if its center or scale is not finite, or if a logarithm meets a value that has none.
func FitScaler(values [][]float64, names []string, scalings ...Scaling) (Scaler, error) {
	D, err := width(values)
	if err != nil {
		return nil, errors.Wrap(err, "fit scaler")
	}
	if names != nil && len(names) != D {
		return nil, errors.Errorf("fit scaler: %d names for %d columns", len(names), D)
	}
	if n := len(scalings); n > 1 && n != D {
		return nil, errors.Errorf("fit scaler: %d scalings for %d columns, wanted none, 1 or %d", n, D, D)
	}
	s := make(Scaler, D)
	for j := range s {
		if names != nil {
			s[j].Name = names[j]
		}
		var scaling Scaling
		switch len(scalings) {
		case 0:
		case 1:
			scaling = scalings[0]
		default:
			scaling = scalings[j]
		}
		if err := s[j].fit(values, j, scaling); err != nil {
			return nil, errors.Wrapf(err, "fit scaler: %s", s.column(j))
		}
	}
	return s, nil
}

// fit measures column j of values.
func (c *ColumnScaler) fit(values [][]float64, j int, scaling Scaling) error {
	c.Log = scaling.Log
	var column []float64
	for i, row := range values {
		v, err := c.Log.of(row[j])
		if err != nil {
			return errors.Wrapf(err, "row %d", i)
		}
		if !math.IsNaN(v) {
			column = append(column, v)
		}
	}
	if len(column) == 0 {
		return errors.Errorf("0 values in %d rows, wanted 1 or more", len(values))
	}
	by := scaling.By
	if by == nil {
		by = Standard
	}
	c.Center, c.Scale = by(column)
	if c.Scale == 0 {
		c.fallBack(column)
	}
	if err := c.check(); err != nil {
		return errors.Wrapf(err, "%d values in %d rows", len(column), len(values))
	}
	return nil
}

// fallBack chooses a scale for a column that has no width by its statistic.
func (c *ColumnScaler) fallBack(column []float64) {
	least, most := slices.Min(column), slices.Max(column)
	_, deviation := Standard(column)
	switch {
	case least == most:
		c.Center, c.Scale, c.Fallback = least, 1, "constant: scale 1"
	case deviation > 0 && !math.IsInf(deviation, 0):
		c.Scale, c.Fallback = deviation, "scale 0: standard deviation"
	default: // its square is too small for a float64
		c.Scale, c.Fallback = most-least, "scale 0: range"
	}
}

// check is for what was measured, or read from a file.
func (c ColumnScaler) check() error {
	if math.IsNaN(c.Center) || math.IsInf(c.Center, 0) || !(c.Scale > 0) || math.IsInf(c.Scale, 0) {
		return errors.Errorf("center %g, scale %g, wanted finite numbers and a scale above 0", c.Center, c.Scale)
	}
	return c.Log.check()
}

// Transform scales v; NaN stays NaN. It is an error if v has no logarithm, or if the result of a finite v is not finite.
func (c ColumnScaler) Transform(v float64) (float64, error) {
	flat, err := c.Log.of(v)
	if err != nil {
		return 0, err
	}
	z := (flat - c.Center) / c.Scale
	if math.IsInf(z, 0) && !math.IsInf(v, 0) {
		return 0, errors.Errorf("%g less %g, over %g, is not finite", flat, c.Center, c.Scale)
	}
	return z, nil
}

// Inverse is the value that was scaled to z.
func (c ColumnScaler) Inverse(z float64) float64 { return c.Log.inverse(z*c.Scale + c.Center) }

// Transform is a scaled copy of values [N][D]; gaps stay gaps. It is an error if rows are not D
// long, or if a logarithm meets a value that has none.
func (s Scaler) Transform(values [][]float64) ([][]float64, error) {
	scaled := clone(values)
	for i, row := range scaled {
		if err := s.match(i, row); err != nil {
			return nil, errors.Wrap(err, "transform")
		}
		for j, v := range row {
			z, err := s[j].Transform(v)
			if err != nil {
				return nil, errors.Wrapf(err, "transform: %s, row %d", s.column(j), i)
			}
			row[j] = z
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
			row[j] = s[j].Inverse(z)
		}
	}
	return values, nil
}

// InverseColumn is one scaled value of column j in its own unit, NaN if there is no such column: for what
// is given a function of columns, as metrics are.
func (s Scaler) InverseColumn(j int, z float64) float64 {
	if j < 0 || j >= len(s) {
		return math.NaN()
	}
	return s[j].Inverse(z)
}

// Notes lists the columns whose scale is not what their statistic measured, and why.
func (s Scaler) Notes() []string {
	var notes []string
	for j, c := range s {
		if c.Fallback != "" {
			notes = append(notes, s.column(j)+": "+c.Fallback)
		}
	}
	return notes
}

// match holds a row to the columns of the scaler.
func (s Scaler) match(i int, row []float64) error {
	if len(row) != len(s) {
		return errors.Errorf("row %d has %d columns, the scaler %d", i, len(row), len(s))
	}
	return nil
}

// column is what errors call column j.
func (s Scaler) column(j int) string {
	if s[j].Name == "" {
		return fmt.Sprintf("column %d", j)
	}
	return fmt.Sprintf("column %q", s[j].Name)
}
