package zoo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/trainers/metrics"
)

// classifiers is a classifier with each option; of text where Features is 0.
var classifiers = []struct {
	name string
	cfg  ClassifierConfig
}{
	{"last", ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 8}}},
	{"mean", ClassifierConfig{Recurrence: Recurrence{Cell: "lstm", Hidden: 8}, Pool: PoolMean}},
	{"max", ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 8}, Pool: PoolMax}},
	{"each timestep", ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 8}, PerTimestep: true}},
	{"both ways, last", ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 6, Layers: 2}, Bidirectional: true, Embedding: 3}},
	{"both ways, mean", ClassifierConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 8}, Bidirectional: true, Pool: PoolMean}},
	{"both ways, max", ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 8, Dropout: 0.1}, Bidirectional: true, Pool: PoolMax}},
	{"both ways, each timestep", ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 8}, Bidirectional: true, PerTimestep: true}},
	{"values, last", ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 8}, Features: 2}},
	{"values, both ways, max", ClassifierConfig{Recurrence: Recurrence{Cell: "lstm", Hidden: 6, Float64: true}, Features: 2, Bidirectional: true, Pool: PoolMax}},
	{"values, mean", ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 8, Layers: 2}, Features: 2, Pool: PoolMean}},
	{"values, each timestep", ClassifierConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 8}, Features: 2, PerTimestep: true}},
}

// classifier makes one of the table.
func classifier(t testing.TB, cfg ClassifierConfig, classes int) *Classifier {
	t.Helper()
	cfg.Classes = classes
	var v *text.Vocab
	if cfg.Features == 0 {
		v = vocab(t, "ab")
	}
	return must(NewClassifier(v, cfg, 1))(t)
}

// votes is n sequences of 3 to 7 letters a and b, as the classifier reads them: text, or two values that
// tell the letter in a noisy way. A sequence's label is which letter is there more often, each
// timestep's whether its letter is the one before.
func votes(t testing.TB, cfg ClassifierConfig, n int, seed uint64) data.Source {
	t.Helper()
	return votesIn(t, cfg, n, seed, data.PaddedConfig{Batch: 24})
}

func votesIn(t testing.TB, cfg ClassifierConfig, n int, seed uint64, pad data.PaddedConfig) data.Source {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	var tokens, labels [][]int
	var values [][][]float64
	for range n {
		length := 3 + 2*r.IntN(3) // odd: no vote is a tie
		seq, rows, each, ones := make([]int, length), make([][]float64, length), make([]int, length), 0
		for i := range seq {
			seq[i] = r.IntN(2)
			ones += seq[i]
			sign := float64(2*seq[i] - 1)
			rows[i] = []float64{sign + 0.2*r.NormFloat64(), -sign + 0.2*r.NormFloat64()}
			if i > 0 && seq[i] == seq[i-1] {
				each[i] = 1
			}
		}
		label := each
		if !cfg.PerTimestep {
			label = []int{min(1, ones/(length/2+1))}
		}
		tokens, values, labels = append(tokens, seq), append(values, rows), append(labels, label)
	}
	if cfg.Features == 0 {
		return must(data.NewPaddedTokens(tokens, labels, pad))(t)
	}
	return must(data.NewPaddedValues(values, labels, pad))(t)
}

// 95 of 100 sequences that were not seen are told right.
func TestClassifierLearns(t *testing.T) {
	for i, tc := range classifiers {
		if testing.Short() && i%5 > 0 {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			m := classifier(t, tc.cfg, 2)
			unseen := votes(t, tc.cfg, 100, 2) // the last batch is not full
			if start := accuracy(t, m, unseen); start > 90 {
				t.Fatalf("accuracy %.2f before training: this test shows nothing", start)
			}
			fit(t, m, votes(t, tc.cfg, 96, 1), 0.02, 100)
			if got := accuracy(t, m, unseen); got < 95 {
				t.Errorf("accuracy %.2f, want 0.95", got)
			}
		})
	}
}

