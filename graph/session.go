package graph

import (
	"context"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/kernel"
)

// Feed gives the inputs of a run by name; Floats, Ints and Rows make them. Floats of the other size are converted; everything is copied.
type Feed map[string]tensor.Tensor

// A Gradient is the derivative of the cost with respect to one parameter, summed over the runs since
// ZeroGradients.
type Gradient struct {
	*Param
	Grad *tensor.Dense // of the parameter's shape; owned by the Session
	rows *touchedRows  // nil: all

	threads threads
}

// Threads is how many threads what is computed from the gradient may use, as of the option Threads; 0 is
// GOMAXPROCS.
func (g Gradient) Threads() int { return int(g.threads) }

// Rows lists, in order, the only rows of Grad that may hold anything but zeros: of a table that is only
// looked up in, those that were. nil is all rows. The list is valid until the next run.
func (g Gradient) Rows() []int {
	if g.rows == nil {
		return nil
	}
	return g.rows.list
}

// A Session is one compiled graph. It is not safe for concurrent use. Many Sessions share a Store's
// backing through headers of their own; none may run while an optimiser writes to the Store.
type Session struct {
	b         *builder
	machine   G.VM
	inputs    map[string]*fed
	outputs   map[string]*result
	cost      *result
	gradients []gradient
	carries   []carried
	constants []*constant
	order     G.Nodes // the nodes, each behind its operands
	foreign   string  // an operation of Gorgonia's own; "" if there is none
	ran       bool
	closed    bool
}

// fed is an input. The header that the graph reads is that of the rows that were fed.
type fed struct {
	header *tensor.Dense
	shape  tensor.Shape // as declared
	memory any
	axes   []axis

	// A run of the first rows of a batch alone: the axis that they lie along, and how many; 0: all.
	batch, rows int
}

// result is what a run leaves to be read. It has memory of its own, so that a run that fails half way
// leaves the results of the one before.
type result struct {
	from  *op
	shape tensor.Shape
	value any // []float32, []float64 or []int
}

// take copies what the run has computed.
func (r *result) take() {
	r.shape = r.from.active
	copyNumbers(r.value, prefix(r.from.buffer, r.shape.TotalSize()))
}

// gradient is filled from a node, or, row by row, from what was sent to the lookups in a table.
type gradient struct {
	Gradient
	from    *op // nil with lookups
	lookups []lookup
	zeroed  bool // since the last run
}

// take adds what the run has computed, multiplied by a weight.
func (g *gradient) take(t threads, weight float64) {
	switch {
	case g.from == nil:
		g.rows.add(g.lookups)
		if weight == 0 {
			return
		}
		switch d := g.Grad.Dtype(); d {
		case tensor.Float32:
			addLookups(t, g.Grad.Float32s(), g.lookups, float32(weight))
		default:
			addLookups(t, g.Grad.Float64s(), g.lookups, weight)
		}
	case weight == 0:
		return
	case g.Grad.Dtype() == tensor.Float32:
		accumulateTo(t, g.Grad.Float32s(), g.from.buffer.([]float32), float32(weight), g.zeroed)
	default:
		accumulateTo(t, g.Grad.Float64s(), g.from.buffer.([]float64), weight, g.zeroed)
	}
	g.zeroed = false
}

func accumulateTo[F float](t threads, dst, src []F, weight F, zeroed bool) {
	switch {
	case weight != 1:
		inParallel(t, len(dst), 1, func(from, to int) { addScaled(dst[from:to], src[from:to], weight) })
	case zeroed:
		inParallel(t, len(dst), 1, func(from, to int) { copy(dst[from:to], src[from:to]) })
	default:
		kernel.AddTo(t, dst, src)
	}
}

// addScaled adds k·src to dst.
func addScaled[F float](dst, src []F, k F) {
	for i, v := range src {
		dst[i] += F(k * v) // rounded in between, lest some processors fuse it
	}
}

func clearAll[F float](t threads, grad []F) {
	inParallel(t, len(grad), 1, func(from, to int) { clear(grad[from:to]) })
}

// zero clears what may not be zero.
func (g *gradient) zero(t threads) {
	switch {
	case g.rows == nil && g.Grad.Dtype() == tensor.Float32:
		clearAll(t, g.Grad.Float32s())
	case g.rows == nil:
		clearAll(t, g.Grad.Float64s())
	case g.Grad.Dtype() == tensor.Float32:
		clearRows(g.Grad.Float32s(), g.rows)
	default:
		clearRows(g.Grad.Float64s(), g.rows)
	}
	g.zeroed = true
}

