package graph

import G "gorgonia.org/gorgonia"

// A forwardMachine computes a graph that has no gradients, node by node in the order of their operands. It does
// what a tape machine would, without its goroutine: for one timestep of generation that is a third of the
// time.
type forwardMachine struct {
	ops    []*op
	in     [][]int     // of each op: where its operands are in values
	args   [][]G.Value // kept from run to run
	values []G.Value   // of the nodes: first those that are given
}

var _ G.VM = (*forwardMachine)(nil)

// newForwardMachine takes nodes in the order of their operands, all of them given or of our own operations.
func newForwardMachine(nodes G.Nodes) *forwardMachine {
	w := &forwardMachine{values: make([]G.Value, len(nodes))}
	place := map[*G.Node]int{}
	for _, n := range nodes {
		if n.Op() == nil {
			w.values[len(place)] = n.Value()
			place[n] = len(place)
		}
	}
	for _, n := range nodes {
		if n.Op() == nil {
			continue
		}
		operands := operandsOf(n)
		in := make([]int, len(operands))
		for i, o := range operands {
			in[i] = place[o]
		}
		place[n] = len(place)
		w.ops, w.in, w.args = append(w.ops, n.Op().(*op)), append(w.in, in), append(w.args, make([]G.Value, len(in)))
	}
	return w
}

// RunAll implements G.VM.
func (w *forwardMachine) RunAll() error {
	given := len(w.values) - len(w.ops)
	for i, o := range w.ops {
		for j, at := range w.in[i] {
			w.args[i][j] = w.values[at]
		}
		var err error
		if w.values[given+i], err = o.Do(w.args[i]...); err != nil {
			return err
		}
	}
	return nil
}

// Reset implements G.VM: every run begins at the beginning.
func (w *forwardMachine) Reset() {}

// Close implements G.VM.
func (w *forwardMachine) Close() error { return nil }