// An empty sequence says nothing: whatever the pool, its logits are the bias of the head, and it has a part
// in no other gradient.
func TestClassifierOfNothing(t *testing.T) {
	for _, tc := range classifiers {
		if tc.cfg.PerTimestep {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			cfg := tc.cfg
			cfg.Dropout, cfg.Float64 = 0, true
			m := classifier(t, cfg, 2)
			gradients := func(rows ...int) map[string]*tensor.Dense { // of which row 1 is empty
				T, B := 2, len(rows)
				spec := data.Spec{"lengths": {Shape: tensor.Shape{B}}, "targets": {Shape: tensor.Shape{B}}, m.input(): {Shape: m.inputShape(T, B)}}
				session := must(graph.Build(m.Store(), func(s *graph.Scope) *G.Node { return m.Loss(s, spec) }))(t)
				defer session.Close()
				feed := graph.Feed{}
				lengths, targets := make([]int, B), make([]int, B)
				for b, row := range rows {
					lengths[b], targets[b] = 2-2*row, -row
				}
				feed["lengths"] = tensor.New(tensor.WithShape(B), tensor.WithBacking(lengths))
				feed["targets"] = tensor.New(tensor.WithShape(B), tensor.WithBacking(targets))
				if m.vocab != nil {
					feed["tokens"] = tensor.New(tensor.WithShape(T, B), tensor.WithBacking(make([]int, T*B)))
				} else {
					feed["x"] = tensor.New(tensor.WithShape(T, B, 2), tensor.WithBacking(slices.Repeat([]float64{0.5}, 2*T*B)))
				}
				if err := session.Run(context.Background(), feed); err != nil {
					t.Fatal(err)
				}
				p := floats(must(m.Predict(context.Background(), data.Batch(feed)))(t))
				for b, row := range rows {
					if row == 1 && math.Abs(math.Log(p[2*b]/p[2*b+1])-1.5) > 1e-12 {
						t.Errorf("probabilities of nothing are %v, want those of the bias", p[2*b:2*b+2])
					}
				}
				return graphtest.Gradients(session)
			}
			bias, _ := m.Store().Param("head/b")
			copy(bias.Value.Float64s(), []float64{0.5, -1})
			want, got := gradients(0), gradients(0, 1)
			for path := range want {
				graphtest.Equal(t, path, got[path], want[path], 1e-14)
			}
		})
	}
}

// However low the outputs are, padding is no greater.
func TestPoolMaxOfLowOutputs(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		session := must(graph.Build(graph.NewStore(1, dt), func(s *graph.Scope) *G.Node {
			m := Classifier{cfg: ClassifierConfig{Pool: PoolMax}}
			lengths := s.Indices("lengths", 2)
			s.Output("pooled", m.pool(s, s.Input("ys", 2, 2, 1), s.Mask(lengths, 2), lengths))
			return nil
		}))(t)
		defer session.Close()
		if err := session.Run(context.Background(), graph.Feed{
			"ys":      tensor.New(tensor.WithShape(2, 2, 1), tensor.WithBacking([]float64{-1e30, -3e30, 0, -2e30})),
			"lengths": tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{1, 2})),
		}); err != nil {
			t.Fatal(err)
		}
		graphtest.Equal(t, "pooled", floats(must(session.Output("pooled"))(t)), []float64{-1e30, -2e30}, 1e-6)
	}
}

// A tagger knows one-word sentences, whether the batches say that their labels are of timesteps or not, and
// tells batches apart whose labels are of the other kind.
func TestTaggerOfOneWord(t *testing.T) {
	m := classifier(t, ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 4, Float64: true}, PerTimestep: true}, 2)
	words, tags := [][]int{{0}, {1}, {1}}, [][]int{{0}, {1}, {1}}
	for _, cfg := range []data.PaddedConfig{{}, {PerTimestep: true}} {
		src := must(data.NewPaddedTokens(words, tags, cfg))(t)
		got := must(trainers.Measure(context.Background(), m, src, metrics.Classes{}.Accuracy()))(t)
		p := must(m.Predict(context.Background(), data.Batch{
			"tokens": tensor.New(tensor.WithShape(1, 3), tensor.WithBacking([]int{0, 1, 1})), "lengths": tensor.New(tensor.WithBacking([]int{1, 1, 1})),
		}))(t)
		var want, right float64
		for i, tag := range []int{0, 1, 1} {
			own := floats(p)[2*i : 2*i+2]
			want -= math.Log(own[tag]) / 3
			if own[tag] > own[1-tag] {
				right += 100. / 3
			}
		}
		graphtest.Equal(t, "loss", got.Loss, want, 1e-12)
		graphtest.Equal(t, "accuracy", got.Values[0].Value, right, 1e-12)
		fit(t, m, src, 0.1, 30)
		if loss := must(trainers.Loss(context.Background(), m, src))(t); loss > 0.1 {
			t.Errorf("loss %v after training, want less than 0.1", loss)
		}
	}
	one := data.Batch{"tokens": tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]int{1})), "lengths": tensor.New(tensor.WithBacking([]int{1}))}
	if p := must(m.Predict(context.Background(), one))(t); floats(p)[1] < 0.5 {
		t.Errorf("one word has the probabilities %v", floats(p))
	}

	sequences := classifier(t, ClassifierConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 4}}, 2)
	for _, tc := range []struct {
		m      *Classifier
		labels [][]int
		cfg    data.PaddedConfig
		want   string
	}{
		{m, [][]int{{0}}, data.PaddedConfig{}, "targets (1), want one for each timestep, (2, 1); see data.PaddedConfig.PerTimestep"},
		{sequences, [][]int{{0, 1}}, data.PaddedConfig{}, "targets (2, 1), want one for each sequence, (1); ClassifierConfig.PerTimestep is not set"},
	} {
		src := must(data.NewPaddedTokens([][]int{{0, 1}}, tc.labels, tc.cfg))(t)
		if _, err := trainers.Loss(context.Background(), tc.m, src); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s", err, tc.want)
		}
	}
}

