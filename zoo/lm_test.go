package zoo

import (
	"fmt"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/trainers/metrics"
)

// Two rows of it are one batch of 8 timesteps.
const rhyme = "a rose is a rose."

// lms is a language model with each option.
var lms = []struct {
	name string
	cfg  LMConfig
}{
	{"vanilla", LMConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 24}}},
	{"lstm", LMConfig{Recurrence: Recurrence{Cell: "lstm", Hidden: 12}}},
	{"gru", LMConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 12}}},
	{"mgu", LMConfig{Recurrence: Recurrence{Cell: "mgu", Hidden: 16}}},
	{"layers", LMConfig{Recurrence: Recurrence{Hidden: 12, Layers: 2}}},
	{"embedding", LMConfig{Recurrence: Recurrence{Hidden: 12}, Embedding: 5}},
	{"tied", LMConfig{Recurrence: Recurrence{Hidden: 12}, Tied: true}},
	{"dropout", LMConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 24, Layers: 2, Dropout: 0.1}}},
	{"float64", LMConfig{Recurrence: Recurrence{Hidden: 12, Float64: true}}},
}

// Each has so many weights that it can learn one batch by heart: below 0.05 nats, of 2 at the start.
func TestLMLearnsOneBatch(t *testing.T) {
	for _, tc := range lms {
		t.Run(tc.name, func(t *testing.T) {
			v := vocab(t, rhyme)
			m := must(NewLM(v, tc.cfg, 1))(t)
			src := bptt(t, v, rhyme, 8, 2)
			if start := must(trainers.Loss(background, m, src))(t); math.Abs(start-math.Log(float64(v.Len()))) > 0.5 {
				t.Errorf("loss %.3f nats before training, near ln V = %.3f expected", start, math.Log(float64(v.Len())))
			}
			if loss := fit(t, m, src, 0.01, 400); loss > 0.05 {
				t.Errorf("loss %.3f nats after training", loss)
			}
		})
	}
}

// The table that is read and written by begins so small that all symbols are about as probable.
func TestTiedLMBeginsEven(t *testing.T) {
	v := vocab(t, "abcdefghijklmnop")
	m := must(NewLM(v, LMConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 40}, Tied: true}, 1))(t)
	loss := must(trainers.Loss(background, m, bptt(t, v, "abcdefghijklmnop", 15, 1)))(t)
	if math.Abs(loss-math.Log(16)) > 0.3 {
		t.Errorf("loss %.3f nats, want about ln V = %.3f", loss, math.Log(16))
	}
}

func TestLMOfWordsLearns(t *testing.T) {
	const doc = "the cat sat on the mat . \n the dog sat on the cat . \n"
	v := must(text.NewVocab(text.Words, []string{doc}, text.VocabOptions{Unknown: true}))(t)
	m := must(NewLM(v, LMConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 16}}, 1))(t)
	if loss := fit(t, m, bptt(t, v, doc, 15, 1), 0.03, 150); loss > 0.05 {
		t.Errorf("loss %.3f nats", loss)
	}
	if got := generate(t, m, "the cat sat on the mat . \n the dog", 6, Sampler{}); got != " sat on the cat .\n" {
		t.Errorf("wrote %q", got)
	}
}

func TestLMErrors(t *testing.T) {
	v := vocab(t, rhyme)
	for _, tc := range []struct {
		name  string
		vocab *text.Vocab
		cfg   LMConfig
		want  string
	}{
		{"cell", v, LMConfig{Recurrence: Recurrence{Cell: "LSTM", Hidden: 4}}, `language model: unknown cell "LSTM"; there are `},
		{"no hidden size", v, LMConfig{}, "hidden size 0, want at least 1"},
		{"hidden size", v, LMConfig{Recurrence: Recurrence{Hidden: -4}}, "hidden size -4, want at least 1"},
		{"layers", v, LMConfig{Recurrence: Recurrence{Hidden: 4, Layers: -1}}, "-1 layers, want 1 to 1000"},
		{"dropout", v, LMConfig{Recurrence: Recurrence{Hidden: 4, Dropout: 1}}, "dropout 1, want"},
		{"no dropout", v, LMConfig{Recurrence: Recurrence{Hidden: 4, Dropout: math.NaN()}}, "dropout NaN, want"},
		{"embedding", v, LMConfig{Recurrence: Recurrence{Hidden: 4}, Embedding: -1}, "embedding size -1, want at least 1"},
		{"tied", v, LMConfig{Recurrence: Recurrence{Hidden: 4}, Embedding: 5, Tied: true}, "tied: embedding size 5, hidden size 4"},
		{"nil vocabulary", nil, LMConfig{Recurrence: Recurrence{Hidden: 4}}, "no vocabulary"},
		{"empty vocabulary", new(text.Vocab), LMConfig{Recurrence: Recurrence{Hidden: 4}}, "no vocabulary"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := NewLM(tc.vocab, tc.cfg, 1)
			wantError(t, err, tc.want)
			if m != nil {
				t.Error("a model beside the error")
			}
		})
	}
	m := must(NewLM(v, LMConfig{Recurrence: Recurrence{Hidden: 4}}, 1))(t)
	_, err := m.Stream(0)
	wantError(t, err, "stream of 0 rows")
	for name, spec := range map[string]data.Spec{
		"no tokens": {"x": {Shape: tensor.Shape{2, 2}}},
		"flat":      {"tokens": {Shape: tensor.Shape{2}, Dtype: tensor.Int}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := graph.Build(m.Store(), func(s *graph.Scope) *G.Node { return m.Loss(s, spec) })
			wantError(t, err, "language model: want a batch with tokens [T, B]")
		})
	}
}

