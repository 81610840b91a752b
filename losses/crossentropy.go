package losses

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// CrossEntropyOptions are the settings of CrossEntropy.
type CrossEntropyOptions struct {
	Smoothing float64 // share of each target spread evenly over all V classes, in [0, 1); 0: none
	Mask      *G.Node // [...], weights: 0 does not count; nil counts all alike
}

// CrossEntropy is the mean negative log-likelihood of targets under softmax(logits), in nats per
// target that counts, with label smoothing as in Szegedy et al., 2016, section 7. It is exact for any
// finite logits.
//
//	logits  [..., V]
//	targets [...]     int, in [0, V); a negative one does not count
//	returns scalar
//
// A target of V or more that counts is an error of the run.
func CrossEntropy(s *graph.Scope, logits, targets *G.Node, opts CrossEntropyOptions) *G.Node {
	if !declared(targets) || targets.Dtype() != tensor.Int {
		s.Fail("cross-entropy %v: want targets of int", shapes([]*G.Node{logits, targets}))
	}
	mask := weights(s, "cross-entropy", opts.Mask, targets.Shape())
	// The operation skips negative targets, so logits of padding need no copy without their NaNs.
	losses := s.CrossEntropy(logits, hideClasses(s, targets, mask), opts.Smoothing) // [...]
	return meanOver(s, losses, targets, mask)
}
