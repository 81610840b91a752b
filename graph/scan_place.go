package graph

import "slices"

// A ref is where the rows of a value lie: element c of row r at timestep t of a segment is number
// offset + (slot+t)·perStep + r·perRow + c of a buffer.
type ref struct {
	buffer, offset  int
	slot            int
	perStep, perRow int
	set             bool
}

// A pack is a captured matrix laid out for products.
type pack struct {
	capture *value
	trans   bool
	back    bool // first needed by the gradient
}

// place says where every value lies. What is read in one loop only, and not by the gradient, lies in
// scratch that is used again at every timestep; everything else keeps a history.
func (p *program) place() {
	k := &placer{program: p, readers: map[*value][]reader{}, history: map[*value]bool{}, pass: map[*value]*pass{}}
	passes := []*pass{p.forward}
	if p.back != nil {
		passes = append(passes, p.back)
	}
	for _, s := range passes {
		k.read(s)
	}
	for _, s := range passes {
		k.keep(s)
		k.nest(s)
	}
	for _, s := range passes {
		k.carry(s)
	}
	for _, s := range passes {
		k.allocate(s)
	}
	for _, s := range passes {
		for _, v := range s.values {
			k.locate(v)
			if v.kind == called {
				v.index = p.calls
				p.calls++
			}
			for i := range v.products {
				v.products[i].pack = p.packOf(v.products[i], s == p.back)
			}
		}
	}
}

// packOf numbers the matrix of a product.
func (p *program) packOf(k product, back bool) int {
	for i, o := range p.packs {
		if o.capture.index == k.w.index && o.trans == k.trans {
			return i
		}
	}
	p.packs = append(p.packs, pack{capture: k.w, trans: k.trans, back: back})
	return len(p.packs) - 1
}

// A reader is who reads a value; nil for a sink or the state. through is the view it reads it by.
type reader struct{ value, through *value }

type placer struct {
	*program
	readers map[*value][]reader // of values that are no views
	history map[*value]bool     // it is read at other timesteps or in other loops than its own
	pass    map[*value]*pass
}

// base is the value that a view shows.
func base(v *value) *value {
	for v.kind == viewed {
		v = v.in[0]
	}
	return v
}

// read notes the readers of every value of a pass, and which of them need a history of it.
func (k *placer) read(s *pass) {
	for _, v := range s.values {
		k.pass[v] = s
	}
	note := func(v *value, by *value, level int) {
		b := base(v)
		k.readers[b] = append(k.readers[b], reader{by, v})
		if k.pass[b] != s || b.level != level {
			k.history[b] = true
		}
	}
	for _, v := range s.values {
		if v.kind == viewed {
			continue
		}
		for _, o := range v.operands() {
			note(o, v, v.level)
		}
	}
	const after = -1
	for _, t := range s.sinks {
		level := after
		if t.kind == added {
			level = t.d.level
		}
		note(t.d, nil, level)
		if t.a != nil {
			note(t.a, nil, level)
		}
	}
	for _, c := range s.carries {
		if c.to != nil {
			note(c.to, nil, c.level)
		}
	}
	for _, v := range s.values {
		if v.level%2 == 0 {
			k.history[v] = true
		}
	}
	// A state that is handed on as it came, to a place other than its own, would be overwritten there
	// before it is read.
	for _, c := range s.carries {
		if c.to != nil && base(c.to).kind == ofState && c.to != c.from {
			k.history[base(c.to)] = true
		}
	}
}

// keep lets results lie where they go to.
func (k *placer) keep(s *pass) {
	for _, t := range s.sinks {
		if t.kind == exported && k.computed(t.d) && len(k.readers[t.d]) == 1 {
			t.d.at = ref{buffer: t.buffer, perStep: k.r.B * t.d.width, perRow: t.d.width, set: true}
		}
	}
}

// computed reports whether v has a place that can be chosen.
func (k *placer) computed(v *value) bool {
	switch v.kind {
	case mapped, summed, spread, dropping, looked, flagged, called, sideBySide:
		return v.rows && !v.ints && v.parent == nil && !v.at.set
	}
	return false
}

