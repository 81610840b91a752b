package graph

import "slices"

// schedule finds the loops of a pass and the level of each value.
func (p *pass) schedule() {
	deps := p.dependencies()
	loop, loops := p.loops(deps)

	// A value is in a loop if it depends on its state and the state depends on it.
	needed := map[*value][]bool{}
	mark := func(v *value, j int) {
		if needed[v] == nil {
			needed[v] = make([]bool, len(p.carries))
		}
		needed[v][j] = true
	}
	for j, c := range p.carries {
		if c.to != nil {
			mark(c.to, j)
		}
	}
	for _, v := range slices.Backward(p.values) {
		for j, is := range needed[v] {
			if is {
				for _, o := range v.operands() {
					mark(o, j)
				}
			}
		}
	}
	for _, v := range p.values {
		v.level = 0
		for i, on := range deps[v] {
			if !on {
				continue
			}
			v.level = max(v.level, 2*(loop[i]+1))
		}
		for i, on := range deps[v] {
			for j, is := range needed[v] {
				if on && is && loop[i] == loop[j] {
					v.level = 2*loop[i] + 1
				}
			}
		}
	}
	for j := range p.carries {
		p.carries[j].level = 2*loop[j] + 1
		p.carries[j].from.level = 2*loop[j] + 1
	}
	p.moveIntoLoops()
	p.splitSums()
	p.levels = make([][]*value, 2*loops+1)
	for _, v := range p.values {
		switch v.kind {
		case given, captured, ofState, viewed:
		default:
			p.levels[v.level] = append(p.levels[v.level], v)
		}
	}
}

// dependencies says of each value on which tensors of the state it depends.
func (p *pass) dependencies() map[*value][]bool {
	deps := map[*value][]bool{}
	for _, v := range p.values {
		on := make([]bool, len(p.carries))
		if v.kind == ofState {
			on[v.index] = true
		}
		for _, o := range v.operands() {
			for i, is := range deps[o] {
				on[i] = on[i] || is
			}
		}
		deps[v] = on
	}
	return deps
}

// loops numbers, in an order in which they can run, the sets of tensors of the state that depend on one
// another, and counts them.
func (p *pass) loops(deps map[*value][]bool) (loop []int, n int) {
	size := len(p.carries)
	reach := make([][]bool, size) // reach[i][j]: j depends on i
	for i := range reach {
		reach[i] = make([]bool, size)
		for j, c := range p.carries {
			reach[i][j] = i == j || c.to != nil && deps[c.to] != nil && deps[c.to][i]
		}
	}
	for k := range size {
		for i := range size {
			for j := range size {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	loop = make([]int, size)
	for i := range loop {
		loop[i] = -1
	}
	for done := 0; done < size; {
		for i := range size {
			ready := loop[i] < 0
			for k := range size {
				ready = ready && (!reach[k][i] || reach[i][k] || loop[k] >= 0)
			}
			if !ready {
				continue
			}
			for k := range size {
				if reach[i][k] && reach[k][i] {
					loop[k] = n
					done++
				}
			}
			n++
		}
	}
	return loop, n
}

// moveIntoLoops takes what is cheap to compute, and read in one loop only, into that loop, so that it
// needs no history.
func (p *pass) moveIntoLoops() {
	const none, several = -1, -2
	reader := map[*value]int{} // the level of all its readers
	note := func(v *value, level int) {
		if at, ok := reader[v]; ok && at != level {
			level = several
		}
		reader[v] = level
	}
	for _, k := range p.sinks {
		note(k.d, several)
		if k.a != nil {
			note(k.a, several)
		}
	}
	for _, c := range p.carries {
		if c.to != nil {
			note(c.to, c.level)
		}
	}
	for _, v := range slices.Backward(p.values) {
		switch v.kind {
		case viewed, mapped, flagged, spread, dropping, looked, sideBySide:
			if at, ok := reader[v]; ok && at > v.level && at%2 == 1 {
				v.level = at
			}
		case summed:
			if at, ok := reader[v]; ok && at > v.level && at%2 == 1 && len(v.products) == 0 {
				v.level = at
			}
		}
		for _, o := range v.operands() {
			note(o, v.level)
		}
	}
}

// splitSums takes out of loops the products that do not depend on their state: the sum goes on where
// they have been added up for all timesteps.
func (p *pass) splitSums() {
	var values []*value
	for _, v := range p.values {
		if v.kind == summed && v.level%2 == 1 {
			if before := early(v); before != nil {
				values = append(values, before)
			}
		}
		values = append(values, v)
	}
	p.values = values
}

// early cuts from a sum in a loop what can be computed before it, if there is a product among it.
func early(v *value) *value {
	level := 0
	isEarly := func(o *value) bool { return o.level < v.level || o.kind == captured }
	raise := func(o *value) {
		if o.kind != captured {
			level = max(level, o.level+o.level%2)
		}
	}
	before := &value{kind: summed, shape: v.shape, width: v.width, rows: true}
	var late []product
	for _, k := range v.products {
		if isEarly(k.a) {
			before.products = append(before.products, k)
			raise(k.a)
		} else {
			late = append(late, k)
		}
	}
	if before.products == nil {
		return nil
	}
	var rest []*value
	for _, o := range v.in {
		if isEarly(o) {
			before.in = append(before.in, o)
			raise(o)
		} else {
			rest = append(rest, o)
		}
	}
	before.level = level
	v.before, v.in, v.products = before, append([]*value{before}, rest...), late
	return before
}
