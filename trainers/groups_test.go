package trainers_test

import (
	"math"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
)

// stubborn is an optimiser of a user's that always fails.
type stubborn struct{ trainers.SGD }

func (*stubborn) Step(float64, []graph.Gradient) error { return errors.New("will not") }

// slower takes steps at a share of the rate.
type slower struct {
	trainers.Optimizer
	share float64
}

func (o slower) Step(rate float64, grads []graph.Gradient) error {
	return o.Optimizer.Step(rate*o.share, grads)
}

// Each parameter moves as it would under its group's optimiser alone; the first pattern that matches counts.
func TestGroups(t *testing.T) {
	decaying := func() trainers.Optimizer { return &trainers.AdamW{WeightDecay: 0.5} }
	grouped := twoParams(tensor.Float64)
	steps(t, trainers.Groups{
		{Pattern: "**/b", Optimizer: &trainers.Adam{}},
		{Pattern: "a/**", Optimizer: decaying(), Rate: 0.25},
		{Pattern: "**", Optimizer: &stubborn{}}, // nothing is left for it
	}, grouped, 0, 5)

	slow, plain := twoParams(tensor.Float64), twoParams(tensor.Float64)
	steps(t, slower{decaying(), 0.25}, slow, 0, 5)
	steps(t, &trainers.Adam{}, plain, 0, 5)
	sameBits(t, "a/w", grouped[0].Value.Float64s(), slow[0].Value.Float64s())
	sameBits(t, "a/b", grouped[1].Value.Float64s(), plain[1].Value.Float64s())
}

func TestGroupsRefuse(t *testing.T) {
	same := &trainers.SGD{}
	state := func(change func(map[string]*tensor.Dense)) (trainers.Groups, map[string]*tensor.Dense) {
		o := adamAndMomentum()
		steps(t, o, twoParams(tensor.Float64), 0, 1)
		s := o.State()
		change(s)
		return adamAndMomentum(), s
	}
	set := func(change func(map[string]*tensor.Dense)) func() error {
		return func() error {
			o, s := state(change)
			if err := o.SetState(s); err != nil {
				if n := len(o.State()); n != 0 {
					t.Errorf("after the error %v there are %d tensors", err, n)
				}
				return err
			}
			return o.Step(0.1, twoParams(tensor.Float64))
		}
	}
	step := func(o trainers.Groups) func() error {
		return func() error {
			grads := twoParams(tensor.Float64)
			before := flat(grads)
			for _, g := range grads {
				g.Grad.Float64s()[0] = 1
			}
			err := o.Step(0.1, grads)
			sameBits(t, "parameters after an error", flat(grads), before)
			return err
		}
	}
	for _, tc := range []struct {
		want string
		try  func() error
	}{
		{`groups: no pattern matches "a/b"`, step(trainers.Groups{{Pattern: "*/w", Optimizer: &trainers.Adam{}}})},
		{`groups: no pattern matches "a/w"`, step(nil)},
		{`group 0: pattern "[" is malformed`, step(trainers.Groups{{Pattern: "[", Optimizer: &trainers.Adam{}}})},
		{`group 0 "**": no Optimizer`, step(trainers.Groups{{Pattern: "**"}})},
		{`group 0 "**": Rate is NaN, want 0 or more`, step(trainers.Groups{{Pattern: "**", Optimizer: same, Rate: math.NaN()}})},
		{`group 1 "**": has the Optimizer of group 0`, step(trainers.Groups{{Pattern: "x", Optimizer: same}, {Pattern: "**", Optimizer: same}})},
		{`group 1 "**": sgd: Momentum is 2`, step(trainers.Groups{{Pattern: "a/w", Optimizer: &trainers.SGD{}}, {Pattern: "**", Optimizer: &trainers.SGD{Momentum: 2}}})},
		{`group 1 "**": gradient noise: Eta is -1`, step(trainers.Groups{{Pattern: "a/w", Optimizer: &trainers.SGD{}},
			{Pattern: "**", Optimizer: &trainers.GradientNoise{Optimizer: &trainers.SGD{}, Eta: -1}}})},
		{`group 1 "**": groups: no pattern matches "a/b"`, step(trainers.Groups{{Pattern: "a/w", Optimizer: &trainers.SGD{}}, {Pattern: "**", Optimizer: trainers.Groups{}}})},
		{`group 0 "**": will not`, step(trainers.Groups{{Pattern: "**", Optimizer: &stubborn{}}})},
		{`groups: state "2/a/w/m": want the number of one of 2 groups in front`, set(func(s map[string]*tensor.Dense) { s["2/a/w/m"] = s["0/a/w/m"] })},
		{`groups: state "a/w/m": want the number`, set(func(s map[string]*tensor.Dense) { s["a/w/m"] = s["0/a/w/m"] })},
		{`groups: state "0": want the number`, set(func(s map[string]*tensor.Dense) { s["0"] = s["0/a/w/m"] })},
		{`group 1 "**": sgd: state "a/b/m": want`, set(func(s map[string]*tensor.Dense) { s["1/a/b/m"] = s["0/a/w/m"] })},
		{`group 0 "*/w": adam: state "a/w/v" is missing`, set(func(s map[string]*tensor.Dense) { delete(s, "0/a/w/v") })},
	} {
		if err := tc.try(); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("error is %v, want %s ...", err, tc.want)
		}
	}
}
