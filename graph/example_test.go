package graph_test

import (
	"context"
	"fmt"
	"log"

	"github.com/elman-go/elman/graph"
)

// A line through two points, declared and fed without another import.
func ExampleFloats() {
	session, err := graph.Build(graph.NewStore(1, graph.Float64), func(s *graph.Scope) *graph.Node {
		x, slope := s.Input("x", 2, 1), s.Input("slope", 1, 1)
		s.Output("y", s.MatMul(x, slope))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if err := session.Run(ctx, graph.Feed{"x": graph.Rows([][]float64{{1}, {2}}), "slope": graph.Floats([]float64{3}, 1, 1)}); err != nil {
		log.Fatal(err)
	}
	y, err := session.Output("y")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Shape(), y.Data())
	fmt.Println(session.Run(ctx, graph.Feed{"x": graph.Floats([]float64{1, 2, 3}, 2, 1), "slope": graph.Floats([]float64{3}, 1, 1)}))
	// Output:
	// (2, 1) [3 6]
	// feed "x": 3 elements for shape (2, 1), want 1 or more and as many as it holds; declared (2, 1)
}