// Batches of sequences of like length, each with its own number of timesteps, give the same loss as padded
// ones.
func TestClassifierOfPools(t *testing.T) {
	for _, tc := range classifiers {
		t.Run(tc.name, func(t *testing.T) {
			m := classifier(t, tc.cfg, 2)
			pooled := votesIn(t, tc.cfg, 48, 1, data.PaddedConfig{Batch: 8, Pool: 6, Shuffle: true})
			fit(t, m, pooled, 0.02, 8)
			loss := must(trainers.Loss(context.Background(), m, pooled))(t)
			want := must(trainers.Loss(context.Background(), m, votes(t, tc.cfg, 48, 1)))(t)
			if math.Abs(loss-want) > 1e-5 {
				t.Errorf("loss %v, of padded batches %v", loss, want)
			}
		})
	}
}

// padded is rows of lengths T, T-2, 1 and 0, whose padding holds what must not be looked at.
func padded(cfg ClassifierConfig, T int) data.Batch {
	r := rand.New(rand.NewPCG(1, 1))
	lengths := []int{T, T - 2, 1, 0}
	B := len(lengths)
	if cfg.Features == 0 {
		tokens := make([]int, T*B)
		for i := range tokens {
			tokens[i] = r.IntN(2)
		}
		return data.Batch{"tokens": ints(tokens, T, B), "lengths": ints(lengths, B)}
	}
	x := make([]float64, 0, T*B*cfg.Features)
	for i := range T * B * cfg.Features {
		t, b := i/cfg.Features/B, i/cfg.Features%B
		v := r.NormFloat64()
		if t >= lengths[b] {
			v = math.NaN()
		}
		x = append(x, v)
	}
	return data.Batch{"x": tensor.New(tensor.WithShape(T, B, cfg.Features), tensor.WithBacking(x)), "lengths": ints(lengths, B)}
}

// alone is row b of a batch, without padding.
func alone(m *Classifier, batch data.Batch, b int) data.Batch {
	in := batch[m.input()]
	n, B, D := batch["lengths"].Data().([]int)[b], in.Shape()[1], max(1, m.cfg.Features)
	lengths := ints([]int{n}, 1)
	if m.cfg.Features == 0 {
		var tokens []int
		for t := range n {
			tokens = append(tokens, in.Data().([]int)[t*B+b])
		}
		return data.Batch{"tokens": ints(tokens, n, 1), "lengths": lengths}
	}
	var x []float64
	for t := range n {
		x = append(x, in.Data().([]float64)[(t*B+b)*D:][:D]...)
	}
	return data.Batch{"x": tensor.New(tensor.WithShape(n, 1, D), tensor.WithBacking(x)), "lengths": lengths}
}

