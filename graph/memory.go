package graph

import (
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"gorgonia.org/tensor"
)

// Memory is how many bytes a Session and its parameters take once it has run.
type Memory struct {
	Parameters  int64
	Gradients   int64 // as Session.Gradients gives them
	Activations int64 // inputs, results of operations, what recurrences keep of each timestep, outputs
}

// Total is the sum.
func (m Memory) Total() int64 { return m.Parameters + m.Gradients + m.Activations }

// Memory foresees what runs at full length will take.
func (s *Session) Memory() Memory {
	var m Memory
	if !s.made() {
		return m
	}
	for _, p := range s.b.bound {
		m.Parameters += bytesOf(p.param.Value.Dtype(), p.param.Value.Shape().TotalSize())
	}
	for _, g := range s.gradients {
		m.Gradients += bytesOf(g.Grad.Dtype(), g.Grad.Shape().TotalSize())
	}
	for _, in := range s.inputs {
		m.Activations += bytesOf(in.header.Dtype(), in.shape.TotalSize())
	}
	results := []*result{}
	if s.cost != nil {
		results = append(results, s.cost)
	}
	for _, o := range s.outputs {
		results = append(results, o)
	}
	for _, r := range results {
		m.Activations += bytesOf(r.from.dtype, r.from.shape.TotalSize())
	}
	for _, n := range s.order {
		o, ours := n.Op().(*op)
		if !ours {
			if n.Op() != nil {
				m.Activations += bytesOf(dtypeOf(n.Type()), n.Shape().TotalSize())
			}
			continue
		}
		if _, borrows := o.definition.(borrower); !borrows && o.instead == nil {
			m.Activations += bytesOf(o.dtype, o.shape.TotalSize())
		}
	}
	for _, r := range s.b.scans {
		m.Activations += r.bytes(s.b.store.dtype)
	}
	return m
}

func bytesOf(dt tensor.Dtype, elements int) int64 {
	if dt.Type == nil {
		return 0
	}
	return int64(elements) * int64(dt.Size())
}

// bytes is what the machine of a recurrence takes at full length.
func (r *recurrence) bytes(dt tensor.Dtype) int64 {
	length := r.segmentLength(r.T)
	state := 0
	for _, size := range r.sizes {
		state += r.B * size
	}
	elements, ints := 2*state, 0 // the last state, and the states of the passes
	for _, spec := range r.program.buffers {
		size := spec.size
		if spec.timed {
			size *= length + spec.extra
		}
		if spec.ints {
			ints += size
		} else {
			elements += size
		}
	}
	for _, k := range r.program.packs {
		elements += k.capture.shape.TotalSize()
	}
	if g := r.gradient; g != nil {
		for _, c := range g.of {
			elements += r.captures[c.capture].Shape().TotalSize()
		}
		if g.dx != nil {
			elements += r.T * r.x.Shape().TotalSize()
		}
		if length < r.T {
			elements += (r.T/length+1)*state + length*r.y.Shape().TotalSize()
		}
	}
	return bytesOf(dt, elements) + bytesOf(tensor.Int, ints)
}

// MemoryLimit is how many bytes this process can have: the least of what the Go runtime was told
// (GOMEMLIMIT), the limit of its control group, and the memory of the machine.
func MemoryLimit() int64 {
	limit := debug.SetMemoryLimit(-1)
	for _, of := range []func() (uint64, error){memlimit.FromCgroup, memlimit.FromSystem} {
		if n, err := of(); err == nil && n > 0 && n < math.MaxInt64 {
			limit = min(limit, int64(n))
		}
	}
	return limit
}
