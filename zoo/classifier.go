package zoo

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
)

// ClassifierConfig is the settings of a Classifier.
type ClassifierConfig struct {
	Recurrence
	Classes       int  `json:"classes"`                 // C
	Features      int  `json:"features,omitempty"`      // D of sequences of values; 0 for text
	Embedding     int  `json:"embedding,omitempty"`     // E of text; 0: H
	Bidirectional bool `json:"bidirectional,omitempty"` // each layer reads both ways
	PerTimestep   bool `json:"per_timestep,omitempty"`  // a label for each timestep, not for the sequence
	Pool          Pool `json:"pool,omitempty"`          // how a sequence becomes one vector
}

// Pool says how the outputs of all timesteps become one vector. Of an empty sequence it is zeros, whichever
// way, so that the logits are the bias of the head.
type Pool string

// The zero value of Pool is PoolLast.
const (
	PoolLast Pool = ""     // the output of each direction's last timestep
	PoolMean Pool = "mean" // the mean over the timesteps that count
	PoolMax  Pool = "max"  // the greatest of each element over the timesteps that count
)

// classifierEmbedding is the standard deviation that vectors of symbols begin with. With the 1 of
// layers.Embedding, vectors of the many words that are seldom seen stay as far from all others as they began:
// by 0.1 sentences of SST-2 and names of NCBI-disease are labelled several per cent better.
const classifierEmbedding = 0.1

// Classifier gives a label to a sequence, or to each of its timesteps.
//
//	tokens [T, B] or x [T, B, D], lengths [B] → cells [T, B, O] → pooled [B, O] → logits [B, C]
//
// Parameters: embedding/w [V, E] for text, normal with deviation 0.1 at first; rnn/0/... of each cell, or rnn/0/fwd/... and rnn/0/bwd/...;
// head/w [O, C], head/b [1, C].
type Classifier struct {
	cfg   ClassifierConfig
	vocab *text.Vocab // nil for values
	store *graph.Store

	mu      sync.Mutex
	session *graph.Session // of the last shape that was asked for
	shape   tensor.Shape
}

// NewClassifier makes a classifier of untrained weights: of text in the symbols of vocab, or with a nil
// vocab of sequences of values.
func NewClassifier(vocab *text.Vocab, cfg ClassifierConfig, seed int64) (*Classifier, error) {
	cfg.Recurrence = cfg.Recurrence.withDefaults()
	if vocab != nil && cfg.Embedding == 0 {
		cfg.Embedding = cfg.Hidden
	}
	return newClassifier(vocab, cfg, cfg.newStore(seed))
}

func newClassifier(vocab *text.Vocab, cfg ClassifierConfig, store *graph.Store) (*Classifier, error) {
	err := cfg.check()
	switch {
	case err != nil:
	case cfg.Classes < 2:
		err = errors.Errorf("%d classes, want at least 2", cfg.Classes)
	case vocab == nil && (cfg.Features < 1 || cfg.Embedding != 0):
		err = errors.Errorf("%d features, embedding size %d; without a vocabulary want at least 1, and 0", cfg.Features, cfg.Embedding)
	case vocab != nil && (cfg.Features != 0 || cfg.Embedding < 1):
		err = errors.Errorf("%d features, embedding size %d; with a vocabulary want 0, and at least 1", cfg.Features, cfg.Embedding)
	case cfg.Pool != PoolLast && cfg.Pool != PoolMean && cfg.Pool != PoolMax:
		err = errors.Errorf("unknown pool %q; there are %q, %q, %q", cfg.Pool, PoolLast, PoolMean, PoolMax)
	case cfg.Pool != PoolLast && cfg.PerTimestep:
		err = errors.Errorf("pool %q with a label for each timestep", cfg.Pool)
	}
	m := &Classifier{cfg: cfg, vocab: vocab, store: store}
	if err == nil {
		err = m.open(m.inputShape(1, 1))
	}
	if err != nil {
		return nil, errors.Wrap(err, "classifier")
	}
	return m, nil
}

// Config returns the settings, with what their zeros mean.
func (m *Classifier) Config() ClassifierConfig {
	if m == nil {
		return ClassifierConfig{}
	}
	return m.cfg
}

// Vocab returns the symbols the model knows, nil for a classifier of values.
func (m *Classifier) Vocab() *text.Vocab {
	if m == nil {
		return nil
	}
	return m.vocab
}

// Store returns the weights.
func (m *Classifier) Store() *graph.Store {
	if m == nil {
		return nil
	}
	return m.store
}

// Loss declares the mean negative log-likelihood in nats per counted target of a batch of data.Padded:
// tokens [T, B] or x [T, B, D], lengths [B], and targets [B], or [T, B] for a label each timestep. Of
// sequences of one timestep [B] will do for that too. An evaluation can read the output "logits", of the
// shape of the targets and C: [B, C] or [T, B, C].
func (m *Classifier) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	if err := m.ready(); err != nil {
		s.Fail("%v", err)
	}
	shape := spec[m.input()].Shape
	if len(shape) != len(m.inputShape(1, 1)) {
		s.Fail("classifier: want a batch with %s [T, B, ...]", m.input())
	}
	logits := m.logits(s, shape)
	labels := logits.Shape()[:logits.Shape().Dims()-1].Clone()
	if given, ok := spec["targets"]; ok && !slices.Equal(given.Shape, labels) {
		switch T, B := shape[0], shape[1]; {
		case !m.cfg.PerTimestep:
			s.Fail("classifier: targets %v, want one for each sequence, %v; ClassifierConfig.PerTimestep is not set", given.Shape, labels)
		case T > 1 || !slices.Equal(given.Shape, []int{B}):
			s.Fail("classifier: targets %v, want one for each timestep, %v; see data.PaddedConfig.PerTimestep", given.Shape, labels)
		}
		labels = given.Shape
		logits = s.Reshape(logits, append(labels.Clone(), m.cfg.Classes)...)
	}
	targets := s.Indices("targets", labels...)
	show(s, "logits", logits)
	s.Output("count", losses.Count(s, targets, nil))
	return losses.CrossEntropy(s, logits, targets, losses.CrossEntropyOptions{})
}

