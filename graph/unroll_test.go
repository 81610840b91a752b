package graph_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// A sum over time that forgets half of itself at each timestep.
func ExampleUnroll() {
	session, err := graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		step := func(x *G.Node, prev graph.State) (*G.Node, graph.State) { // x [B, 1]
			h := s.Add(x, s.Scale(prev[0], 0.5))
			return h, graph.State{h}
		}
		ys, _ := graph.Unroll(s, step, s.Const([]float64{1, 1, 1}, 3, 1, 1), []int{1}, graph.Run{})
		s.Output("ys", ys) // [T, B, 1]
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	if err := session.Run(context.Background(), nil); err != nil {
		log.Fatal(err)
	}
	ys, err := session.Output("ys")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ys.Data())
	// Output: [1 1.5 1.75]
}

// An elman is the network of Elman, 1990: y = h' = tanh(x·wx + h·wh + b), with a second state that counts
// the timesteps and adds to the output.
type elman struct{ T, B, I, H int }

func (e elman) declare(s *graph.Scope, xs *G.Node, r graph.Run) (*G.Node, graph.State) {
	cell := s.In("cell")
	wx, wh := cell.Param("wx", graph.Normal(0.5), e.I, e.H), cell.Param("wh", graph.Normal(0.5), e.H, e.H)
	b := cell.Param("b", graph.Normal(0.5), 1, e.H)
	return graph.Unroll(s, func(x *G.Node, prev graph.State) (*G.Node, graph.State) {
		h := s.Tanh(s.AddBias(s.Add(s.MatMul(x, wx), s.MatMul(prev[0], wh)), b))
		count := s.Shift(prev[1], 1)
		return s.Add(h, s.Scale(count, 0.1)), graph.State{h, count}
	}, xs, []int{e.H, 1}, r)
}

// loop is the same in plain Go. It gives ys [T, B, H], h [B, H] and the count [B, 1].
func (e elman) loop(st *graph.Store, xs, h0 []float64, reset func(t, b int) bool, reverse bool) (ys, h, count []float64) {
	param := func(name string) []float64 {
		p, _ := st.Param("cell/" + name)
		return p.Value.Float64s()
	}
	wx, wh, bias := param("wx"), param("wh"), param("b")
	ys, h, count = make([]float64, e.T*e.B*e.H), append([]float64{}, h0...), make([]float64, e.B)
	for i := range e.T {
		t := i
		if reverse {
			t = e.T - 1 - i
		}
		for b := range e.B {
			before := append([]float64{}, h[b*e.H:(b+1)*e.H]...)
			if reset != nil && reset(t, b) {
				clear(before)
				count[b] = 0
			}
			count[b]++
			for o := range e.H {
				z := bias[o]
				for k := range e.I {
					z += xs[(t*e.B+b)*e.I+k] * wx[k*e.H+o]
				}
				for k := range e.H {
					z += before[k] * wh[k*e.H+o]
				}
				h[b*e.H+o] = math.Tanh(z)
				ys[(t*e.B+b)*e.H+o] = h[b*e.H+o] + 0.1*count[b]
			}
		}
	}
	return ys, h, count
}

var elmans = []elman{
	{T: 4, B: 2, I: 3, H: 2}, {T: 1, B: 2, I: 3, H: 2}, {T: 3, B: 1, I: 2, H: 2}, {T: 3, B: 2, I: 1, H: 2},
	{T: 3, B: 2, I: 2, H: 1}, {T: 1, B: 1, I: 1, H: 1}, {T: 10, B: 1, I: 1, H: 2},
}