// nest places values within others: sums where they began, parts where they are sideBySide, and what is
// computed from something that nobody else reads in the place of that.
func (k *placer) nest(s *pass) {
	for _, v := range s.values {
		if v.kind == summed && v.before == nil {
			k.begin(v)
		}
		if v.before != nil && !v.at.set {
			v.before.parent = v
		}
	}
	next := map[*value]bool{}
	for _, c := range s.carries {
		next[c.to] = true
	}
	for _, v := range s.values {
		if v.kind != sideBySide {
			continue
		}
		for i, part := range v.in {
			if k.computed(part) && k.pass[part] == s && !next[part] && part.before == nil {
				part.parent, part.column = v, v.offsets[i]
			}
		}
	}
	for _, v := range s.values {
		if v.kind == mapped && k.computed(v) && !next[v] {
			k.nestIn(v, v.in[0])
		}
	}
}

// begin lets a sum begin where the rows of a table are copied to, if it alone reads them.
func (k *placer) begin(v *value) {
	for i, o := range v.in {
		if o.kind == looked && len(k.readers[o]) == 1 && o.level == v.level && k.computed(o) && !v.at.set {
			v.in[0], v.in[i] = o, v.in[0]
			v.before = o
			return
		}
	}
}

// nestIn places v where its operand o lies, if o and what overlaps it are read by nobody else.
func (k *placer) nestIn(v, o *value) {
	b := base(o)
	if !k.computed(b) || b.kind == sideBySide || k.pass[b] != k.pass[v] || o.width != v.width {
		return // the parts of what is joined have readers of their own
	}
	lo, hi := columnsIn(o)
	for _, r := range k.readers[b] {
		if r.value == v {
			if r.through != o {
				return
			}
			continue
		}
		from, to := columnsIn(r.through)
		if from < hi && lo < to {
			return
		}
	}
	v.parent, v.column = b, lo
}

// columnsIn gives the columns of its base that a view shows.
func columnsIn(v *value) (from, to int) {
	width := v.width
	for ; v.kind == viewed; v = v.in[0] {
		from += v.offset
	}
	return from, from + width
}

// carry lets the history of the state be that of what computes it.
func (k *placer) carry(s *pass) {
	taken := map[*value]bool{}
	for j := range s.carries {
		c := &s.carries[j]
		c.buffer = k.buffer(bufferSpec{size: k.r.B * c.from.width})
		if k.history[c.from] && c.to != nil && k.computed(c.to) && !taken[c.to] && k.pass[c.to] == s {
			c.slots, taken[c.to] = true, true
			k.history[c.to] = true
		}
	}
}

// root is the value in whose buffer v lies.
func root(v *value) *value {
	for v.parent != nil {
		v = v.parent
	}
	return v
}

// allocate gives every value that lies in no other a buffer.
func (k *placer) allocate(s *pass) {
	for _, v := range s.values {
		if k.history[v] && v.kind != captured && v.kind != given {
			k.history[root(v)] = true
		}
	}
	slot := map[*value]*carryPair{}
	for j := range s.carries {
		c := &s.carries[j]
		switch {
		case c.slots:
			slot[c.to] = c
		case k.history[c.from]:
			k.own(c.from, 0)
		default:
			c.from.at = ref{buffer: c.buffer, perRow: c.from.width, set: true}
			if c.to != nil && k.computed(c.to) && !k.history[c.to] && k.readLast(c, s.levels[c.level]) {
				c.to.at = c.from.at
			}
		}
	}
	for _, v := range s.values {
		switch {
		case v.kind == captured:
			k.capture(v)
		case v.kind == given:
			v.at = ref{buffer: v.index, perStep: k.r.B * v.width, perRow: v.width, set: true}
		case v.kind == ofState || v.kind == viewed || v.parent != nil || v.at.set:
		case slot[v] != nil:
			c := slot[v]
			k.own(v, 1)
			c.from.at = v.at
			if s.reverse {
				c.from.at.slot++
			} else {
				v.at.slot++
			}
		case k.history[v]:
			k.own(v, 0)
		}
	}
	for _, level := range s.levels {
		k.scratch(s, level)
	}
}

