package graph

import (
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Scan has the contract of Unroll: it runs a step over the T timesteps of xs [T, B, I] and returns ys
// [T, B, O] and the last state. But it declares the step once, differentiates and compiles it, and runs
// it through time as one node: neither the graph nor the time to build it grow with T, and a Session
// runs any length up to T. docs/adr/0004 says how.
func Scan(s *Scope, f StepFunc, xs *G.Node, sizes []int, r Run) (ys *G.Node, last State) {
	s.outsideStep("Scan")
	s.checkRun(xs, sizes, r)
	T, B, I := xs.Shape()[0], xs.Shape()[1], xs.Shape()[2]
	rec := &recurrence{
		trace: newTrace(), dtype: s.Dtype(), threads: s.b.threads, T: T, B: B, sizes: sizes, reverse: r.Reverse, segment: r.Segment,
		lengths: r.Lengths != nil, reset: r.Reset != nil,
	}
	rec.x = rec.placeholder(s.b, s.Dtype(), tensor.Shape{B, I})
	for _, size := range sizes {
		rec.prev = append(rec.prev, rec.placeholder(s.b, s.Dtype(), tensor.Shape{B, size}))
	}
	rec.embedding = s.embeddingOf(rec, xs)
	if r.Lengths != nil {
		xs = s.withoutPadding(xs, r.Lengths)
	}
	s.b.under(rec.trace, func() {
		y, next := s.runStep(f, everyTimestep, rec.x, rec.prev, sizes)
		rec.y = rec.mirror(s.b, y)
		for _, h := range next {
			rec.next = append(rec.next, rec.mirror(s.b, h))
		}
	})

	s.b.scans = append(s.b.scans, rec)
	rec.captured = rec.captures
	in := rec.sequences(xs)
	in = append(in, r.Init...)
	if r.Init == nil {
		for _, size := range sizes {
			in = append(in, s.Full(0, B, size))
		}
	}
	for _, flags := range []*G.Node{r.Lengths, r.Reset} {
		if flags != nil {
			in = append(in, flags)
		}
	}
	in = append(in, rec.captured...)
	ys = s.applyReleased(scan{rec}, in)
	for j := range sizes {
		last = append(last, s.apply(scanLast{rec, j}, ys))
	}
	return ys, last
}

// withoutPadding is xs [T, B, I] with zeros after the end of each row.
func (s *Scope) withoutPadding(xs, lengths *G.Node) *G.Node {
	T, B := xs.Shape()[0], xs.Shape()[1]
	return s.Select(s.Reshape(s.Mask(lengths, T), T, B, 1), xs, s.Full(0, 1, 1, 1))
}

// applyReleased is apply for operands that a finished step made: what a trace declared outside of it.
func (s *Scope) applyReleased(d definition, in G.Nodes) *G.Node {
	owner := s.b.owner
	s.b.owner = map[*G.Node]*step{}
	defer func() { s.b.owner = owner }()
	return s.apply(d, in...)
}

// A recurrence is a step that runs through time as one node, and what its operations share.
type recurrence struct {
	*trace
	dtype          tensor.Dtype
	threads        threads
	T, B           int
	sizes          []int
	reverse        bool
	segment        int // timesteps whose history is kept at a time; 0: all
	lengths, reset bool

	x, y       *G.Node // x is nil if only its tokens are read
	prev, next State
	captured   []*G.Node // by the step itself; what captures holds beyond was captured by its gradient

	gradient *stepGradient // nil for a graph that is not differentiated
	program  *program      // made when all is declared, for by then the gradient is known
	machine  any           // *machine[float32] or [float64]
}

// A stepGradient is the vector-Jacobian product of the step.
type stepGradient struct {
	dy    *G.Node // cotangent of y; nil where only the last state counts
	dnext State   // cotangents of next
	dx    *G.Node // nil unless wanted
	dprev State   // nil where there is none
	of    []captureGradient
}

// captureGradient is the gradient of one captured node; its index is that of the capture.
type captureGradient struct {
	capture int
	node    *G.Node
}

// operand numbers of the scan: xs, tokens, initial state, lengths, reset, captures. There is xs or tokens, or
// there are both.
func (r *recurrence) tokensAt() int   { return count(r.x != nil) }
func (r *recurrence) stateAt() int    { return r.tokensAt() + count(r.embedding != nil) }
func (r *recurrence) lengthsAt() int  { return r.stateAt() + len(r.sizes) }
func (r *recurrence) resetAt() int    { return r.lengthsAt() + count(r.lengths) }
func (r *recurrence) capturesAt() int { return r.resetAt() + count(r.reset) }

// timed reports whether an operand of the scan has timesteps.
func (r *recurrence) timed(operand int) bool {
	return operand < r.stateAt() || r.reset && operand == r.resetAt()
}

// sequences are the operands of which a step reads a timestep: xs, unless only its tokens are read, and the
// tokens, unless only xs is.
func (r *recurrence) sequences(xs *G.Node) (in G.Nodes) {
	read := ancestors(append(G.Nodes{r.y}, r.next...))
	if e := r.embedding; e != nil && !slices.Contains(read, e.tokens) {
		r.embedding = nil
	}
	if r.embedding != nil && !slices.Contains(read, r.x) {
		r.x = nil
	}
	if r.x != nil {
		in = append(in, xs)
	}
	if r.embedding != nil {
		in = append(in, r.embedding.all)
	}
	return in
}

// differentiate declares the gradient of the step in its own graph.
func (r *recurrence) differentiate(s *Scope, fromY bool, wantX bool, wanted func(capture int) bool) {
	g := &stepGradient{}
	seeds, active := map[*G.Node]G.Nodes{}, map[*G.Node]bool{}
	if fromY {
		g.dy = r.placeholder(s.b, s.Dtype(), r.y.Shape())
		seeds[r.y] = append(seeds[r.y], g.dy)
	}
	for j, h := range r.next {
		g.dnext = append(g.dnext, r.placeholder(s.b, s.Dtype(), h.Shape()))
		seeds[h] = append(seeds[h], g.dnext[j])
	}
	if wantX {
		active[r.x] = true
	}
	for _, h := range r.prev {
		active[h] = true
	}
	for i, c := range r.captured {
		active[r.mirrors[c]] = wanted(i) && dtypeOf(c.Type()) != tensor.Int
	}
	s.b.under(r.trace, func() {
		total := s.backpropagate(ancestors(append(G.Nodes{r.y}, r.next...)), active, seeds)
		inside := func(n *G.Node) *G.Node {
			if n == nil {
				return nil
			}
			return r.mirror(s.b, n)
		}
		if wantX {
			g.dx = inside(total[r.x])
		}
		for _, h := range r.prev {
			g.dprev = append(g.dprev, inside(total[h]))
		}
		for i, c := range r.captured {
			if m := r.mirrors[c]; active[m] && total[m] != nil {
				g.of = append(g.of, captureGradient{i, inside(total[m])})
			}
		}
	})
	r.gradient = g
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

var _ outputs = scan{}

// scan is a recurrence through time; its value is ys [T, B, O].
type scan struct{ *recurrence }

func (c scan) String() string { return "scan" }

func (c scan) infer(in []tensor.Shape) (tensor.Shape, error) {
	return tensor.Shape{in[0][0], in[0][1], c.y.Shape()[1]}, nil
}

// shorter implements bound: there may be fewer timesteps, and fewer rows.
func (c scan) shorter(declared, active []tensor.Shape) error {
	rows := active[0][1]
	for i, shape := range active {
		for axis, size := range shape {
			batch := 0
			if c.timed(i) {
				batch = 1
			}
			switch {
			case axis == 0 && c.timed(i):
			case axis == batch && declared[i][axis] == c.B && size == rows:
			case size == declared[i][axis]:
			case i >= c.capturesAt():
				return errors.Errorf("the step reads a tensor of shape %v, declared %v: it cannot be shorter; mask what it holds beyond", shape, declared[i])
			default:
				return errors.Errorf("operand %d has shape %v in this run, declared %v", i, shape, declared[i])
			}
		}
	}
	return nil
}

func (scan) mixed() {}

func (c scan) run32(t threads, dst []float32, in []operand[float32]) error {
	return scanRun(c.recurrence, dst, in)
}
func (c scan) run64(t threads, dst []float64, in []operand[float64]) error {
	return scanRun(c.recurrence, dst, in)
}

// diffAll differentiates the step, and gives the gradients of xs, of the initial state and of what the
// step captured.
func (c scan) diffAll(s *Scope, in G.Nodes, out *G.Node, grads G.Nodes, wanted func(int) bool) G.Nodes {
	r := c.recurrence
	var ofY G.Nodes
	ofLast := make([]G.Nodes, len(r.sizes))
	for _, g := range grads {
		if l, ok := definitionOf[lastGradient](g.Op().(*op), true); ok {
			ofLast[l.j] = append(ofLast[l.j], g)
			continue
		}
		ofY = append(ofY, g)
	}
	first := r.capturesAt()
	r.differentiate(s, len(ofY) > 0, r.x != nil && wanted(0), func(i int) bool { return wanted(first + i) })

	// The forward node comes first so that it has run.
	operands := append(G.Nodes{out}, in...)
	operands = append(operands, r.captures[len(r.captured):]...)
	back := scanGrad{recurrence: r, ofLast: make([]int, len(ofLast))}
	if len(ofY) > 0 {
		back.ofY = len(operands)
		operands = append(operands, s.accumulate(ofY))
	}
	for j, g := range ofLast {
		if len(g) > 0 {
			back.ofLast[j] = len(operands)
			operands = append(operands, s.accumulate(g))
		}
	}
	run := s.applyReleased(back, operands)
	sent := make(G.Nodes, len(in))
	pick := func(operand int) {
		if wanted(operand) {
			sent[operand] = s.apply(scanPick{r, operand}, run, in[operand])
		}
	}
	if r.gradient.dx != nil {
		pick(0)
	}
	for j := range r.sizes {
		pick(r.stateAt() + j)
	}
	for _, g := range r.gradient.of {
		pick(first + g.capture)
	}
	return sent
}

// scanLast is tensor j of the last state, read from what the scan has left.
type scanLast struct {
	*recurrence
	j int
}

func (l scanLast) String() string { return "last state" }

func (l scanLast) infer(in []tensor.Shape) (tensor.Shape, error) {
	return tensor.Shape{in[0][1], l.sizes[l.j]}, nil
}

func (l scanLast) run32(t threads, dst []float32, _ []operand[float32]) error {
	return scanLastRun(l, dst)
}
func (l scanLast) run64(t threads, dst []float64, _ []operand[float64]) error {
	return scanLastRun(l, dst)
}

func scanLastRun[F float](l scanLast, dst []F) error {
	copy(dst, l.machine.(*machine[F]).last(l.j))
	return nil
}

func (l scanLast) diff(s *Scope, _ G.Nodes, _, grad *G.Node) G.Nodes {
	return G.Nodes{s.apply(lastGradient{l.j}, grad)}
}

// lastGradient marks the gradient of tensor j of the last state, on its way to the scan.
type lastGradient struct{ j int }

func (lastGradient) String() string                                { return "gradient of the last state" }
func (lastGradient) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }
func (lastGradient) run32(t threads, dst []float32, in []operand[float32]) error {
	return copyRun(dst, in[0])
}
func (lastGradient) run64(t threads, dst []float64, in []operand[float64]) error {
	return copyRun(dst, in[0])
}

// scanGrad runs the gradient of the step backwards through time. Its operands are the scan, the scan's
// own, what the gradient captured, and the gradients of ys and of the last state. All it computes is
// read by scanPick.
type scanGrad struct {
	*recurrence
	ofY    int   // operand that is the gradient of ys; 0: none
	ofLast []int // operand that is the gradient of each tensor of the last state; 0: none
}

func (scanGrad) String() string                             { return "scan'" }
func (scanGrad) infer([]tensor.Shape) (tensor.Shape, error) { return tensor.ScalarShape(), nil }
func (scanGrad) mixed()                                     {}
func (c scanGrad) run32(_ threads, _ []float32, in []operand[float32]) error {
	return scanGradRun(c, in)
}
func (c scanGrad) run64(_ threads, _ []float64, in []operand[float64]) error {
	return scanGradRun(c, in)
}

// scanPick is the gradient of one operand of the scan. Its buffer is the one that scanGrad wrote to.
type scanPick struct {
	*recurrence
	operand int
}

func (p scanPick) String() string                                   { return "gradient from scan" }
func (scanPick) infer(in []tensor.Shape) (tensor.Shape, error)      { return in[1], nil }
func (scanPick) run32(threads, []float32, []operand[float32]) error { return nil }
func (scanPick) run64(threads, []float64, []operand[float64]) error { return nil }
func (p scanPick) borrow() any {
	switch m := p.machine.(type) {
	case *machine[float32]:
		return m.gradients[p.operand]
	case *machine[float64]:
		return m.gradients[p.operand]
	}
	return nil
}

func scanRun[F float](r *recurrence, dst []F, in []operand[F]) error {
	return machineOf[F](r).forward(dst, in)
}

func scanGradRun[F float](c scanGrad, in []operand[F]) error {
	return machineOf[F](c.recurrence).backward(c, in)
}

// captureIndex is the number of the capture that an inner node stands for.
func (r *recurrence) captureIndex(placeholder *G.Node) (int, bool) {
	n, ok := r.origin[placeholder]
	if !ok {
		return 0, false
	}
	return slices.Index(r.captures, n), true
}
