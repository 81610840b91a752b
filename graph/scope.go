package graph

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/brief"
)

// A Scope is a path in the Store, the graph under construction, and the operations on its
// nodes. Its methods are for use inside Build, where a failure ends the build: they panic with a type
// of this package's, which Build returns as an error that names the path, the operation and the shapes.
type Scope struct {
	b    *builder
	path string
}

// Path returns the Scope's path, "" for the one that Build hands to declare.
func (s *Scope) Path() string {
	if s == nil {
		return ""
	}
	return s.path
}

// live refuses a Scope with nothing under construction.
func (s *Scope) live() {
	switch {
	case s == nil || s.b == nil:
		panic(failure{errors.New("scope is nil or zero, want the one that Build hands to declare")})
	case s.b.built:
		panic(failure{errors.Errorf("%sscope of a Build that has returned", s.where())})
	}
}

// In makes a new scope within s. The same name twice is an error; to tie weights on purpose, see Shared.
func (s *Scope) In(name string) *Scope {
	path := s.join(name)
	if s.b.scopes[path] {
		s.Fail("scope %q is in use; Shared ties weights on purpose", path)
	}
	s.b.scopes[path] = true
	return &Scope{b: s.b, path: path}
}

// Shared returns the scope that In made, so that parameters declared twice under it are the same.
func (s *Scope) Shared(name string) *Scope {
	path := s.join(name)
	if !s.b.scopes[path] {
		s.Fail("no scope %q to share", path)
	}
	return &Scope{b: s.b, path: path}
}

// Param declares the learnable tensor name of the given shape under s. It is made by init unless the
// Store has it already. Declared again, through Shared, it is the same node.
func (s *Scope) Param(name string, init Init, shape ...int) *G.Node {
	path := s.join(name)
	s.outsideStep("Param " + name)
	s.checkTensor("param "+name, shape)
	if n, ok := s.b.params[path]; ok {
		if !sameShape(n.Shape(), shape) {
			s.Fail("param %s: declared %v before, %v now", name, n.Shape(), tensor.Shape(shape))
		}
		return n
	}
	p, err := s.b.store.declare(path, init, shape)
	if err != nil {
		panic(failure{errors.Wrapf(err, "%s: param", path)})
	}
	n := s.b.source("param/"+path, header(p.Value))
	s.b.params[path] = n
	s.b.bound = append(s.b.bound, boundParam{p, n})
	return n
}

// Input declares a tensor of the Store's dtype that every run is fed under name. Names are those of
// the batch, whatever the scope; declared again with the same shape it is the same node.
func (s *Scope) Input(name string, shape ...int) *G.Node {
	return s.input(name, s.Dtype(), shape)
}

// Indices declares an input of int: tokens, classes, lengths, flags.
func (s *Scope) Indices(name string, shape ...int) *G.Node {
	return s.input(name, tensor.Int, shape)
}

func (s *Scope) input(name string, dt tensor.Dtype, shape []int) *G.Node {
	s.outsideStep("Input " + name)
	s.checkTensor("input "+name, shape)
	if in, ok := s.b.inputs[name]; ok {
		if !sameShape(in.value.Shape(), shape) || in.value.Dtype() != dt {
			s.Fail("input %s: declared %v %v before, %v %v now", name, in.value.Dtype(), in.value.Shape(), dt, tensor.Shape(shape))
		}
		return in.node
	}
	value := denseOf(shape, zeros(dt, tensor.Shape(shape).TotalSize()))
	n := s.b.source("input/"+name, value)
	s.b.inputs[name] = input{node: n, value: value}
	return n
}

// Full declares a constant tensor, every element v.
func (s *Scope) Full(v float64, shape ...int) *G.Node {
	s.live()
	s.checkShape("const", shape)
	values := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range values {
		values[i] = v
	}
	return s.Const(values, shape...)
}

// Const declares a constant tensor of the Store's dtype. values are in row-major order.
func (s *Scope) Const(values []float64, shape ...int) *G.Node {
	s.live()
	s.checkShape("const", shape)
	if want := tensor.Shape(shape).TotalSize(); len(values) != want {
		s.Fail("const %v: %d values, want %d", tensor.Shape(shape), len(values), want)
	}
	return s.b.source(fmt.Sprintf("const/%s/%d", s.path, s.b.serial), newDense(s.b.store.dtype, shape, values))
}