// Run feeds the inputs, which must be all that were declared, computes the graph once, adds to the
// gradients and takes over what is carried. On error gradients, outputs and carried state are as before.
//
// A tensor that is fed may have fewer rows along its leading axis than were declared: sequences of fewer
// timesteps. The run is then one of a graph that was declared for them, constants are cut, means are
// taken over what there is, and outputs are that much shorter. An operation that cannot run on fewer
// says so, and so does the run if Gorgonia's own operations take part. For a declared shape of one axis
// a scalar is taken as a tensor of one element, which is what tensor.WithBacking makes of a list of one.
func (s *Session) Run(ctx context.Context, feed Feed) error {
	if err := s.Compute(ctx, feed); err != nil {
		return err
	}
	s.Accumulate(1)
	return nil
}

// Compute is Run without adding to the gradients, which is left to Accumulate.
func (s *Session) Compute(ctx context.Context, feed Feed) error {
	switch {
	case !s.made():
		return errors.New("run: session is nil or zero, want one of Build's")
	case s.closed:
		return errors.New("run: the session is closed")
	case ctx == nil:
		return errors.New("run: context is nil")
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
	if s.cost != nil {
		s.cost.take()
	}
	for _, o := range s.outputs {
		o.take()
	}
	for _, c := range s.carries {
		copyNumbers(c.value.Data(), c.from.buffer)
	}
	return nil
}

// Accumulate adds the gradients of the last Compute, multiplied by a weight, to those that Gradients
// returns: for a mean over runs of which some count more than others. What is multiplied by 0 adds
// nothing, NaN included. It follows a Compute that succeeded, once.
func (s *Session) Accumulate(weight float64) {
	if !s.made() || !s.ran {
		return
	}
	for i := range s.gradients {
		s.gradients[i].take(s.b.threads, weight)
	}
}

// made reports whether Build made the session: of any other there is nothing to read.
func (s *Session) made() bool { return s != nil && s.b != nil }

// compute runs the tape machine from its beginning. Reset has to follow each run, a failed one above
// all: the next would go on behind the operation that failed.
func (s *Session) compute() error {
	defer s.machine.Reset()
	s.b.fault = nil
	err := s.machine.RunAll()
	if s.b.fault != nil {
		return s.b.fault
	}
	if err != nil {
		return errors.Wrap(err, "run")
	}
	for _, c := range s.carries {
		if want := c.value.Shape(); !sameShape(c.from.active, want) {
			return errors.Errorf("carry %s: %v in this run, declared %v", c.name, c.from.active, want)
		}
	}
	for _, g := range s.gradients {
		if g.from != nil && !sameShape(g.from.active, g.from.shape) {
			return errors.Errorf("gradient of %s: %v in this run, declared %v", g.Path, g.from.active, g.from.shape)
		}
	}
	return nil
}

func (s *Session) feed(feed Feed) error {
	for name := range feed {
		if _, ok := s.inputs[name]; !ok {
			return errors.Errorf("feed %q: no such input; the graph has %s", name, strings.Join(s.Inputs(), ", "))
		}
	}
	for name, in := range s.inputs {
		t, ok := feed[name]
		if d, dense := t.(*tensor.Dense); !ok || t == nil || dense && d == nil {
			return errors.Errorf("feed: input %q %v is missing", name, in.shape)
		}
		if err := unmade(t); err != nil {
			return errors.Errorf("feed %q: %v; declared %v", name, err, in.shape)
		}
		shape := shapeFor(in.shape, t)
		if len(shape) != len(in.shape) || shape[0] > in.shape[0] || shape[0] < 1 || !sameShape(shape[1:], in.shape[1:]) {
			return errors.Errorf("feed %q: shape %v, declared %v", name, shape, in.shape)
		}
		if shape[0] < in.shape[0] && s.foreign != "" {
			return errors.Errorf("feed %q: shape %v, declared %v; %s is Gorgonia's own and takes nothing shorter", name, shape, in.shape, s.foreign)
		}
		if !convertible(t.Dtype(), in.header.Dtype()) {
			return errors.Errorf("feed %q: elements of %v, declared %v", name, typeName(t.Dtype()), in.header.Dtype())
		}
		data, err := backing(t)
		if err != nil {
			return errors.Wrapf(err, "feed %q", name)
		}
		if in.rows > 0 && in.rows < shape[in.batch] {
			all := shape
			shape = shape.Clone()
			shape[in.batch] = in.rows
			corner(all, shape, func(from, at, n int) { copyNumbers(part(in.memory, at, n), part(data, from, n)) })
		} else {
			copyNumbers(in.memory, data)
		}
		if !sameShape(shape, in.header.Shape()) {
			// In place: a node takes no value of another shape than its own.
			*in.header = *denseOf(shape, prefix(in.memory, shape.TotalSize()))
		}
	}
	s.follow()
	return nil
}

// Inputs lists the names that Run must be fed, sorted.
func (s *Session) Inputs() []string {
	if !s.made() {
		return nil
	}
	names := make([]string, 0, len(s.inputs))
	for name := range s.inputs {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Outputs lists the names that Output knows, sorted.
func (s *Session) Outputs() []string {
	if !s.made() {
		return nil
	}
	return slices.Sorted(maps.Keys(s.outputs))
}

// Undeclared lists, in their order, the parameters of the Store that this graph does not declare. On a
// Store that was loaded they are what the file holds beyond the model.
func (s *Session) Undeclared() []string {
	if !s.made() {
		return nil
	}
	declared := make(map[*Param]bool, len(s.b.bound))
	for _, p := range s.b.bound {
		declared[p.param] = true
	}
	var paths []string
	for _, p := range s.b.store.params {
		if !declared[p] {
			paths = append(paths, p.Path)
		}
	}
	return paths
}

// Nodes is the number of nodes of the compiled graph.
func (s *Session) Nodes() int {
	if !s.made() {
		return 0
	}
	return len(s.order)
}

// Cost is the scalar that declare returned, as of the last run; NaN before one, or without a scalar.
func (s *Session) Cost() float64 {
	if !s.made() || s.cost == nil || !s.ran {
		return math.NaN()
	}
	switch v := s.cost.value.(type) {
	case []float32:
		return float64(v[0])
	case []float64:
		return v[0]
	}
	return math.NaN()
}

// Gradients returns the gradients of all parameters that the cost depends on and that are not frozen,
// in order of declaration. They accumulate from run to run until ZeroGradients, and may be written to in
// their Rows, but not between ZeroGradients and the run behind it.
func (s *Session) Gradients() []Gradient {
	if !s.made() {
		return nil
	}
	grads := make([]Gradient, len(s.gradients))
	for i, g := range s.gradients {
		grads[i] = g.Gradient
	}
	return grads
}

// ZeroGradients sets every gradient to zero.
func (s *Session) ZeroGradients() {
	if !s.made() {
		return
	}
	for i := range s.gradients {
		s.gradients[i].zero(s.b.threads)
	}
}

// AddGradients adds the gradients of another Session of the same parameters, which stay as they are.
func (s *Session) AddGradients(other *Session) error {
	if !s.made() || !other.made() {
		return errors.New("add gradients: session is nil or zero, want two of Build's")
	}
	if len(s.gradients) != len(other.gradients) {
		return errors.Errorf("add gradients: %d parameters to %d", len(other.gradients), len(s.gradients))
	}
	for i := range s.gradients {
		to, from := &s.gradients[i], &other.gradients[i]
		if to.Param != from.Param || (to.rows == nil) != (from.rows == nil) {
			return errors.Errorf("add gradients: that of %s to that of %s", from.Path, to.Path)
		}
	}
	for i := range s.gradients {
		to, from := &s.gradients[i], &other.gradients[i]
		switch {
		case to.rows != nil && to.Grad.Dtype() == tensor.Float32:
			addRowsOf(to.Grad.Float32s(), from.Grad.Float32s(), to.rows, from.rows)
		case to.rows != nil:
			addRowsOf(to.Grad.Float64s(), from.Grad.Float64s(), to.rows, from.rows)
		case to.Grad.Dtype() == tensor.Float32:
			kernel.AddTo(s.b.threads, to.Grad.Float32s(), from.Grad.Float32s())
		default:
			kernel.AddTo(s.b.threads, to.Grad.Float64s(), from.Grad.Float64s())
		}
	}
	return nil
}

// Output returns a copy of what was declared as name, as of the last run.
func (s *Session) Output(name string) (tensor.Tensor, error) {
	if !s.made() {
		return nil, errors.Errorf("output %q: session is nil or zero, want one of Build's", name)
	}
	o, ok := s.outputs[name]
	if !ok {
		return nil, errors.Errorf("output %q: not declared", name)
	}
	if !s.ran {
		return nil, errors.Errorf("output %q: the session has not run", name)
	}
	if o.shape.IsScalar() {
		return tensor.New(tensor.FromScalar(scalarOf(o.value))), nil
	}
	return denseOf(o.shape, cloneData(prefix(o.value, o.shape.TotalSize()))), nil
}

// Run numbers key the random operations: a run of the same number draws the same numbers.

// Runs is the number of runs so far.
func (s *Session) Runs() uint64 {
	if !s.made() {
		return 0
	}
	return *s.b.run
}

// SetRuns makes the next run the one after n, to resume where another Session stopped.
func (s *Session) SetRuns(n uint64) {
	if s.made() {
		*s.b.run = n
	}
}

// Close frees the graph. The Store and its parameters stay.
func (s *Session) Close() error {
	if !s.made() || s.closed {
		return nil
	}
	s.closed = true
	return errors.Wrap(s.machine.Close(), "close")
}

// convertible reports whether a feed's elements may become an input's: floats any floats, int only int.
func convertible(from, to tensor.Dtype) bool {
	isFloat := func(dt tensor.Dtype) bool { return dt == tensor.Float32 || dt == tensor.Float64 }
	return from == to || isFloat(from) && isFloat(to)
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
