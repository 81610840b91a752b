package data

import (
	"iter"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

var _ Source = (*Padded)(nil)

// PaddedConfig says how sequences are joined to batches.
type PaddedConfig struct {
	Batch   int   // B; 0 means all sequences in one batch, and so does more than there are
	Trim    bool  // T of a batch is its own longest sequence; else it is the longest of all
	Shuffle bool  // another order of the sequences, and of batches from pools, in each epoch
	Seed    int64 // of that order

	// PerTimestep says that each timestep has a label, as in tagging. Without it that is found out from the
	// labels, which tell unless every sequence is one timestep long: a label is then one of its sequence.
	PerTimestep bool

	// Pool is how many batches are made together from sequences sorted by length, so that those of
	// like length share a batch; 0 does not sort. It trims. The larger it is the less there is of
	// padding, and the less epochs differ in which sequences share a batch: 32 leaves under a tenth
	// of padding among sentences.
	Pool int
}

// Padded joins sequences of different lengths, padded at the end with 0.
//
//	tokens  [T, B]     int, from NewPaddedTokens
//	x       [T, B, D]  float64, from NewPaddedValues
//	lengths [B]        int
//	targets [B]        int, if each sequence has one label
//	targets [T, B]     int, if each timestep has one; -1 in the padding
//
// No sequence is left out: one batch, the last unless batches are shuffled, may not be full and
// ends in rows of length 0 and target -1.
type Padded struct {
	cfg       PaddedConfig // Batch 0 replaced by what it means
	lengths   []int        // of each sequence
	labels    [][]int
	labelling labelling
	longest   int
	name      string // of the input: "tokens" or "x"
	field     Field  // of the input
	fill      filler
}

// A filler makes the input of a batch from the sequences of these numbers, which may be fewer
// than B.
type filler func(seqs []int, T, B int) tensor.Tensor

// NewPaddedTokens joins sequences of tokens. A sequence has one label, or one for each of its
// timesteps; a label of -1 counts nowhere. Sequences and labels are kept, not copied.
//
// It is an error if there are no sequences or one is empty, if a token, cfg.Batch or cfg.Pool is
// negative, if a label is below -1, or if the labels are neither one a sequence nor one a timestep
// throughout, with cfg.PerTimestep one a timestep.
func NewPaddedTokens(seqs [][]int, labels [][]int, cfg PaddedConfig) (*Padded, error) {
	for n, seq := range seqs {
		for t, token := range seq {
			if token < 0 {
				return nil, errors.Errorf("padded: sequence %d, timestep %d: token %d, wanted 0 or more", n, t, token)
			}
		}
	}
	p, err := newPadded(lengths(seqs), labels, cfg)
	if err != nil {
		return nil, err
	}
	p.name, p.field = "tokens", Field{Shape: tensor.Shape{p.longest, p.cfg.Batch}, Dtype: tensor.Int}
	p.fill = func(rows []int, T, B int) tensor.Tensor {
		tokens := make([]int, T*B)
		for b, n := range rows {
			for t, token := range seqs[n] {
				tokens[t*B+b] = token
			}
		}
		return dense(tokens, T, B)
	}
	return p, nil
}

// NewPaddedValues joins sequences of rows of D values; a NaN is handed on. Labels and errors are
// as for NewPaddedTokens, and it is an error if two rows differ in length.
func NewPaddedValues(seqs [][][]float64, labels [][]int, cfg PaddedConfig) (*Padded, error) {
	p, err := newPadded(lengths(seqs), labels, cfg)
	if err != nil {
		return nil, err
	}
	D := len(seqs[0][0])
	for n, seq := range seqs {
		for t, row := range seq {
			if len(row) != D || D == 0 {
				return nil, errors.Errorf("padded: sequence %d, timestep %d has %d columns, the first has %d, "+
					"wanted the same number and 1 or more", n, t, len(row), D)
			}
		}
	}
	p.name, p.field = "x", Field{Shape: tensor.Shape{p.longest, p.cfg.Batch, D}, Dtype: tensor.Float64}
	p.fill = func(rows []int, T, B int) tensor.Tensor {
		x := make([]float64, T*B*D)
		for b, n := range rows {
			for t, row := range seqs[n] {
				copy(x[(t*B+b)*D:], row)
			}
		}
		return dense(x, T, B, D)
	}
	return p, nil
}

// newPadded is what tokens and values have in common.
func newPadded(lengths []int, labels [][]int, cfg PaddedConfig) (*Padded, error) {
	if cfg.Batch < 0 || cfg.Pool < 0 {
		return nil, errors.Errorf("padded: Batch=%d, Pool=%d, wanted 0 or more of each", cfg.Batch, cfg.Pool)
	}
	if len(lengths) == 0 {
		return nil, errors.New("padded: no sequences")
	}
	if n := slices.Index(lengths, 0); n >= 0 {
		return nil, errors.Errorf("padded: sequence %d is empty, wanted 1 timestep or more", n)
	}
	l, err := newLabelling(lengths, labels, cfg.PerTimestep)
	if err != nil {
		return nil, err
	}
	cfg.Batch = batchSize(cfg.Batch, len(lengths))
	return &Padded{
		cfg:       cfg,
		lengths:   lengths,
		labels:    labels,
		labelling: l,
		longest:   slices.Max(lengths),
	}, nil
}

// Spec implements Source; T is the longest sequence of all.
func (p *Padded) Spec() Spec {
	if p == nil {
		return nil
	}
	B := p.cfg.Batch
	return Spec{
		p.name:    p.field,
		"lengths": {Shape: tensor.Shape{B}, Dtype: tensor.Int},
		"targets": {Shape: p.labelling.shape(p.longest, B), Dtype: tensor.Int},
	}
}

// Len implements Source.
func (p *Padded) Len() int {
	if p == nil || len(p.lengths) == 0 {
		return 0
	}
	return (len(p.lengths)-1)/p.cfg.Batch + 1
}

// Batches implements Source.
func (p *Padded) Batches(epoch, from int) iter.Seq2[Batch, error] {
	if p.Len() == 0 {
		return count(from, 0, nil)
	}
	batches := p.batches(epoch)
	B := p.cfg.Batch
	return count(from, p.Len(), func(k int) (Batch, error) {
		rows := batches[k]
		lengths := make([]int, B)
		for b, n := range rows {
			lengths[b] = p.lengths[n]
		}
		T := p.timesteps(rows)
		return Batch{
			p.name:    p.fill(rows, T, B),
			"lengths": dense(lengths, B),
			"targets": p.labelling.targets(p.labels, rows, T, B),
		}, nil
	})
}

// Padding is the part of an epoch's T·B positions that is padding, in [0, 1).
func (p *Padded) Padding(epoch int) float64 {
	if p.Len() == 0 {
		return 0
	}
	positions := 0
	for _, rows := range p.batches(epoch) {
		positions += p.timesteps(rows) * p.cfg.Batch
	}
	return 1 - float64(sum(p.lengths))/float64(positions)
}

// timesteps is T of the batch of these sequences.
func (p *Padded) timesteps(rows []int) int {
	if !p.cfg.Trim && p.cfg.Pool == 0 {
		return p.longest
	}
	T := 0
	for _, n := range rows {
		T = max(T, p.lengths[n])
	}
	return T
}

// batches gives the sequences of each batch of an epoch.
func (p *Padded) batches(epoch int) [][]int {
	seqs := order(len(p.lengths), p.cfg.Shuffle, p.cfg.Seed, epoch)
	if p.cfg.Pool == 0 {
		return slices.Collect(slices.Chunk(seqs, p.cfg.Batch))
	}
	pools := (p.Len()-1)/p.cfg.Pool + 1 // of as equal numbers of batches as can be
	for i := range pools {
		from, to := i*p.Len()/pools*p.cfg.Batch, (i+1)*p.Len()/pools*p.cfg.Batch
		// The longest come first: it is the shortest that are left for a batch that is not full.
		slices.SortStableFunc(seqs[from:min(to, len(seqs))], func(a, b int) int { return p.lengths[b] - p.lengths[a] })
	}
	chunks := slices.Collect(slices.Chunk(seqs, p.cfg.Batch))
	batches := make([][]int, len(chunks))
	for i, k := range order(len(chunks), p.cfg.Shuffle, ^p.cfg.Seed, epoch) { // a seed of its own
		batches[i] = chunks[k]
	}
	return batches
}

// lengths gives the number of timesteps of each sequence.
func lengths[E any](seqs [][]E) []int {
	lengths := make([]int, len(seqs))
	for n, seq := range seqs {
		lengths[n] = len(seq)
	}
	return lengths
}
