package graph

import (
	"fmt"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Window slides along time. The zero values of Dilation and Stride are 1.
type Window struct {
	Size     int // timesteps that it covers
	Dilation int // distance between two of them
	Stride   int // timesteps that it moves on
	Before   int // zeros put before the first timestep
	After    int // zeros put behind the last
}

// Windows lays the timesteps that a window covers side by side: xs [T, B, I] gives [T', B, Size·I],
// T' = ⌊(Before+T+After - Dilation·(Size-1) - 1)/Stride⌋ + 1. Its product with a matrix [Size·I, O] is
// the convolution over time; with Before = Dilation·(Size-1) it is causal.
func (s *Scope) Windows(xs *G.Node, w Window) *G.Node {
	if w.Dilation == 0 {
		w.Dilation = 1
	}
	if w.Stride == 0 {
		w.Stride = 1
	}
	return s.apply(windows(w), xs)
}

type windows Window

func (w windows) String() string { return fmt.Sprintf("windows %+v", Window(w)) }

func (w windows) infer(in []tensor.Shape) (tensor.Shape, error) {
	if len(in[0]) != 3 {
		return nil, errors.New("want [T, B, I]")
	}
	if w.Size < 1 || w.Dilation < 1 || w.Stride < 1 || w.Before < 0 || w.After < 0 {
		return nil, errors.New("want positive sizes, and padding of at least 0")
	}
	const most = 1 << 30 // no product of two overflows
	if max(w.Size, w.Dilation, w.Stride, w.Before, w.After) > most {
		return nil, errors.Errorf("want sizes and padding of at most %d", most)
	}
	room := w.Before + in[0][0] + w.After - w.Dilation*(w.Size-1) - 1
	if room < 0 {
		return nil, errors.Errorf("the window covers %d timesteps, there are %d with padding",
			w.Dilation*(w.Size-1)+1, w.Before+in[0][0]+w.After)
	}
	return tensor.Shape{room/w.Stride + 1, in[0][1], w.Size * in[0][2]}, nil
}

// visit calls f for every timestep that a window covers, with the place of its row in the windows and
// in xs. Padding is left out.
func (w windows) visit(xs tensor.Shape, f func(window, at int)) {
	T, B, I := xs[0], xs[1], xs[2]
	out, _ := w.infer([]tensor.Shape{xs})
	for i := range out[0] {
		for k := range w.Size {
			t := i*w.Stride + k*w.Dilation - w.Before
			if t < 0 || t >= T {
				continue
			}
			for b := range B {
				f(((i*B+b)*w.Size+k)*I, (t*B+b)*I)
			}
		}
	}
}

func (w windows) run32(t threads, dst []float32, in []operand[float32]) error {
	return windowsRun(w, dst, in[0])
}
func (w windows) run64(t threads, dst []float64, in []operand[float64]) error {
	return windowsRun(w, dst, in[0])
}

func windowsRun[F float](w windows, dst []F, x operand[F]) error {
	clear(dst)
	I := x.shape[2]
	w.visit(x.shape, func(window, at int) { copy(dst[window:window+I], x.data[at:]) })
	return nil
}

func (w windows) diff(s *Scope, in G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(windowsGrad{w}, grad, in[0])}
}

// windowsGrad adds every window's gradient to the timesteps it covered, those of its second operand.
type windowsGrad struct{ windows }

func (w windowsGrad) String() string { return w.windows.String() + "'" }

func (w windowsGrad) infer(in []tensor.Shape) (tensor.Shape, error) { return in[1], nil }

func (w windowsGrad) run32(t threads, dst []float32, in []operand[float32]) error {
	return windowsGradRun(w, dst, in)
}

func (w windowsGrad) run64(t threads, dst []float64, in []operand[float64]) error {
	return windowsGradRun(w, dst, in)
}

func windowsGradRun[F float](w windowsGrad, dst []F, in []operand[F]) error {
	clear(dst)
	xs := in[1].shape
	I := xs[2]
	w.visit(xs, func(window, at int) {
		to := dst[at : at+I]
		for k, v := range in[0].data[window : window+I] {
			to[k] += v
		}
	})
	return nil
}
