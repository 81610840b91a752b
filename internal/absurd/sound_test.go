package absurd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/series"
	"github.com/elman-go/elman/trainers/data/text"
	"github.com/elman-go/elman/trainers/metrics"
	"github.com/elman-go/elman/zoo"
)

// sound are the values that take a call beyond its first checks, by type.
var sound = map[reflect.Type][]soundValue{}

type soundValue struct {
	label string
	make  func(e *env) any
}

func give[T any](label string, f func(e *env) T) {
	t := reflect.TypeFor[T]()
	sound[t] = append(sound[t], soundValue{label, func(e *env) any { return f(e) }})
}

// must is for what the tests themselves need.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// declared is a graph under construction: the root scope and some nodes of it.
type declared struct {
	scope *graph.Scope
	nodes []named
}

type named struct {
	label string
	node  *G.Node
}

const T, B, D = 4, 2, 3

// declare makes the nodes that operations are tried on.
func declare(s *graph.Scope) *declared {
	x, tokens := s.Input("x", T, B, D), s.Indices("tokens", T, B)
	return &declared{s, []named{
		{"x (4, 2, 3)", x}, {"tokens (4, 2)", tokens},
		{"row (2, 3)", s.At(x, 0)}, {"lengths (2)", s.Indices("lengths", B)}, {"y (4, 2)", s.Input("y", T, B)},
		{"sum", s.Sum(x)}, {"w (3, 3)", s.Param("w", graph.Glorot, D, D)},
	}}
}

func feed() graph.Feed {
	return graph.Feed{
		"x": of(make([]float64, T*B*D), T, B, D), "tokens": of(make([]int, T*B), T, B),
		"lengths": of([]int{T, T - 1}, B), "y": of(make([]float64, T*B), T, B),
	}
}

// ended is a scope of a graph that is built, and a node of it.
var ended = sync.OnceValue(func() *declared {
	var d *declared
	must(graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		d = declare(s)
		return s.Sum(d.nodes[0].node)
	}))
	return d
})

func newSession(opts ...graph.BuildOption) *graph.Session {
	session := must(graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		d := declare(s)
		c := s.Carry("state", B, D)
		h := s.Tanh(s.Add(s.MatMul(d.nodes[2].node, s.Param("v", graph.Glorot, D, D)), c.Node()))
		c.Set(h)
		s.Output("h", h)
		return s.Sum(h)
	}, opts...))
	return session
}

func newStore() *graph.Store {
	return must(graph.Load(bytes.NewReader(storeFile()), 1)).Snapshot()
}

var storeFile = sync.OnceValue(func() []byte {
	st := graph.NewStore(1, tensor.Float64)
	must(graph.Build(st, func(s *graph.Scope) *G.Node { return s.Sum(s.Param("w", graph.Ones, 2, 3)) }))
	var b bytes.Buffer
	if err := st.Save(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
})

var vocab = sync.OnceValue(func() *text.Vocab {
	return must(text.NewVocab(text.Runes, []string{"abcab"}, text.VocabOptions{Unknown: true}))
})

var (
	lm = sync.OnceValue(func() *zoo.LM {
		return must(zoo.NewLM(vocab(), zoo.LMConfig{Recurrence: zoo.Recurrence{Hidden: 2}}, 1))
	})
	classifier = sync.OnceValue(func() *zoo.Classifier {
		return must(zoo.NewClassifier(vocab(), zoo.ClassifierConfig{Recurrence: zoo.Recurrence{Hidden: 2}, Classes: 2}, 1))
	})
	direct = sync.OnceValue(func() *zoo.DirectForecaster {
		return must(zoo.NewDirectForecaster(rows(), directConfig, 1))
	})
	recurrent = sync.OnceValue(func() *zoo.RecurrentForecaster {
		return must(zoo.NewRecurrentForecaster(rows(), zoo.RecurrentConfig{ForecasterConfig: forecasterConfig}, 1))
	})
	forecasterConfig = zoo.ForecasterConfig{Recurrence: zoo.Recurrence{Hidden: 2}, Columns: []string{"a"}, Window: 4}
	directConfig     = zoo.DirectConfig{ForecasterConfig: forecasterConfig, Horizon: 2}
)

// rows is a series of one column.
func rows() [][]float64 {
	rows := make([][]float64, 24)
	for i := range rows {
		rows[i] = []float64{3 + math.Sin(float64(i))}
	}
	return rows
}

func bptt() *data.BPTT { return must(data.NewBPTT([][]int{{1, 2, 3, 1, 2, 3, 1, 2, 3}}, 2, 2, 1)) }

// lastRun is the Run of a training that is over.
var lastRun = sync.OnceValue(func() *trainers.Run {
	var r *trainers.Run
	trainer := trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1), Hooks: []trainers.Hook{
		trainers.Every(1, func(of *trainers.Run) error { r = of; return nil }),
	}}
	own := must(zoo.NewLM(vocab(), zoo.LMConfig{Recurrence: zoo.Recurrence{Hidden: 2}}, 1)) // others are trained until they are NaN
	must(trainer.Fit(context.Background(), own, bptt(), 1))
	return r
})

