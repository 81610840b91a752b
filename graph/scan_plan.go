package graph

import (
	"slices"

	G "gorgonia.org/gorgonia"
)

// A program is a compiled step: what to compute before, in and after each of its loops through time,
// and where it lies.
type program struct {
	r       *recurrence
	forward *pass
	back    *pass // nil without a gradient
	whole   bool  // the batch cannot be cut
	packs   []pack
	calls   int // values that are called, each with arguments of its own
	buffers []bufferSpec
}

// A pass is one direction through time, cut into levels. Even ones compute all timesteps of what is on
// no cycle of the state; odd ones are loops, timestep by timestep, each over the part of the state that
// depends on itself.
type pass struct {
	reverse bool // last timestep first
	values  []*value
	levels  [][]*value // what is computed at each
	carries []carryPair
	sinks   []sink
}

// A carryPair is a tensor of the state: what a timestep is given and what it hands on.
type carryPair struct {
	from, to *value
	level    int  // of its loop
	buffer   int  // where it lies between segments, and between timesteps unless slots is set
	slots    bool // the history of to, one timestep on, is that of from
}

// A sink takes what a pass computes out of it, for all timesteps at once or, with rows, at each.
type sink struct {
	kind   sinkKind
	a, d   *value
	buffer int // of the gradient
	sum    sum // columns: over which axes of [B, ...], the first among them
}

type sinkKind uint8

const (
	exported  sinkKind = iota // d goes out, [T, B, width]
	outer                     // aᵀd is added up
	columns                   // the sum of the rows of d is added up
	added                     // d is added up, row by row
	scattered                 // the rows of d are added to the rows that tokens a name
)

// buffers that are given from outside; those of the program follow.
const (
	bufferX = iota
	bufferTokens
	bufferY
	bufferDY
	bufferDX
	givenBuffers
)

type bufferSpec struct {
	size  int  // elements of a timestep, or of all
	timed bool // one for each timestep of a segment
	extra int  // timesteps more
	ints  bool
}

func (p *program) buffer(spec bufferSpec) int {
	p.buffers = append(p.buffers, spec)
	return len(p.buffers) - 1
}

// compile makes the program of a recurrence.
func (r *recurrence) compile() *program {
	p := &program{r: r, buffers: make([]bufferSpec, givenBuffers)}
	l := &lowering{r: r, uses: map[*G.Node]int{}, of: map[*G.Node]*value{}}
	results := append(G.Nodes{r.y}, r.next...)
	nodes := ancestors(results)
	var backNodes G.Nodes
	if g := r.gradient; g != nil {
		var back G.Nodes
		for _, n := range append(append(G.Nodes{g.dx}, g.dprev...), captureNodes(g.of)...) {
			if n != nil {
				back = append(back, n)
			}
		}
		backNodes = ancestors(back)
		results = append(results, back...)
	}
	counted := map[*G.Node]bool{}
	for _, n := range append(slices.Clone(nodes), backNodes...) {
		if counted[n] {
			continue
		}
		counted[n] = true
		for _, c := range operandsOf(n) {
			l.uses[c]++
		}
	}
	for _, n := range results {
		l.uses[n]++
	}

	p.forward = l.forward()
	p.forward.values = slices.Clone(l.values)
	if r.gradient != nil {
		first := len(l.values)
		p.back = l.backward()
		p.back.values = slices.Clone(l.values[first:])
		p.back.schedule() // while all that is known before it is at level 0
	}
	p.forward.schedule()
	p.whole = l.whole
	p.place()
	return p
}

func captureNodes(of []captureGradient) (nodes G.Nodes) {
	for _, g := range of {
		nodes = append(nodes, g.node)
	}
	return nodes
}

// flagged is, row by row, set where the flag is set and unset elsewhere; nil is zero.
func (l *lowering) flagged(f flag, set, unset *value) *value {
	some := set
	if some == nil {
		some = unset
	}
	v := l.add(&value{kind: flagged, flag: f, shape: some.shape, width: some.width, rows: true})
	v.in = []*value{set, unset}
	if unset == nil {
		v.in = v.in[:1]
	}
	if set == nil {
		v.in, v.k = []*value{unset}, 1 // the operand is for where the flag is not set
	}
	return v
}

