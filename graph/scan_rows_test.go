package graph

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// rowSteps are operations that compute each row of a step by itself: z is [B, 4], memory [B, 6] and captured.
var rowSteps = map[string]func(s *Scope, z, memory *G.Node) *G.Node{
	"take along": func(s *Scope, z, memory *G.Node) *G.Node {
		_, index := s.TopK(z, 3)
		return s.Sum(s.Add(s.TakeAlong(z, index, 1), s.TakeAlong(memory, index, 1)), 1)
	},
	"cumsum":         func(s *Scope, z, memory *G.Node) *G.Node { return s.Sum(s.CumSum(z, 1), 1) },
	"logsumexp":      func(s *Scope, z, memory *G.Node) *G.Node { return s.LogSumExp(z, 1) },
	"one-hot":        func(s *Scope, z, memory *G.Node) *G.Node { return s.Sum(s.Mul(s.OneHot(s.ArgMax(z), 4), z), 1) },
	"max with index": func(s *Scope, z, memory *G.Node) *G.Node { v, _ := s.MaxWithIndex(z); return v },
	"sort":           func(s *Scope, z, memory *G.Node) *G.Node { return s.Mean(s.Sort(z), 1) },
	"transitions": func(s *Scope, z, memory *G.Node) *G.Node {
		return s.LogSumExp(s.LogSumExp(s.Add(s.ExpandDims(z, 2), s.ExpandDims(z, 1)), 1), 1)
	},
}

// batchSteps are operations that see other rows.
var batchSteps = map[string]func(s *Scope, z, memory *G.Node) *G.Node{
	"cumsum":    func(s *Scope, z, memory *G.Node) *G.Node { return s.Sum(s.CumSum(z, 0), 1) },
	"logsumexp": func(s *Scope, z, memory *G.Node) *G.Node { return s.Add(s.Sum(z, 1), s.Sum(s.LogSumExp(z, 0))) },
	"take along": func(s *Scope, z, memory *G.Node) *G.Node {
		return s.Sum(s.TakeAlong(z, s.Cast(s.Like(z, 3), tensor.Int), 0), 1)
	},
}

// The batch of a step is cut for several threads if its rows can be computed apart, and the bits are those of one.
func TestScanCutsRows(t *testing.T) {
	for name, step := range rowSteps {
		checkCut(t, name, step, true)
	}
	for name, step := range batchSteps {
		checkCut(t, name+" over the batch", step, false)
	}
}

func checkCut(t *testing.T, name string, step func(s *Scope, z, memory *G.Node) *G.Node, cut bool) {
	t.Helper()
	const T, B = 5, 13
	defer kernel.Eager()()
	want := map[string]tensor.Tensor{}
	for _, n := range []int{1, 2, 5} {
		session, err := Build(NewStore(1, tensor.Float32), func(s *Scope) *G.Node {
			w, memory := s.Param("w", Normal(1), 4, 4), s.Param("memory", Normal(1), B, 6)
			ys, _ := Scan(s, func(x *G.Node, prev State) (*G.Node, State) {
				h := s.Tanh(s.Add(x, s.MatMul(prev[0], w)))
				return s.Add(h, s.ExpandDims(step(s, h, memory), 1)), State{h}
			}, s.Param("x", Normal(1), T, B, 4), []int{4}, Run{})
			s.Output("y", ys)
			return s.Mean(s.Square(ys))
		}, Threads(n))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := session.Run(t.Context(), nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, node := range session.b.g.AllNodes() {
			if o, ours := node.Op().(*op); ours {
				if c, ok := o.definition.(scan); ok && c.program.whole == cut {
					t.Errorf("%s: the batch of the step is cut: %v, want %v", name, !cut, cut)
				}
			}
		}
		got := map[string]tensor.Tensor{}
		if got["y"], err = session.Output("y"); err != nil {
			t.Fatal(err)
		}
		for _, g := range session.Gradients() {
			got["gradient of "+g.Path] = g.Grad
		}
		for what, v := range got {
			if n == 1 {
				want[what] = v.Clone().(tensor.Tensor)
				continue
			}
			sameNumbers(t, fmt.Sprintf("%s on %d threads: %s", name, n, what), v.Data().([]float32), want[what].Data().([]float32), true)
		}
		session.Close()
	}
}
