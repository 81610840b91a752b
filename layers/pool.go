package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Pool reduces each Size timesteps to one, element by element, to their greatest or their mean (Goodfellow, Bengio &
// Courville, 2016, section 9.3): [T, B, I] → [T', B, I].
//
//	y_t = max or mean of x_{t·Stride + k},  0 ≤ k < Size
//	T' = ⌊(T-Size)/Stride⌋ + 1
//
// Timesteps at the end that fill no window are left out; a run of fewer than Size is an error. A run may have fewer
// timesteps than were declared. Length gives T'. Equal greatest elements of a window share the gradient, and one that
// has a NaN gives NaN.
type Pool struct {
	Size   int
	Stride int  // 0: Size, so that windows do not overlap
	Mean   bool // the mean, not the greatest
}

var _ Layer = Pool{}

// OutputSize is inputSize.
func (p Pool) OutputSize(inputSize int) int { return inputSize }

// Length is how many timesteps come of T; 0 where that is an error.
func (p Pool) Length(T int) int { return windowCount(T, p.window()) }

func (p Pool) window() graph.Window {
	w := graph.Window{Size: p.Size, Dilation: 1, Stride: p.Stride}
	if w.Stride < 1 {
		w.Stride = max(1, p.Size)
	}
	return w
}

// Bind declares nothing: there are no parameters.
func (p Pool) Bind(s *graph.Scope, _ int) func(xs *G.Node) *G.Node {
	if p.Size < 1 || p.Stride < 0 {
		s.Fail("pool: size %d, stride %d, want at least 1, a stride of 0 for the size", p.Size, p.Stride)
	}
	return func(xs *G.Node) *G.Node {
		windows := s.Windows(xs, p.window()) // [T', B, Size·I]
		shape := windows.Shape()
		windows = s.Reshape(windows, shape[0], shape[1], p.Size, shape[2]/p.Size)
		if p.Mean {
			return s.Mean(windows, 2)
		}
		return s.Max(windows, 2)
	}
}