// given makes the value of a node whose timesteps are given from outside.
func (l *lowering) given(n *G.Node, buffer int) *value {
	v := l.rowValue(given, n.Shape())
	v.index = buffer
	l.of[n] = v
	return v
}

func (l *lowering) forward() *pass {
	r := l.r
	pass := &pass{reverse: r.reverse}
	if r.x != nil {
		l.given(r.x, bufferX)
	}
	if r.embedding != nil {
		l.given(r.embedding.tokens, bufferTokens).ints = true
	}
	for j, h := range r.prev {
		from := l.rowValue(ofState, h.Shape())
		from.index = j
		pass.carries = append(pass.carries, carryPair{from: from})
		l.of[h] = from
		if r.reset {
			l.of[h] = l.flagged(isReset, nil, from)
		}
	}
	for j, h := range r.next {
		to := l.rowsOf(l.valueOf(h))
		if r.lengths {
			to = l.flagged(inLength, to, l.of[r.prev[j]])
		}
		pass.carries[j].to = to
	}
	y := l.rowsOf(l.valueOf(r.y))
	if r.lengths {
		y = l.flagged(inLength, y, nil)
	}
	pass.sinks = append(pass.sinks, sink{kind: exported, d: y, buffer: bufferY})
	return pass
}

func (l *lowering) backward() *pass {
	r, g := l.r, l.r.gradient
	pass := &pass{reverse: !r.reverse}
	if g.dy != nil {
		dy := l.given(g.dy, bufferDY)
		if r.lengths {
			l.of[g.dy] = l.flagged(inLength, dy, nil)
		}
	}
	for j, h := range g.dnext {
		from := l.rowValue(ofState, h.Shape())
		from.index = j
		pass.carries = append(pass.carries, carryPair{from: from})
		l.of[h] = from
		if r.lengths {
			l.of[h] = l.flagged(inLength, from, nil)
		}
	}
	dprev := make([]*value, len(g.dprev)) // nil: zero
	for j, n := range g.dprev {
		if n != nil {
			dprev[j] = l.rowsOf(l.valueOf(n))
		}
	}
	if g.dx != nil {
		pass.sinks = append(pass.sinks, sink{kind: exported, d: l.rowsOf(l.valueOf(g.dx)), buffer: bufferDX})
	}
	for _, c := range g.of {
		for _, k := range l.terms(c.node) {
			k.buffer = c.capture
			pass.sinks = append(pass.sinks, k)
		}
	}
	for j, to := range dprev {
		from := pass.carries[j].from
		switch {
		case r.lengths && l.whole && to != nil:
			// The state that a row keeps behind its end may have been read by other rows.
			to = l.rowValue(summed, to.shape, to, l.flagged(inLength, nil, from))
		case r.lengths:
			to = l.flagged(inLength, to, from)
		}
		if to != nil && r.reset {
			to = l.flagged(isReset, nil, to)
		}
		pass.carries[j].to = to
	}
	return pass
}

// rowsOf makes a capture, or what else is no row value, one where it has to be.
func (l *lowering) rowsOf(v *value) *value {
	if v.kind == captured {
		return l.fit(v, v.shape)
	}
	return v
}

// terms are what the gradient of a capture is the sum of, over time.
func (l *lowering) terms(n *G.Node) (sinks []sink) {
	if o, ours := n.Op().(*op); ours && l.of[n] == nil {
		children := operandsOf(n)
		switch d := o.definition.(type) {
		case addAll:
			for _, c := range children {
				sinks = append(sinks, l.terms(c)...)
			}
			return sinks
		case scatter:
			if sinks := l.scattered(children); sinks != nil {
				return sinks
			}
		case matMul:
			if d.transA && !d.transB && n.Shape().Dims() == 2 && children[0].Shape().Dims() == 2 {
				if a, b := l.rowsOf(l.valueOf(children[0])), l.rowsOf(l.valueOf(children[1])); a != nil && b != nil && a.rows && b.rows {
					return []sink{{kind: outer, a: a, d: b}}
				}
			}
		case sum:
			if v := l.valueOf(children[0]); slices.Contains(d.axes, 0) && v.rows && !v.ints {
				return []sink{{kind: columns, d: v, sum: d}}
			}
		}
	}
	return []sink{{kind: added, d: l.valueOf(n)}}
}
