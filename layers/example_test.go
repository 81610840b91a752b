package layers_test

import (
	"context"
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// A stack of two cells over sequences of 5 timesteps, then a prediction at each.
func Example() {
	st := graph.NewStore(1, tensor.Float32)
	session, err := graph.Build(st, func(s *graph.Scope) *G.Node {
		xs := s.Input("xs", 5, 2, 3) // [T, B, I]
		ys := layers.RNN{Cell: layers.Stack{layers.LSTM{Hidden: 4}, layers.GRU{Hidden: 4}}}.Bind(s.In("rnn"), 3)(xs)
		ys = layers.Dense{Out: 1}.Bind(s.In("head"), 4)(ys) // [T, B, 1]
		return s.Mean(s.Square(ys))
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	fmt.Print(graph.Summary(st))
	// Output:
	// rnn/0/wx  [3, 16]   48
	// rnn/0/wh  [4, 16]   64
	// rnn/0/b   [1, 16]   16
	// rnn/1/wx  [4, 12]   48
	// rnn/1/wh  [4, 12]   48
	// rnn/1/b   [1, 12]   12
	// rnn/1/bn  [1, 4]     4
	// head/w    [4, 1]     4
	// head/b    [1, 1]     1
	// total              245
}

// leaky is a custom cell: a running mean with a learnt rate, h' = h + rate⊙(x-h).
type leaky struct{ hidden int }

func (l leaky) OutputSize(int) int { return l.hidden }
func (l leaky) StateSizes() []int  { return []int{l.hidden} }

func (l leaky) Bind(s *graph.Scope, _ int) layers.StepFunc {
	rate := s.Param("rate", graph.Constant(0.5), 1, l.hidden)
	return func(x *G.Node, prev layers.State) (*G.Node, layers.State) { // x [B, H]
		h := s.Add(prev[0], s.Mul(rate, s.Sub(x, prev[0])))
		return h, layers.State{h}
	}
}

func ExampleCell() {
	session, err := graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		s.Output("ys", layers.RNN{Cell: leaky{hidden: 1}}.Bind(s, 1)(s.Input("xs", 4, 1, 1)))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	xs := tensor.New(tensor.WithShape(4, 1, 1), tensor.WithBacking([]float64{8, 8, 0, 0}))
	if err := session.Run(context.Background(), graph.Feed{"xs": xs}); err != nil {
		log.Fatal(err)
	}
	ys, err := session.Output("ys")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ys.Data())
	// Output: [4 6 3 1.5]
}

// Dropout and other layers stand between the cells of a Stack.
func ExampleStack() {
	stack := layers.Stack{
		layers.LSTM{Hidden: 8},
		layers.Each{Layer: layers.Dropout{Rate: 0.2}},
		layers.Residual{Cell: layers.GRU{Hidden: 8}},
	}
	fmt.Println("state", stack.StateSizes(), "output", stack.OutputSize(3))
	// Output: state [8 8 8] output 8
}

// The last state of both directions sums a sequence up, here for a batch of different lengths.
func ExampleBidirectional() {
	session, err := graph.Build(graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		xs, lengths := s.Input("xs", 6, 2, 3), s.Indices("lengths", 2)
		reader := layers.Bidirectional{Fwd: layers.GRU{Hidden: 4}, Bwd: layers.GRU{Hidden: 4}}
		ys, last := reader.Run(s.In("reader"), xs, graph.Run{Lengths: lengths})
		fmt.Println("each timestep", ys.Shape())
		fmt.Println("sequence", s.Concat(1, last...).Shape())
		return s.Sum(ys)
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	// Output:
	// each timestep (6, 2, 8)
	// sequence (2, 8)
}

// Two convolutions that see 7 timesteps each, then one timestep for each 4.
func ExampleConv() {
	slide := layers.Conv{Out: 16, Kernel: 7, Padding: layers.SamePadding, Activation: (*graph.Scope).ReLU}
	pool := layers.Pool{Size: 4}
	st := graph.NewStore(1, tensor.Float32)
	_, err := graph.Build(st, func(s *graph.Scope) *G.Node {
		ys := layers.Chain{slide, slide, pool}.Bind(s, 3)(s.Input("x", 100, 1, 3)) // [T, B, I]
		fmt.Println("ys", ys.Shape())
		return s.Mean(ys)
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pool.Length(slide.Length(slide.Length(90))), "timesteps of 90")
	fmt.Print(graph.Summary(st))
	// Output:
	// ys (25, 1, 16)
	// 22 timesteps of 90
	// 0/w    [21, 16]    336
	// 0/b    [1, 16]      16
	// 1/w    [112, 16]  1792
	// 1/b    [1, 16]      16
	// total             2160
}
