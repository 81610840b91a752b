package graph

import (
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// A machine runs the program of a recurrence. It keeps its memory from run to run.
type machine[F float] struct {
	*program
	buffers   [][]F
	indices   [][]int // buffers of ints
	packed    []kernel.Packed[F]
	usePacked bool
	operands  []operand[F] // of the captures
	lengths   []int
	reset     []F
	resetInts []int
	arguments [][]*arguments[F] // by called value and worker
	gradients map[int][]F       // by operand of the scan

	steps   int // active timesteps of this run
	begin   int // first timestep of the segment under way
	n       int // timesteps of the segment under way
	workers int
	state   [][]F // at the beginning of each segment, tensor by tensor
	ended   [][]F // the last state
	again   []F   // outputs of a segment that is computed again
}

// machineOf is the machine of a recurrence, made when it is first run.
func machineOf[F float](r *recurrence) *machine[F] {
	if m, ok := r.machine.(*machine[F]); ok {
		return m
	}
	p := r.program
	m := &machine[F]{
		program: p, buffers: make([][]F, len(p.buffers)), indices: make([][]int, len(p.buffers)),
		packed: make([]kernel.Packed[F], len(p.packs)), operands: make([]operand[F], len(r.captures)),
		arguments: make([][]*arguments[F], p.calls), gradients: map[int][]F{},
	}
	for _, size := range r.sizes {
		m.ended = append(m.ended, make([]F, r.B*size))
		m.state = append(m.state, nil)
	}
	r.machine = m
	return m
}

func (m *machine[F]) last(j int) []F { return m.ended[j] }

// segmentLength is how many timesteps have a history at once.
func (m *machine[F]) segmentLength() int {
	switch {
	case m.r.gradient == nil:
		// Enough rows for a product to be worth its start, and no more.
		return min(m.steps, max(1, 256/m.r.B))
	case m.r.segment > 0:
		return min(m.steps, m.r.segment)
	}
	return m.steps
}

// prepare makes room for a run over the given timesteps.
func (m *machine[F]) prepare(steps int) {
	m.steps = steps
	length := m.segmentLength()
	for i, spec := range m.program.buffers {
		size := spec.size
		if spec.timed {
			size *= length + spec.extra
		}
		switch {
		case size == 0:
		case spec.ints:
			m.indices[i] = grown(m.indices[i], size)
		default:
			m.buffers[i] = grown(m.buffers[i], size)
		}
	}
	m.workers = min(kernel.Threads(), m.r.B)
	if m.whole || m.work()*steps < 1<<20 {
		m.workers = 1
	}
	m.usePacked = m.r.B*steps >= 16
	m.makeArguments()
}

// makeArguments gives every called operation room for its arguments, for each worker.
func (m *machine[F]) makeArguments() {
	passes := []*pass{m.program.forward, m.back}
	for _, s := range passes {
		if s == nil {
			continue
		}
		for _, v := range s.values {
			for v.kind == called && len(m.arguments[v.index]) < m.workers {
				n := len(v.in)
				m.arguments[v.index] = append(m.arguments[v.index], &arguments[F]{
					in: make([]operand[F], n), copies: make([][]F, n), ints: make([]operand[int], n),
				})
			}
		}
	}
}

// grown is s with room for n elements.
func grown[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// work is about the number of multiplications of a timestep.
func (p *program) work() int {
	total := 0
	for _, v := range p.forward.values {
		total += p.r.B * v.width
		for _, k := range v.products {
			total += p.r.B * v.width * k.a.width
		}
	}
	return total
}

// segments calls f for every segment in the order of a pass, with begin and n set.
func (m *machine[F]) segments(reverse bool, f func(number int)) {
	length := m.segmentLength()
	total := (m.steps + length - 1) / length
	for i := range total {
		if reverse {
			i = total - 1 - i
		}
		m.begin = i * length
		m.n = min(length, m.steps-m.begin)
		f(i)
	}
}

// forward runs the step over xs.
func (m *machine[F]) forward(ys []F, in []operand[F]) error {
	r := m.r
	m.prepare(in[0].shape[0])
	if r.lengths {
		m.lengths = in[r.lengthsAt()].index
		for b, n := range m.lengths {
			if n < 0 || n > m.steps {
				return errors.Errorf("length %d of row %d, want [0, %d]", n, b, m.steps)
			}
		}
	}
	if r.reset {
		m.reset, m.resetInts = in[r.resetAt()].data, in[r.resetAt()].index
	}
	copy(m.operands, in[r.capturesAt():])
	m.capture(m.program.forward)
	m.pack(false)
	for j, c := range m.program.forward.carries {
		copy(m.buffers[c.buffer], in[1+j].data)
	}
	x, perStep := in[0].data, r.B*in[0].shape[2]
	m.segments(r.reverse, func(number int) {
		m.keepState(number)
		m.runForward(x[m.begin*perStep:], ys[m.begin*r.B*r.y.Shape()[1]:])
	})
	for j, c := range m.program.forward.carries {
		copy(m.ended[j], m.buffers[c.buffer])
	}
	return nil
}

// keepState keeps the state at the beginning of a segment, to compute the segment again from it.
func (m *machine[F]) keepState(number int) {
	if m.r.gradient == nil || m.segmentLength() == m.steps {
		return
	}
	for j, c := range m.program.forward.carries {
		state, size := m.buffers[c.buffer], len(m.buffers[c.buffer])
		if need := (number + 1) * size; len(m.state[j]) < need {
			m.state[j] = slices.Grow(m.state[j], (m.steps/m.segmentLength()+1)*size)[:(m.steps/m.segmentLength()+1)*size]
		}
		copy(m.state[j][number*size:], state)
	}
}

func (m *machine[F]) runForward(x, ys []F) {
	m.buffers[bufferX] = x
	m.buffers[bufferY] = ys
	m.run(m.program.forward)
}

// backward runs the gradient of the step against time.
func (m *machine[F]) backward(c scanGrad, in []operand[F]) error {
	r, in0 := m.r, in[1:] // behind the scan's value
	x, perStep := in0[0].data, r.B*in0[0].shape[2]
	copy(m.operands, in0[r.capturesAt():])
	m.capture(m.back)
	m.pack(true)
	for j, k := range m.back.carries {
		if at := c.ofLast[j]; at > 0 {
			copy(m.buffers[k.buffer], in[at].data)
		} else {
			clear(m.buffers[k.buffer])
		}
	}
	for _, g := range r.gradient.of {
		m.clearGradient(r.capturesAt()+g.capture, r.captures[g.capture].Shape().TotalSize())
	}
	if r.gradient.dx != nil {
		m.gradients[0] = grown(m.gradients[0], r.T*perStep)
	}
	m.segments(!r.reverse, func(number int) {
		from := m.begin * perStep
		if m.segmentLength() < m.steps {
			for j, k := range m.program.forward.carries {
				size := len(m.buffers[k.buffer])
				copy(m.buffers[k.buffer], m.state[j][number*size:])
			}
			m.again = grown(m.again, m.n*r.B*r.y.Shape()[1])
			m.runForward(x[from:], m.again)
		}
		m.buffers[bufferX] = x[from:]
		if c.ofY > 0 {
			m.buffers[bufferDY] = in[c.ofY].data[m.begin*r.B*r.y.Shape()[1]:]
		}
		if r.gradient.dx != nil {
			m.buffers[bufferDX] = m.gradients[0][from:]
		}
		m.run(m.back)
	})
	for j, k := range m.back.carries {
		m.gradients[1+j] = m.buffers[k.buffer]
	}
	return nil
}

func (m *machine[F]) clearGradient(operand, size int) {
	m.gradients[operand] = grown(m.gradients[operand], size)
	clear(m.gradients[operand])
}

// capture makes what a pass reads of the outer graph lie where its values are read.
func (m *machine[F]) capture(s *pass) {
	for _, v := range s.values {
		if v.kind != captured {
			continue
		}
		o := m.operands[v.index]
		switch {
		case v.ints:
			m.indices[v.at.buffer] = o.index
		case !v.rows || v.at.perRow == 0 || sameShape(o.shape, v.shape):
			m.buffers[v.at.buffer] = o.data
		default:
			wide := grown(m.buffers[v.at.buffer], v.shape.TotalSize())
			strided(v.shape, []tensor.Shape{v.shape, o.shape}, func(n int, at, step []int) {
				for i := range n {
					wide[at[0]+i] = o.data[at[1]+i*step[1]]
				}
			})
			m.buffers[v.at.buffer] = wide
		}
	}
}

// pack lays out the matrices of a pass, once for the whole run. For a few rows that would cost more than
// it saves.
func (m *machine[F]) pack(back bool) {
	if !m.usePacked {
		return
	}
	for i, k := range m.packs {
		if k.back != back {
			continue
		}
		rows, cols := k.capture.shape[0], k.capture.shape[1]
		w := m.operands[k.capture.index].data
		if k.trans {
			m.packed[i].Pack(true, cols, rows, w, cols)
		} else {
			m.packed[i].Pack(false, rows, cols, w, cols)
		}
	}
}

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
		at := slot.at.offset + t*slot.at.perStep
		history := m.buffers[slot.at.buffer][at : at+m.r.B*slot.width]
		if in {
			copy(history, m.buffers[c.buffer])
		} else {
			copy(m.buffers[c.buffer], history)
		}
	}
}