// Output makes n readable after each run as name.
func (s *Scope) Output(name string, n *G.Node) {
	s.outsideStep("Output " + name)
	if _, ok := s.b.outputs[name]; ok {
		s.Fail("output %q is declared twice", name)
	}
	s.b.outputs[name] = s.keep(n)
}

// Training reports whether the graph is built to be trained: false under the option Eval.
func (s *Scope) Training() bool {
	s.live()
	return !s.b.eval
}

// Dtype returns the Store's dtype, which is that of parameters, inputs and constants.
func (s *Scope) Dtype() tensor.Dtype {
	s.live()
	return s.b.store.dtype
}

// Fail ends the build with an error that begins with the Scope's path.
func (s *Scope) Fail(format string, args ...any) {
	panic(failure{errors.New(s.where() + fmt.Sprintf(format, args...))})
}

// where begins a message: "lm/head: ", or nothing at the root.
func (s *Scope) where() string {
	if s.Path() == "" {
		return ""
	}
	return s.path + ": "
}

// Try takes the result of any Gorgonia call: s.Try(G.Cube(x)). An error ends the build. What Scope
// offers itself is to be preferred: Gorgonia's own operations may write to their operands in place,
// several have wrong gradients, and a panic in one at run time ends the process, which nothing here
// can prevent.
func (s *Scope) Try(n *G.Node, err error) *G.Node {
	s.live()
	if err != nil {
		panic(failure{errors.Wrap(err, s.where()+"try")})
	}
	if n == nil {
		s.Fail("try: no node")
	}
	s.b.adopt(n)
	return n
}

// Here returns n for use in a Gorgonia call inside a step: the graph under construction there may be
// another than the one n was declared in. The operations of Scope do this by themselves.
func (s *Scope) Here(n *G.Node) *G.Node {
	s.bring("here", []*G.Node{n})
	if s.b.trace == nil {
		return n
	}
	return s.b.trace.mirror(s.b, n)
}

// bring checks the operands of an operation.
func (s *Scope) bring(what string, in []*G.Node) {
	s.live()
	for i, n := range in {
		switch {
		case n == nil:
			s.Fail("%s %s: operand %d is nil", what, shapesOf(in), i)
		case s.b.strayed(n):
			s.Fail("%s %s: operand %d was made in a step that has ended; hand it on as state or output", what, shapesOf(in), i)
		case n.Graph() != s.b.g && (s.b.trace == nil || n.Graph() != s.b.trace.inner):
			s.Fail("%s %s: operand %d belongs to another graph", what, shapesOf(in), i)
		}
	}
}

// node guards a call into Gorgonia that declares a node.
func (s *Scope) node(declare func() (*G.Node, error), what string, in []*G.Node) *G.Node {
	var n *G.Node
	var err error
	if failed := guard(func() { n, err = declare() }); failed != nil {
		err = failed
	}
	if err != nil {
		panic(failure{errors.Wrapf(err, "%s%s %s", s.where(), what, shapesOf(in))})
	}
	s.b.adopt(n)
	return n
}

func (s *Scope) outsideStep(what string) {
	s.live()
	if s.b.step != nil {
		s.Fail("%s: a step may only compute; declare it before, in Bind", what)
	}
}

// checkTensor refuses scalars as well, for what is bound to memory of the Store or the Session.
func (s *Scope) checkTensor(what string, shape []int) {
	if len(shape) == 0 {
		s.Fail("%s: no shape; a single number has shape (1)", what)
	}
	s.checkShape(what, shape)
}

func (s *Scope) checkShape(what string, shape []int) {
	for _, d := range shape {
		if d <= 0 {
			s.Fail("%s: shape %v; every size must be at least 1", what, tensor.Shape(shape))
		}
	}
	if len(shape) > 0 {
		if err := allocatable(shape, 4); err != nil {
			s.Fail("%s: %v", what, err)
		}
	}
}

// join appends a name to the path.
func (s *Scope) join(name string) string {
	s.live()
	path := name
	if s.path != "" {
		path = s.path + "/" + name
	}
	switch {
	case name == "" || strings.Contains(name, "/"):
		s.Fail("%q is no name: it is empty or holds a slash", name)
	case !utf8.ValidString(name):
		s.Fail("%s is no name: it is not UTF-8, and no file could hold it", brief.Quote(name))
	case len(path) > maxPath:
		s.Fail("%s is no name: with the scopes it is in, it has more than %d bytes", brief.Quote(name), maxPath)
	}
	return path
}
