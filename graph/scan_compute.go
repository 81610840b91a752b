package graph

import "github.com/elman-go/elman/internal/kernel"

// addProducts sets a sum to the products in it, added to from.
func (m *machine[F]) addProducts(v *value, t, lo, hi int, from kernel.View[F]) {
	to := m.view(v, t, lo)
	for _, k := range v.products {
		a := m.view(k.a, t, lo)
		w := m.operands[k.w.index].data
		switch {
		case m.usePacked:
			kernel.GemmPacked(from, hi-lo, a.Data, a.Stride, &m.packed[k.pack], to.Data, to.Stride)
		case m.workers == 1: // a large matrix is worth several threads, though there is one row to multiply it with
			kernel.Gemm(m.r.threads, from, false, k.trans, hi-lo, v.width, k.a.width, a.Data, a.Stride, w, k.w.shape[1], to.Data, to.Stride)
		default:
			kernel.GemmDirect(from, k.trans, hi-lo, v.width, k.a.width, a.Data, a.Stride, w, k.w.shape[1], to.Data, to.Stride)
		}
		from = to
	}
}

// terms is what the products of a sum are added to: its other terms, which are added up first if there
// are several.
func (m *machine[F]) terms(v *value, t, lo, hi int) kernel.View[F] {
	switch {
	case len(v.in) == 0:
		return kernel.View[F]{}
	case len(v.in) == 1 && len(v.products) > 0:
		return m.view(v.in[0], t, lo)
	}
	m.addUp(v, t, lo, hi)
	return m.view(v, t, lo)
}

// view shows the rows of a value from row lo on.
func (m *machine[F]) view(v *value, t, lo int) kernel.View[F] {
	return kernel.View[F]{Data: m.buffers[v.at.buffer][m.placeOf(v, t, lo):], Stride: v.at.perRow}
}

// placeOf is where row r of a value begins in its buffer, at timestep t of the segment. The rows of a
// timestep lie behind those of the one before, however many there are.
func (m *machine[F]) placeOf(v *value, t, r int) int {
	step := v.at.perStep
	if m.batch < m.r.B && v.at.perRow > 0 {
		step = step / m.r.B * m.batch
	}
	return v.at.offset + (v.at.slot+t)*step + r*v.at.perRow
}

// compute computes rows lo ≤ r < hi of a value at timestep t of the segment.
func (m *machine[F]) compute(v *value, t, lo, hi, worker int) {
	rows := hi - lo
	switch v.kind {
	case mapped:
		in := [3]kernel.View[F]{}
		for i, o := range v.in {
			in[i] = m.view(o, t, lo)
		}
		kernel.Map(v.fn, F(v.k), rows, v.width, m.view(v, t, lo), in[0], in[1], in[2])
	case summed:
		m.addProducts(v, t, lo, hi, m.terms(v, t, lo, hi))
	case sideBySide:
		m.join(v, t, lo, hi)
	case spread:
		for r := lo; r < hi; r++ {
			x := m.view(v.in[0], t, r).Data[0]
			row := m.view(v, t, r).Data[:v.width]
			for i := range row {
				row[i] = x
			}
		}
	case dropping:
		d := v.drop.at(m.begin + t)
		for r := lo; r < hi; r++ {
			dropElements(d, r*v.width, m.view(v, t, r).Data[:v.width], m.view(v.in[0], t, r).Data)
		}
	case flagged:
		for r := lo; r < hi; r++ {
			row := m.view(v, t, r).Data[:v.width]
			chosen := v.in[0]
			if m.flag(v.flag, t, r) == (v.k == 1) {
				chosen = nil
				if len(v.in) > 1 {
					chosen = v.in[1]
				}
			}
			if chosen == nil {
				clear(row)
			} else {
				copy(row, m.view(chosen, t, r).Data)
			}
		}
	case looked:
		m.look(v, t, lo, hi)
	case called:
		m.call(v, t, lo, hi, worker)
	}
}

// addUp adds up the terms of a sum that are no products.
func (m *machine[F]) addUp(v *value, t, lo, hi int) {
	to, none := m.view(v, t, lo), kernel.View[F]{}
	rest := v.in
	switch {
	case v.before != nil && v.before.parent == v:
		rest = rest[1:]
	case len(rest) == 1:
		kernel.Map(kernel.Copy, 0, hi-lo, v.width, to, m.view(rest[0], t, lo), none, none)
		rest = nil
	default:
		kernel.Map(kernel.Add, 0, hi-lo, v.width, to, m.view(rest[0], t, lo), m.view(rest[1], t, lo), none)
		rest = rest[2:]
	}
	for _, o := range rest {
		kernel.Map(kernel.Add, 0, hi-lo, v.width, to, to, m.view(o, t, lo), none)
	}
}

// join puts the parts that lie elsewhere in their place, and zeros where there is no part.
func (m *machine[F]) join(v *value, t, lo, hi int) {
	to, none := m.view(v, t, lo), kernel.View[F]{}
	column := func(c int) kernel.View[F] { return kernel.View[F]{Data: to.Data[c:], Stride: to.Stride} }
	covered := 0
	for i, part := range v.in {
		if part.parent != v || part.column != v.offsets[i] {
			kernel.Map(kernel.Copy, 0, hi-lo, part.width, column(v.offsets[i]), m.view(part, t, lo), none, none)
		}
		covered += part.width
	}
	if covered == v.width {
		return
	}
	at := 0
	for at < v.width {
		next, width := v.width, 0
		for i, from := range v.offsets {
			if from >= at && from < next {
				next, width = from, v.in[i].width
			}
		}
		if next > at {
			kernel.Map(kernel.Fill, 0, hi-lo, next-at, column(at), none, none, none)
		}
		at = next + width
	}
}

// flag is a condition on row r at timestep t of the segment.
func (m *machine[F]) flag(f flag, t, r int) bool {
	switch {
	case f == inLength:
		return m.begin+t < m.lengths[r]
	case m.resetInts != nil:
		return m.resetInts[(m.begin+t)*m.batch+r] != 0
	}
	return m.reset[(m.begin+t)*m.batch+r] != 0
}