// A row of a padded batch is told as it is by itself, and the probabilities of all rows, also of one that
// is all padding, sum to one.
func TestClassifierDoesNotSeePadding(t *testing.T) {
	const T, C = 6, 3
	for _, tc := range classifiers {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Float64 = true
			m := classifier(t, tc.cfg, C)
			batch := padded(tc.cfg, T)
			B := batch["lengths"].Shape()[0]
			out := must(m.Predict(background, batch))(t)
			want := tensor.Shape{B, C}
			if tc.cfg.PerTimestep {
				want = tensor.Shape{T, B, C}
			}
			if !slices.Equal(out.Shape(), want) {
				t.Fatalf("probabilities %v, want %v", out.Shape(), want)
			}
			p := floats(out)
			for i := 0; i < len(p); i += C {
				graphtest.Equal(t, "sum", p[i]+p[i+1]+p[i+2], 1.0, 1e-12)
			}
			for b := range B - 1 { // the last has no timestep
				single := floats(must(m.Predict(background, alone(m, batch, b)))(t))
				for t0 := range len(single) / C {
					graphtest.Equal(t, fmt.Sprintf("row %d, timestep %d", b, t0), p[(t0*B+b)*C:][:C], single[t0*C:][:C], 1e-12)
				}
			}
		})
	}
}

// Padding has no part in the gradients, not even where it is NaN.
func TestClassifierGradientsDoNotSeePadding(t *testing.T) {
	const T, C = 6, 3
	for _, tc := range classifiers {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Float64, tc.cfg.Dropout = true, 0
			m := classifier(t, tc.cfg, C)
			gradients := func(batch data.Batch) map[string][]float64 {
				spec := data.Spec{}
				for name, v := range batch {
					spec[name] = data.Field{Shape: v.Shape(), Dtype: v.Dtype()}
				}
				session := must(graph.Build(m.Store(), func(s *graph.Scope) *G.Node { return m.Loss(s, spec) }))(t)
				defer session.Close()
				if err := session.Run(background, graph.Feed(batch)); err != nil {
					t.Fatal(err)
				}
				sums := map[string][]float64{} // of the losses, not their mean
				n := floats(must(session.Output("count"))(t))[0]
				for _, g := range session.Gradients() {
					for _, v := range g.Grad.Float64s() {
						sums[g.Path] = append(sums[g.Path], v*n)
					}
				}
				return sums
			}
			batch := padded(tc.cfg, T)
			lengths := batch["lengths"].Data().([]int)
			B := len(lengths)
			want := map[string][]float64{}
			targets := make([]int, T*B)
			for b, n := range lengths {
				for i := range T {
					targets[i*B+b] = (b + i) % C
					if i >= n {
						targets[i*B+b] = -1
					}
				}
				if n == 0 {
					continue
				}
				row := alone(m, batch, b)
				row["targets"] = ints([]int{b % C}, 1)
				if tc.cfg.PerTimestep {
					each := make([]int, n)
					for i := range each {
						each[i] = targets[i*B+b]
					}
					row["targets"] = ints(each, n, 1)
				}
				for path, g := range gradients(row) {
					want[path] = append(want[path], make([]float64, len(g)-len(want[path]))...)
					for i, v := range g {
						want[path][i] += v
					}
				}
			}
			batch["targets"] = ints(targets[:B], B) // those of the first timestep
			if tc.cfg.PerTimestep {
				batch["targets"] = ints(targets, T, B)
			}
			got := gradients(batch)
			if len(got) != len(want) || len(got) == 0 {
				t.Fatalf("%d gradients, want %d", len(got), len(want))
			}
			for path := range want {
				graphtest.Equal(t, path, got[path], want[path], 1e-10)
			}
		})
	}
}

func TestClassifierPools(t *testing.T) {
	const T, B = 3, 2
	ys := []float64{ // [T, B, 2], zero in the padding
		1, -2 /**/, 5, -6,
		3, -4 /**/, -7, -8,
		2, -9 /**/, 0, 0,
	}
	for _, tc := range []struct {
		name     string
		cfg      ClassifierConfig
		want     []float64 // [B, 2]
		wantNone []float64 // of a row of length 0
	}{
		{"last", ClassifierConfig{}, []float64{2, -9, -7, -8}, []float64{0, 0}},
		{"last, both ways", ClassifierConfig{Bidirectional: true}, []float64{2, -2, -7, -6}, []float64{0, 0}},
		{"mean", ClassifierConfig{Pool: PoolMean}, []float64{2, -5, -1, -7}, []float64{0, 0}},
		{"max", ClassifierConfig{Pool: PoolMax}, []float64{3, -2, 5, -6}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := Classifier{cfg: tc.cfg}
			pooled := func(ys []float64, lengths []int) []float64 {
				session := must(graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
					n := s.Indices("lengths", B)
					s.Output("pooled", m.pool(s, s.Input("ys", T, B, 2), s.Mask(n, T), n))
					return nil
				}, graph.Eval()))(t)
				feed := graph.Feed{"ys": tensor.New(tensor.WithShape(T, B, 2), tensor.WithBacking(slices.Clone(ys))), "lengths": ints(lengths, B)}
				if err := session.Run(background, feed); err != nil {
					t.Fatal(err)
				}
				return floats(must(session.Output("pooled"))(t))
			}
			graphtest.Equal(t, "pooled", pooled(ys, []int{3, 2}), tc.want, 1e-15)
			none := pooled(make([]float64, len(ys)), []int{0, 0})
			for _, v := range none {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("of no timestep %v", none)
				}
			}
			if tc.wantNone != nil {
				graphtest.Equal(t, "of no timestep", none[:2], tc.wantNone, 0)
			}
		})
	}
}

