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
	// Without labels it says nothing.
	PerTimestep bool

	// Pool is how many batches are made together from sequences sorted by length, so that those of
	// like length share a batch; 0 does not sort. It trims. The larger it is the less there is of
	// padding, and the less epochs differ in which sequences share a batch: 32 leaves under a tenth
	// of padding among sentences.
	Pool int

	// Fields are further tensors of each batch, padded, trimmed and shuffled with the sequences: numbers to know
	// them by, weights, the characters of words, a second sequence. Their names differ from those that there are.
	Fields []PaddedField
}

// Padded joins sequences of different lengths, padded at the end with 0.
//
//	tokens  [T, B]     int, from NewPaddedTokens
//	x       [T, B, D]  float64, from NewPaddedValues
//	lengths [B]        int
//	targets [B]        int, if each sequence has one label
//	targets [T, B]     int, if each timestep has one; -1 in the padding
//
// Without labels there are no targets, as for predictions. PaddedConfig.Fields add tensors.
//
// No sequence is left out: one batch, the last unless batches are shuffled, may not be full and
// ends in rows of length 0 and target -1.
type Padded struct {
	cfg       PaddedConfig // Batch 0 replaced by what it means
	lengths   []int        // of each sequence
	labels    [][]int      // nil: none
	labelling labelling
	fields    []PaddedField // the input, "tokens" or "x", and those of cfg
}

// NewPaddedTokens joins sequences of tokens. A sequence has one label, or one for each of its
// timesteps; a label of -1 counts nowhere, and with nil labels there are no targets. Sequences and labels
// are kept, not copied.
//
// It is an error if there are no sequences or one is empty, if a token, cfg.Batch or cfg.Pool is
// negative, if a label is below -1, if the labels are neither one a sequence nor one a timestep
// throughout, with cfg.PerTimestep one a timestep, if a field has values for another number of sequences or of
// their timesteps, or if two tensors have the same name or one has none.
func NewPaddedTokens(seqs [][]int, labels [][]int, cfg PaddedConfig) (*Padded, error) {
	for n, seq := range seqs {
		for t, token := range seq {
			if token < 0 {
				return nil, errors.Errorf("padded: sequence %d, timestep %d: token %d, wanted 0 or more", n, t, token)
			}
		}
	}
	return newPadded(PerTimestep("tokens", seqs), labels, cfg)
}

// NewPaddedValues joins sequences of rows of D values; a NaN is handed on. Labels and errors are
// as for NewPaddedTokens, and it is an error if two rows differ in length.
func NewPaddedValues(seqs [][][]float64, labels [][]int, cfg PaddedConfig) (*Padded, error) {
	D := -1 // of the first row
	for n, seq := range seqs {
		for t, row := range seq {
			if D < 0 {
				D = len(row)
			}
			if len(row) != D || D == 0 {
				return nil, errors.Errorf("padded: sequence %d, timestep %d has %d columns, the first has %d, "+
					"wanted the same number and 1 or more", n, t, len(row), D)
			}
		}
	}
	return newPadded(PerTimestepRows("x", seqs), labels, cfg)
}

// newPadded is what tokens and values have in common.
func newPadded(input PaddedField, labels [][]int, cfg PaddedConfig) (*Padded, error) {
	lengths := input.steps
	if cfg.Batch < 0 || cfg.Pool < 0 {
		return nil, errors.Errorf("padded: Batch=%d, Pool=%d, wanted 0 or more of each", cfg.Batch, cfg.Pool)
	}
	if len(lengths) == 0 {
		return nil, errors.New("padded: no sequences")
	}
	if n := slices.Index(lengths, 0); n >= 0 {
		return nil, errors.Errorf("padded: sequence %d is empty, wanted 1 timestep or more", n)
	}
	cfg.Batch = batchSize(cfg.Batch, len(lengths))
	p := &Padded{cfg: cfg, lengths: lengths, labels: labels, fields: slices.Concat([]PaddedField{input}, cfg.Fields)}
	names := []string{"lengths"}
	if labels != nil {
		l, err := newLabelling(lengths, labels, cfg.PerTimestep)
		if err != nil {
			return nil, err
		}
		p.labelling, names = l, append(names, "targets")
	}
	for _, f := range p.fields {
		if err := f.check(lengths); err != nil {
			return nil, err
		}
		for _, name := range f.names() {
			if name == "" || slices.Contains(names, name) {
				return nil, errors.Errorf("padded: a field is called %q, wanted another name than %q", name, names)
			}
			names = append(names, name)
		}
	}
	return p, nil
}

// Spec implements Source; T is the longest sequence of all.
func (p *Padded) Spec() Spec {
	if p == nil {
		return nil
	}
	B, spec := p.cfg.Batch, Spec{}
	if len(p.lengths) > 0 {
		spec["lengths"] = Field{Shape: tensor.Shape{B}, Dtype: tensor.Int}
	}
	for _, f := range p.fields {
		spec[f.name] = Field{Shape: f.shape(f.timesteps(nil, false), B), Dtype: f.dtype}
		if f.lengths != "" {
			spec[f.lengths] = spec["lengths"]
		}
	}
	if p.labels != nil {
		spec["targets"] = Field{Shape: p.labelling.shape(slices.Max(p.lengths), B), Dtype: tensor.Int}
	}
	return spec
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
		rows, trim := batches[k], p.trims()
		batch := Batch{"lengths": lengthsOf(p.lengths, rows, B)}
		for _, f := range p.fields {
			batch[f.name] = f.fill(rows, f.timesteps(rows, trim), B)
			if f.lengths != "" {
				batch[f.lengths] = lengthsOf(f.steps, rows, B)
			}
		}
		if p.labels != nil {
			batch["targets"] = p.labelling.targets(p.labels, rows, p.timesteps(rows), B)
		}
		return batch, nil
	})
}

// Rows gives the numbers of the sequences in batch k of an epoch, row by row: fewer than B where it is not full,
// none where there is no such batch. Each call puts the whole epoch in order; a field made by PerSequence carries
// numbers with every batch.
func (p *Padded) Rows(epoch, k int) []int {
	if k < 0 || k >= p.Len() {
		return nil
	}
	return slices.Clone(p.batches(epoch)[k])
}

// lengthsOf are those of these sequences, then 0.
func lengthsOf(all, rows []int, B int) tensor.Tensor {
	lengths := make([]int, B)
	for b, n := range rows {
		lengths[b] = all[n]
	}
	return dense(lengths, B)
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
func (p *Padded) timesteps(rows []int) int { return p.fields[0].timesteps(rows, p.trims()) }

// trims reports whether a batch is as long as its own longest sequence.
func (p *Padded) trims() bool { return p.cfg.Trim || p.cfg.Pool > 0 }

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
