package layerstest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// A faulty cell is a Vanilla with one fault built in.
type faulty struct {
	Hidden int
	fault  string
	binds  *int // how often Bind was called
}

func (f faulty) OutputSize(int) int {
	if f.fault == "output size" {
		return f.Hidden + 1
	}
	return f.Hidden
}

func (f faulty) StateSizes() []int {
	switch f.fault {
	case "state order", "unused state":
		return []int{f.Hidden, f.Hidden + 1}
	}
	return []int{f.Hidden}
}

func (f faulty) Bind(s *graph.Scope, inputSize int) layers.StepFunc {
	H := f.Hidden
	*f.binds++
	binds, steps := *f.binds, 0
	name, init := "b", graph.Normal(1)
	switch f.fault {
	case "name counts":
		name = fmt.Sprint("b", binds)
	case "initial value counts":
		init = func(_ *rand.Rand, shape tensor.Shape) []float64 {
			return slices.Repeat([]float64{float64(binds)}, shape.TotalSize())
		}
	}
	wx := s.Param("wx", graph.Normal(1), inputSize, H)
	wh := s.Param("wh", graph.Normal(1), H, H)
	b := s.Param(name, init, 1, H)

	return func(x *G.Node, prev layers.State) (*G.Node, layers.State) {
		h := prev[0]
		switch f.fault {
		case "rows mixed":
			x = s.Sub(x, s.ExpandDims(s.Mean(x, 0), 0))
		case "position in the batch":
			var rows []*G.Node
			for i := range x.Shape()[0] {
				rows = append(rows, s.Scale(s.At(x, i), float64(1+i)))
			}
			x = s.Stack(rows...)
		case "gradient cut":
			h = s.StopGradient(h)
		case "division by zero in padding":
			x = s.Div(x, s.ExpandDims(s.Sqrt(s.Sum(s.Square(x), 1)), 1))
		case "first step from zeros":
			if steps == 0 {
				h = s.Full(0, h.Shape()...)
			}
		case "steps counted":
			x = s.Scale(x, float64(1+steps))
		case "binds counted":
			x = s.Scale(x, float64(binds))
		}
		steps++
		z := s.AddBias(s.Add(s.MatMul(x, wx), s.MatMul(h, wh)), b)
		if f.fault == "overflow" {
			z = s.Shift(s.Log(s.Exp(s.Shift(z, 100))), -100)
		}
		h = s.Tanh(z)
		switch f.fault {
		case "state order":
			return h, layers.State{prev[1], h}
		case "unused state":
			return h, layers.State{h, s.Full(0, prev[1].Shape()...)}
		}
		return h, layers.State{h}
	}
}

// faultyCell makes cells with a fault that count their binds together.
func faultyCell(fault string) func(hidden int) subject {
	binds := 0
	return func(hidden int) subject { return cellSubject(faulty{hidden, fault, &binds}) }
}

// faultyRun makes cells that are sound, run by a recurrence that is not.
func faultyRun(change func(s *graph.Scope, xs *G.Node, r *graph.Run) *G.Node) func(hidden int) subject {
	return func(hidden int) subject {
		sub := cellSubject(layers.Vanilla{Hidden: hidden})
		sound := sub.run
		sub.run = func(s *graph.Scope, xs *G.Node, r graph.Run) (*G.Node, layers.State) {
			xs = change(s, xs, &r)
			return sound(s, xs, r)
		}
		return sub
	}
}

