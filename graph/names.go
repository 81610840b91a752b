package graph

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Names for what a program meets of Gorgonia and of its tensors, so that one that declares a model and feeds it
// needs no other import. They are the same types, not others like them: a *Node is a *gorgonia.Node.
type (
	// Node is a value of a graph that is being declared: what operations of a Scope take and give.
	Node = G.Node
	// Tensor is numbers in a shape: what is fed, and what comes out.
	Tensor = tensor.Tensor
	// Shape is the size of each axis of a tensor.
	Shape = tensor.Shape
	// Dtype is the type of a tensor's elements.
	Dtype = tensor.Dtype
)

// The types of elements: of parameters and values Float32 or Float64, of indices, lengths and flags Int.
var (
	Float32 = tensor.Float32
	Float64 = tensor.Float64
	Int     = tensor.Int
)
