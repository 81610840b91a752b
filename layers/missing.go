package layers

import (
	"reflect"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// cellOf is c, or a cell in its place that fails the build which binds it: a combinator may be a zero value.
func cellOf(c Cell) Cell {
	if isNil(c) {
		return noCell{}
	}
	return c
}

// layerOf is l, or a layer in its place that fails the build which binds it.
func layerOf(l Layer) Layer {
	if isNil(l) {
		return noLayer{}
	}
	return l
}

// isNil reports whether an interface holds nothing, or a nil pointer.
func isNil(of any) bool {
	v := reflect.ValueOf(of)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

type noCell struct{}

func (noCell) OutputSize(int) int { return 0 }
func (noCell) StateSizes() []int  { return nil }

func (noCell) Bind(s *graph.Scope, _ int) StepFunc {
	s.Fail("cell is nil, want a Cell such as layers.GRU{Hidden: 64}")
	return nil
}

type noLayer struct{}

func (noLayer) OutputSize(int) int { return 0 }

func (noLayer) Bind(s *graph.Scope, _ int) func(*G.Node) *G.Node {
	s.Fail("layer is nil, want a Layer such as layers.Dense{Out: 64}")
	return nil
}
