package zoo

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/graph"
)

// Generate continues a prompt by n symbols and writes each to w as it is drawn; the prompt itself is
// not written. An empty prompt begins a text: its first symbol is drawn as often as it was counted in
// training. The same weights, prompt and sampler give the same text. Nothing is added to it, a newline at its end
// neither.
//
// The prompt is read without a state, as a document of training begins. A model that saw few beginnings needs
// data.BPTT.ResetRate to go on from any prompt, or a prompt that begins as its documents do.
//
// A prompt with symbols outside the vocabulary is an error, which names the first, and so is an n below
// 0. When ctx ends,
// Generate stops and returns its error.
func (m *LM) Generate(ctx context.Context, w io.Writer, prompt string, n int, sampler Sampler) error {
	if err := m.ready(); err != nil {
		return errors.Wrap(err, "generate")
	}
	if err := sampler.check(); err != nil {
		return errors.Wrap(err, "generate")
	}
	tokens, err := m.vocab.Encode(prompt)
	if err != nil {
		return errors.Wrap(err, "generate: prompt")
	}
	if n < 0 || n > math.MaxInt-len(tokens) {
		return errors.Errorf("generate: %d symbols, want 0 or more", n)
	}
	if w == nil {
		return errors.New("generate: no writer")
	}
	r := rand.New(rand.NewPCG(uint64(sampler.Seed), 0))
	var sequence graph.Sequence
	logits := m.logCounts() // of the first symbol
	for i := range len(tokens) + n {
		if i == len(tokens) {
			tokens = append(tokens, sampler.Choose(logits, r))
			if err := m.write(w, tokens, i); err != nil {
				return err
			}
		}
		if logits, err = m.next(ctx, tokens[i], &sequence); err != nil {
			return err
		}
	}
	return nil
}

// next feeds a token and returns the logits [V] of the one after it.
func (m *LM) next(ctx context.Context, token int, sequence *graph.Sequence) ([]float64, error) {
	outputs, err := m.stream.Step(ctx, tokensOf(token), sequence)
	if err != nil {
		return nil, errors.Wrap(err, "generate")
	}
	logits := floats(outputs["logits"])
	if id, ok := m.vocab.Unknown(); ok {
		logits[id] = math.Inf(-1) // it stands for what has no symbol to write
	}
	return logits, nil
}

// write writes token i. How a word is joined to the one before depends on both.
func (m *LM) write(w io.Writer, tokens []int, i int) error {
	before, err := m.vocab.Decode(tokens[max(0, i-1):i])
	if err != nil {
		return errors.Wrap(err, "generate")
	}
	both, err := m.vocab.Decode(tokens[max(0, i-1) : i+1])
	if err != nil {
		return errors.Wrap(err, "generate")
	}
	_, err = io.WriteString(w, strings.TrimPrefix(both, before))
	return errors.Wrap(err, "generate")
}

// logCounts are the logits of the distribution of single symbols.
func (m *LM) logCounts() []float64 {
	logits := make([]float64, m.vocab.Len())
	for id := range logits {
		logits[id] = math.Log(float64(m.vocab.Count(id)))
	}
	if id, ok := m.vocab.Unknown(); ok {
		logits[id] = math.Inf(-1)
	}
	return logits
}
