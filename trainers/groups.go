package trainers

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// A Group is the parameters that an Optimizer of their own trains.
type Group struct {
	Pattern   string    // of their paths: * is any part of a name, ** any names: "rnn/**/wx"
	Optimizer Optimizer // not that of another group; weight decay is its own
	Rate      float64   // factor of the learning rate; 0 means 1
}

var _ Optimizer = Groups(nil)

// Groups is an Optimizer that trains parameters differently: a parameter belongs to the first group whose
// pattern matches its path, and one that none matches is an error; let the last be "**".
//
//	trainers.Groups{
//		{Pattern: "embedding/**", Optimizer: &trainers.AdamW{}, Rate: 0.1},
//		{Pattern: "**/b", Optimizer: &trainers.Adam{}}, // no decay for biases
//		{Pattern: "**", Optimizer: &trainers.AdamW{WeightDecay: 0.1}},
//	}
//
// State: that of each group's Optimizer behind its number from 0: "0/embedding/w/m".
type Groups []Group

// Step implements Optimizer. Nothing is changed on an error of the groups or of an optimiser of this
// package; where one of your own fails, the groups before it have stepped.
func (gs Groups) Step(rate float64, grads []graph.Gradient) error {
	parts, err := gs.parts(rate, grads)
	if err != nil {
		return err
	}
	for i, g := range gs {
		if len(parts[i]) > 0 {
			if err := g.Optimizer.Step(rate*or(g.Rate, 1), parts[i]); err != nil {
				return errors.Wrapf(err, "group %d %q", i, g.Pattern)
			}
		}
	}
	return nil
}

func (gs Groups) prepare(rate float64, grads []graph.Gradient) error {
	_, err := gs.parts(rate, grads)
	return err
}

// parts shares the gradients out, and lets every optimiser check its own.
func (gs Groups) parts(rate float64, grads []graph.Gradient) ([][]graph.Gradient, error) {
	if err := gs.check(); err != nil {
		return nil, err
	}
	if err := checkGradients(grads); err != nil {
		return nil, errors.Wrap(err, "groups")
	}
	parts := make([][]graph.Gradient, len(gs))
	for _, grad := range grads {
		i := slices.IndexFunc(gs, func(g Group) bool { return doublestar.MatchUnvalidated(g.Pattern, grad.Path) })
		if i < 0 {
			return nil, errors.Errorf("groups: no pattern matches %q", grad.Path)
		}
		parts[i] = append(parts[i], grad)
	}
	for i, g := range gs {
		if len(parts[i]) > 0 {
			if err := prepare(g.Optimizer, rate*or(g.Rate, 1), parts[i]); err != nil {
				return nil, errors.Wrapf(err, "group %d %q", i, g.Pattern)
			}
		}
	}
	return parts, nil
}

func (gs Groups) trust() {
	for _, g := range gs {
		trust(g.Optimizer)
	}
}

func (gs Groups) check() error {
	for i, g := range gs {
		switch {
		case !doublestar.ValidatePattern(g.Pattern):
			return errors.Errorf("group %d: pattern %q is malformed", i, g.Pattern)
		case isNil(g.Optimizer):
			return errors.Errorf("group %d %q: no Optimizer", i, g.Pattern)
		case !(g.Rate >= 0):
			return errors.Errorf("group %d %q: Rate is %v, want 0 or more", i, g.Pattern, g.Rate)
		}
		for j := range i {
			if reflect.TypeOf(g.Optimizer).Comparable() && gs[j].Optimizer == g.Optimizer {
				return errors.Errorf("group %d %q: has the Optimizer of group %d, want one of its own", i, g.Pattern, j)
			}
		}
	}
	return nil
}

// State implements Optimizer.
func (gs Groups) State() map[string]*tensor.Dense {
	state := map[string]*tensor.Dense{}
	for i, g := range gs {
		if isNil(g.Optimizer) {
			continue
		}
		for key, d := range g.Optimizer.State() {
			state[strconv.Itoa(i)+"/"+key] = d
		}
	}
	return state
}

// SetState implements Optimizer.
func (gs Groups) SetState(state map[string]*tensor.Dense) error {
	if err := gs.check(); err != nil {
		return err
	}
	parts := make([]map[string]*tensor.Dense, len(gs))
	for i := range parts {
		parts[i] = map[string]*tensor.Dense{}
	}
	for key, d := range state {
		number, rest, _ := strings.Cut(key, "/")
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i >= len(gs) || rest == "" {
			return errors.Errorf("groups: state %q: want the number of one of %d groups in front", key, len(gs))
		}
		parts[i][rest] = d
	}
	var before []map[string]*tensor.Dense
	for i, g := range gs {
		before = append(before, g.Optimizer.State())
		if err := g.Optimizer.SetState(parts[i]); err != nil {
			err = errors.Wrapf(err, "group %d %q", i, g.Pattern)
			for j := range i {
				err = first(err, gs[j].Optimizer.SetState(before[j]))
			}
			return err
		}
	}
	return nil
}
