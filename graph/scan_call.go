package graph

import (
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

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
		at := m.placeOf(v, t, lo)
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
		if our, ours := v.node.Op().(*op); ours && v.rows && len(shape) > 0 && o.shape[0] == m.r.B && m.r.B > 1 && !readsWhole(our.definition, i) {
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
		at := m.placeOf(o, t, lo)
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
	alone := threads(1) // rows are cut already
	if m.workers == 1 {
		alone = m.r.threads
	}
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
		return d.(floatKernel).run32(alone, dst, any(args.in).([]operand[float32]))
	case []float64:
		return d.(floatKernel).run64(alone, dst, any(args.in).([]operand[float64]))
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
		switch data := any(slices.Clone(a.data)).(type) {
		case []float32:
			if values[i] = (*G.F32)(&data[0]); len(a.shape) > 0 {
				values[i] = denseOf(a.shape, data)
			}
		case []float64:
			if values[i] = (*G.F64)(&data[0]); len(a.shape) > 0 {
				values[i] = denseOf(a.shape, data)
			}
		}
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
