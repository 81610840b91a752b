package layers

import (
	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Conv is a convolution over time (Waibel et al., 1989), as everywhere in deep learning a cross-correlation:
// [T, B, I] → [T', B, Out].
//
//	y_t = f(b + Σₖ x_{t·Stride + k·Dilation - before}·W_k),  0 ≤ k < Kernel
//
// Outside of the sequence x is 0. With reach = Dilation·(Kernel-1), the timesteps from the first that the kernel
// covers to the last, before and T' are
//
//	NoPadding      before = 0          T' = ⌊(T-1-reach)/Stride⌋ + 1; a run of reach timesteps or fewer is an error
//	CausalPadding  before = reach      T' = ⌈T/Stride⌉; y_t sees no x later than t·Stride
//	SamePadding    before = ⌊reach/2⌋  T' = ⌈T/Stride⌉; in the middle of the kernel is t·Stride
//
// A run may have fewer timesteps than were declared. Length gives T'. Of a batch of sequences that are padded to T,
// y up to Length(n) is that of a sequence of n timesteps by itself if x is 0 in the padding.
//
// Dilated causal convolutions in depth are those of WaveNet (van den Oord et al., 2016) and of the TCN (Bai, Kolter &
// Koltun, 2018).
//
// Parameters: w [Kernel·I, Out], uniform with Glorot's variance, W_k its rows from k·I on; b [1, Out], zero at first.
type Conv struct {
	Out        int
	Kernel     int // timesteps that are added up for one
	Stride     int // timesteps of x for one of y; 0: 1
	Dilation   int // distance between two timesteps that the kernel covers; 0: 1
	Padding    Padding
	Activation Activation // nil: none
	NoBias     bool
}

// Padding says how many zeros a convolution puts before and after a sequence.
type Padding int

// Conv has what each of them means.
const (
	NoPadding Padding = iota
	CausalPadding
	SamePadding
)

var _ Layer = Conv{}

// OutputSize is Out.
func (c Conv) OutputSize(int) int { return c.Out }

// Length is how many timesteps come of T; 0 where that is an error.
func (c Conv) Length(T int) int { return windowCount(T, c.window()) }

func (c Conv) window() graph.Window {
	w := graph.Window{Size: c.Kernel, Dilation: max(c.Dilation, 1), Stride: max(c.Stride, 1)}
	reach := w.Dilation * (w.Size - 1)
	switch c.Padding {
	case CausalPadding:
		w.Before = reach
	case SamePadding:
		w.Before = reach / 2
		w.After = reach - w.Before
	}
	return w
}

// windowCount is how many windows fit into T timesteps.
func windowCount(T int, w graph.Window) int {
	room := w.Before + T + w.After - w.Dilation*(w.Size-1) - 1
	if T < 1 || w.Size < 1 || room < 0 {
		return 0
	}
	return room/w.Stride + 1
}

// Bind declares the parameters.
func (c Conv) Bind(s *graph.Scope, inputSize int) func(xs *G.Node) *G.Node {
	const most = 1 << 30
	if c.Kernel < 1 || c.Stride < 0 || c.Dilation < 0 || max(c.Kernel, c.Stride, c.Dilation) > most {
		s.Fail("convolution: kernel %d, stride %d, dilation %d, want 1 to %d timesteps, 0 for 1", c.Kernel, c.Stride, c.Dilation, most)
	}
	if c.Padding < NoPadding || c.Padding > SamePadding {
		s.Fail("convolution: padding %d, want NoPadding, CausalPadding or SamePadding", c.Padding)
	}
	apply := Dense{Out: c.Out, Activation: c.Activation, NoBias: c.NoBias}.Bind(s, c.Kernel*inputSize)
	return func(xs *G.Node) *G.Node { return apply(s.Windows(xs, c.window())) }
}
