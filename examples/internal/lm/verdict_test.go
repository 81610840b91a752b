package lm

import (
	"fmt"
	"testing"

	"github.com/elman-go/elman/trainers"
)

func TestVerdict(t *testing.T) {
	v := Verdict{
		When:   func(step int) string { return fmt.Sprintf("step %d", step) },
		Figure: func(loss float64) string { return fmt.Sprintf("%.2f nats", loss) },
		Advice: "so train less",
	}
	for want, last := range map[string]trainers.Evaluation{
		"best after step 900: 2.40 nats; step 3000, the last one, had 4.10 nats: it overfits, so train less. The model of step 900 is kept": {Step: 3000, Loss: 4.1},
		"best after step 900: 2.40 nats; step 1000, the last one, had 2.41 nats. The model of step 900 is kept":                             {Step: 1000, Loss: 2.41},
		"best after step 900, the last one: 2.40 nats": {Step: 900, Loss: 2.4},
	} {
		best := &trainers.EarlyStopping{Best: 2.4, BestStep: 900}
		if got := v.Of(best, []trainers.Evaluation{{Step: 900, Loss: 2.4}, last}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := v.Of(&trainers.EarlyStopping{}, nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}
