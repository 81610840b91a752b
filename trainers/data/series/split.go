package series

import (
	"slices"
	"sort"
	"time"

	"github.com/pkg/errors"
)

// A Cut says how many rows of a series lie before it.
type Cut func(s *Series) (int, error)

// Row cuts before row i, counted from 0.
func Row(i int) Cut {
	return func(*Series) (int, error) { return i, nil }
}

// Last cuts before the last rows of a series, however long it is.
func Last(rows int) Cut {
	return func(s *Series) (int, error) {
		if s == nil {
			return 0, errNoSeries
		}
		return len(s.Values) - rows, nil
	}
}

// At cuts before the first row that is not before date. A series without dates is an error.
func At(date time.Time) Cut {
	return func(s *Series) (int, error) {
		if err := s.checkDates(); err != nil {
			return 0, err
		}
		return sort.Search(len(s.Dates), func(i int) bool { return !s.Dates[i].Before(date) }), nil
	}
}

// SplitTime cuts every series into parts in the order of time, one more than cuts, such as training,
// validation and test. The first part ends before the first cut. Each other one begins lookBack rows
// before its cut, or with the series if there are fewer, so that the forecast of its first row has a
// window to read.
//
// With the Window of data.WindowConfig as lookBack, or 1 with NextStep, the targets of a part are its
// own rows and no other's, and nothing after a cut is seen before it. Fit scalers on part 0. Cut
// before Interpolate, which reads the far side of a gap.
//
// A series that begins after a cut or ends before one has no rows in the parts that it has nothing of: a shop that
// opened in the validation part has none to learn from, one that had closed by then has none to be measured on. Parts hold
// all series all the same, in their order. FitScalers leaves out those without a training part; TooShort names them.
//
// Parts share the rows of the panel. It is an error if lookBack is negative, if there are no cuts, or if no series has
// rows in one of the parts, as where cuts do not increase.
func (p Panel) SplitTime(lookBack int, cuts ...Cut) ([]Panel, error) {
	if lookBack < 0 || len(cuts) == 0 {
		return nil, errors.Errorf("split: look-back of %d rows, %d cuts, wanted 0 or more and 1 or more", lookBack, len(cuts))
	}
	parts := make([]Panel, len(cuts)+1)
	var complaint error
	filled := make([]bool, len(parts))
	for n, s := range p {
		at, wrong, err := s.cuts(cuts)
		if err != nil {
			return nil, errors.Wrapf(err, "split: %s", p.title(n))
		}
		if wrong != nil && complaint == nil {
			complaint = errors.Wrapf(wrong, "split: %s", p.title(n))
		}
		for k := range parts {
			from := at[k]
			if at[k+1] > at[k] {
				from, filled[k] = max(0, at[k]-lookBack), true
			}
			parts[k] = append(parts[k], s.rows(from, at[k+1]))
		}
	}
	if slices.Contains(filled, false) && len(p) > 0 {
		return nil, complaint
	}
	return parts, nil
}

// cuts are the first rows of the parts, and the number of rows. Rows after a cut are in no part before it, wherever the
// cuts before lie. wrong says which part has none.
func (s *Series) cuts(cuts []Cut) (at []int, wrong, err error) {
	if s == nil {
		return nil, nil, errNoSeries
	}
	N := len(s.Values)
	if s.Dates != nil {
		if err := s.checkDates(); err != nil {
			return nil, nil, err
		}
	}
	at = []int{0}
	before := 0
	for k, cut := range cuts {
		if cut == nil {
			return nil, nil, errors.Errorf("cut %d is nil, wanted one such as Last", k)
		}
		row, err := cut(s)
		if err != nil {
			return nil, nil, err
		}
		if (row <= before || row >= N) && wrong == nil {
			wrong = errors.Errorf("cut %d before row %d of %d, wanted one after row %d that leaves a row behind",
				k, row, N, before)
		}
		before = row
		at = append(at, max(0, min(row, N)))
	}
	at = append(at, N)
	for k := len(at) - 2; k >= 0; k-- {
		at[k] = min(at[k], at[k+1])
	}
	return at, wrong, nil
}

// rows are those from ≤ i < to.
func (s *Series) rows(from, to int) *Series {
	part := *s
	part.Values = s.Values[from:to:to]
	if s.Dates != nil {
		part.Dates = s.Dates[from:to:to]
	}
	return &part
}