func TestBrokenPromises(t *testing.T) {
	deaf := faultyRun(func(_ *graph.Scope, xs *G.Node, r *graph.Run) *G.Node {
		*r = graph.Run{Init: r.Init}
		return xs
	})
	multiplies := faultyRun(func(s *graph.Scope, xs *G.Node, r *graph.Run) *G.Node {
		if r.Lengths == nil {
			return xs
		}
		T, B := xs.Shape()[0], xs.Shape()[1]
		masked := s.Mul(xs, s.Reshape(s.Mask(r.Lengths, T), T, B, 1))
		r.Lengths = nil
		return masked
	})
	fromOnes := faultyRun(func(s *graph.Scope, xs *G.Node, r *graph.Run) *G.Node {
		if r.Init == nil {
			r.Init = layers.State{s.Full(1, xs.Shape()[1], 5)}
		}
		return xs
	})
	for _, tc := range []struct {
		promise, fault string
		newSubject     func(hidden int) subject
		want           string
	}{
		{"shapes", "output size", faultyCell("output size"), "outputs have shape (1, 1, 1), want [1 1 2] of OutputSize(1)"},
		{"shapes", "state order", faultyCell("state order"), "step: next state: tensor 0 is [(1, 2)], want (1, 1)"},
		{"gradients", "gradient cut", faultyCell("gradient cut"), "gradient of init0"},
		{"rows", "rows mixed", faultyCell("rows mixed"), "outputs [T, B, O]: at ["},
		{"rows", "position in the batch", faultyCell("position in the batch"), "outputs [T, B, O]: at ["},
		{"seed", "initial value counts", faultyCell("initial value counts"), "initial value of it/b"},
		{"seed", "name counts", faultyCell("name counts"), "parameter it/b1 is not declared"},
		{"repeatable", "binds counted", faultyCell("binds counted"), "outputs [T, B, O]: at ["},
		{"float32", "overflow", faultyCell("overflow"), "gradient of xs: at [0 0 0] got NaN"},
		{"save", "name counts", faultyCell("name counts"), `it/b3: param: no such tensor among the 6 that were loaded`},
		{"initial state", "first step from zeros", faultyCell("first step from zeros"), "tensor 0 of the initial state changes neither"},
		{"initial state", "unused state", faultyCell("unused state"), "tensor 1 of the initial state changes neither"},
		{"initial state", "none is ones", fromOnes, "outputs [T, B, O]: at ["},
		{"steps", "first step from zeros", faultyCell("first step from zeros"), "outputs [T, B, O]: at ["},
		{"steps", "steps counted", faultyCell("steps counted"), "outputs [T, B, O]: at ["},
		{"stream", "rows mixed", faultyCell("rows mixed"), "outputs of one sequence"},
		{"serving", "rows mixed", faultyCell("rows mixed"), "outputs of one sequence among others"},
		{"reverse", "not reversed", deaf, "outputs [T, B, O]: at ["},
		{"lengths", "lengths ignored", deaf, "outputs [T, B, O]: at ["},
		{"lengths", "padding multiplied", multiplies, "got NaN"},
		{"lengths", "division by zero in padding", faultyCell("division by zero in padding"), "got NaN"},
		{"lengths, reverse", "lengths ignored", deaf, "outputs [T, B, O]: at ["},
		{"resets", "resets ignored", deaf, "outputs [T, B, O]: at ["},
		{"scanned", "steps counted", faultyCell("steps counted"), "outputs [T, B, O]: at ["},
		{"scanned", "first step from zeros", faultyCell("first step from zeros"), "outputs [T, B, O]: at ["},
		{"resets, reverse", "resets ignored", deaf, "outputs [T, B, O]: at ["},
	} {
		t.Run(tc.promise+"/"+tc.fault, func(t *testing.T) {
			p := find(t, tc.promise)
			said := record(t, func(r testing.TB) { p.hold(r, tc.newSubject) })
			for _, want := range []string{tc.want, "broken promise: " + p.text} {
				if !strings.Contains(said, want) {
					t.Errorf("the check says %q, want %q in it", said, want)
				}
			}
		})
	}
}

// Every check has a fault above that breaks it.
func TestPromisesKept(t *testing.T) {
	hold(t, slices.Concat(common, recurrent), faultyCell(""))
}

func find(t *testing.T, name string) promise {
	t.Helper()
	for _, p := range slices.Concat(common, recurrent) {
		if p.name == name {
			return p
		}
	}
	t.Fatalf("no promise %q", name)
	return promise{}
}
