package zoo

import (
	"context"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/trainers/data"
)

// A Classification is what a Classifier says of a text, or of one of its timesteps.
type Classification struct {
	Class         int       // the most probable, of equal ones the first; -1 if they are NaN, or if timesteps have labels
	Probabilities []float64 // [C], of each class; nil if timesteps have labels

	// Timesteps are those of each symbol of the text, in order, if ClassifierConfig.PerTimestep is set; else nil.
	Timesteps []Classification
}

// Classify labels texts of any lengths, in their order. Symbols are those of Vocab. Of an empty text the
// probabilities are those of the bias of the head, and it has no timesteps.
//
// Each text is computed by itself, in the order of their lengths: the result is the same to the last bit in whatever
// company a text comes. For many texts a batch is faster, in which the last bits depend on its shape: Predict of
// data.NewPaddedTokens, without labels.
//
// It is an error if the model has no vocabulary, or a text does not follow it, as Vocab.Encode says. Classify is
// safe for concurrent use.
func (m *Classifier) Classify(ctx context.Context, texts ...string) ([]Classification, error) {
	if err := m.ready(); err != nil {
		return nil, errors.Wrap(err, "classify")
	}
	if m.vocab == nil {
		return nil, errors.New("classify: the model is one of values, without a vocabulary; see Predict")
	}
	tokens, order := make([][]int, len(texts)), make([]int, len(texts))
	for i, s := range texts {
		var err error
		if tokens[i], err = m.vocab.Encode(s); err != nil {
			return nil, errors.Wrapf(err, "classify: text %d", i)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(tokens[a]) - len(tokens[b]) }) // a graph serves all of a length
	classified := make([]Classification, len(texts))
	for _, i := range order {
		var err error
		if classified[i], err = m.classify(ctx, tokens[i]); err != nil {
			return nil, errors.Wrapf(err, "classify: text %d", i)
		}
	}
	return classified, nil
}

// classify labels one text.
func (m *Classifier) classify(ctx context.Context, tokens []int) (Classification, error) {
	n := len(tokens)
	if n == 0 {
		tokens = []int{0} // a timestep of padding
	}
	out, err := m.Predict(ctx, data.Batch{
		"tokens":  tensor.New(tensor.WithShape(len(tokens), 1), tensor.WithBacking(tokens)),
		"lengths": tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{n})),
	})
	if err != nil {
		return Classification{}, err
	}
	rows := slices.Collect(slices.Chunk(floats(out), m.cfg.Classes))
	if !m.cfg.PerTimestep {
		return classification(rows[0]), nil
	}
	c := Classification{Class: -1, Timesteps: make([]Classification, n)}
	for t := range c.Timesteps {
		c.Timesteps[t] = classification(rows[t])
	}
	return c, nil
}

// classification is that of the probabilities of each class.
func classification(probabilities []float64) Classification {
	return Classification{Class: slices.Index(probabilities, slices.Max(probabilities)), Probabilities: probabilities}
}