// readLast reports whether the state is not read once the next state begins to be computed, so that one
// can lie in the place of the other.
func (k *placer) readLast(c *carryPair, level []*value) bool {
	begun := slices.Index(level, c.to)
	if begun < 0 || slices.ContainsFunc(c.to.operands(), func(o *value) bool { return base(o) == c.from }) {
		return false
	}
	for _, r := range k.readers[c.from] {
		if r.value == nil || slices.Index(level, r.value) > begun {
			return false
		}
	}
	return !slices.ContainsFunc(level, func(v *value) bool { return root(v) == c.to && v != c.to })
}

// own gives v a buffer with its history.
func (k *placer) own(v *value, extra int) {
	v.at = k.refTo(v, k.buffer(bufferSpec{size: k.elements(v), timed: true, extra: extra, ints: v.ints}))
	v.at.perStep = k.elements(v)
}

func (k *placer) elements(v *value) int {
	if v.rows {
		return k.r.B * v.width
	}
	return v.width
}

func (k *placer) refTo(v *value, buffer int) ref {
	at := ref{buffer: buffer, set: true}
	if v.rows {
		at.perRow = v.width
	}
	return at
}

// capture says where the rows of a captured tensor are read: where they lie, or in a buffer that it is
// spread to.
func (k *placer) capture(v *value) {
	v.at = k.refTo(v, k.buffer(bufferSpec{ints: v.ints}))
	if v.rows && k.repeats(v) {
		v.at.perRow = 0
	}
}

// repeats reports whether all rows of a capture that is read by rows are its only one.
func (p *program) repeats(v *value) bool {
	shape := p.r.captures[v.index].Shape()
	return shape.TotalSize() == v.width && (shape.Dims() == 0 || shape[0] == 1)
}

// scratch gives buffers to what one loop alone reads; where a value has been read for the last time,
// another may lie.
func (k *placer) scratch(s *pass, level []*value) {
	last := map[*value]int{} // of a root
	for i, v := range level {
		last[root(v)] = i
		for _, o := range v.operands() {
			last[root(base(o))] = i
		}
	}
	for _, c := range s.carries {
		if c.to != nil {
			last[root(base(c.to))] = len(level)
		}
	}
	for _, t := range s.sinks {
		last[root(base(t.d))] = len(level)
	}
	type size struct {
		elements int
		ints     bool
	}
	free := map[size][]int{}
	for i, v := range level {
		o := root(v)
		of := size{k.elements(o), o.ints}
		if !o.at.set {
			if n := len(free[of]); n > 0 {
				o.at = k.refTo(o, free[of][n-1])
				free[of] = free[of][:n-1]
			} else {
				o.at = k.refTo(o, k.buffer(bufferSpec{size: of.elements, ints: of.ints}))
			}
			k.history[o] = false
		}
		var ended []*value
		for _, r := range append(v.operands(), v) {
			b := root(base(r))
			if last[b] == i && b.at.set && k.isScratch(b) && !slices.Contains(ended, b) {
				ended = append(ended, b)
				of := size{k.elements(b), b.ints}
				free[of] = append(free[of], b.at.buffer)
			}
		}
	}
}

func (k *placer) isScratch(v *value) bool {
	return v.kind != captured && v.kind != given && v.kind != ofState && v.at.buffer >= givenBuffers && !k.buffers[v.at.buffer].timed
}

// locate finds where v lies in the buffer of its root.
func (k *placer) locate(v *value) {
	if v.at.set {
		return
	}
	o := v.parent
	if v.kind == viewed {
		o, v.column = v.in[0], v.offset
	}
	k.locate(o)
	v.at = o.at
	v.at.offset += v.column
}
