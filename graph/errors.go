package graph

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// failure is what a Scope panics with; Build turns it into an error. Any other panic is a fault of
// the code that ran and keeps its stack.
type failure struct{ err error }

func (f failure) Error() string { return f.err.Error() }

// collision is the error of a graph in which two nodes share a 32-bit hash. Gorgonia would take one
// for the other without a word, so Build declares the graph again under another salt.
type collision struct{ a, b *G.Node }

func (c collision) Error() string {
	return fmt.Sprintf("hash collision of nodes %d (%v) and %d (%v)", c.a.ID(), c.a, c.b.ID(), c.b)
}

// guard runs f and returns a panic in it as an error: a failure as the error it carries, anything
// else with its stack.
func guard(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			err = r.err
		case error:
			err = errors.Wrap(r, "panic")
		default:
			err = errors.Errorf("panic: %v", r)
		}
	}()
	f()
	return nil
}

// typeName names the type of a tensor's elements, which that of the zero Dense cannot do itself.
func typeName(dt tensor.Dtype) string {
	if dt.Type == nil {
		return "no type"
	}
	return fmt.Sprint(dt)
}

// shapesOf prints the shapes of operands: "[(3, 2) (7, 3)]".
func shapesOf(in []*G.Node) string {
	shapes := make([]string, len(in))
	for i, n := range in {
		if n == nil {
			shapes[i] = "nil"
			continue
		}
		shapes[i] = fmt.Sprint(n.Shape())
	}
	return "[" + strings.Join(shapes, " ") + "]"
}
