package series

import "github.com/pkg/errors"

// width is D of values [N][D]. Rows that differ in length are an error, and so is no value at all.
func width(values [][]float64) (int, error) {
	if len(values) == 0 || len(values[0]) == 0 {
		return 0, errors.New("no values")
	}
	D := len(values[0])
	for i, row := range values {
		if len(row) != D {
			return 0, errors.Errorf("row %d has %d columns, row 0 has %d", i, len(row), D)
		}
	}
	return D, nil
}

// clone is a copy of values [N][D].
func clone(values [][]float64) [][]float64 {
	copied := make([][]float64, len(values))
	for i, row := range values {
		copied[i] = append([]float64(nil), row...)
	}
	return copied
}
