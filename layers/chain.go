package layers

import (
	"strconv"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
)

// Chain is layers in depth: the output of each is the input of the next. It is a Layer itself.
//
// Parameters are under "0", "1" ..., the position in the chain.
type Chain []Layer

var _ Layer = Chain{}

// OutputSize is that of the last layer.
func (c Chain) OutputSize(inputSize int) int {
	for _, l := range c {
		inputSize = layerOf(l).OutputSize(inputSize)
	}
	return inputSize
}

// Bind binds each layer.
func (c Chain) Bind(s *graph.Scope, inputSize int) func(xs *G.Node) *G.Node {
	apply := make([]func(*G.Node) *G.Node, len(c))
	for i, l := range c {
		apply[i] = layerOf(l).Bind(s.In(strconv.Itoa(i)), inputSize)
		inputSize = layerOf(l).OutputSize(inputSize)
	}
	return func(xs *G.Node) *G.Node {
		for _, f := range apply {
			xs = f(xs)
		}
		return xs
	}
}
