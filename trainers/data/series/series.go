package series

import (
	"slices"

	"time"

	"github.com/pkg/errors"
)

// A Series is N rows of D columns in the order of time.
type Series struct {
	Names  []string    // [D]
	Dates  []time.Time // [N], increasing; nil without a date column
	Values [][]float64 // [N][D]; NaN is a gap
}

// Column is a copy of the values of one column, [N]. A name that is not there is an error, which
// lists those that are.
func (s *Series) Column(name string) ([]float64, error) {
	j := slices.Index(s.Names, name)
	if j < 0 {
		return nil, errors.Errorf("series: no column %q, wanted one of %q", name, s.Names)
	}
	column := make([]float64, len(s.Values))
	for i, row := range s.Values {
		if j >= len(row) {
			return nil, errors.Errorf("series: row %d has %d columns, there are %d names",
				i, len(row), len(s.Names))
		}
		column[i] = row[j]
	}
	return column, nil
}
