package series

import (
	"slices"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/brief"
)

// A Series is N rows of D columns in the order of time.
type Series struct {
	Name   string      // of the series among others, for errors; may be ""
	Names  []string    // [D]
	Dates  []time.Time // [N], increasing; nil without a date column
	Values [][]float64 // [N][D]; NaN is a gap
	Static []float64   // [S], features that do not change in time; nil means none
	Guess  Guess       // how the table was read, if it was
}

// errNoSeries is the error of a series that is nil.
var errNoSeries = errors.New("series is nil")

// Column is a copy of the values of one column, [N]. A name that is not there is an error, which
// lists those that are.
func (s *Series) Column(name string) ([]float64, error) {
	if s == nil {
		return nil, errNoSeries
	}
	j := slices.Index(s.Names, name)
	if j < 0 {
		return nil, errors.Errorf("series: no column %s, wanted one of %s", brief.Quote(name), listed(s.Names))
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

// checkDates wants a date for each row.
func (s *Series) checkDates() error {
	if s == nil {
		return errNoSeries
	}
	if len(s.Dates) != len(s.Values) {
		return errors.Errorf("%d dates of %d rows, wanted one for each", len(s.Dates), len(s.Values))
	}
	return nil
}
