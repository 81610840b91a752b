package losses

import (
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// Options are those of a loss that has no settings of its own.
type Options struct {
	Mask *G.Node // weights: 0 does not count; nil counts all alike
}

// positive is a setting that has to be more than 0; 0 stands for preset.
func positive(s *graph.Scope, what string, v, preset float64) float64 {
	if v == 0 {
		return preset
	}
	if !(v > 0) {
		s.Fail("%s %v, want more than 0", what, v)
	}
	return v
}

// check fails unless the predictions and the target, the last of nodes, are floats of one shape, to
// which the mask can be broadcast. Shapes of sizes 1 would be broadcast without a word otherwise, and
// the mean taken over more elements than there are. It returns the mask as weights.
func check(s *graph.Scope, loss string, mask *G.Node, nodes ...*G.Node) *G.Node {
	target := nodes[len(nodes)-1]
	for _, n := range nodes {
		if !declared(n) || !declared(target) || !slices.Equal(n.Shape(), target.Shape()) {
			s.Fail("%s %v: want predictions and target of one shape", loss, shapes(nodes))
		}
		if n.Dtype() != s.Dtype() {
			s.Fail("%s %v: predictions or target of %v, want %v", loss, shapes(nodes), n.Dtype(), s.Dtype())
		}
	}
	return weights(s, loss, mask, target.Shape())
}

// declared reports whether there is a node, and a graph that it is of.
func declared(n *G.Node) bool { return n != nil && n.Graph() != nil }

// weights makes weights of a mask, which it wants to be such that it can be broadcast to the target; nil of
// none.
func weights(s *graph.Scope, loss string, mask *G.Node, target tensor.Shape) *G.Node {
	if mask == nil {
		return nil
	}
	fits := len(mask.Shape()) == len(target)
	for axis, size := range mask.Shape() {
		fits = fits && (size == 1 || size == target[axis])
	}
	if !fits {
		s.Fail("%s: mask %v, want %v or sizes of 1 in it", loss, mask.Shape(), target)
	}
	return s.Weights(mask)
}

// shapes are printed like those of a graph's operations: [(2, 3) (2, 4)]; a missing node is nil.
func shapes(nodes []*G.Node) []any {
	all := make([]any, len(nodes))
	for i, n := range nodes {
		if n != nil {
			all[i] = n.Shape()
		}
	}
	return all
}
