package graph

import (
	"slices"

	"github.com/pkg/errors"
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

	steps   int   // active timesteps of this run
	batch   int   // active rows of this run
	begin   int   // first timestep of the segment under way
	n       int   // timesteps of the segment under way
	workers int   // each has some rows of the batch
	cost    int   // of the run, about, in nanoseconds
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

// segmentLength is how many of some timesteps have a history at once.
func (r *recurrence) segmentLength(steps int) int {
	switch {
	case r.gradient == nil:
		// Enough rows for a product to be worth its start, and no more.
		return min(steps, max(1, 256/r.B))
	case r.segment > 0:
		return min(steps, r.segment)
	}
	return steps
}

func (m *machine[F]) segmentLength() int { return m.r.segmentLength(m.steps) }

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
	m.cost = m.work() * steps / 64
	m.workers = min(m.r.threads.Worth(m.cost), m.batch)
	if m.whole {
		m.workers = 1
	}
	m.usePacked = m.batch*steps >= 16
	m.makeArguments()
}

// grown is s with room for n elements.
func grown[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// work is about what a timestep costs, in multiplications of a product.
func (m *machine[F]) work() int {
	total := 0
	for _, v := range m.program.forward.values {
		total += 16 * m.batch * v.width
		for _, k := range v.products {
			total += m.batch * v.width * k.a.width
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
	m.batch = in[0].shape[1]
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
		copy(m.buffers[c.buffer], in[r.stateAt()+j].data)
	}
	if r.embedding != nil {
		if err := r.embedding.check(in[r.tokensAt()].index); err != nil {
			return err
		}
	}
	m.segments(r.reverse, func(number int) {
		m.keepState(number)
		m.read(in)
		m.runForward(ys[m.begin*m.batch*r.y.Shape()[1]:])
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

// read takes the sequences' part in the segment.
func (m *machine[F]) read(in []operand[F]) {
	r := m.r
	if r.x != nil {
		m.buffers[bufferX] = in[0].data[m.begin*m.batch*r.x.Shape()[1]:]
	}
	if r.embedding != nil {
		m.indices[bufferTokens] = in[r.tokensAt()].index[m.begin*m.batch:]
	}
}

func (m *machine[F]) runForward(ys []F) {
	m.buffers[bufferY] = ys
	m.run(m.program.forward)
}

// backward runs the gradient of the step against time.
func (m *machine[F]) backward(c scanGrad, in []operand[F]) error {
	r, in0 := m.r, in[1:] // behind the scan's value
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
		m.gradients[0] = grown(m.gradients[0], r.T*r.x.Shape().TotalSize())
	}
	m.segments(!r.reverse, func(number int) {
		m.read(in0)
		if m.segmentLength() < m.steps {
			for j, k := range m.program.forward.carries {
				size := len(m.buffers[k.buffer])
				copy(m.buffers[k.buffer], m.state[j][number*size:])
			}
			m.again = grown(m.again, m.n*m.batch*r.y.Shape()[1])
			m.runForward(m.again)
		}
		if c.ofY > 0 {
			m.buffers[bufferDY] = in[c.ofY].data[m.begin*m.batch*r.y.Shape()[1]:]
		}
		if r.gradient.dx != nil {
			m.buffers[bufferDX] = m.gradients[0][m.begin*r.x.Shape().TotalSize():]
		}
		m.run(m.back)
	})
	for j, k := range m.back.carries {
		m.gradients[r.stateAt()+j] = m.buffers[k.buffer]
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
		case !v.rows || v.at.perRow == 0 || sameShape(o.shape, m.shapeOf(v)):
			m.buffers[v.at.buffer] = o.data
		default:
			shape := m.shapeOf(v)
			wide := grown(m.buffers[v.at.buffer], shape.TotalSize())
			strided(shape, []tensor.Shape{shape, o.shape}, func(n int, at, step []int) {
				for i := range n {
					wide[at[0]+i] = o.data[at[1]+i*step[1]]
				}
			})
			m.buffers[v.at.buffer] = wide
		}
	}
}

// shapeOf is the shape of a value of rows, of which there are as many as in the run.
func (m *machine[F]) shapeOf(v *value) tensor.Shape {
	shape := v.shape.Clone()
	shape[0] = m.batch
	return shape
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
			m.packed[i].Pack(m.r.threads, true, cols, rows, w, cols)
		} else {
			m.packed[i].Pack(m.r.threads, false, rows, cols, w, cols)
		}
	}
}