func TestUnrollIsTheLoop(t *testing.T) {
	for _, e := range elmans {
		for _, reverse := range []bool{false, true} {
			for _, start := range []string{"nil", "zeros", "given"} {
				for _, resets := range []bool{false, true} {
					t.Run(fmt.Sprintf("%+v reverse %v from %s resets %v", e, reverse, start, resets), func(t *testing.T) {
						xs, h0 := operand(1, e.T, e.B, e.I), operand(2, e.B, e.H)
						if start != "given" {
							h0.Zero()
						}
						reset := func(t, b int) bool { return (t+b)%3 == 1 }
						declare := func(s *graph.Scope) *G.Node {
							r := graph.Run{Reverse: reverse}
							if start != "nil" {
								r.Init = graph.State{s.Param("h0", valued(h0), e.B, e.H), s.Full(0, e.B, 1)}
							}
							if resets {
								r.Reset = s.Indices("reset", e.T, e.B)
							}
							ys, last := e.declare(s, s.Param("xs", valued(xs), e.T, e.B, e.I), r)
							s.Output("ys", ys)
							s.Output("h", last[0])
							s.Output("count", last[1])
							weights := operand(3, e.T, e.B, e.H)
							return s.Add(s.Sum(s.Mul(ys, s.Const(weights.Float64s(), e.T, e.B, e.H))), s.Sum(s.Square(last[0])))
						}
						feed := graph.Feed{}
						want := reset
						if resets {
							flags := make([]int, e.T*e.B)
							for i := range flags {
								if reset(i/e.B, i%e.B) {
									flags[i] = 1
								}
							}
							feed["reset"] = ints(tensor.Shape{e.T, e.B}, flags...)
						} else {
							want = nil
						}
						st := graph.NewStore(1, tensor.Float64)
						session := graphtest.Run(t, st, declare, feed)
						ys, h, count := e.loop(st, xs.Float64s(), h0.Float64s(), want, reverse)
						graphtest.Equal(t, "ys", graphtest.Output(t, session, "ys"), f64(tensor.Shape{e.T, e.B, e.H}, ys...), 1e-14)
						graphtest.Equal(t, "h", graphtest.Output(t, session, "h"), f64(tensor.Shape{e.B, e.H}, h...), 1e-14)
						graphtest.Equal(t, "count", graphtest.Output(t, session, "count"), f64(tensor.Shape{e.B, 1}, count...), 0)
						graphtest.CheckGradients(t, st, declare, feed)
					})
				}
			}
		}
	}
}

