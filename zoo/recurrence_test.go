package zoo

import (
	"fmt"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/trainers/data"
)

// leaky is a cell that the zoo does not know: a running mean of its projected input.
type leaky struct{ hidden int }

func (c leaky) OutputSize(int) int { return c.hidden }
func (c leaky) StateSizes() []int  { return []int{c.hidden} }

func (c leaky) Bind(s *graph.Scope, inputSize int) layers.StepFunc {
	w := s.Param("w", graph.Glorot, inputSize, c.hidden)
	return func(x *G.Node, prev layers.State) (*G.Node, layers.State) {
		h := s.Scale(s.Add(prev[0], s.MatMul(x, w)), 0.5)
		return h, layers.State{h}
	}
}

func newLeaky(hidden int) layers.Cell { return leaky{hidden} }

func init() {
	if err := RegisterCell("leaky", newLeaky); err != nil {
		panic(err)
	}
}

func TestRegisterCell(t *testing.T) {
	for _, name := range []string{"lstm", "gru", "mgu", "vanilla", "leaky", ""} {
		wantError(t, RegisterCell(name, newLeaky), fmt.Sprintf("register cell %q", name))
	}
	wantError(t, RegisterCell("nothing", nil), `register cell "nothing"`)
	_, err := NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Cell: "nothing", Hidden: 4}}, 1)
	wantError(t, err, `unknown cell "nothing"; there are gru, leaky, lstm, mgu, vanilla`)
}

// A custom cell learns, and is opened again by its name.
func TestRegisteredCell(t *testing.T) {
	v := vocab(t, rhyme)
	m := must(NewLM(v, LMConfig{Recurrence: Recurrence{Cell: "leaky", Hidden: 16, Layers: 2}}, 1))(t)
	if loss := fit(t, m, bptt(t, v, rhyme, 8, 2), 0.03, 200); loss > 0.05 {
		t.Errorf("loss %.3f nats after training", loss)
	}
	if got := graph.Summary(m.Store()); !strings.Contains(got, "rnn/1/w ") {
		t.Errorf("no parameter rnn/1/w among\n%s", got)
	}
	dir := t.TempDir() + "/model"
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	if got, want := generate(t, must(Open[*LM](dir))(t), "a", 20, Sampler{}), generate(t, m, "a", 20, Sampler{}); got != want {
		t.Errorf("opened, it writes %q, want %q", got, want)
	}
}

// A cell that cannot be made is an error of the model.
func TestRegisteredCellThatFails(t *testing.T) {
	if err := RegisterCell("nil", func(int) layers.Cell { return nil }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { delete(cells.make, "nil") })
	_, err := NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Cell: "nil", Hidden: 4}}, 1)
	wantError(t, err, "language model: ")
}

// The rate of dropout is a setting of the training: paths and initial values do not depend on it.
func TestDropoutLeavesTheLayout(t *testing.T) {
	config := func(rate float64) LMConfig {
		return LMConfig{Recurrence: Recurrence{Hidden: 4, Layers: 2, Dropout: rate}}
	}
	without := must(NewLM(vocab(t, rhyme), config(0), 1))(t)
	with := must(NewLM(vocab(t, rhyme), config(0.5), 1))(t)
	if got, want := graph.Summary(with.Store()), graph.Summary(without.Store()); got != want {
		t.Errorf("with dropout\n%swithout\n%s", got, want)
	}
	sampler := Sampler{Temperature: 1}
	if got, want := generate(t, with, "a", 40, sampler), generate(t, without, "a", 40, sampler); got != want {
		t.Errorf("untrained, with dropout %q, without %q", got, want)
	}
}

// The output of a cell is dropped or doubled at rate 1/2, and what the next cell reads is that.
func TestDropoutOfCells(t *testing.T) {
	const T, B, H = 4, 3, 10
	store := graph.NewStore(1, tensor.Float64)
	run := func(depth int, rate float64) []float64 {
		r := Recurrence{Cell: "gru", Hidden: H, Layers: depth, Dropout: rate}
		session := must(graph.Build(store, func(s *graph.Scope) *G.Node {
			s.Output("ys", r.recur(s, s.Full(1, T, B, 2), forwards, graph.Run{}))
			return nil
		}))(t)
		defer session.Close()
		if err := session.Run(background, nil); err != nil {
			t.Fatal(err)
		}
		return floats(must(session.Output("ys"))(t))
	}
	for depth, same := range map[int]bool{1: true, 2: false} {
		without, with := run(depth, 0), run(depth, 0.5)
		dropped, doubled := 0, 0
		for i, v := range with {
			switch {
			case v == 0:
				dropped++
			case math.Abs(v-2*without[i]) < 1e-12:
				doubled++
			}
		}
		if n := len(with); dropped < n/3 || dropped > n*2/3 || (doubled == n-dropped) != same {
			t.Errorf("%d cells deep: of %d numbers %d are dropped, %d doubled", depth, n, dropped, doubled)
		}
	}
}

// Of the vector of a token that was read, about half is dropped and gets no gradient.
func TestDropoutOfEmbeddings(t *testing.T) {
	const E = 60
	r := Recurrence{Hidden: 3, Dropout: 0.5, Float64: true}
	v := vocab(t, "ab")
	token := data.Field{Shape: tensor.Shape{1, 1}, Dtype: tensor.Int}
	for _, tc := range []struct {
		name string
		m    Model
		feed graph.Feed
	}{
		{"lm", must(NewLM(v, LMConfig{Recurrence: r, Embedding: E}, 1))(t),
			graph.Feed{"tokens": ints([]int{1}, 1, 1), "targets": ints([]int{0}, 1, 1)}},
		{"classifier", must(NewClassifier(v, ClassifierConfig{Recurrence: r, Embedding: E, Classes: 2}, 1))(t),
			graph.Feed{"tokens": ints([]int{1}, 1, 1), "targets": ints([]int{0}, 1), "lengths": ints([]int{1}, 1)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			session := must(graph.Build(tc.m.Store(), func(s *graph.Scope) *G.Node {
				return tc.m.Loss(s, data.Spec{"tokens": token})
			}))(t)
			defer session.Close()
			if err := session.Run(background, tc.feed); err != nil {
				t.Fatal(err)
			}
			for _, g := range session.Gradients() {
				if g.Path != "embedding/w" {
					continue
				}
				dropped := 0
				for _, v := range g.Grad.Float64s()[E:] {
					if v == 0 {
						dropped++
					}
				}
				if dropped < E/3 || dropped > E*2/3 {
					t.Errorf("%d of %d are dropped", dropped, E)
				}
			}
		})
	}
}
