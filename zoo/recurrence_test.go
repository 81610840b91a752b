package zoo

import (
	"fmt"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
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
	for _, name := range []string{"lstm", "gru", "vanilla", "leaky", ""} {
		wantError(t, RegisterCell(name, newLeaky), fmt.Sprintf("register cell %q", name))
	}
	wantError(t, RegisterCell("nothing", nil), `register cell "nothing"`)
	_, err := NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Cell: "nothing", Hidden: 4}}, 1)
	wantError(t, err, `unknown cell "nothing"; there are gru, leaky, lstm, vanilla`)
}

// A cell of one's own learns, and is opened again by its name.
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
