package graph_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/elman-go/elman/graph"
)

func TestFeedMakers(t *testing.T) {
	values := []float64{1, 2, 3, 4, 5, 6}
	for _, tc := range []struct {
		got   graph.Tensor
		shape []int
		data  string
	}{
		{graph.Floats(values, 2, 3), []int{2, 3}, "[1 2 3 4 5 6]"},
		{graph.Floats(values), []int{6}, "[1 2 3 4 5 6]"},
		{graph.Floats([]float64{7}), []int{1}, "[7]"},
		{graph.Floats([]float64{7}, 1, 1, 1), []int{1, 1, 1}, "[7]"},
		{graph.Ints([]int{4, 5}, 1, 2), []int{1, 2}, "[4 5]"},
		{graph.Ints([]int{4}, 1), []int{1}, "[4]"},
		{graph.Rows([][]float64{{1, 2}, {3, 4}, {5, 6}}), []int{3, 2}, "[1 2 3 4 5 6]"},
		{graph.Rows([][]float64{{math.Inf(1)}}), []int{1, 1}, "[+Inf]"},
	} {
		if !slices.Equal(tc.got.Shape(), tc.shape) || tc.got.IsScalar() || fmt.Sprint(tc.got.Data()) != tc.data {
			t.Errorf("%v of %v, want %v of %v", tc.got.Data(), tc.got.Shape(), tc.data, tc.shape)
		}
	}
	made := graph.Floats(values, 3, 2)
	values[0] = 9
	if made.Data().([]float64)[0] != 1 {
		t.Error("the elements are shared with the list")
	}
}

// What cannot be made is refused by the run, also where a flat list or fewer rows would have been taken.
func TestFeedMisfits(t *testing.T) {
	session, err := graph.Build(graph.NewStore(1, graph.Float64), func(s *graph.Scope) *graph.Node {
		s.Output("n", s.Indices("n", 6))
		s.Output("x", s.Input("x", 6))
		s.Output("y", s.Input("y", 3, 2))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	six := []float64{1, 2, 3, 4, 5, 6}
	sound := func() graph.Feed {
		return graph.Feed{"n": graph.Ints(make([]int, 6)), "x": graph.Floats(six), "y": graph.Floats(six, 3, 2)}
	}
	if err := session.Run(context.Background(), sound()); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		of   graph.Tensor
		want string
	}{
		{"x", graph.Floats(six, 2, 4), `feed "x": 6 elements for shape (2, 4), want 1 or more and as many as it holds; declared (6)`},
		{"x", graph.Floats(six[:5], 6), `feed "x": 5 elements for shape (6)`},
		{"x", graph.Floats(six[:1], 2), `feed "x": 1 elements for shape (2)`},
		{"x", graph.Floats(nil), `feed "x": 0 elements for shape (0)`},
		{"x", graph.Floats(nil, 6), `feed "x": 0 elements for shape (6)`},
		{"x", graph.Floats(six, -2, -3), `feed "x": 6 elements for shape (-2, -3)`},
		{"x", graph.Floats(six, 0), `feed "x": 6 elements for shape (0)`},
		{"x", graph.Floats(six, math.MaxInt, 6), `feed "x": 6 elements for shape`},
		{"x", graph.Floats(six, 2, 3), `feed "x": shape (2, 3), declared (6)`},
		{"x", graph.Ints(make([]int, 6)), `feed "x": elements of int, declared float64`},
		{"n", graph.Ints([]int{1}, 6), `feed "n": 1 elements for shape (6)`},
		{"y", graph.Rows([][]float64{{1, 2}, {3}, {4, 5}}), `feed "y": row 1 has 1 values, row 0 has 2; want the same number, 1 or more; declared (3, 2)`},
		{"y", graph.Rows([][]float64{{}, {}, {}}), `feed "y": row 0 has 0 values`},
		{"y", graph.Rows(nil), `feed "y": 0 rows, want 1 or more; declared (3, 2)`},
	} {
		feed := sound()
		feed[tc.name] = tc.of
		if err := session.Run(context.Background(), feed); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s", err, tc.want)
		}
	}
}
