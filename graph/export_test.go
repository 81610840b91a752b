package graph

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// PanicIfNegative is x, and in a run on a negative element a fault of the kind that an operation of a
// careless author has.
func (s *Scope) PanicIfNegative(x *G.Node) *G.Node { return s.apply(careless{}, x) }

type careless struct{}

func (careless) String() string                                     { return "panic if negative" }
func (careless) infer(in []tensor.Shape) (tensor.Shape, error)      { return in[0], nil }
func (careless) run32(threads, []float32, []operand[float32]) error { return nil }
func (careless) run64(t threads, dst []float64, in []operand[float64]) error {
	copy(dst, in[0].data)
	var none []int
	for i, v := range dst {
		if v < 0 {
			dst[i] = float64(none[i])
		}
	}
	return nil
}

// SameTwice declares two operations with one hash, as though the two had collided.
func (s *Scope) SameTwice(x *G.Node) (*G.Node, *G.Node) {
	serial := s.b.serial
	first := s.Shift(x, 0)
	s.b.serial = serial
	return first, s.Shift(x, 0)
}

// RunsRows reports whether a step computes only the rows that have a sequence.
func (st *Stream) RunsRows() bool { return st.batch != nil }

// Inputs are those of the graph.
func (st *Stream) Inputs() []string { return st.session.Inputs() }
