package graph

import (
	"context"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Feed gives the inputs of a run by name. Floats of the other size are converted; everything is copied.
type Feed map[string]tensor.Tensor

// A Gradient is the derivative of the cost with respect to one parameter, summed over the runs since
// ZeroGradients.
type Gradient struct {
	*Param
	Grad *tensor.Dense // of the parameter's shape; owned by the Session
}

// A Session is one compiled graph. It is not safe for concurrent use. Many Sessions share a Store's
// backing through headers of their own; none may run while an optimiser writes to the Store.
type Session struct {
	b         *builder
	machine   G.VM
	inputs    map[string]input
	outputs   map[string]*op
	cost      *op
	gradients []gradient
	carries   []carried
	nodes     int
	ran       bool
	closed    bool
}

type gradient struct {
	Gradient
	from *op
}

// Run feeds the inputs, which must be all that were declared, computes the graph once, adds to the
// gradients and takes over what is carried. On error gradients, outputs and carried state are as before.
func (s *Session) Run(ctx context.Context, feed Feed) error {
	if s.closed {
		return errors.New("run: the session is closed")
	}
	if err := ctx.Err(); err != nil {
		return errors.Wrap(err, "run")
	}
	if err := s.feed(feed); err != nil {
		return err
	}
	*s.b.run++
	if err := s.compute(); err != nil {
		*s.b.run--
		return err
	}
	s.ran = true
	for _, g := range s.gradients {
		addFloats(g.Grad.Data(), g.from.buffer)
	}
	for _, c := range s.carries {
		copyFloats(c.value.Data(), c.from.buffer)
	}
	return nil
}

// compute runs the tape machine from its beginning. Reset has to follow each run, a failed one above
// all: the next would go on behind the operation that failed.
func (s *Session) compute() error {
	defer s.machine.Reset()
	s.b.fault = nil
	err := s.machine.RunAll()
	if s.b.fault != nil {
		return s.b.fault
	}
	return errors.Wrap(err, "run")
}

func (s *Session) feed(feed Feed) error {
	for name := range feed {
		if _, ok := s.inputs[name]; !ok {
			return errors.Errorf("feed %q: no such input; the graph has %s", name, strings.Join(s.Inputs(), ", "))
		}
	}
	for name, in := range s.inputs {
		t, ok := feed[name]
		if !ok || t == nil {
			return errors.Errorf("feed: input %q %v is missing", name, in.value.Shape())
		}
		if !sameShape(t.Shape(), in.value.Shape()) {
			return errors.Errorf("feed %q: shape %v, declared %v", name, t.Shape(), in.value.Shape())
		}
		if (t.Dtype() == tensor.Int) != (in.value.Dtype() == tensor.Int) {
			return errors.Errorf("feed %q: elements of %v, declared %v", name, t.Dtype(), in.value.Dtype())
		}
		data, err := backing(t)
		if err != nil {
			return errors.Wrapf(err, "feed %q", name)
		}
		dst := listOf(in.value.Data())
		switch src := data.(type) {
		case []int:
			copy(dst.([]int), src)
		case []float32, []float64:
			copyFloats(dst, src)
		default:
			return errors.Errorf("feed %q: elements of %v, want %v", name, t.Dtype(), in.value.Dtype())
		}
	}
	return nil
}

// Inputs lists the names that Run must be fed, sorted.
func (s *Session) Inputs() []string {
	names := make([]string, 0, len(s.inputs))
	for name := range s.inputs {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Nodes is the number of nodes of the compiled graph.
func (s *Session) Nodes() int { return s.nodes }

// Cost is the scalar that declare returned, as of the last run; NaN before one, or without a scalar.
func (s *Session) Cost() float64 {
	if s.cost == nil || !s.ran {
		return math.NaN()
	}
	switch v := s.cost.buffer.(type) {
	case []float32:
		return float64(v[0])
	case []float64:
		return v[0]
	}
	return math.NaN()
}

// Gradients returns the gradients of all parameters that the cost depends on and that are not frozen,
// in order of declaration. They accumulate from run to run until ZeroGradients, and may be written to.
func (s *Session) Gradients() []Gradient {
	grads := make([]Gradient, len(s.gradients))
	for i, g := range s.gradients {
		grads[i] = g.Gradient
	}
	return grads
}

// ZeroGradients sets every gradient to zero.
func (s *Session) ZeroGradients() {
	for _, g := range s.gradients {
		clearData(listOf(g.Grad.Data()))
	}
}

// Output returns a copy of what was declared as name, as of the last run.
func (s *Session) Output(name string) (tensor.Tensor, error) {
	o, ok := s.outputs[name]
	if !ok {
		return nil, errors.Errorf("output %q: not declared", name)
	}
	if !s.ran {
		return nil, errors.Errorf("output %q: the session has not run", name)
	}
	if o.shape.IsScalar() {
		return tensor.New(tensor.FromScalar(scalarOf(o.buffer))), nil
	}
	return denseOf(o.shape, cloneData(o.buffer)), nil
}

// Run numbers key the random operations: a run of the same number draws the same numbers.

// Runs is the number of runs so far.
func (s *Session) Runs() uint64 { return *s.b.run }

// SetRuns makes the next run the one after n, to take up again where another Session stopped.
func (s *Session) SetRuns(n uint64) { *s.b.run = n }

// Close frees the graph. The Store and its parameters stay.
func (s *Session) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Wrap(s.machine.Close(), "close")
}

func addFloats(dst, src any) {
	switch d := dst.(type) {
	case []float32:
		for i, v := range src.([]float32) {
			d[i] += v
		}
	case []float64:
		for i, v := range src.([]float64) {
			d[i] += v
		}
	}
}

func scalarOf(data any) any {
	switch d := data.(type) {
	case []float32:
		return d[0]
	case []float64:
		return d[0]
	default:
		return data.([]int)[0]
	}
}

func cloneData(data any) any {
	switch d := data.(type) {
	case []float32:
		return slices.Clone(d)
	case []float64:
		return slices.Clone(d)
	default:
		return slices.Clone(data.([]int))
	}
}
