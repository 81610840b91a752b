package graph_test

import (
	"context"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// Gorgonia v0.9.18 has ten traps, each of which gives wrong numbers in silence or ends the process. Here
// each has the test that holds us clear of it.

// Rule 1. Gorgonia depends on a module that panics at start under a Go release it does not know. Our
// go.mod asks for a version that trusts them all, and a module that requires ours, with the versions
// that ours asks for, starts.
func TestRule1UsersProgramStarts(t *testing.T) {
	if testing.Short() {
		t.Skip("links a program")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	// All versions are written down, so that nothing beyond what this test was built from is looked up.
	module := strings.Replace(string(ours), "module github.com/elman-go/elman", "module user", 1)
	module = regexp.MustCompile(`(?m)^tool .*$`).ReplaceAllString(module, "")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": module + "\nrequire github.com/elman-go/elman v0.0.0\n\nreplace github.com/elman-go/elman => " + strconv.Quote(root) + "\n",
		"go.sum": string(sums),
		"main.go": "package main\n\nimport (\n\t\"fmt\"\n\n\t\"gorgonia.org/tensor\"\n\n\t\"github.com/elman-go/elman/graph\"\n)\n\n" +
			"func main() { fmt.Print(graph.NewStore(7, tensor.Float32).Seed()) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("go", "run", "-mod=mod", ".")
	command.Dir = dir
	command.Env = append(os.Environ(), "ASSUME_NO_MOVING_GC_UNSAFE_RISK_IT_WITH=", "GOWORK=off", "GOPROXY=off")
	out, err := command.CombinedOutput()
	if err != nil && strings.Contains(string(out), "module lookup disabled") {
		t.Skipf("the module cache lacks what a user's program needs, as where modules are vendored: %s", out)
	}
	if err != nil || string(out) != "7" {
		t.Errorf("a user's program says %q, %v; want 7", out, err)
	}
}

// Rule 2. Nodes whose 32-bit hashes are equal become one node. Two inputs whose names collide are told
// apart all the same, by declaring the graph under another salt.
func TestRule2HashCollision(t *testing.T) {
	a, b := collidingInputs(t)
	declared := 0
	session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		declared++
		s.Output("a", s.Scale(s.Input(a, 2), 2))
		s.Output("b", s.Scale(s.Input(b, 2), 3))
		return nil
	})
	if declared != 2 {
		t.Errorf("declared %d times, want a second time after the collision", declared)
	}
	run(t, session, graph.Feed{a: f64(tensor.Shape{2}, 1, 2), b: f64(tensor.Shape{2}, 10, 20)})
	graphtest.Equal(t, "a", graphtest.Output(t, session, "a"), []float64{2, 4}, 0)
	graphtest.Equal(t, "b", graphtest.Output(t, session, "b"), []float64{30, 60}, 0)
}

// collidingInputs finds two names of inputs [2] that have one hash under salt 0, as among n names there
// are about n²/2³³.
func collidingInputs(t *testing.T) (a, b string) {
	const salted = "0:input/"
	seen := map[uint32]string{}
	for r := rand.New(rand.NewPCG(1, 1)); a == ""; {
		b = strconv.FormatUint(r.Uint64(), 36)
		h := fnv.New32a()
		io.WriteString(h, "Vector float64(2)"+salted+b+"\x00") // type, shape, name, number of operands
		a = seen[h.Sum32()]
		seen[h.Sum32()] = b
	}
	g := G.NewGraph()
	hash := func(name string) uint32 {
		return G.NewTensor(g, tensor.Float64, 1, G.WithShape(2), G.WithName(salted+name)).Hashcode()
	}
	if hash(a) != hash(b) {
		t.Fatalf("%s and %s have other hashes in Gorgonia", a, b)
	}
	return a, b
}

// An operation that Gorgonia answers with the node of another is noticed at once. Where no salt helps,
// that is the error, and the Store is as before.
func TestRule2MergedOperations(t *testing.T) {
	declared := 0
	wantBuildError(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		declared++
		a, b := s.SameTwice(s.Param("w", graph.Ones, 2))
		return s.Sum(s.Add(a, b))
	}, "hash collision of nodes")
	if declared != 8 {
		t.Errorf("declared %d times, want 8", declared)
	}
}