func write(e *env, name, content string) string {
	path := filepath.Join(e.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		panic(err)
	}
	return path
}

type failing struct{}

var errFailing = errors.New("this fails")

func (failing) Read([]byte) (int, error)  { return 0, errFailing }
func (failing) Write([]byte) (int, error) { return 0, errFailing }

func init() {
	nodes := func(e *env) *declared {
		if e.graph == nil {
			return ended()
		}
		return e.graph
	}
	// graph
	give("scope", func(e *env) *graph.Scope { return nodes(e).scope })
	give("scope of a graph that is built", func(*env) *graph.Scope { return ended().scope })
	for i := range len(ended().nodes) {
		give(ended().nodes[i].label, func(e *env) *G.Node { return nodes(e).nodes[i].node })
	}
	give("node of another graph", func(*env) *G.Node { return ended().nodes[0].node })
	give("zero node", func(*env) *G.Node { return new(G.Node) })
	give("store", func(*env) *graph.Store { return newStore() })
	give("session", func(*env) *graph.Session { return newSession() })
	give("session without gradients", func(*env) *graph.Session { return newSession(graph.Eval()) })
	give("session that has run", func(*env) *graph.Session {
		s := newSession()
		if err := s.Run(context.Background(), feed()); err != nil {
			panic(err)
		}
		return s
	})
	give("closed session", func(*env) *graph.Session {
		s := newSession()
		s.Close()
		return s
	})
	give("stream", func(*env) *graph.Stream { return must(graph.NewStream(newSession(graph.Eval()))) })
	give("closed stream", func(*env) *graph.Stream {
		s := must(graph.NewStream(newSession(graph.Eval())))
		s.Close()
		return s
	})
	give("sequence", func(*env) *graph.Sequence { return &graph.Sequence{} })
	give("feed", func(*env) graph.Feed { return feed() })
	give("carry", func(e *env) graph.Carry {
		if e.graph == nil {
			return graph.Carry{}
		}
		return e.graph.scope.Carry("c", B, D)
	})
	give("init", func(*env) graph.Init { return graph.Glorot })
	give("init of three", func(*env) graph.Init { return graph.Blocks(3, graph.Normal(1)) })
	give("step of MGU", func(e *env) graph.StepFunc {
		return layers.MGU{Hidden: 2}.Bind(nodes(e).scope.In("mgu"), D)
	})
	give("step", func(e *env) graph.StepFunc {
		return func(x *G.Node, prev graph.State) (*G.Node, graph.State) { return x, prev }
	})
	give("{2}", func(*env) []int { return []int{2} })
	give("window", func(*env) graph.Window { return graph.Window{Size: 2, Dilation: 1, Stride: 1} })
	give("gradients", func(*env) []graph.Gradient {
		s := newSession()
		if err := s.Run(context.Background(), feed()); err != nil {
			panic(err)
		}
		return s.Gradients()
	})
	give("declare", func(*env) func(*graph.Scope) *G.Node {
		return func(s *graph.Scope) *G.Node { return s.Sum(declare(s).nodes[0].node) }
	})
	give("Eval", func(*env) graph.BuildOption { return graph.Eval() })

	// layers
	give("tanh", func(*env) layers.Activation { return (*graph.Scope).Tanh })
	give("Vanilla", func(*env) layers.Vanilla { return layers.Vanilla{Hidden: 2} })
	give("LSTM", func(*env) layers.LSTM { return layers.LSTM{Hidden: 2} })
	give("GRU", func(*env) layers.GRU { return layers.GRU{Hidden: D} })
	give("MGU", func(*env) layers.MGU { return layers.MGU{Hidden: 2} })
	give("Dense", func(*env) layers.Dense { return layers.Dense{Out: 2} })
	give("Embedding", func(*env) layers.Embedding { return layers.Embedding{Vocab: 4, Size: 3} })
	give("RNN", func(*env) layers.RNN { return layers.RNN{Cell: layers.GRU{Hidden: 2}} })
	give("Residual", func(*env) layers.Residual { return layers.Residual{Cell: layers.GRU{Hidden: D}} })
	give("Bidirectional", func(*env) layers.Bidirectional {
		return layers.Bidirectional{Fwd: layers.GRU{Hidden: 2}, Bwd: layers.GRU{Hidden: 2}}
	})
	give("table", func(e *env) layers.Table {
		if e.graph == nil {
			return layers.Table{}
		}
		return layers.Embedding{Vocab: 4, Size: 3}.Bind(e.graph.scope.In("table"))
	})

	// data
	give("documents", func(*env) [][]int { return [][]int{{0, 1, 2, 1, 2, 0, 1, 2, 1}, {1, 2, 0}} })
	give("rows", func(*env) [][]float64 { return rows() })
	give("panel", func(*env) [][][]float64 { return [][][]float64{rows(), rows()} })
	give("levels", func(*env) []float64 { return []float64{0.1, 0.5, 0.9} })
	give("bptt", func(*env) data.Source { return bptt() })
	give("bptt", func(*env) *data.BPTT { return bptt() })
	give("windows", func(*env) *data.Windows {
		return must(data.NewWindows(rows(), data.WindowConfig{Window: 3, Batch: 2}))
	})
	give("padded", func(*env) *data.Padded {
		return must(data.NewPaddedTokens([][]int{{1, 2}, {1}, {2, 2, 2}}, [][]int{{0}, {1}, {0}}, data.PaddedConfig{Batch: 2}))
	})
	give("config", func(*env) data.WindowConfig { return data.WindowConfig{Window: 3, Batch: 2} })
	give("batch", func(*env) data.Batch {
		for b := range bptt().Batches(0, 0) {
			return b
		}
		return nil
	})
	give("spec", func(*env) data.Spec { return bptt().Spec() })
	give("tokens", func(*env) data.Tokens { return &pieces{} })

	// text
	give("vocab", func(*env) *text.Vocab { return vocab() })
	give("n-gram", func(*env) *text.NGram {
		g := must(text.NewNGram(2, 4))
		if err := g.Train([][]int{{1, 2, 3, 1}}); err != nil {
			panic(err)
		}
		return g
	})
	give("token file", func(e *env) *text.TokenFile {
		write(e, "corpus.txt", "abcabcabc")
		c := text.Corpus{Root: e.dir, Paths: []string{"corpus.txt"}}
		t := must(c.Encode(vocab(), filepath.Join(e.dir, "corpus.tokens")))
		e.free = append(e.free, func() { t.Close() })
		return t
	})
	give("closed token file", func(e *env) *text.TokenFile {
		write(e, "corpus.txt", "abcabcabc")
		c := text.Corpus{Root: e.dir, Paths: []string{"corpus.txt"}}
		t := must(c.Encode(vocab(), filepath.Join(e.dir, "corpus.tokens")))
		t.Close()
		return t
	})
	give("corpus", func(e *env) text.Corpus {
		write(e, "corpus.txt", "abcabcabc")
		return text.Corpus{Root: e.dir, Paths: []string{"corpus.txt"}}
	})

	// series
	give("series", func(*env) *series.Series { return newSeries() })
	give("panel", func(*env) series.Panel { return series.Panel{newSeries(), newSeries()} })
	give("days", func(*env) []time.Time { return newSeries().Dates })
	give("cut", func(*env) series.Cut { return series.Last(4) })
	give("statistic", func(*env) series.Statistic { return series.Standard })
	give("column scaler", func(*env) series.ColumnScaler { return series.ColumnScaler{Name: "a", Scale: 2} })
	give("scaler", func(*env) series.Scaler { return must(series.FitScaler(rows(), []string{"a"})) })
	give("autoregression", func(*env) *series.Autoregression {
		return must(series.FitAutoregression(rows(), series.AutoregressionConfig{Lags: []int{1, 2}, Horizon: 2}))
	})
	give("settings", func(*env) series.AutoregressionConfig { return series.AutoregressionConfig{Lags: []int{1, 2}} })
	give("cycle", func(*env) series.Cycle { return series.HourOfDay })

	// metrics
	measured := func(*env) data.Batch {
		return data.Batch{"targets": of([]int{0, 1}, 2), "y": of([]float64{1, 2}, 2, 1)}
	}
	outputs := func(*env) map[string]tensor.Tensor {
		return map[string]tensor.Tensor{
			"logits": of([]float64{1, 2, 3, 4}, 2, 2), "prediction": of([]float64{1, 2}, 2, 1),
			"quantiles": of([]float64{1, 2, 3, 4, 5, 6}, 2, 1, 3),
		}
	}
	give("measured batch", measured)
	give("outputs", outputs)
	give("outcome", func(e *env) metrics.Outcome {
		return metrics.Outcome{Batch: measured(e), Loss: 1, Weight: 2, Outputs: outputs(e)}
	})
	give("accuracy", func(*env) metrics.Metric { return metrics.Classes{}.Accuracy() })
	for _, m := range []metrics.Metric{metrics.Classes{}.F1(metrics.Macro), metrics.Classes{}.Accuracy(), metrics.Numbers{}.RMSE(),
		metrics.Perplexity(), metrics.Quantiles{Levels: []float64{0.1, 0.5, 0.9}}.Coverage(0.1, 0.9),
		{Name: "few", Sums: func(metrics.Outcome) ([]float64, error) { return nil, nil }},
		{Name: "one", Sums: func(metrics.Outcome) ([]float64, error) { return []float64{1}, nil }}} {
		give(m.Name, func(*env) *metrics.Running { return m.Begin() })
	}
	give("quantiles", func(*env) metrics.Quantiles { return metrics.Quantiles{Levels: []float64{0.1, 0.5, 0.9}} })
	give("value", func(*env) metrics.Value { return metrics.Value{Name: "accuracy", Unit: "%", Value: 50} })

	// trainers and watch
	give("run", func(*env) *trainers.Run { return lastRun() })
	give("SGD", func(*env) trainers.Optimizer { return &trainers.SGD{} })
	give("constant", func(*env) trainers.Schedule { return trainers.Constant(0.1) })
	give("trainer", func(e *env) trainers.Trainer {
		return trainers.Trainer{Optimizer: &trainers.SGD{}, Schedule: trainers.Constant(0.1)}
	})
	give("events", func(*env) iter.Seq2[trainers.Event, error] {
		return func(yield func(trainers.Event, error) bool) {
			if yield(trainers.Event{Step: 1, Name: "loss", Value: 1.5}, nil) && yield(trainers.Event{Step: math.MaxInt, Epoch: -1, Value: nil}, nil) {
				yield(trainers.Event{}, errFailing)
			}
		}
	})
	give("evaluate", func(e *env) trainers.Evaluate { return trainers.Evaluate{Source: bptt(), Every: 1} })

	// zoo
	give("LM", func(*env) *zoo.LM { return lm() })
	give("classifier", func(*env) *zoo.Classifier { return classifier() })
	give("direct forecaster", func(*env) *zoo.DirectForecaster { return direct() })
	give("recurrent forecaster", func(*env) *zoo.RecurrentForecaster { return recurrent() })
	give("LM", func(*env) trainers.Model { return lm() })
	give("config", func(*env) zoo.LMConfig { return zoo.LMConfig{Recurrence: zoo.Recurrence{Hidden: 2}} })
	give("config", func(*env) zoo.ClassifierConfig {
		return zoo.ClassifierConfig{Recurrence: zoo.Recurrence{Hidden: 2}, Classes: 2}
	})
	give("config", func(*env) zoo.DirectConfig { return directConfig })
	give("config", func(*env) zoo.RecurrentConfig { return zoo.RecurrentConfig{ForecasterConfig: forecasterConfig} })
	give("recurrence", func(*env) zoo.Recurrence { return zoo.Recurrence{Hidden: 2} })
	give("config", func(*env) zoo.ForecasterConfig { return forecasterConfig })

	// what the standard library gives
	give("reader", func(*env) io.Reader { return strings.NewReader("date,a\n2024-01-01,1\n") })
	give("reader of a store", func(*env) io.Reader { return bytes.NewReader(storeFile()) })
	give("reader that fails", func(*env) io.Reader { return failing{} })
	give("writer", func(*env) io.Writer { return io.Discard })
	give("writer that fails", func(*env) io.Writer { return failing{} })
	give("folder", func(e *env) string { return e.dir })
	give("file", func(e *env) string { return write(e, "file", "a,b\n1,2\n") })
	give("bytes", func(*env) []byte { return []byte(`{"unit":"runes"}`) })
	give("error", func(*env) error { return errFailing })
}

