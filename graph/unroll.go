package graph

import (
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// State is what a recurrence carries from one timestep to the next, each tensor [B, size].
type State []*G.Node

// A StepFunc declares one timestep: x [B, I] and the previous state in, y [B, O] and the next
// state out. It creates no parameters and may be called any number of times. A node made in a step is
// that step's own: only as y or as state does it leave it.
type StepFunc func(x *G.Node, prev State) (y *G.Node, next State)

// A Run says how a recurrence goes over its sequence. The zero value: from zeros, forwards, all T.
type Run struct {
	Init    State   // one tensor [B, size] each; nil: zeros
	Lengths *G.Node // [B] int, of each row; past it a row keeps its state and gives zeros; nil: all T
	Reset   *G.Node // [T, B]; where not 0, the row's state becomes zero before that timestep, whatever was carried
	Reverse bool    // last timestep first; ys stay in the order of xs

	// Segment is how many timesteps Scan keeps the history of while it trains: it keeps the state at the
	// beginning of each segment and computes the rest again for the gradient, which takes less memory
	// and about a third more time (Chen et al., 2016). 0 keeps all. Unroll keeps all.
	Segment int
}

// step is one timestep while it is declared.
type step struct {
	t      int // from 1, or everyTimestep
	random randomKeys
}

// Unroll declares a step once for each of the T timesteps of xs [T, B, I] and returns ys [T, B, O] and
// the last state. sizes are the widths of the state's tensors. The padding of rows shorter than T may
// hold anything, NaN included: it reaches neither values nor gradients.
//
// The graph grows with T, and the time to compile it with T squared.
func Unroll(s *Scope, f StepFunc, xs *G.Node, sizes []int, r Run) (ys *G.Node, last State) {
	s.outsideStep("Unroll")
	s.checkRun(xs, sizes, r)
	T, B := xs.Shape()[0], xs.Shape()[1]
	state := slices.Clone(r.Init)
	if state == nil {
		for _, size := range sizes {
			state = append(state, s.Full(0, B, size))
		}
	}
	var valid, reset []*G.Node // each [B, 1]
	if r.Lengths != nil {
		valid = s.columns(s.Mask(r.Lengths, T))
		xs = s.withoutPadding(xs, r.Lengths)
	}
	if r.Reset != nil {
		reset = s.columns(r.Reset)
	}
	x := s.timesteps(xs) // T × [B, I]
	y := make([]*G.Node, T)
	for i := range T {
		t := i
		if r.Reverse {
			t = T - 1 - i
		}
		if reset != nil {
			for j, h := range state {
				state[j] = s.Select(reset[t], s.Full(0, 1, 1), h)
			}
		}
		out, next := s.runStep(f, 1+t, x[t], state, sizes)
		if valid != nil {
			out = s.Select(valid[t], out, s.Full(0, 1, 1))
			for j := range next {
				next[j] = s.Select(valid[t], next[j], state[j])
			}
		}
		y[t], state = out, next
	}
	return s.Stack(y...), state
}

func (s *Scope) checkRun(xs *G.Node, sizes []int, r Run) {
	if xs == nil || xs.Shape().Dims() != 3 {
		s.Fail("recurrence %s: want xs [T, B, I]", shapesOf([]*G.Node{xs}))
	}
	s.checkShape("state", sizes)
	T, B := xs.Shape()[0], xs.Shape()[1]
	if r.Init != nil {
		s.checkState("initial state", r.Init, B, sizes)
	}
	if n := r.Lengths; n != nil && !sameShape(n.Shape(), tensor.Shape{B}) {
		s.Fail("recurrence: lengths %v, want (%d)", n.Shape(), B)
	}
	if n := r.Reset; n != nil && !sameShape(n.Shape(), tensor.Shape{T, B}) {
		s.Fail("recurrence: reset %v, want (%d, %d)", n.Shape(), T, B)
	}
}

func (s *Scope) checkState(what string, state State, B int, sizes []int) {
	if len(state) != len(sizes) {
		s.Fail("%s: %d tensors, want %d", what, len(state), len(sizes))
	}
	for j, h := range state {
		if h == nil || !sameShape(h.Shape(), tensor.Shape{B, sizes[j]}) {
			s.Fail("%s: tensor %d is %s, want (%d, %d)", what, j, shapesOf([]*G.Node{h}), B, sizes[j])
		}
	}
}

// runStep declares timestep t and releases what the step hands on.
func (s *Scope) runStep(f StepFunc, t int, x *G.Node, prev State, sizes []int) (y *G.Node, next State) {
	if f == nil {
		s.Fail("step: no function")
	}
	B := x.Shape()[0]
	s.b.step = &step{t: t, random: randomKeys{}}
	y, next = f(x, slices.Clone(prev))
	if y == nil || y.Shape().Dims() != 2 || y.Shape()[0] != B {
		s.Fail("step: output is %s, want (%d, O)", shapesOf([]*G.Node{y}), B)
	}
	s.checkState("step: next state", next, B, sizes)
	next = slices.Clone(next)
	s.bring("step: result", append(State{y}, next...))
	s.b.step = nil
	for _, n := range append(State{y}, next...) {
		delete(s.b.owner, n)
	}
	return y, next
}

// timesteps cuts xs [T, ...] into T nodes. It goes by way of blocks of about √T timesteps, so that the
// gradient of a cut touches a block and not the whole of xs.
func (s *Scope) timesteps(xs *G.Node) []*G.Node {
	T := xs.Shape()[0]
	block := int(math.Ceil(math.Sqrt(float64(T))))
	cut := make([]*G.Node, 0, T)
	for start := 0; start < T; start += block {
		size := min(block, T-start)
		part := s.Slice(xs, 0, start, start+size)
		for i := range size {
			cut = append(cut, s.At(part, i))
		}
	}
	return cut
}

// columns cuts flags [T, B] into T nodes [B, 1].
func (s *Scope) columns(flags *G.Node) []*G.Node {
	cut := s.timesteps(flags)
	for t, f := range cut {
		cut[t] = s.Reshape(f, f.Shape()[0], 1)
	}
	return cut
}
