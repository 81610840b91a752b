package graph

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// scanned builds two LSTMs in depth, written out, over T timesteps.
func scanned(t *testing.T, T, segment int, opts ...BuildOption) (*Session, []*recurrence) {
	t.Helper()
	const B, I, H = 3, 5, 7
	session, err := Build(NewStore(1, tensor.Float32), func(s *Scope) *G.Node {
		lstm := func(in string, size int) StepFunc {
			p := s.In(in)
			wx, wh, b := p.Param("wx", Glorot, size, 4*H), p.Param("wh", Glorot, H, 4*H), p.Param("b", Zeros, 1, 4*H)
			return func(x *G.Node, prev State) (*G.Node, State) {
				z := s.Split(s.AddBias(s.Add(s.MatMul(x, wx), s.MatMul(prev[0], wh)), b), 4)
				c := s.Add(s.Mul(s.Sigmoid(z[1]), prev[1]), s.Mul(s.Sigmoid(z[0]), s.Tanh(z[2])))
				h := s.Mul(s.Sigmoid(z[3]), s.Tanh(c))
				return h, State{h, c}
			}
		}
		first, second := lstm("first", I), lstm("second", H)
		stack := func(x *G.Node, prev State) (*G.Node, State) {
			y, a := first(x, prev[:2])
			y, b := second(y, prev[2:])
			return y, append(a, b...)
		}
		ys, last := Scan(s, stack, s.Input("x", T, B, I), []int{H, H, H, H}, Run{Segment: segment})
		s.Output("ys", ys)
		s.Output("last", last[3])
		return s.Mean(s.Square(ys))
	}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	var found []*recurrence
	for _, n := range session.b.g.AllNodes() {
		if o, ours := n.Op().(*op); ours {
			if c, ok := o.definition.(scan); ok {
				found = append(found, c.recurrence)
			}
		}
	}
	return session, found
}

// memory runs the Session over T timesteps and counts the numbers that its recurrence keeps, inputs and
// outputs apart.
func memory(t *testing.T, session *Session, r *recurrence, T int) (numbers int) {
	t.Helper()
	x := tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(T, 3, 5))
	if err := session.Run(context.Background(), Feed{"x": x}); err != nil {
		t.Fatal(err)
	}
	m := r.machine.(*machine[float32])
	for i, b := range m.buffers {
		if i >= givenBuffers {
			numbers += cap(b)
		}
	}
	for _, s := range m.state {
		numbers += cap(s)
	}
	return numbers
}

func TestScanGraphDoesNotGrowWithT(t *testing.T) {
	short, _ := scanned(t, 10, 0)
	long, _ := scanned(t, 1000, 0)
	if short.Nodes() != long.Nodes() {
		t.Errorf("%d nodes at T=10, %d at T=1000", short.Nodes(), long.Nodes())
	}
}

func TestScanStreamsInTheSameMemory(t *testing.T) {
	session, found := scanned(t, 100000, 0, Eval())
	short := memory(t, session, found[0], 100)
	if long := memory(t, session, found[0], 100000); long != short {
		t.Errorf("%d numbers at T=100, %d at T=100000", short, long)
	}
}

func TestScanSegmentsTakeAQuarterOfTheHistory(t *testing.T) {
	const T = 2000
	session, found := scanned(t, T, 0)
	all := memory(t, session, found[0], T)
	session, found = scanned(t, T, 45)
	if segments := memory(t, session, found[0], T); 4*segments > all {
		t.Errorf("%d numbers in segments, %d at once: more than a quarter", segments, all)
	}
}

// A run allocates the same at any size, and little for each node: the tape machine alone makes 8.
func TestScanAllocations(t *testing.T) {
	count := func(T, segment int) (allocations float64, nodes int) {
		session, _ := scanned(t, T, segment)
		x := Feed{"x": tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(T, 3, 5))}
		return testing.AllocsPerRun(100, func() {
			session.ZeroGradients()
			if err := session.Run(context.Background(), x); err != nil {
				t.Fatal(err)
			}
		}), session.Nodes()
	}
	short, nodes := count(5, 0)
	long, _ := count(200, 0)
	// The pool that products pack in is refilled after a collection, and at random under the race detector.
	const refills = 8
	if math.Abs(long-short) > refills || short > 10*float64(nodes) {
		t.Errorf("%v allocations at T=5, %v at T=200, of %d nodes", short, long, nodes)
	}
}

// What a scan cannot compute it refuses when it is built, by name.
func TestScanRefuses(t *testing.T) {
	for want, step := range map[string]func(s *Scope, x *G.Node) *G.Node{
		"cast to float64 gives float64": func(s *Scope, x *G.Node) *G.Node { return s.Cast(s.Tanh(s.Cast(x, tensor.Float64)), tensor.Float32) },
	} {
		_, err := Build(NewStore(1, tensor.Float32), func(s *Scope) *G.Node {
			ys, _ := Scan(s, func(x *G.Node, _ State) (*G.Node, State) { return step(s, x), nil }, s.Input("x", 3, 2, 2), nil, Run{})
			s.Output("ys", ys)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

// A Session that was built for many timesteps runs fewer, and gives what one built for those gives.
func TestScanRunsFewerTimesteps(t *testing.T) {
	for _, segment := range []int{0, 3} {
		long, _ := scanned(t, 20, segment)
		short, _ := scanned(t, 7, 0)
		x := tensor.New(tensor.WithShape(7, 3, 5), tensor.WithBacking(tensor.Range(tensor.Float32, 0, 7*3*5)))
		for range 2 {
			for _, s := range []*Session{long, short} {
				s.ZeroGradients()
				if err := s.Run(context.Background(), Feed{"x": x}); err != nil {
					t.Fatal(err)
				}
			}
			if err := long.Run(context.Background(), Feed{"x": tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(20, 3, 5))}); err != nil {
				t.Fatal(err)
			}
			long.ZeroGradients()
			if err := long.Run(context.Background(), Feed{"x": x}); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"ys", "last"} {
			a, err := long.Output(name)
			if err != nil {
				t.Fatal(err)
			}
			b, err := short.Output(name)
			if err != nil {
				t.Fatal(err)
			}
			if !a.Shape().Eq(b.Shape()) {
				t.Fatalf("%s has shape %v, want %v", name, a.Shape(), b.Shape())
			}
			sameNumbers(t, name, a.Data().([]float32), b.Data().([]float32), segment == 0)
		}
		for i, g := range long.Gradients() {
			sameNumbers(t, "gradient of "+g.Path, g.Grad.Float32s(), short.Gradients()[i].Grad.Float32s(), segment == 0)
		}
	}
}

// sameNumbers wants the same bits, or, where sums are cut in other places, nearly the same numbers.
func sameNumbers(t *testing.T, what string, got, want []float32, bits bool) {
	t.Helper()
	for i, v := range got {
		d := float64(v - want[i])
		if bits && v != want[i] || d > 1e-6 || d < -1e-6 {
			t.Errorf("%s: element %d is %v, want %v", what, i, v, want[i])
			return
		}
	}
}
