package series

import (
	"slices"
	"strings"
	"testing"
)

// wantError checks that err says all of these.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, wanted one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestColumn(t *testing.T) {
	s := Series{Names: []string{"a", "b"}, Values: [][]float64{{1, 2}, {3, 4}}}
	column, err := s.Column("b")
	if err != nil || !slices.Equal(column, []float64{2, 4}) {
		t.Errorf("got %v, %v", column, err)
	}
	column[0] = 9
	if s.Values[0][1] != 2 {
		t.Error("the column is no copy")
	}
	_, err = s.Column("c")
	wantError(t, err, `"c"`, `["a" "b"]`)
	s.Values[1] = []float64{3}
	_, err = s.Column("b")
	wantError(t, err, "row 1 has 1 columns")
}
