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
// more probable. Logits that are NaN are never chosen, unless all are; +Inf is chosen for certain, the first
// of several. Of none it is -1. A greedy Sampler, which one without r is too, does not use r.
//
// The time grows with the number of logits V as V does, as V·log k with a TopK that is small beside V.
func (c Sampler) Choose(logits []float64, r *rand.Rand) int {
	best := greatest(logits)
	if best < 0 || !(c.Temperature > 0) || r == nil {
		return best
	}
	candidates, total := top(logits, c.TopK), 0.0
	kept := candidates[:0]
	for _, s := range candidates {
		if s.weight = math.Exp((s.logit - logits[best]) / c.Temperature); s.weight > 0 {
			kept, total = append(kept, s), total+s.weight
		}
	}
	if c.TopP > 0 {
		n, sum := mostProbable(kept, func(sum float64) bool { return sum >= c.TopP*total })
		kept, total = kept[:n], sum
	}
	at := r.Float64() * total
	n, _ := mostProbable(kept, func(sum float64) bool { return sum > at })
	if n == 0 {
		return best // nothing has a weight: the greatest is infinite
	}
	return kept[n-1].id
}

// greatest is the index of the first of the greatest logits that are not NaN; 0 if all are, -1 of none.
func greatest(logits []float64) int {
	if len(logits) == 0 {
		return -1
	}
	best := max(0, slices.IndexFunc(logits, func(v float64) bool { return !math.IsNaN(v) }))
	value := logits[best]
	for i, v := range logits {
		if v > value {
			best, value = i, v
		}
	}
	return best
}

// A scored symbol is one that may be drawn.
type scored struct {
	logit, weight float64
	id            int
}

// byProbability puts the greater logit first, and of equal ones the lower id.
func byProbability(a, b scored) int {
	return cmp.Or(cmp.Compare(b.logit, a.logit), cmp.Compare(a.id, b.id))
}

// top gives the k greatest logits, or all if k is 0, without those that have no probability: NaN and -Inf.
func top(logits []float64, k int) []scored {
	if k <= 0 || k > len(logits) {
		k = len(logits)
	}
	full := min(2*k+64, len(logits)) // so many are sorted at a time
	if k > len(logits)/16 {
		full = len(logits) // and these are only parted
	}
	kept := make([]scored, 0, full)
	least := math.Inf(-1) // of the k greatest so far; a later one of the same logit is less probable
	for id, v := range logits {
		if !(v > least) {
			continue
		}
		if len(kept) == full {
			slices.SortFunc(kept, byProbability)
			kept, least = kept[:k], kept[k-1].logit
			if !(v > least) {
				continue
			}
		}
		kept = append(kept, scored{logit: v, weight: 1, id: id})
	}
	switch {
	case len(kept) <= k:
	case full == len(logits):
		n, _ := mostProbable(kept, func(sum float64) bool { return sum >= float64(k) })
		kept = kept[:n]
	default:
		slices.SortFunc(kept, byProbability)
		kept = kept[:k]
	}
	return kept
}

// mostProbable moves to the front of s the fewest most probable that enough accepts the sum of the weights
// of, the least probable of them last, and gives their number and sum: those of all if there are too few.
//
// It is a quickselect (Hoare, 1961) by weight: of two parts only the one is looked at in which the sum
// becomes enough.
func mostProbable(s []scored, enough func(sum float64) bool) (n int, sum float64) {
	const few = 128 // are sorted
	lo, hi := 0, len(s)
	for halvings := 0; hi-lo > few && halvings < 64; halvings++ {
		mid, weight := partition(s[lo:hi])
		mid += lo
		switch {
		case enough(sum + weight):
			hi = mid
		case enough(sum + weight + s[mid].weight):
			return mid + 1, sum + weight + s[mid].weight
		default:
			lo, sum = mid+1, sum+weight+s[mid].weight
		}
	}
	slices.SortFunc(s[lo:hi], byProbability)
	for ; lo < hi; lo++ {
		sum += s[lo].weight
		if enough(sum) {
			return lo + 1, sum
		}
	}
	return lo, sum
}

// partition moves those that are more probable than one of s to the front and that one after them. It gives
// the place of the one and the sum of the weights before it.
func partition(s []scored) (at int, weight float64) {
	last := len(s) - 1
	pivots := []int{0, len(s) / 2, last}
	slices.SortFunc(pivots, func(i, j int) int { return byProbability(s[i], s[j]) })
	s[pivots[1]], s[last] = s[last], s[pivots[1]]
	pivot := s[last]
	for i, c := range s[:last] {
		if c.logit > pivot.logit || c.logit == pivot.logit && c.id < pivot.id {
			s[i], s[at] = s[at], c
			weight += c.weight
			at++
		}
	}
	s[at], s[last] = pivot, s[at]
	return at, weight
}