// The defaults that a Config shows are those that Save writes.
func TestLMConfig(t *testing.T) {
	m := must(NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Hidden: 4}}, 1))(t)
	want := LMConfig{Recurrence: Recurrence{Cell: "lstm", Hidden: 4, Layers: 1}, Embedding: 4}
	if m.Config() != want {
		t.Errorf("%+v, want %+v", m.Config(), want)
	}
}

// lossSession compiles the loss without dropout for batches [T, B].
func lossSession(t *testing.T, m *LM, T, B int, reset bool) *graph.Session {
	t.Helper()
	field := data.Field{Shape: tensor.Shape{T, B}, Dtype: tensor.Int}
	spec := data.Spec{"tokens": field, "targets": field}
	if reset {
		spec["reset"] = field
	}
	session := must(graph.Build(m.Store(), func(s *graph.Scope) *G.Node { return m.Loss(s, spec) }, graph.Eval()))(t)
	t.Cleanup(func() { session.Close() })
	return session
}

// cost runs a session.
func cost(t *testing.T, session *graph.Session, feed graph.Feed) float64 {
	t.Helper()
	if err := session.Run(background, feed); err != nil {
		t.Fatal(err)
	}
	return session.Cost()
}

func TestLMLossInputs(t *testing.T) {
	m := must(NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Hidden: 4}}, 1))(t)
	for reset, want := range map[bool]string{false: "[targets tokens]", true: "[reset targets tokens]"} {
		if got := fmt.Sprint(lossSession(t, m, 3, 2, reset).Inputs()); got != want {
			t.Errorf("inputs %s, want %s", got, want)
		}
	}
	session := lossSession(t, m, 3, 2, false)
	cost(t, session, graph.Feed{"tokens": ints(make([]int, 6), 3, 2), "targets": ints([]int{0, -1, 1, -1, 2, -1}, 3, 2)})
	count := must(session.Output("count"))(t)
	graphtest.Equal(t, "count", count, 3.0, 0)
	err := session.Run(background, graph.Feed{"tokens": ints([]int{0, 1, 2, 3, 4, 99}, 3, 2), "targets": ints(make([]int, 6), 3, 2)})
	wantError(t, err, "99")
}

// Two batches of 3 timesteps, the state carried from one to the other, are one of 6.
func TestLMCarries(t *testing.T) {
	for _, tc := range lms {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Float64 = true
			m := must(NewLM(vocab(t, rhyme), tc.cfg, 1))(t)
			tokens := []int{0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4}  // [6, 2]
			targets := []int{2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6} // [6, 2]
			whole := cost(t, lossSession(t, m, 6, 2, false), graph.Feed{"tokens": ints(tokens, 6, 2), "targets": ints(targets, 6, 2)})

			session := lossSession(t, m, 3, 2, false)
			first := cost(t, session, graph.Feed{"tokens": ints(tokens[:6], 3, 2), "targets": ints(targets[:6], 3, 2)})
			second := cost(t, session, graph.Feed{"tokens": ints(tokens[6:], 3, 2), "targets": ints(targets[6:], 3, 2)})
			graphtest.Equal(t, "loss", (first+second)/2, whole, 1e-12)

			session.ResetCarry()
			fresh := cost(t, session, graph.Feed{"tokens": ints(tokens[6:], 3, 2), "targets": ints(targets[6:], 3, 2)})
			if math.Abs(fresh-second) < 1e-9 {
				t.Error("the carried state makes no difference")
			}
		})
	}
}

// A reset forgets: what comes after it is as if the text began there.
func TestLMResets(t *testing.T) {
	m := must(NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Hidden: 6, Layers: 2, Float64: true}}, 1))(t)
	tokens, targets := []int{0, 1, 2, 3}, []int{-1, -1, 3, 4} // what precedes the reset is not counted
	loss := func(session *graph.Session, reset ...int) float64 {
		return cost(t, session, graph.Feed{"tokens": ints(tokens, 4, 1), "targets": ints(targets, 4, 1), "reset": ints(reset, 4, 1)})
	}
	session := lossSession(t, m, 4, 1, true)
	got := loss(session, 0, 0, 1, 0)
	want := cost(t, lossSession(t, m, 2, 1, false), graph.Feed{"tokens": ints(tokens[2:], 2, 1), "targets": ints(targets[2:], 2, 1)})
	graphtest.Equal(t, "loss after a reset", got, want, 1e-12)
	session.ResetCarry()
	if math.Abs(loss(session, 0, 0, 0, 0)-want) < 1e-9 {
		t.Error("the reset makes no difference")
	}
}

