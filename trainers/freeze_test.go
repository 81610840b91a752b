package trainers_test

import (
	"context"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/trainers"
)

func TestFreeze(t *testing.T) {
	m := newRecurrence(tensor.Float64)
	trainer := trainers.Trainer{Optimizer: &trainers.Adam{}, Schedule: trainers.Constant(0.01)}
	moved := func() string {
		t.Helper()
		before := map[string]*tensor.Dense{}
		for _, p := range m.store.Params() {
			before[p.Path] = p.Value.Clone().(*tensor.Dense)
		}
		fit(t, trainer, m, tokens(t, 1), 2)
		var paths []string
		for _, p := range m.store.Params() {
			if p.Value.Float64s()[0] != before[p.Path].Float64s()[0] {
				paths = append(paths, p.Path)
			}
		}
		return strings.Join(paths, " ")
	}
	if _, err := trainers.Loss(context.Background(), m, tokens(t, 1)); err != nil { // declares the parameters
		t.Fatal(err)
	}
	for _, tc := range []struct {
		do      func(*graph.Store, string) error
		pattern string
		want    string
	}{
		{trainers.Unfreeze, "**", "embedding wh b head"},
		{trainers.Freeze, "embedding", "wh b head"},
		{trainers.Freeze, "{b,wh}", "head"},
		{trainers.Unfreeze, "?", "b head"},
		{trainers.Unfreeze, "**", "embedding wh b head"},
	} {
		if err := tc.do(m.store, tc.pattern); err != nil {
			t.Fatal(err)
		}
		if got := moved(); got != tc.want {
			t.Errorf("after %q %s moved, want %s", tc.pattern, got, tc.want)
		}
	}

	for want, err := range map[string]error{
		`freeze: pattern "[" is malformed`:             trainers.Freeze(m.store, "["),
		`freeze: no parameter matches "embedding/*"`:   trainers.Freeze(m.store, "embedding/*"),
		`freeze: the model has no parameters yet; the`: trainers.Unfreeze(graph.NewStore(1, tensor.Float64), "**"),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s ...", err, want)
		}
	}
}
