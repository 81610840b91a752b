package graph

import (
	"context"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The gradient of logits takes their place where nobody else reads them, and the numbers are the same.
func TestOverwrite(t *testing.T) {
	x := newDense(tensor.Float64, tensor.Shape{4, 3}, []float64{1, -1, 2, 0, 3, -2, 0.5, 1, 1, -3, 2, 1})
	targets := denseOf(tensor.Shape{4}, []int{0, 4, -1, 2})
	var want []float64
	for _, tc := range []struct {
		name string
		read func(s *Scope, logits *G.Node) *G.Node // something beside the loss
		in   bool                                   // whether the gradient is in the logits' place
	}{
		{"nobody else", nil, true},
		{"an output", func(s *Scope, logits *G.Node) *G.Node {
			s.Output("logits", logits)
			return nil
		}, false},
		{"another operation", func(s *Scope, logits *G.Node) *G.Node { return s.Scale(s.Sum(logits), 0) }, false},
		{"another loss", func(s *Scope, logits *G.Node) *G.Node {
			return s.Scale(s.Sum(s.CrossEntropy(logits, s.Indices("targets2", 4), 0)), 0)
		}, false},
	} {
		session, err := Build(NewStore(1, tensor.Float64), func(s *Scope) *G.Node {
			logits := s.Affine(s.Input("x", 4, 3), s.Param("w", Normal(1), 3, 5), s.Param("b", Normal(1), 1, 5))
			loss := s.Sum(s.CrossEntropy(logits, s.Indices("targets", 4), 0.1))
			if tc.read != nil {
				if more := tc.read(s, logits); more != nil {
					loss = s.Add(loss, more)
				}
			}
			return loss
		})
		if err != nil {
			t.Fatal(err)
		}
		feed := Feed{"x": x, "targets": targets}
		if tc.name == "another loss" {
			feed["targets2"] = targets
		}
		for range 2 { // the second run begins with what the first has left
			session.ZeroGradients()
			if err := session.Run(context.Background(), feed); err != nil {
				t.Fatal(err)
			}
		}
		in := false
		for _, n := range session.b.g.AllNodes() {
			if o, ours := n.Op().(*op); ours && o.instead != nil {
				in = true
			}
		}
		if in != tc.in {
			t.Errorf("read by %s: the gradient is in the place of the logits: %v, want %v", tc.name, in, tc.in)
		}
		got := append([]float64{session.Cost()}, session.Gradients()[0].Grad.Float64s()...)
		if want == nil {
			want = got
			continue
		}
		for i := range want {
			if d := got[i] - want[i]; d > 1e-14 || d < -1e-14 {
				t.Errorf("read by %s: element %d is %v, want %v", tc.name, i, got[i], want[i])
			}
		}
		session.Close()
	}
}
