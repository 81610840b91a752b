package zoo

import (
	"math"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
	"github.com/elman-go/elman/losses"
	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
)

// LMConfig is the settings of a language model.
type LMConfig struct {
	Recurrence
	Embedding int  `json:"embedding,omitempty"` // E; 0: H
	Tied      bool `json:"tied,omitempty"`      // reads and writes by one table; E and H are then equal
}

// LM is a recurrent language model (Mikolov et al., 2010): of the symbols so far it gives the
// distribution of the next.
//
//	tokens [T, B] → embedding [T, B, E] → cells [T, B, H] → logits [T, B, V]
//
// The state is carried from run to run, in training (truncated back-propagation through time) as in
// generation. Parameters: embedding/w [V, E]; rnn/0/... of each cell; head/w [H, V] and head/b [1, V]
// unless Tied.
type LM struct {
	cfg    LMConfig
	vocab  *text.Vocab
	store  *graph.Store
	stream *graph.Stream // one row
}

// NewLM makes a language model of untrained weights for the symbols of vocab.
func NewLM(vocab *text.Vocab, cfg LMConfig, seed int64) (*LM, error) {
	cfg.Recurrence = cfg.Recurrence.withDefaults()
	if cfg.Embedding == 0 {
		cfg.Embedding = cfg.Hidden
	}
	return newLM(vocab, cfg, cfg.newStore(seed))
}

func newLM(vocab *text.Vocab, cfg LMConfig, store *graph.Store) (*LM, error) {
	err := cfg.check()
	switch {
	case err != nil:
	case vocab == nil || vocab.Len() == 0:
		err = errors.New("no vocabulary")
	case cfg.Embedding < 1:
		err = errors.Errorf("embedding size %d, want at least 1", cfg.Embedding)
	case cfg.Tied && cfg.Embedding != cfg.Hidden:
		err = errors.Errorf("tied: embedding size %d, hidden size %d; they must be equal", cfg.Embedding, cfg.Hidden)
	}
	if err != nil {
		return nil, errors.Wrap(err, "language model")
	}
	m := &LM{cfg: cfg, vocab: vocab, store: store}
	if m.stream, err = m.Stream(1); err != nil {
		return nil, errors.Wrap(err, "language model")
	}
	return m, nil
}

// Config returns the settings, with what their zeros mean.
func (m *LM) Config() LMConfig {
	if m == nil {
		return LMConfig{}
	}
	return m.cfg
}

// Vocab returns the symbols the model knows.
func (m *LM) Vocab() *text.Vocab {
	if m == nil {
		return nil
	}
	return m.vocab
}

// Store returns the weights.
func (m *LM) Store() *graph.Store {
	if m == nil {
		return nil
	}
	return m.store
}

// Loss declares the mean negative log-likelihood in nats per counted token of a batch of data.BPTT:
// tokens and targets [T, B], and reset [T, B] where the spec has it. Divided by ln 2 it is bits per
// token, its exponential is the perplexity. An evaluation can read the output "logits" [T, B, V].
func (m *LM) Loss(s *graph.Scope, spec data.Spec) *G.Node {
	if err := m.ready(); err != nil {
		s.Fail("%v", err)
	}
	field, ok := spec["tokens"]
	if !ok || len(field.Shape) != 2 {
		s.Fail("language model: want a batch with tokens [T, B]")
	}
	T, B := field.Shape[0], field.Shape[1]
	var reset *G.Node
	if _, ok := spec["reset"]; ok {
		reset = s.Indices("reset", T, B)
	}
	logits := m.logits(s, s.Indices("tokens", T, B), reset)
	targets := s.Indices("targets", T, B)
	show(s, "logits", logits)
	s.Output("count", losses.Count(s, targets, nil))
	return losses.CrossEntropy(s, logits, targets, losses.CrossEntropyOptions{})
}

// Stream compiles one timestep of the model for a number of sequences at a time: the input is tokens
// [1, rows], the output logits [rows, V]. It reads the weights as they are when it runs. An option may be graph.Threads.
func (m *LM) Stream(rows int, opts ...graph.BuildOption) (*graph.Stream, error) {
	if m == nil || m.store == nil { // the stream of a model that is being made is its first
		return nil, m.ready()
	}
	if rows < 1 {
		return nil, errors.Errorf("stream of %d rows, want at least 1", rows)
	}
	session, err := m.cfg.inference(m.store, func(s *graph.Scope) {
		logits := m.logits(s, s.Indices("tokens", 1, rows), nil)
		s.Output("logits", s.Reshape(logits, rows, m.vocab.Len()))
	}, opts...)
	if err != nil {
		return nil, err
	}
	return graph.NewStream(session)
}

// logits declares the model: tokens [T, B] → [T, B, V].
func (m *LM) logits(s *graph.Scope, tokens, reset *G.Node) *G.Node {
	embedding := s.In("embedding")
	layer := layers.Embedding{Vocab: m.vocab.Len(), Size: m.cfg.Embedding}
	if m.cfg.Tied {
		layer.Init = graph.Normal(1 / math.Sqrt(float64(m.cfg.Hidden))) // so that logits begin near 0
	}
	table := layer.Bind(embedding)
	xs := m.cfg.drop(embedding, table.Lookup(tokens))                     // [T, B, E]
	ys := m.cfg.recur(s.In("rnn"), xs, carrying, graph.Run{Reset: reset}) // [T, B, H]
	if m.cfg.Tied {
		return table.Logits(ys)
	}
	return layers.Dense{Out: m.vocab.Len()}.Bind(s.In("head"), m.cfg.Hidden)(ys)
}

// tokensOf is a feed of one token for a stream of one row.
func tokensOf(token int) graph.Feed {
	return graph.Feed{"tokens": tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]int{token}))}
}
