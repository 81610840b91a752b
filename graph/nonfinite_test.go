package graph_test

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// What is wrong is named where it comes up, not where it shows.
func TestNonFinite(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	session := build(t, st, func(s *graph.Scope) *G.Node {
		x := s.Input("x", 4, 1, 2)
		w := s.Param("w", graph.Constant(0.5), 2, 2)
		ys, _ := graph.Scan(s.In("rnn"), func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
			h := s.Add(s.Sqrt(x), s.MatMul(prev[0], w))
			return h, graph.State{h}
		}, x, []int{2}, graph.Run{})
		logits := s.In("head").Log(s.Sub(ys, s.Input("low", 1, 1, 1)))
		return s.Sum(s.In("loss").CrossEntropy(logits, s.Indices("targets", 4, 1), 0))
	})
	w, _ := st.Param("w")
	for _, tc := range []struct {
		name   string
		x, low float64
		w      float64
		want   string
	}{
		{"nothing", 1, 0, 0.5, ""},
		{"a parameter", 1, 0, math.NaN(), "parameter w at (0, 1)"},
		{"an input", math.Inf(1), 0, 0.5, `input "x" at (2, 0, 1)`},
		{"within a recurrence", -1, 0, 0.5, "rnn: scan"},
		{"an operation", 1, 1, 0.5, "head: log at (0, 0, 0)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := []float64{1, 1, 1, 1, 1, tc.x, 1, 1}
			w.Value.Float64s()[1] = tc.w
			run(t, session, graph.Feed{
				"x": f64(tensor.Shape{4, 1, 2}, x...), "low": f64(tensor.Shape{1, 1, 1}, tc.low),
				"targets": tensor.New(tensor.WithShape(4, 1), tensor.WithBacking([]int{0, 1, 0, 1})),
			})
			got := session.NonFinite()
			if !strings.HasPrefix(got, tc.want) || tc.want == "" && got != "" {
				t.Errorf("%q, want %q", got, tc.want)
			}
			if strings.Contains(got, "scan") && !strings.HasSuffix(got, "at (2, 0, 1)") {
				t.Errorf("%q: want timestep 2", got)
			}
		})
	}
}
