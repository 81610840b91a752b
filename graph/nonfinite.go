package graph

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// NonFinite says where in the last run NaN or an infinity came up first: in a parameter, an input, or the
// first operation, in the order of computation, whose result holds one, with the place of the first
// element; "" if there is none. It reads everything that was computed, so it is for when something went
// wrong. Of a recurrence the first axis of the place is the timestep.
func (s *Session) NonFinite() string {
	if !s.made() {
		return ""
	}
	for _, p := range s.b.bound {
		if at := firstBad(p.param.Value.Data()); at >= 0 {
			return fmt.Sprintf("parameter %s at %v", p.param.Path, place(p.param.Value.Shape(), at))
		}
	}
	for _, name := range s.Inputs() {
		in := s.inputs[name].header
		if at := firstBad(in.Data()); at >= 0 {
			return fmt.Sprintf("input %q at %v", name, place(in.Shape(), at))
		}
	}
	replaced := map[*op]bool{} // by what comes later
	for _, n := range s.order {
		if o, ours := n.Op().(*op); ours && o.instead != nil {
			replaced[o.instead] = true
		}
	}
	for _, n := range s.order {
		o, ours := n.Op().(*op)
		if !ours || o.buffer == nil || o.active == nil || replaced[o] {
			continue
		}
		if at := firstBad(prefix(o.buffer, o.active.TotalSize())); at >= 0 {
			return fmt.Sprintf("%s%v at %v", o.scope.where(), o, place(o.active, at))
		}
	}
	return ""
}

// firstBad is the first element that is no finite number, -1 if there is none.
func firstBad(data any) int {
	switch d := listOf(data).(type) {
	case []float32:
		return slices.IndexFunc(d, func(v float32) bool { return v-v != 0 })
	case []float64:
		return slices.IndexFunc(d, func(v float64) bool { return v-v != 0 })
	}
	return -1
}

// place is where an element lies in its tensor.
func place(shape tensor.Shape, at int) tensor.Shape {
	index := make(tensor.Shape, len(shape))
	for axis := len(shape) - 1; axis >= 0; axis-- {
		index[axis] = at % shape[axis]
		at /= shape[axis]
	}
	return index
}
