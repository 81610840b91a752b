package layerstest

import (
	"reflect"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// A subject is a cell or a layer under test.
type subject struct {
	cell       layers.Cell // nil for a layer
	stateSizes []int
	outputSize func(inputSize int) int
	run        func(s *graph.Scope, xs *G.Node, r graph.Run) (ys *G.Node, last layers.State)
}

func cellSubject(c layers.Cell) subject {
	return subject{cell: c, stateSizes: c.StateSizes(), outputSize: c.OutputSize, run: layers.RNN{Cell: c}.Run}
}

func layerSubject(l layers.Layer) subject {
	return subject{outputSize: l.OutputSize, run: func(s *graph.Scope, xs *G.Node, _ graph.Run) (*G.Node, layers.State) {
		return l.Bind(s, xs.Shape()[2])(xs), nil
	}}
}

// isNil reports whether an interface holds nothing, or a nil pointer.
func isNil(of any) bool {
	v := reflect.ValueOf(of)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}
