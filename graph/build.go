package graph

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func init() {
	// The pool can hand one header to two tensors, which then share memory.
	tensor.DontUsePool()
}

// builder holds one graph while it is declared, and what of it a Session needs.
type builder struct {
	store   *Store
	eval    bool
	only    func(output string) bool // whether it is wanted; nil: all are
	salt    int                      // of this attempt
	threads threads                  // most that a run may use
	g       *G.ExprGraph

	serial  int // sets apart every node that is made
	scopes  map[string]bool
	params  map[string]*G.Node
	bound   []boundParam
	inputs  map[string]input
	outputs map[string]*G.Node
	carries []*carry
	random  randomKeys

	step  *step             // the one being declared; nil outside
	owner map[*G.Node]*step // of the nodes made in a step
	trace *trace            // the graph that the step is declared in, if it is one of its own
	scans []*recurrence
	sizes *sizes

	run   *uint64 // number of the run under way; random operations read it
	fault error   // what the last failed operation said
	built bool    // nothing is declared any more
}

type boundParam struct {
	param *Param
	node  *G.Node
}

type input struct {
	node  *G.Node
	value *tensor.Dense
}

// A BuildOption changes what Build makes of a declaration.
type BuildOption func(*builder)

// Eval builds a graph without gradients, in which Training is false: nothing is dropped out.
func Eval() BuildOption { return func(b *builder) { b.eval = true } }

// Only builds no outputs but these of the ones that are declared: the others are not computed.
func Only(outputs ...string) BuildOption {
	return func(b *builder) {
		b.only = func(name string) bool { return slices.Contains(outputs, name) }
	}
}

// Threads limits every run of the Session to so many threads; 0 means GOMAXPROCS, which is never exceeded.
// Results have the same bits for any number.
func Threads(n int) BuildOption { return func(b *builder) { b.threads = threads(max(0, n)) } }

// salts is how often Build tries another naming of the nodes. Even at 50 000 nodes, where one graph in
// four has a collision, all eight fail once in 65 000 graphs.
const salts = 8

// Build declares a graph, differentiates the returned scalar unless it is nil or Eval is given,
// and compiles a tape machine; a graph without gradients is run node by node instead.
//
// It recovers every panic in declare: a failed operation becomes the error it describes, any other an
// error with its stack. declare may be called more than once (a rebuild after a hash collision); on
// error the Store is as before.
func Build(st *Store, declare func(*Scope) *G.Node, opts ...BuildOption) (*Session, error) {
	if st == nil || st.dtype != tensor.Float32 && st.dtype != tensor.Float64 {
		return nil, errors.New("build: want a Store of tensor.Float32 or tensor.Float64")
	}
	if declare == nil {
		return nil, errors.New("build: no function to declare the graph")
	}
	declared := len(st.params)
	var err error
	for salt := range salts {
		var session *Session
		if session, err = build(st, declare, salt, opts); err == nil {
			return session, nil
		}
		st.truncate(declared)
		if !errors.As(err, new(collision)) {
			break
		}
	}
	return nil, err
}

func build(st *Store, declare func(*Scope) *G.Node, salt int, opts []BuildOption) (session *Session, err error) {
	b := &builder{
		store: st, salt: salt, g: G.NewGraph(), run: new(uint64),
		scopes: map[string]bool{}, params: map[string]*G.Node{}, inputs: map[string]input{},
		outputs: map[string]*G.Node{}, owner: map[*G.Node]*step{}, random: randomKeys{}, sizes: newSizes(),
	}
	for _, o := range opts {
		if o != nil {
			o(b)
		}
	}
	err = guard(func() { session = b.compile(declare(&Scope{b: b})) })
	b.built = true
	return session, err
}

