package graph

import (
	"maps"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Carry is a tensor that goes from one run to the next: the state of truncated back-propagation
// through time, and of streaming. No gradient passes through it.
type Carry struct {
	s *Scope
	c *carry
}

type carry struct {
	name  string // the scope's path and the carry's name
	node  *G.Node
	value *tensor.Dense
	next  *G.Node
}

// carried is a carry of a compiled graph.
type carried struct {
	*carry
	from   *op
	memory any // of value
}

// Carry declares a tensor that is zero at first, then what Set gave in the last run. Its name is unique
// within the scope.
func (s *Scope) Carry(name string, shape ...int) Carry {
	s.outsideStep("Carry " + name)
	s.checkTensor("carry "+name, shape)
	path := s.join(name)
	for _, c := range s.b.carries {
		if c.name == path {
			s.Fail("carry %q is declared twice", name)
		}
	}
	value := newDense(s.b.store.dtype, shape, make([]float64, tensor.Shape(shape).TotalSize()))
	c := &carry{name: path, value: value, node: s.b.source("carry/"+path, value)}
	s.b.carries = append(s.b.carries, c)
	return Carry{s, c}
}

// Node is the value carried into this run.
func (c Carry) Node() *G.Node {
	if c.c == nil {
		return nil
	}
	return c.c.node
}

// Set says what the next run will be given.
func (c Carry) Set(n *G.Node) {
	if c.c == nil {
		panic(failure{errors.New("carry is zero, want one of Scope.Carry's")})
	}
	c.s.outsideStep("Carry " + c.c.name)
	switch {
	case c.c.next != nil:
		c.s.Fail("carry %s is set twice", c.c.name)
	case n == nil:
		c.s.Fail("carry %s: set to nil", c.c.name)
	case !sameShape(n.Shape(), c.c.node.Shape()):
		c.s.Fail("carry %s: set to shape %v, declared %v", c.c.name, n.Shape(), c.c.node.Shape())
	}
	c.c.next = c.s.keep(n)
}

// Carried is a copy of everything a Session carries, by path.
type Carried map[string]*tensor.Dense

// Carried returns what the next run would be given.
func (s *Session) Carried() Carried {
	state := Carried{}
	if !s.made() {
		return state
	}
	for _, c := range s.carries {
		state[c.name] = c.value.Clone().(*tensor.Dense)
	}
	return state
}

// SetCarried puts a state in the place of the one that is carried; nil is all zeros. On error nothing
// is changed.
func (s *Session) SetCarried(state Carried) error {
	if !s.made() {
		return errors.New("set carried: session is nil or zero, want one of Build's")
	}
	if state == nil {
		s.ResetCarry()
		return nil
	}
	unknown := maps.Clone(state)
	elements := make([]any, len(s.carries))
	for i, c := range s.carries {
		v, ok := state[c.name]
		switch {
		case !ok || v == nil:
			return errors.Errorf("carry %s: missing", c.name)
		case !sameShape(shapeFor(c.value.Shape(), v), c.value.Shape()) || v.Dtype() != c.value.Dtype():
			return errors.Errorf("carry %s: %v %v, declared %v %v", c.name, typeName(v.Dtype()), v.Shape(), c.value.Dtype(), c.value.Shape())
		}
		var err error
		if elements[i], err = backing(v); err != nil {
			return errors.Wrapf(err, "carry %s", c.name)
		}
		delete(unknown, c.name)
	}
	for name := range unknown {
		return errors.Errorf("carry %s: not declared", name)
	}
	for i, c := range s.carries {
		copyNumbers(c.value.Data(), elements[i])
	}
	return nil
}

// ResetCarry makes the next run start from zeros.
func (s *Session) ResetCarry() {
	if !s.made() {
		return
	}
	for _, c := range s.carries {
		clearData(listOf(c.value.Data()))
	}
}