// A row shorter than T is what it would be in a batch of its own length, whatever its padding holds: in
// outputs, last state, cost and gradients.
func TestUnrollLengths(t *testing.T) {
	const T, B, I, H = 4, 4, 2, 3
	lengths := []int{2, 4, 0, 1}
	for _, reverse := range []bool{false, true} {
		t.Run(fmt.Sprint("reverse ", reverse), func(t *testing.T) {
			cost := func(s *graph.Scope, ys *G.Node, last graph.State) *G.Node {
				s.Output("ys", ys)
				s.Output("h", last[0])
				s.Output("count", last[1])
				return s.Add(s.Sum(s.Square(ys)), s.Sum(last[0]))
			}
			xs := operand(1, T, B, I)
			h0 := operand(2, B, H)
			for i := range xs.Float64s() {
				if t, b := i/I/B, i/I%B; t >= lengths[b] {
					xs.Float64s()[i] = math.NaN()
				}
			}
			st := graph.NewStore(1, tensor.Float64)
			padded := graphtest.Run(t, st, func(s *graph.Scope) *G.Node {
				ys, last := elman{T, B, I, H}.declare(s, s.Param("xs", valued(xs), T, B, I), graph.Run{
					Init:    graph.State{s.Param("h0", valued(h0), B, H), s.Full(0, B, 1)},
					Lengths: s.Indices("lengths", B), Reverse: reverse})
				return cost(s, ys, last)
			}, graph.Feed{"lengths": ints(tensor.Shape{B}, lengths...)})
			ys, h, count := graphtest.Output(t, padded, "ys"), graphtest.Output(t, padded, "h"), graphtest.Output(t, padded, "count")
			gradients := graphtest.Gradients(padded)

			var total float64
			sums := map[string][]float64{"cell/wx": make([]float64, I*H), "cell/wh": make([]float64, H*H), "cell/b": make([]float64, H)}
			for b, n := range lengths {
				row := func(x *tensor.Dense, t, width int) []float64 { return x.Float64s()[(t*B+b)*width:][:width] }
				for t0 := n; t0 < T; t0++ {
					graphtest.Equal(t, "ys in the padding", row(ys, t0, H), make([]float64, H), 0)
					graphtest.Equal(t, "dxs in the padding", row(gradients["xs"], t0, I), make([]float64, I), 0)
				}
				if n == 0 { // keeps the initial state
					graphtest.Equal(t, "h of an empty row", row(h, 0, H), row(h0, 0, H), 0)
					graphtest.Equal(t, "dh0 of an empty row", row(gradients["h0"], 0, H), []float64{1, 1, 1}, 0)
					for _, v := range row(h0, 0, H) {
						total += v
					}
					continue
				}
				var own []float64
				for t0 := range n {
					own = append(own, row(xs, t0, I)...)
				}
				short := graphtest.Run(t, st.Snapshot(), func(s *graph.Scope) *G.Node {
					x := s.Param("short", valued(f64(tensor.Shape{n, 1, I}, own...)), n, 1, I)
					first := s.Param("first", valued(f64(tensor.Shape{1, H}, row(h0, 0, H)...)), 1, H)
					ys, last := elman{n, 1, I, H}.declare(s, x, graph.Run{Init: graph.State{first, s.Full(0, 1, 1)}, Reverse: reverse})
					return cost(s, ys, last)
				}, nil)
				total += short.Cost()
				for t0 := range n {
					graphtest.Equal(t, "ys", row(ys, t0, H), graphtest.Output(t, short, "ys").Float64s()[t0*H:][:H], 1e-14)
					graphtest.Equal(t, "dxs", row(gradients["xs"], t0, I), graphtest.Gradients(short)["short"].Float64s()[t0*I:][:I], 1e-13)
				}
				graphtest.Equal(t, "h", row(h, 0, H), graphtest.Output(t, short, "h").Float64s(), 1e-14)
				graphtest.Equal(t, "count", row(count, 0, 1), float64(n), 0)
				graphtest.Equal(t, "dh0", row(gradients["h0"], 0, H), graphtest.Gradients(short)["first"].Float64s(), 1e-13)
				for path, sum := range sums {
					for i, v := range graphtest.Gradients(short)[path].Float64s() {
						sum[i] += v
					}
				}
			}
			graphtest.Equal(t, "cost", padded.Cost(), total, 1e-14)
			for path, sum := range sums {
				graphtest.Equal(t, "gradient of "+path, gradients[path].Float64s(), sum, 1e-13)
			}
		})
	}
}

// A reset takes whatever was carried out of the way, NaN included.
func TestUnrollResetDropsNaN(t *testing.T) {
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		e := elman{T: 2, B: 2, I: 1, H: 1}
		nan := math.NaN()
		ys, last := e.declare(s, s.Full(1, 2, 2, 1), graph.Run{
			Init:  graph.State{s.Const([]float64{nan, 0}, 2, 1), s.Const([]float64{nan, 0}, 2, 1)},
			Reset: s.Const([]float64{1, 1, 0, 0}, 2, 2),
		})
		s.Output("ys", ys)
		return s.Add(s.Sum(ys), s.Sum(last[0]))
	}, nil)
	y := graphtest.Output(t, session, "ys").Float64s()
	graphtest.Equal(t, "the row that began with NaN", []float64{y[0], y[2]}, []float64{y[1], y[3]}, 0)
	for path, g := range graphtest.Gradients(session) {
		for _, v := range g.Float64s() {
			if math.IsNaN(v) || v == 0 {
				t.Errorf("gradient of %s is %v", path, v)
			}
		}
	}
}