func (m *Classifier) input() string {
	if m.vocab == nil {
		return "x"
	}
	return "tokens"
}

func (m *Classifier) inputShape(T, B int) tensor.Shape {
	if m.vocab == nil {
		return tensor.Shape{T, B, m.cfg.Features}
	}
	return tensor.Shape{T, B}
}

// logits declares the model for inputs of a shape: [B, C], or [T, B, C] for a label each timestep.
func (m *Classifier) logits(s *graph.Scope, shape tensor.Shape) *G.Node {
	T, B := shape[0], shape[1]
	lengths := s.Indices("lengths", B)
	var xs *G.Node // [T, B, I]
	if m.vocab == nil {
		xs = s.Input("x", shape...)
	} else {
		embedding := s.In("embedding")
		table := layers.Embedding{Vocab: m.vocab.Len(), Size: m.cfg.Embedding, Init: graph.Normal(classifierEmbedding)}.Bind(embedding)
		xs = m.cfg.drop(embedding, table.Lookup(s.Indices("tokens", shape...)))
	}
	layer := forwards
	if m.cfg.Bidirectional {
		layer = bothWays
	}
	ys := m.cfg.recur(s.In("rnn"), xs, layer, graph.Run{Lengths: lengths}) // [T, B, O]
	if !m.cfg.PerTimestep {
		ys = m.pool(s, ys, s.Mask(lengths, T), lengths) // [B, O]
	}
	width := ys.Shape()[ys.Shape().Dims()-1]
	return layers.Dense{Out: m.cfg.Classes}.Bind(s.In("head"), width)(ys)
}

// pool makes one vector of each row: ys [T, B, O], zero in the padding, and mask [T, B] → [B, O].
func (m *Classifier) pool(s *graph.Scope, ys, mask, lengths *G.Node) *G.Node {
	T, B := ys.Shape()[0], ys.Shape()[1]
	counts := s.Reshape(mask, T, B, 1)
	switch m.cfg.Pool {
	case PoolMean:
		n := s.Maximum(s.Reshape(s.Cast(lengths, s.Dtype()), B, 1), s.Full(1))
		return s.Div(s.Sum(ys, 0), n)
	case PoolMax:
		least := -math.MaxFloat64 // that no output is below
		if s.Dtype() == tensor.Float32 {
			least = -math.MaxFloat32
		}
		greatest := s.Max(s.Select(counts, ys, s.Full(least)), 0)            // [B, O]
		return s.Select(s.Reshape(lengths, B, 1), greatest, s.Full(0, 1, 1)) // of an empty sequence zeros, as the others give
	}
	// By masks, which follow a batch of fewer timesteps, as a slice would not.
	n := s.Cast(lengths, s.Dtype())
	until := func(length *G.Node) *G.Node { return s.Reshape(s.Mask(s.Cast(length, tensor.Int), T), T, B, 1) }
	last := s.Sub(counts, until(s.Maximum(s.Sub(n, s.Full(1)), s.Full(0)))) // [T, B, 1]: 1 at the last timestep that counts
	if !m.cfg.Bidirectional {
		return s.Sum(s.Mul(ys, last), 0)
	}
	both := s.Split(ys, 2) // forwards, backwards
	return s.Concat(1, s.Sum(s.Mul(both[0], last), 0), s.Sum(s.Mul(both[1], until(s.Minimum(n, s.Full(1)))), 0))
}

// Predict gives the probability of each class: [B, C], or [T, B, C] for a label each timestep. Of a
// batch it reads tokens [T, B] or x [T, B, D], and lengths [B]. It is safe for concurrent use; a batch
// of the shape of the one before needs no new graph.
func (m *Classifier) Predict(ctx context.Context, batch data.Batch) (tensor.Tensor, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "predict")
	}
	in, lengths := batch[m.input()], batch["lengths"]
	if !present(in) || !present(lengths) || in.Dims() != len(m.inputShape(1, 1)) {
		return nil, errors.Errorf("predict: want %s %v and lengths [B]", m.input(), m.inputShape(-1, -1))
	}
	if B := in.Shape()[1]; lengths.Size() != B {
		return nil, errors.Errorf("predict: %s %v, lengths %v: want the length of each of the %d sequences", m.input(), in.Shape(), lengths.Shape(), B)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.shape.Eq(in.Shape()) {
		if err := m.open(in.Shape()); err != nil {
			return nil, errors.Wrap(err, "predict")
		}
	}
	if err := m.session.Run(ctx, graph.Feed{m.input(): in, "lengths": lengths}); err != nil {
		return nil, errors.Wrap(err, "predict")
	}
	return m.session.Output("probabilities")
}

// present reports whether there is a tensor, and not a nil or zero *tensor.Dense.
func present(t tensor.Tensor) bool {
	d, dense := t.(*tensor.Dense)
	return t != nil && !(dense && (d == nil || d.Dtype().Type == nil))
}

// open compiles the graph for inputs of a shape.
func (m *Classifier) open(shape tensor.Shape) error {
	session, err := m.cfg.inference(m.store, func(s *graph.Scope) {
		s.Output("probabilities", s.Softmax(m.logits(s, shape)))
	})
	if err != nil {
		return err
	}
	if m.session != nil {
		err = m.session.Close()
	}
	m.session, m.shape = session, shape.Clone()
	return err
}