// compile makes the Session of a declared graph.
func (b *builder) compile(cost *G.Node) *Session {
	s := &Scope{b: b}
	session := &Session{b: b, inputs: map[string]*fed{}, outputs: map[string]*result{}}
	for name, in := range b.inputs {
		memory, err := backing(in.value)
		if err != nil {
			panic(failure{err})
		}
		session.inputs[name] = &fed{header: in.value, shape: in.value.Shape().Clone(), memory: memory}
	}
	var roots G.Nodes
	root := func(n *G.Node) *op {
		roots = append(roots, n)
		return n.Op().(*op)
	}
	read := func(n *G.Node) *result {
		o := root(n)
		return &result{from: o, value: zeros(o.dtype, o.shape.TotalSize())}
	}
	if cost != nil {
		if !cost.Shape().IsScalar() {
			s.Fail("build: the cost has shape %v, want a scalar", cost.Shape())
		}
		session.cost = read(s.keep(cost))
		if !b.eval {
			for _, g := range b.gradients(cost) {
				shape := g.param.Value.Shape()
				to := gradient{Gradient: Gradient{Param: g.param, Grad: denseOf(shape, zeros(b.store.dtype, shape.TotalSize())), threads: b.threads}, zeroed: true}
				if pairs := lookupsOf(g.node); pairs != nil {
					to.rows = &touchedRows{list: []int{}, touched: make([]bool, shape[0])}
					for i := 0; i < len(pairs); i += 2 {
						to.lookups = append(to.lookups, lookup{index: root(s.keep(pairs[i])), grad: root(s.unwritten(pairs[i+1]))})
					}
				} else {
					to.from = root(s.unwritten(g.node))
				}
				session.gradients = append(session.gradients, to)
			}
		}
	}
	for name, n := range b.outputs {
		if b.only == nil || b.only(name) {
			session.outputs[name] = read(n)
		}
	}
	for _, c := range b.carries {
		if c.next == nil {
			s.Fail("carry %s: never set", c.name)
		}
		session.carries = append(session.carries, carried{carry: c, from: root(c.next), memory: listOf(c.value.Data())})
	}
	if len(roots) == 0 {
		s.Fail("build: the graph computes nothing: no cost, no output")
	}
	for _, r := range b.scans {
		r.program = r.compile()
	}
	if err := checkGraph(b.g); err != nil {
		panic(failure{err})
	}
	reached := ancestors(roots)
	markForeign(reached)
	overwrite(reached, roots)
	var inputs G.Nodes
	for _, n := range reached {
		switch _, ours := n.Op().(*op); {
		case n.Op() == nil:
			inputs = append(inputs, n)
		case !ours:
			session.foreign = fmt.Sprint(n.Op())
		}
	}
	session.order = reached
	session.traceSizes()
	if len(session.gradients) == 0 && session.foreign == "" {
		session.machine = newForwardMachine(reached)
		return session
	}
	program, locations, err := G.CompileFunction(b.g, inputs, roots)
	if err != nil {
		panic(failure{errors.Wrap(err, "build: compile")})
	}
	session.machine = G.NewTapeMachine(b.g, G.WithPrecompiled(program, locations))
	return session
}

// checkGraph finds two nodes with one hash, which the compiler would take for the same.
func checkGraph(g *G.ExprGraph) error {
	seen := make(map[uint32]*G.Node, len(g.AllNodes()))
	for _, n := range g.AllNodes() {
		if other, ok := seen[n.Hashcode()]; ok {
			return collision{other, n}
		}
		seen[n.Hashcode()] = n
	}
	return nil
}

// source declares a node that is not computed: it holds value.
func (b *builder) source(name string, value *tensor.Dense) *G.Node {
	name = fmt.Sprintf("%d:%s", b.salt, name)
	if value.Shape().IsScalar() {
		b.serial++
		return G.NewScalar(b.g, value.Dtype(), G.WithName(name), G.WithValue(value.Data()))
	}
	b.serial++
	return G.NewTensor(b.g, value.Dtype(), value.Dims(), G.WithShape(value.Shape().Clone()...), G.WithName(name), G.WithValue(value))
}

// identity is what sets the next operation apart from all others, in this graph and in its rebuilds.
func (b *builder) identity() string {
	b.serial++
	return fmt.Sprintf("%d:%d:", b.salt, b.serial)
}

// adopt notes that n was made in the step under way.
func (b *builder) adopt(n *G.Node) {
	if b.step != nil && b.owner[n] == nil {
		b.owner[n] = b.step
	}
}

// strayed reports whether n was made in a step other than the one under way.
func (b *builder) strayed(n *G.Node) bool {
	owner := b.owner[n]
	return owner != nil && owner != b.step
}