func TestUnrollWithoutState(t *testing.T) {
	xs := operand(1, 3, 2, 2)
	opCase{
		name: "stateless",
		in:   []*tensor.Dense{xs},
		declare: func(s *graph.Scope, in []*G.Node) *G.Node {
			ys, last := graph.Unroll(s, func(x *G.Node, _ graph.State) (*G.Node, graph.State) { return s.Square(x), nil },
				in[0], nil, graph.Run{Lengths: s.Cast(s.Const([]float64{3, 1}, 2), tensor.Int)})
			if len(last) != 0 {
				t.Errorf("a state of %d tensors", len(last))
			}
			return ys
		},
		want: table(xs.Shape(), func(at ...int) float64 {
			if at[1] == 1 && at[0] >= 1 {
				return 0
			}
			return elem(xs, at...) * elem(xs, at...)
		}),
	}.check(t)
}

func TestUnrollRefuses(t *testing.T) {
	same := func(x *G.Node, prev graph.State) (*G.Node, graph.State) { return x, prev }
	unroll := func(step graph.StepFunc, sizes []int, r func(s *graph.Scope) graph.Run, shape ...int) func(s *graph.Scope) *G.Node {
		return func(s *graph.Scope) *G.Node {
			run := graph.Run{}
			if r != nil {
				run = r(s)
			}
			ys, _ := graph.Unroll(s.In("rnn"), step, s.Full(1, shape...), sizes, run)
			return s.Sum(ys)
		}
	}
	for want, declare := range map[string]func(s *graph.Scope) *G.Node{
		"rnn: recurrence [(3, 2)]: want xs [T, B, I]":           unroll(same, nil, nil, 3, 2),
		"const: shape (0, 2, 1); every size must be at":         unroll(same, nil, nil, 0, 2, 1),
		"rnn: state: shape (0); every size must be at":          unroll(same, []int{0}, nil, 3, 2, 1),
		"rnn: initial state: 1 tensors, want 2":                 unroll(same, []int{1, 1}, func(s *graph.Scope) graph.Run { return graph.Run{Init: graph.State{s.Full(0, 2, 1)}} }, 3, 2, 1),
		"rnn: initial state: tensor 0 is [(1, 2)], want (2, 1)": unroll(same, []int{1}, func(s *graph.Scope) graph.Run { return graph.Run{Init: graph.State{s.Full(0, 1, 2)}} }, 3, 2, 1),
		"rnn: initial state: tensor 0 is [nil], want":           unroll(same, []int{1}, func(s *graph.Scope) graph.Run { return graph.Run{Init: graph.State{nil}} }, 3, 2, 1),
		"rnn: recurrence: lengths (3), want (2)":                unroll(same, nil, func(s *graph.Scope) graph.Run { return graph.Run{Lengths: s.Indices("n", 3)} }, 3, 2, 1),
		"rnn: recurrence: reset (2, 3), want (3, 2)":            unroll(same, nil, func(s *graph.Scope) graph.Run { return graph.Run{Reset: s.Indices("r", 2, 3)} }, 3, 2, 1),
		"rnn: step: output is [nil], want (2, O)":               unroll(func(x *G.Node, p graph.State) (*G.Node, graph.State) { return nil, p }, nil, nil, 3, 2, 1),
		"rnn: step: next state: 0 tensors, want 1":              unroll(func(x *G.Node, p graph.State) (*G.Node, graph.State) { return x, nil }, []int{1}, nil, 3, 2, 1),
		"Param w: a step may only compute":                      inStep(func(s *graph.Scope, x *G.Node) { s.Param("w", graph.Zeros, 1) }),
		"Input x: a step may only compute":                      inStep(func(s *graph.Scope, x *G.Node) { s.Input("x", 1) }),
		"Output y: a step may only compute":                     inStep(func(s *graph.Scope, x *G.Node) { s.Output("y", x) }),
		"Unroll: a step may only compute":                       inStep(func(s *graph.Scope, x *G.Node) { graph.Unroll(s, same, s.Full(1, 1, 1, 1), nil, graph.Run{}) }),
		"panic: in a step":                                      inStep(func(*graph.Scope, *G.Node) { panic("in a step") }),
	} {
		wantBuildError(t, graph.NewStore(1, tensor.Float64), declare, want)
	}
	wantBuildError(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		graph.Unroll(s, same, nil, nil, graph.Run{})
		return nil
	}, "recurrence [nil]: want xs [T, B, I]")
}