// Rule 3. gorgonia.Slice takes bounds modulo 256 for equal.
func TestRule3SlicesBeyond256(t *testing.T) {
	x := operand(1, 2, 1024)
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		w := s.Param("w", valued(x), 2, 1024)
		gates := s.Split(w, 4) // H = 256
		s.Output("gates", s.Stack(gates...))
		s.Output("row", s.Slice(s.Transpose(w), 0, 300, 301))
		y := s.Mul(s.Slice(w, 1, 0, 128), s.Slice(w, 1, 256, 384))
		return s.Add(s.Sum(y), s.Sum(s.At(s.Transpose(w), 512)))
	}, nil)
	graphtest.Equal(t, "gates", graphtest.Output(t, session, "gates"), table(tensor.Shape{4, 2, 256}, func(at ...int) float64 {
		return elem(x, at[1], 256*at[0]+at[2])
	}), 0)
	graphtest.Equal(t, "row", graphtest.Output(t, session, "row"), []float64{elem(x, 0, 300), elem(x, 1, 300)}, 0)
	graphtest.Equal(t, "gradient", graphtest.Gradients(session)["w"], table(x.Shape(), func(at ...int) float64 {
		switch b, i := at[0], at[1]; {
		case i < 128:
			return elem(x, b, i+256)
		case i >= 256 && i < 384:
			return elem(x, b, i-256)
		case i == 512:
			return 1
		}
		return 0
	}), 0)
}

// Rule 4. gorgonia.Reshape shares memory with its operand, and what follows writes there.
func TestRule4ReshapeCopies(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	declare := func(s *graph.Scope) *G.Node {
		w := s.Param("w", graph.Normal(1), 4)
		h := s.Tanh(s.Param("x", graph.Normal(1), 4))
		y := s.Add(s.Reshape(h, 2, 2), s.Reshape(w, 2, 2))
		y = s.Mul(s.Reshape(s.Square(y), 4), h) // around the reshape, to what it was made of
		return s.Sum(s.Add(s.Reshape(w, 4), y))
	}
	graphtest.CheckGradients(t, st, declare, nil)
	w, _ := st.Param("w")
	before := w.Value.Clone().(*tensor.Dense)
	session := build(t, st, declare)
	run(t, session, nil)
	first := session.Cost()
	run(t, session, nil)
	graphtest.Equal(t, "the weight after two runs", w.Value, before, 0)
	graphtest.Equal(t, "the cost of the second run", session.Cost(), first, 0)
}

// Rule 5. Compiling takes a time that grows with the square of the nodes, so the graph of one timestep
// stays small: of the network here, with 7 operations and their gradients, a timestep has at most 20.
func TestRule5NodesPerTimestep(t *testing.T) {
	nodes := func(T int) int {
		e := elman{T: T, B: 2, I: 3, H: 2}
		return build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
			ys, _ := e.declare(s, s.Param("xs", graph.Zeros, T, 2, 3), graph.Run{})
			return s.Sum(ys)
		}).Nodes()
	}
	if per := float64(nodes(64)-nodes(16)) / 48; per > 20 {
		t.Errorf("%.1f nodes for each timestep", per)
	}
}

// Rule 6. A panic in an operation would end the process: the tape machine runs it on another goroutine.
func TestRule6PanicInAnOperation(t *testing.T) {
	session := build(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		s.Output("y", s.In("cell").PanicIfNegative(s.Tanh(s.Input("x", 2))))
		return nil
	})
	for range 2 {
		err := session.Run(context.Background(), graph.Feed{"x": f64(tensor.Shape{2}, 1, -1)})
		if want := "cell: panic if negative [(2)]: panic: runtime error: index out of range [1] with length 0"; err == nil || err.Error() != want {
			t.Errorf("got error %v, want %q", err, want)
		}
		run(t, session, graph.Feed{"x": f64(tensor.Shape{2}, 0, 1)})
		graphtest.Equal(t, "after a panic", graphtest.Output(t, session, "y"), []float64{0, math.Tanh(1)}, 1e-15)
	}
}

// Rule 7. Matrix products turn over their operands' headers in place, so no two machines may share one.
// Sessions of one Store run side by side; the race detector watches.
func TestRule7SessionsRunConcurrently(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	declare := func(s *graph.Scope) *G.Node {
		w := s.Param("w", graph.Normal(0.3), 16, 16)
		h := s.Tanh(s.MatMul(s.Input("x", 4, 16), w))
		// Gorgonia's own product turns headers over; ours does not.
		return s.Sum(s.Square(s.Try(G.Mul(s.MatMulT(h, w), w))))
	}
	feed := graph.Feed{"x": operand(1, 4, 16)}
	alone := graphtest.Run(t, st, declare, feed)
	want := graphtest.Gradients(alone)["w"]
	var wait sync.WaitGroup
	for range 4 {
		session := build(t, st, declare)
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range 50 {
				session.ZeroGradients()
				if err := session.Run(context.Background(), feed); err != nil {
					t.Error(err)
					return
				}
				graphtest.Equal(t, "cost", session.Cost(), alone.Cost(), 0)
				graphtest.Equal(t, "gradient", graphtest.Gradients(session)["w"], want, 0)
			}
		}()
	}
	wait.Wait()
}