func newSeries() *series.Series {
	s := &series.Series{Name: "a", Names: []string{"a"}, Values: rows()}
	for i := range s.Values {
		s.Dates = append(s.Dates, time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC))
	}
	return s
}

// pieces are tokens that do not end.
type pieces struct{}

func (*pieces) Pieces() []int { return []int{20, 0, 7} }
func (*pieces) Read(piece, from int, tokens []int, begins []bool) error {
	for i := range tokens {
		tokens[i], begins[i] = 1, from+i == 0
	}
	return nil
}

// recorder is a test that may fail: what it is told counts as the error of the call.
type recorder struct {
	testing.TB
	env *env
}

func (r *recorder) Helper()                           {}
func (r *recorder) TempDir() string                   { return r.env.dir }
func (r *recorder) Cleanup(f func())                  { r.env.free = append(r.env.free, f) }
func (r *recorder) Log(...any)                        {}
func (r *recorder) Logf(string, ...any)               {}
func (r *recorder) Name() string                      { return "recorder" }
func (r *recorder) Failed() bool                      { return r.env.said != "" }
func (r *recorder) Error(args ...any)                 { r.env.said += fmt.Sprint(args...) }
func (r *recorder) Errorf(format string, args ...any) { r.env.said += fmt.Sprintf(format, args...) }
func (r *recorder) FailNow()                          { runtime.Goexit() }
func (r *recorder) Fatal(args ...any)                 { r.Error(args...); r.FailNow() }
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); r.FailNow() }
func (r *recorder) Skip(...any)                       { r.FailNow() }
func (r *recorder) Skipf(string, ...any)              { r.FailNow() }
