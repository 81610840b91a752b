package zoo

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
)

// A Sampler chooses a symbol from logits. The zero value is greedy: it takes the most probable.
type Sampler struct {
	Temperature float64 // logits are divided by it; 0: greedy
	TopK        int     // of the k most probable only (Fan et al., 2018); 0: of all
	TopP        float64 // of the fewest whose probabilities add up to p (nucleus, Holtzman et al., 2020); 0: of all
	Seed        int64   // of a generation
}

func (c Sampler) check() error {
	if !(c.Temperature >= 0) || math.IsInf(c.Temperature, 1) || c.TopK < 0 || !(c.TopP >= 0 && c.TopP <= 1) {
		return errors.Errorf("sampler: temperature %v, top k %d, top p %v; want 0 or more, 0 or more, 0 to 1",
			c.Temperature, c.TopK, c.TopP)
	}
	return nil
}

// Choose draws the index of one of the logits. TopK counts before TopP. Of equal ones the first is the
// more probable. Logits that are NaN are never chosen, unless all are. Of none it is -1. A greedy Sampler
// does not use r.
func (c Sampler) Choose(logits []float64, r *rand.Rand) int {
	if len(logits) == 0 {
		return -1
	}
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(logits[b], logits[a]) })
	if c.Temperature == 0 {
		return order[0]
	}
	if c.TopK > 0 {
		order = order[:min(c.TopK, len(order))]
	}
	weights, total := make([]float64, len(order)), 0.0
	for i, id := range order {
		if w := math.Exp((logits[id] - logits[order[0]]) / c.Temperature); w > 0 {
			weights[i] = w
			total += w
		}
	}
	if c.TopP > 0 {
		sum, kept := 0.0, 0
		for kept < len(weights) && sum < c.TopP*total {
			sum += weights[kept]
			kept++
		}
		weights, total = weights[:max(kept, 1)], sum
	}
	at := r.Float64() * total
	for i, w := range weights {
		if at -= w; at < 0 {
			return order[i]
		}
	}
	return order[0]
}
