package graph

import (
	"context"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Without gradients a graph is run node by node, unless operations of Gorgonia's own take part; the
// results are those of the tape machine.
func TestForwardMachine(t *testing.T) {
	st := NewStore(1, tensor.Float64)
	declare := func(raw bool) func(*Scope) *G.Node {
		return func(s *Scope) *G.Node {
			x := s.Input("x", 3, 2)
			w := s.Param("w", Normal(1), 2, 4)
			step := func(x *G.Node, prev State) (*G.Node, State) {
				h := s.Tanh(s.Add(s.MatMul(x, w), prev[0]))
				return s.Neg(h), State{h}
			}
			c := s.Carry("h", 1, 4)
			ys, last := Scan(s, step, s.Reshape(x, 3, 1, 2), []int{4}, Run{Init: State{c.Node()}})
			c.Set(last[0])
			if raw {
				ys = s.Try(G.Cube(ys))
			} else {
				ys = s.Mul(s.Mul(ys, ys), ys)
			}
			s.Output("ys", ys)
			return s.Mean(ys)
		}
	}
	build := func(raw bool, opts ...BuildOption) *Session {
		session, err := Build(st, declare(raw), opts...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { session.Close() })
		return session
	}
	tape, eval, raw := build(false), build(false, Eval()), build(true, Eval())
	for name, tc := range map[string]struct {
		session *Session
		forward bool
	}{"with gradients": {tape, false}, "without": {eval, true}, "with an operation of Gorgonia's": {raw, false}} {
		if _, forward := tc.session.machine.(*forwardMachine); forward != tc.forward {
			t.Errorf("%s: the machine is a %T", name, tc.session.machine)
		}
	}
	for run := range 3 {
		feed := Feed{"x": newDense(tensor.Float64, tensor.Shape{3, 2}, []float64{1, -2, float64(run), 0.5, 3, -1})}
		for _, session := range []*Session{tape, eval, raw} {
			if err := session.Run(context.Background(), feed); err != nil {
				t.Fatal(err)
			}
		}
		if tape.Cost() != eval.Cost() || tape.Cost() != raw.Cost() {
			t.Errorf("run %d: the cost is %v, without gradients %v, with Gorgonia's cube %v", run, tape.Cost(), eval.Cost(), raw.Cost())
		}
	}
}