// Rule 8. The pool of package tensor, which hands out one header twice, is off.
func TestRule8NoTensorPool(t *testing.T) {
	returned := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))
	for range 100 {
		tensor.ReturnTensor(returned)
		tensor.ReturnTensor(returned)
		for range 2 {
			if tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float64)) == returned {
				t.Fatal("a tensor that was returned is handed out again")
			}
		}
	}
}

// Rule 9. A graph is differentiated once: a second call would give the gradients of the first. Each cost
// has a Session of its own on the same parameters.
func TestRule9OneCostPerGraph(t *testing.T) {
	st := graph.NewStore(1, tensor.Float64)
	square := func(s *graph.Scope) *G.Node { return s.Sum(s.Square(s.Param("w", graph.Constant(3), 2))) }
	cube := func(s *graph.Scope) *G.Node { return s.Sum(s.Pow(s.Param("w", graph.Constant(3), 2), 3)) }
	first, second := build(t, st, square), build(t, st, cube)
	for range 2 {
		first.ZeroGradients()
		second.ZeroGradients()
		run(t, first, nil)
		run(t, second, nil)
		graphtest.Equal(t, "of the square", graphtest.Gradients(first)["w"], []float64{6, 6}, 0)
		graphtest.Equal(t, "of the cube", graphtest.Gradients(second)["w"], []float64{27, 27}, 1e-15)
	}
}

// Rule 10. Several operations of Gorgonia's are wrong; ours of the same name are right where those are
// not.
func TestRule10OwnOperations(t *testing.T) {
	for name, declare := range map[string]func(s *graph.Scope, w *G.Node) *G.Node{
		"dropout's gradient, at a rate other than one half": func(s *graph.Scope, w *G.Node) *G.Node { return s.Dropout(w, 0.2) },
		"softmax and log-softmax of one node": func(s *graph.Scope, w *G.Node) *G.Node {
			return s.Mul(s.Softmax(w), s.LogSoftmax(w))
		},
		"logarithm of a softmax that is used elsewhere": func(s *graph.Scope, w *G.Node) *G.Node {
			p := s.Softmax(w)
			return s.Mul(s.Log(p), p)
		},
		"softmax of a column": func(s *graph.Scope, w *G.Node) *G.Node { return s.Softmax(s.Slice(w, 1, 0, 1)) },
		"outer product": func(s *graph.Scope, w *G.Node) *G.Node {
			row := s.Slice(w, 0, 0, 1)
			return s.MatMul(s.Transpose(row), row)
		},
		"inverse square root": func(s *graph.Scope, w *G.Node) *G.Node { return s.Pow(s.Exp(w), -0.5) },
		"concat of one node":  func(s *graph.Scope, w *G.Node) *G.Node { return s.Add(s.Concat(0, w), w) },
	} {
		t.Run(name, func(t *testing.T) {
			graphtest.CheckGradients(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
				return s.Sum(s.Square(declare(s, s.Param("w", graph.Normal(1), 4, 3))))
			}, nil)
		})
	}
	// Rows whose logits are far from the first row's.
	session := graphtest.Run(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		s.Output("p", s.Softmax(s.Const([]float64{0, 0, 100, 0, -120, -120}, 3, 2)))
		return nil
	}, nil)
	graphtest.Equal(t, "softmax", graphtest.Output(t, session, "p"), []float64{.5, .5, 1, 0, .5, .5}, 1e-7)
	if err := build(t, graph.NewStore(1, tensor.Float32), func(s *graph.Scope) *G.Node {
		s.Output("row", s.Gather(s.Full(1, 3, 2), s.Indices("i", 1)))
		return nil
	}).Run(context.Background(), graph.Feed{"i": ints(tensor.Shape{1}, 3)}); err == nil || !strings.Contains(err.Error(), "index 3") {
		t.Errorf("an index out of range: %v", err)
	}
}