// One timestep after another gives the loss of the unrolled graph.
func TestLMStreamIsTheUnrolledGraph(t *testing.T) {
	for _, tc := range lms {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Float64 = true
			m := must(NewLM(vocab(t, rhyme), tc.cfg, 1))(t)
			tokens := []int{3, 1, 4, 1, 5, 2, 6}
			T := len(tokens) - 1
			want := cost(t, lossSession(t, m, T, 1, false), graph.Feed{"tokens": ints(tokens[:T], T, 1), "targets": ints(tokens[1:], T, 1)})

			stream := must(m.Stream(1))(t)
			var sequence graph.Sequence
			got := 0.0
			for i, token := range tokens[:T] {
				logits := must(stream.Step(background, tokensOf(token), &sequence))(t)["logits"]
				if fmt.Sprint(logits.Shape()) != fmt.Sprintf("(1, %d)", m.Vocab().Len()) {
					t.Fatalf("logits %v", logits.Shape())
				}
				got -= math.Log(softmax(floats(logits))[tokens[i+1]]) / float64(T)
			}
			graphtest.Equal(t, "loss", got, want, 1e-12)
		})
	}
}

// Sequences that move on together, in rows that change, are the sequences one at a time.
func TestLMStreamsAreApart(t *testing.T) {
	m := must(NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Cell: "lstm", Hidden: 6, Layers: 2}}, 1))(t)
	single, many := must(m.Stream(1))(t), must(m.Stream(3))(t)
	tokens := [][]int{{0, 1, 2, 3}, {4, 5, 6, 0}, {1, 1, 1, 1}} // a sequence each
	alone, together := make([]graph.Sequence, 3), make([]graph.Sequence, 3)
	for step := range 4 {
		fed, rows := make([]int, 3), make([]*graph.Sequence, 3)
		for i := range 3 {
			row := (i + step) % 3
			fed[row], rows[row] = tokens[i][step], &together[i]
		}
		out := must(many.Step(background, graph.Feed{"tokens": ints(fed, 1, 3)}, rows...))(t)
		logits := floats(out["logits"])
		for i := range 3 {
			want := floats(must(single.Step(background, tokensOf(tokens[i][step]), &alone[i]))(t)["logits"])
			row, V := (i+step)%3, m.Vocab().Len()
			graphtest.Equal(t, fmt.Sprintf("sequence %d, step %d", i, step), logits[row*V:(row+1)*V], want, 1e-6)
		}
	}
}

// A stream that was compiled before training has the weights of after it.
func TestLMStreamSeesTraining(t *testing.T) {
	v := vocab(t, rhyme)
	m := must(NewLM(v, LMConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 12}}, 1))(t)
	fit(t, m, bptt(t, v, rhyme, 8, 2), 0.02, 150)
	if got := generate(t, m, "a r", 5, Sampler{}); got != "ose i" {
		t.Errorf("wrote %q", got)
	}
}

// What is for evaluations only costs training nothing, and an evaluation that does not read it neither.
func TestLMOutputs(t *testing.T) {
	v := vocab(t, "abcd")
	src := bptt(t, v, "abcdabcdabcdabcdabcd", 3, 1)
	m := must(NewLM(v, LMConfig{Recurrence: Recurrence{Hidden: 4}}, 1))(t)
	loss := func(s *graph.Scope) *G.Node { return m.Loss(s, src.Spec()) }
	training := must(graph.Build(m.Store(), loss))(t)
	if got := training.Outputs(); !slices.Equal(got, []string{"count"}) {
		t.Errorf("training has the outputs %q", got)
	}
	all := must(graph.Build(m.Store(), loss, graph.Eval()))(t)
	count := must(graph.Build(m.Store(), loss, graph.Eval(), graph.Only("count")))(t)
	if got := all.Outputs(); !slices.Equal(got, []string{"count", "logits"}) || count.Nodes() >= all.Nodes() {
		t.Errorf("outputs %q, %d nodes, %d without the logits", got, all.Nodes(), count.Nodes())
	}
	e := must(trainers.Measure(background, m, src, metrics.Perplexity(), metrics.BitsPerCharacter(), metrics.Classes{}.Accuracy()))(t)
	graphtest.Equal(t, "perplexity", e.Values[0].Value, math.Exp(e.Loss), 1e-12)
	graphtest.Equal(t, "bits per character", e.Values[1].Value, e.Loss/math.Ln2, 1e-12)
	fit(t, m, src, 0.05, 100)
	graphtest.Equal(t, "accuracy", accuracy(t, m, src), 100., 0)
}
