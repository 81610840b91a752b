package data

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A labelling is what a label belongs to.
type labelling int

const (
	eachSequence labelling = iota
	eachTimestep
)

// newLabelling finds out which labelling the labels of sequences of these lengths follow, unless it is said
// to be one of each timestep. Where every sequence is one timestep long both would do, and a label belongs
// to its sequence.
func newLabelling(lengths []int, labels [][]int, perTimestep bool) (labelling, error) {
	if len(labels) != len(lengths) {
		return 0, errors.Errorf("padded: labels for %d sequences, wanted them for %d", len(labels), len(lengths))
	}
	form, decided := eachSequence, -1 // the sequence whose labels fit one form only
	for n, l := range labels {
		for t, label := range l {
			if label < -1 {
				return 0, errors.Errorf("padded: sequence %d: label %d is %d, wanted a class, or -1 for none",
					n, t, label)
			}
		}
		fits := eachSequence
		switch {
		case perTimestep && len(l) != lengths[n]:
			return 0, errors.Errorf("padded: sequence %d of %d timesteps has %d labels, wanted %d with PerTimestep",
				n, lengths[n], len(l), lengths[n])
		case len(l) != 1 && len(l) != lengths[n]:
			return 0, errors.Errorf("padded: sequence %d of %d timesteps has %d labels, wanted 1 or %d",
				n, lengths[n], len(l), lengths[n])
		case lengths[n] == 1:
			continue
		case len(l) > 1:
			fits = eachTimestep
		}
		if decided >= 0 && fits != form {
			return 0, errors.Errorf("padded: sequence %d of %d timesteps has %d labels, sequence %d of %d timesteps has %d: "+
				"wanted 1 for each sequence, or 1 for each timestep",
				n, lengths[n], len(l), decided, lengths[decided], len(labels[decided]))
		}
		form, decided = fits, n
	}
	if perTimestep {
		form = eachTimestep
	}
	return form, nil
}

// shape is that of the targets.
func (l labelling) shape(T, B int) tensor.Shape {
	if l == eachTimestep {
		return tensor.Shape{T, B}
	}
	return tensor.Shape{B}
}

// targets are the labels of these sequences, then -1.
func (l labelling) targets(labels [][]int, seqs []int, T, B int) tensor.Tensor {
	shape := l.shape(T, B)
	targets := make([]int, shape.TotalSize())
	for i := range targets {
		targets[i] = -1
	}
	for b, n := range seqs {
		for t, label := range labels[n] { // one label: t stays 0
			targets[t*B+b] = label
		}
	}
	return dense(targets, shape...)
}