// share is the part of the batch that a worker has.
func (m *machine[F]) share(worker int) (lo, hi int) {
	return m.r.B * worker / m.workers, m.r.B * (worker + 1) / m.workers
}

// loop runs a part of the state through the segment. Each worker has its rows for all timesteps, so
// that none waits for another.
func (m *machine[F]) loop(s *pass, values []*value, level int) {
	kernel.Parallel(m.workers, func(worker int) {
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
			kernel.Parallel(m.workers, func(worker int) {
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
		kernel.Parallel(m.workers, func(worker int) {
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
	rows := m.n * m.r.B
	flat := true // the terms that are no products lie as the rows do
	for _, o := range v.in {
		flat = flat && (m.dense(o) || o.at.perRow == 0 && o.at.perStep == 0)
	}
	if !flat {
		kernel.Parallel(m.workers, func(worker int) {
			lo, hi := m.share(worker)
			for t := range m.n {
				m.addUp(v, t, lo, hi)
			}
		})
	}
	threads := min(kernel.Threads(), (rows+rowsAtOnce-1)/rowsAtOnce)
	kernel.Parallel(threads, func(i int) {
		for lo, end := rows*i/threads, rows*(i+1)/threads; lo < end; lo += rowsAtOnce {
			hi := min(lo+rowsAtOnce, end)
			if flat && len(v.in) > 0 {
				m.addUp(v, 0, lo, hi) // rows of all timesteps, counted from the first
			}
			m.addProducts(v, 0, lo, hi)
		}
	})
}

// rowsAtOnce is a multiple of the rows that a product keeps in registers.
const rowsAtOnce = 48

// addProducts adds the products of a sum to what addUp has left.
func (m *machine[F]) addProducts(v *value, t, lo, hi int) {
	to, started := m.view(v, t, lo), len(v.in) > 0
	for _, k := range v.products {
		a := m.view(k.a, t, lo)
		if m.usePacked {
			kernel.GemmPacked(started, hi-lo, a.Data, a.Stride, &m.packed[k.pack], to.Data, to.Stride)
		} else {
			kernel.GemmDirect(started, k.trans, hi-lo, v.width, k.a.width, a.Data, a.Stride, m.operands[k.w.index].data, k.w.shape[1], to.Data, to.Stride)
		}
		started = true
	}
}

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
	rows := m.n * m.r.B
	at := m.r.capturesAt() + k.buffer
	switch k.kind {
	case exported:
		if k.d.at.buffer == k.buffer {
			return
		}
		for t := range m.n {
			to := kernel.View[F]{Data: m.buffers[k.buffer][t*m.r.B*k.d.width:], Stride: k.d.width}
			kernel.Map(kernel.Copy, 0, m.r.B, k.d.width, to, m.view(k.d, t, 0), kernel.View[F]{}, kernel.View[F]{})
		}
	case outer:
		a, d, to := k.a, k.d, m.gradients[at]
		if m.dense(a) && m.dense(d) {
			kernel.Gemm(true, true, false, a.width, d.width, rows, m.buffers[a.at.buffer][a.at.offset:], a.at.perRow,
				m.buffers[d.at.buffer][d.at.offset:], d.at.perRow, to, d.width)
			return
		}
		for t := range m.n {
			x, y := m.view(a, t, 0), m.view(d, t, 0)
			kernel.Gemm(true, true, false, a.width, d.width, m.r.B, x.Data, x.Stride, y.Data, y.Stride, to, d.width)
		}
	case columns:
		m.sumColumns(k, m.gradients[at])
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
		kernel.SumColumns(m.n*m.r.B, d.width, total, kernel.View[F]{Data: m.buffers[d.at.buffer][d.at.offset:], Stride: d.at.perRow})
	} else {
		for t := range m.n {
			kernel.SumColumns(m.r.B, d.width, total, m.view(d, t, 0))
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

// view shows the rows of a value from row lo on.
func (m *machine[F]) view(v *value, t, lo int) kernel.View[F] {
	return kernel.View[F]{Data: m.buffers[v.at.buffer][v.at.offset+t*v.at.perStep+lo*v.at.perRow:], Stride: v.at.perRow}
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
		if len(v.in) > 0 {
			m.addUp(v, t, lo, hi)
		}
		m.addProducts(v, t, lo, hi)
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
		return m.resetInts[(m.begin+t)*m.r.B+r] != 0
	}
	return m.reset[(m.begin+t)*m.r.B+r] != 0
}

// arguments is what a called operation gets, kept between runs.
type arguments[F float] struct {
	in     []operand[F]
	copies [][]F // of operands whose rows do not lie behind one another
	result []F
	ints   []operand[int]
}

// call runs an operation that is no kernel's on rows lo ≤ r < hi, or on all where it takes only all.
func (m *machine[F]) call(v *value, t, lo, hi, worker int) {
	args := m.arguments[v.index][worker]
	for i, o := range v.in {
		m.argument(args, i, v, o, t, lo, hi)
	}
	rows, width := 1, v.width
	if v.rows {
		rows = hi - lo
	} else {
		lo = 0
	}
	var err error
	if v.ints {
		at := v.at.offset + t*v.at.perStep + lo*v.at.perRow
		err = m.callInts(v, args, m.indices[v.at.buffer][at:at+rows*width])
	} else {
		to := m.view(v, t, lo)
		direct := rows == 1 || to.Stride == width
		if !direct {
			args.result = grown(args.result, rows*width)
		}
		dst := args.result
		if direct {
			dst = to.Data[:rows*width]
		}
		err = m.callFloats(v, args, dst, t)
		if !direct {
			kernel.Map(kernel.Copy, 0, rows, width, to, kernel.View[F]{Data: dst, Stride: width}, kernel.View[F]{}, kernel.View[F]{})
		}
	}
	if err != nil {
		o, ours := v.node.Op().(*op)
		if !ours {
			panic(failure{errors.Wrapf(err, "timestep %d: %v", m.begin+t, v.node.Op())})
		}
		panic(failure{errors.Errorf("timestep %d: %s%v: %v", m.begin+t, o.scope.where(), o, err)})
	}
}

// argument is operand i of a called value.
func (m *machine[F]) argument(args *arguments[F], i int, v, o *value, t, lo, hi int) {
	arg := &args.in[i]
	if o.kind == captured && !o.rows {
		whole := m.operands[o.index]
		shape := append(arg.shape[:0], whole.shape...)
		*arg = whole
		arg.shape = shape
		if our, ours := v.node.Op().(*op); ours && v.rows && len(shape) > 0 && shape[0] == m.r.B && m.r.B > 1 && !readsWhole(our.definition, i) {
			per := shape.TotalSize() / shape[0]
			shape[0] = hi - lo
			switch {
			case arg.data != nil:
				arg.data = arg.data[lo*per : hi*per]
			case arg.index != nil:
				arg.index = arg.index[lo*per : hi*per]
			}
		}
		return
	}
	arg.shape = append(arg.shape[:0], o.shape...)
	rows := 1
	if o.rows {
		rows = hi - lo
		arg.shape[0] = rows
	} else {
		lo = 0
	}
	if o.ints {
		at := o.at.offset + t*o.at.perStep + lo*o.at.perRow
		arg.index = m.indices[o.at.buffer][at : at+rows*o.width]
		return
	}
	from := m.view(o, t, lo)
	if rows == 1 || from.Stride == o.width {
		arg.data = from.Data[:rows*o.width]
		return
	}
	args.copies[i] = grown(args.copies[i], rows*o.width)
	arg.data = args.copies[i]
	kernel.Map(kernel.Copy, 0, rows, o.width, kernel.View[F]{Data: arg.data, Stride: o.width}, from, kernel.View[F]{}, kernel.View[F]{})
}

func (m *machine[F]) callFloats(v *value, args *arguments[F], dst []F, t int) error {
	o, ours := v.node.Op().(*op)
	if !ours {
		return m.callGorgonia(v, args, dst)
	}
	d := o.definition
	if drop, ok := d.(dropout); ok {
		d = drop.at(m.begin + t)
	}
	switch dst := any(dst).(type) {
	case []float32:
		return d.(floatKernel).run32(dst, any(args.in).([]operand[float32]))
	case []float64:
		return d.(floatKernel).run64(dst, any(args.in).([]operand[float64]))
	}
	return nil
}

func (m *machine[F]) callInts(v *value, args *arguments[F], dst []int) error {
	for i, a := range args.in {
		args.ints[i] = operand[int]{shape: a.shape, data: a.index, index: a.index}
		if a.index == nil {
			args.ints[i].other = a.data
		}
	}
	return v.node.Op().(*op).definition.(intKernel).runInt(dst, args.ints)
}

// callGorgonia runs an operation of Gorgonia's own, on copies: it may write to its operands.
func (m *machine[F]) callGorgonia(v *value, args *arguments[F], dst []F) error {
	values := make([]G.Value, len(args.in))
	for i, a := range args.in {
		if a.index != nil && a.data == nil {
			values[i] = denseOf(a.shape, slices.Clone(a.index))
			continue
		}
		if len(a.shape) == 0 {
			if f, ok := any(a.data[0]).(float32); ok {
				values[i] = G.NewF32(f)
			} else {
				values[i] = G.NewF64(float64(a.data[0]))
			}
			continue
		}
		values[i] = denseOf(a.shape, slices.Clone(a.data))
	}
	result, err := v.node.Op().Do(values...)
	if err != nil {
		return err
	}
	data := listOf(result.Data())
	if d, ok := result.(*tensor.Dense); ok {
		if data, err = backing(d); err != nil {
			return err
		}
	}
	floats, ok := data.([]F)
	if !ok || len(floats) != len(dst) {
		return errors.Errorf("result has %d elements, want %d", len(floats), len(dst))
	}
	copy(dst, floats)
	return nil
}