// Batches of one shape, then of another, then of the first: the same answers, also at the same time.
func TestClassifierAtTheSameTime(t *testing.T) {
	m := classifier(t, classifiers[0].cfg, 2)
	var all sync.WaitGroup
	for round := range 3 {
		for T := 3; T <= 5; T++ {
			batch := padded(m.Config(), T)
			want := must(m.Predict(background, batch))(t)
			all.Go(func() {
				got, err := m.Predict(background, batch)
				if err != nil {
					t.Error(err)
					return
				}
				graphtest.Equal(t, fmt.Sprintf("round %d, T %d", round, T), got, want, 0)
			})
		}
	}
	all.Wait()
}

func TestClassifierConfigErrors(t *testing.T) {
	v := vocab(t, "ab")
	base := Recurrence{Hidden: 4}
	for _, tc := range []struct {
		name  string
		vocab *text.Vocab
		cfg   ClassifierConfig
		want  string
	}{
		{"cell", v, ClassifierConfig{Recurrence: Recurrence{Cell: "x", Hidden: 4}, Classes: 2}, `classifier: unknown cell "x"`},
		{"hidden size", v, ClassifierConfig{Classes: 2}, "hidden size 0"},
		{"classes", v, ClassifierConfig{Recurrence: base, Classes: 1}, "1 classes, want at least 2"},
		{"neither text nor values", nil, ClassifierConfig{Recurrence: base, Classes: 2}, "0 features"},
		{"features", nil, ClassifierConfig{Recurrence: base, Classes: 2, Features: -1}, "-1 features"},
		{"both text and values", v, ClassifierConfig{Recurrence: base, Classes: 2, Features: 3}, "3 features"},
		{"features below 0 of text", v, ClassifierConfig{Recurrence: base, Classes: 2, Features: -3}, "-3 features"},
		{"embedding", v, ClassifierConfig{Recurrence: base, Classes: 2, Embedding: -1}, "embedding size -1"},
		{"embedding of values", nil, ClassifierConfig{Recurrence: base, Classes: 2, Features: 1, Embedding: 4}, "embedding size 4"},
		{"empty vocabulary", new(text.Vocab), ClassifierConfig{Recurrence: base, Classes: 2}, "every size must be at least 1"},
		{"pool", v, ClassifierConfig{Recurrence: base, Classes: 2, Pool: "sum"}, `unknown pool "sum"; there are "", "mean", "max"`},
		{"pool of timesteps", v, ClassifierConfig{Recurrence: base, Classes: 2, Pool: PoolMax, PerTimestep: true}, `pool "max" with a label for each timestep`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := NewClassifier(tc.vocab, tc.cfg, 1)
			wantError(t, err, tc.want)
			if m != nil {
				t.Error("a model beside the error")
			}
		})
	}
}

