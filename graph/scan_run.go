package graph

import (
	"slices"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// run runs a pass over the segment under way.
func (m *machine[F]) run(s *pass) {
	m.handOver(s, true)
	for level, values := range s.levels {
		if level%2 == 0 {
			m.all(s, values, level)
		} else {
			m.loop(s, values, level)
		}
	}
	m.handOver(s, false)
	for _, t := range s.sinks {
		m.sink(t)
	}
}

// handOver takes the state into a segment's history at its beginning, and out of it at its end.
func (m *machine[F]) handOver(s *pass, in bool) {
	for _, c := range s.carries {
		if !c.slots {
			continue
		}
		slot := c.from // the first timestep's
		t := 0
		if s.reverse {
			t = m.n - 1
		}
		if !in {
			slot = c.to
			if t = m.n - 1; s.reverse {
				t = 0
			}
		}
		at := m.placeOf(slot, t, 0)
		history := m.buffers[slot.at.buffer][at : at+m.batch*slot.width]
		if in {
			copy(history, m.buffers[c.buffer])
		} else {
			copy(m.buffers[c.buffer], history)
		}
	}
}

// share is the part of the batch that a worker has.
func (m *machine[F]) share(worker int) (lo, hi int) {
	return m.batch * worker / m.workers, m.batch * (worker + 1) / m.workers
}

// loop runs a part of the state through the segment. Each worker has its rows for all timesteps, so
// that none waits for another.
func (m *machine[F]) loop(s *pass, values []*value, level int) {
	m.r.threads.Parallel(m.workers, m.cost, func(worker int) {
		lo, hi := m.share(worker)
		for i := range m.n {
			t := i
			if s.reverse {
				t = m.n - 1 - i
			}
			m.enter(s, level, t, lo, hi)
			for _, v := range values {
				m.compute(v, t, lo, hi, worker)
			}
			m.added(s, level, t, lo, hi)
			m.leave(s, level, t, lo, hi)
		}
	})
}

// all computes what is in no loop: products for all timesteps at once, the rest timestep by timestep.
func (m *machine[F]) all(s *pass, values []*value, level int) {
	for len(values) > 0 {
		n := 0
		for n < len(values) && !m.atOnce(values[n]) {
			n++
		}
		rest := values[:n]
		end := n == len(values)
		if n > 0 || end {
			m.r.threads.Parallel(m.workers, m.cost, func(worker int) {
				lo, hi := m.share(worker)
				for t := range m.n {
					for _, v := range rest {
						m.compute(v, t, lo, hi, worker)
					}
				}
			})
		}
		if end {
			break
		}
		m.computeAll(values[n])
		values = values[n+1:]
	}
	if slices.ContainsFunc(s.sinks, func(t sink) bool { return t.kind == added && t.d.level == level }) {
		m.r.threads.Parallel(m.workers, m.cost, func(worker int) {
			lo, hi := m.share(worker)
			for t := range m.n {
				m.added(s, level, t, lo, hi)
			}
		})
	}
}

// atOnce reports whether a value is a product of rows of all timesteps that lie behind one another.
func (m *machine[F]) atOnce(v *value) bool {
	if v.kind != summed || len(v.products) == 0 {
		return false
	}
	for _, k := range v.products {
		if !m.dense(k.a) {
			return false
		}
	}
	return m.dense(v)
}

func (m *machine[F]) dense(v *value) bool {
	return v.at.perRow > 0 && v.at.perStep == m.r.B*v.at.perRow
}

// computeAll computes a sum of products for all timesteps of the segment, some rows after the others, so
// that a row is still in the cache when the next product is added to it.
func (m *machine[F]) computeAll(v *value) {
	rows := m.n * m.batch
	flat := true // the terms that are no products lie as the rows do
	for _, o := range v.in {
		flat = flat && (m.dense(o) || o.at.perRow == 0 && o.at.perStep == 0)
	}
	if !flat {
		m.r.threads.Parallel(m.workers, m.cost, func(worker int) {
			lo, hi := m.share(worker)
			for t := range m.n {
				m.addUp(v, t, lo, hi)
			}
		})
	}
	cost := 0
	for _, k := range v.products {
		cost += rows * v.width * k.a.width / 64
	}
	parts := min(m.r.threads.Worth(cost), (rows+rowsAtOnce-1)/rowsAtOnce)
	if parts == 1 {
		m.computeRows(v, 0, rows, flat)
		return
	}
	m.r.threads.Parallel(parts, cost, func(i int) { m.computeRows(v, rows*i/parts, rows*(i+1)/parts, flat) })
}

// computeRows computes a part of the rows, counted from the first timestep's.
func (m *machine[F]) computeRows(v *value, lo, end int, flat bool) {
	for ; lo < end; lo += rowsAtOnce {
		hi := min(lo+rowsAtOnce, end)
		from := m.view(v, 0, lo)
		if flat {
			from = m.terms(v, 0, lo, hi)
		}
		m.addProducts(v, 0, lo, hi, from)
	}
}

// rowsAtOnce is a multiple of the rows that a product keeps in registers.
const rowsAtOnce = 48

// enter gives the loop's step its state.
func (m *machine[F]) enter(s *pass, level, t, lo, hi int) {
	for _, c := range s.carries {
		if c.level == level && !c.slots && c.from.at.buffer != c.buffer {
			kernel.Map(kernel.Copy, 0, hi-lo, c.from.width, m.view(c.from, t, lo), m.stateOf(c, lo), kernel.View[F]{}, kernel.View[F]{})
		}
	}
}

// leave takes the state from the loop's step.
func (m *machine[F]) leave(s *pass, level, t, lo, hi int) {
	for _, c := range s.carries {
		switch {
		case c.level != level || c.slots:
		case c.to == nil:
			clear(m.buffers[c.buffer][lo*c.from.width : hi*c.from.width])
		case c.to.at.buffer != c.buffer:
			kernel.Map(kernel.Copy, 0, hi-lo, c.from.width, m.stateOf(c, lo), m.view(c.to, t, lo), kernel.View[F]{}, kernel.View[F]{})
		}
	}
}

func (m *machine[F]) stateOf(c carryPair, lo int) kernel.View[F] {
	return kernel.View[F]{Data: m.buffers[c.buffer][lo*c.from.width:], Stride: c.from.width}
}

// added adds up the gradients of captures that have a row for each of the batch.
func (m *machine[F]) added(s *pass, level, t, lo, hi int) {
	for _, k := range s.sinks {
		if k.kind != added || k.d.level != level {
			continue
		}
		sum := m.gradients[m.r.capturesAt()+k.buffer]
		rows, cols := hi-lo, k.d.width
		if !k.d.rows {
			rows, lo = 1, 0
		}
		to := kernel.View[F]{Data: sum[lo*cols:], Stride: cols}
		kernel.Map(kernel.Add, 0, rows, cols, to, to, m.view(k.d, t, lo), kernel.View[F]{})
	}
}

// sink takes out what a pass has computed for the segment.
func (m *machine[F]) sink(k sink) {
	rows := m.n * m.batch
	at := m.r.capturesAt() + k.buffer
	switch k.kind {
	case exported:
		if k.d.at.buffer == k.buffer {
			return
		}
		for t := range m.n {
			to := kernel.View[F]{Data: m.buffers[k.buffer][t*m.batch*k.d.width:], Stride: k.d.width}
			kernel.Map(kernel.Copy, 0, m.batch, k.d.width, to, m.view(k.d, t, 0), kernel.View[F]{}, kernel.View[F]{})
		}
	case outer:
		a, d, to := k.a, k.d, m.gradients[at]
		sum := kernel.View[F]{Data: to, Stride: d.width}
		if m.dense(a) && m.dense(d) {
			x, y := m.view(a, 0, 0), m.view(d, 0, 0)
			kernel.Gemm(m.r.threads, sum, true, false, a.width, d.width, rows, x.Data, x.Stride, y.Data, y.Stride, to, d.width)
			return
		}
		for t := range m.n {
			x, y := m.view(a, t, 0), m.view(d, t, 0)
			kernel.Gemm(m.r.threads, sum, true, false, a.width, d.width, m.batch, x.Data, x.Stride, y.Data, y.Stride, to, d.width)
		}
	case columns:
		m.sumColumns(k, m.gradients[at])
	case scattered:
		m.scatter(k, m.gradients[at])
	}
}

// sumColumns adds to a gradient the sum of d over the batch and over time, and over what other axes the
// sum is.
func (m *machine[F]) sumColumns(k sink, to []F) {
	d, total := k.d, to
	if len(k.sum.axes) > 1 {
		total = make([]F, d.width)
	}
	if m.dense(d) {
		kernel.SumColumns(m.r.threads, m.n*m.batch, d.width, total, m.view(d, 0, 0))
	} else {
		for t := range m.n {
			kernel.SumColumns(m.r.threads, m.batch, d.width, total, m.view(d, t, 0))
		}
	}
	if len(k.sum.axes) > 1 {
		row := d.shape.Clone()
		row[0] = 1
		rest := make([]F, len(to))
		strided(row, []tensor.Shape{row, kept(row, k.sum.axes)}, func(n int, at, step []int) {
			for i := range n {
				rest[at[1]+i*step[1]] += total[at[0]+i]
			}
		})
		sum := kernel.View[F]{Data: to}
		kernel.Map(kernel.Add, 0, 1, len(to), sum, sum, kernel.View[F]{Data: rest}, kernel.View[F]{})
	}
}