func TestClassifierPredictErrors(t *testing.T) {
	m := classifier(t, classifiers[0].cfg, 2)
	lengths := ints([]int{2, 1}, 2)
	for _, tc := range []struct {
		name  string
		batch data.Batch
		want  string
	}{
		{"nothing", nil, "predict: want tokens"},
		{"no lengths", data.Batch{"tokens": ints(make([]int, 4), 2, 2)}, "predict: want tokens"},
		{"values", data.Batch{"x": ints(make([]int, 4), 2, 2), "lengths": lengths}, "predict: want tokens"},
		{"flat", data.Batch{"tokens": ints(make([]int, 4), 4), "lengths": lengths}, "predict: want tokens"},
		{"rows", data.Batch{"tokens": ints(make([]int, 6), 2, 3), "lengths": lengths}, "tokens (2, 3), lengths (2): want the length of each of the 3 sequences"},
		{"token", data.Batch{"tokens": ints([]int{0, 1, 2, 0}, 2, 2), "lengths": lengths}, "index 2 at position 2, want [0, 2)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := m.Predict(background, tc.batch)
			wantError(t, err, tc.want)
		})
	}
	ofValues := classifier(t, classifiers[len(classifiers)-1].cfg, 2)
	_, err := ofValues.Predict(background, data.Batch{"x": tensor.New(tensor.WithShape(2, 2, 3), tensor.WithBacking(make([]float64, 12))), "lengths": lengths})
	wantError(t, err, "declared (3, 8)")
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := m.Predict(ctx, padded(m.cfg, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	must(m.Predict(background, padded(m.cfg, 3)))(t) // all that went wrong is forgotten
}

func TestClassifierLossErrors(t *testing.T) {
	m := classifier(t, classifiers[0].cfg, 2)
	for name, spec := range map[string]data.Spec{
		"values": {"x": {Shape: tensor.Shape{2, 2, 2}}},
		"flat":   {"tokens": {Shape: tensor.Shape{2}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := graph.Build(m.Store(), func(s *graph.Scope) *G.Node { return m.Loss(s, spec) })
			wantError(t, err, "classifier: want a batch with tokens [T, B, ...]")
		})
	}
	// Labels of another kind than the model's.
	src := votes(t, ClassifierConfig{PerTimestep: true}, 24, 1)
	_, err := trainers.Loss(background, m, src)
	wantError(t, err, "targets (7, 24), want one for each sequence, (24)")
}

// once is a Source of these batches.
func once(batches ...data.Batch) data.Source {
	spec := data.Spec{}
	for name, t := range batches[0] {
		spec[name] = data.Field{Shape: t.Shape(), Dtype: t.Dtype()}
	}
	return data.Func(spec, len(batches), func(_, k int) (data.Batch, error) { return batches[k], nil })
}

// The logits that an evaluation reads are those that Predict makes probabilities of.
func TestClassifierAccuracy(t *testing.T) {
	m := classifier(t, classifiers[0].cfg, 2)
	batch := padded(m.cfg, 3)
	p := floats(must(m.Predict(background, batch))(t))
	best := make([]int, 4)
	for i := range best {
		if p[2*i+1] > p[2*i] {
			best[i] = 1
		}
	}
	with := func(targets tensor.Tensor) data.Batch {
		return data.Batch{"tokens": batch["tokens"], "lengths": batch["lengths"], "targets": targets}
	}
	for _, tc := range []struct {
		name string
		src  data.Source
		want float64
	}{
		{"all", once(with(ints(best, 4))), 100},
		{"none", once(with(ints([]int{1 - best[0], -1, -1, -1}, 4))), 0},
		{"one of four", once(with(ints([]int{best[0], 1 - best[1], 1 - best[2], 1 - best[3]}, 4))), 25},
		{"one of two that count", once(with(ints([]int{best[0], -1, 1 - best[2], -1}, 4))), 50},
		{"four of five in two batches", once(with(ints([]int{-1, -1, 1 - best[2], -1}, 4)), with(ints(best, 4))), 80},
	} {
		t.Run(tc.name, func(t *testing.T) {
			graphtest.Equal(t, "accuracy", accuracy(t, m, tc.src), tc.want, 1e-12)
		})
	}
}

// Vectors of symbols begin with a deviation of 0.1, as the vectors of a language model do not.
func TestClassifierEmbeddingBegins(t *testing.T) {
	v := vocab(t, "abcdefghijklmnopqrstuvwxyz")
	m := must(NewClassifier(v, ClassifierConfig{Recurrence: Recurrence{Hidden: 4}, Classes: 2, Embedding: 100}, 1))(t)
	lm := must(NewLM(v, LMConfig{Recurrence: Recurrence{Hidden: 4}, Embedding: 100}, 1))(t)
	for want, store := range map[float64]*graph.Store{0.1: m.Store(), 1: lm.Store()} {
		p, _ := store.Param("embedding/w")
		w, sum := floats(p.Value), 0.0
		for _, x := range w {
			sum += x * x
		}
		if got := math.Sqrt(sum / float64(len(w))); math.Abs(got-want) > 0.1*want {
			t.Errorf("deviation %.3f, want %.1f", got, want)
		}
	}
}
