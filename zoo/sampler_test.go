package zoo

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// softmax is the distribution of logits.
func softmax(logits []float64) []float64 {
	p, total := make([]float64, len(logits)), 0.0
	for i, v := range logits {
		p[i] = math.Exp(v)
		total += p[i]
	}
	for i := range p {
		p[i] /= total
	}
	return p
}

// logs is the logits of a distribution.
func logs(p ...float64) []float64 {
	logits := make([]float64, len(p))
	for i, v := range p {
		logits[i] = math.Log(v) + 3 // a constant changes nothing
	}
	return logits
}

func TestSamplerChoosesByProbability(t *testing.T) {
	const draws = 40000
	logits := logs(0.1, 0.4, 0.05, 0.3, 0.15)
	for _, tc := range []struct {
		name    string
		sampler Sampler
		want    []float64 // up to a factor
	}{
		{"temperature 1", Sampler{Temperature: 1}, []float64{0.1, 0.4, 0.05, 0.3, 0.15}},
		{"temperature 1/2", Sampler{Temperature: 0.5}, []float64{0.01, 0.16, 0.0025, 0.09, 0.0225}},
		{"temperature 2", Sampler{Temperature: 2}, []float64{math.Sqrt(0.1), math.Sqrt(0.4), math.Sqrt(0.05), math.Sqrt(0.3), math.Sqrt(0.15)}},
		{"temperature ∞ in effect", Sampler{Temperature: 1e9}, []float64{1, 1, 1, 1, 1}},
		{"temperature 0 in effect", Sampler{Temperature: 1e-9}, []float64{0, 1, 0, 0, 0}},
		{"top 1", Sampler{Temperature: 1, TopK: 1}, []float64{0, 1, 0, 0, 0}},
		{"top 2", Sampler{Temperature: 1, TopK: 2}, []float64{0, 4, 0, 3, 0}},
		{"top of more than there are", Sampler{Temperature: 1, TopK: 9}, []float64{0.1, 0.4, 0.05, 0.3, 0.15}},
		{"nucleus of one", Sampler{Temperature: 1, TopP: 0.39}, []float64{0, 1, 0, 0, 0}},
		{"nucleus of two", Sampler{Temperature: 1, TopP: 0.41}, []float64{0, 4, 0, 3, 0}},
		{"nucleus of three", Sampler{Temperature: 1, TopP: 0.84}, []float64{0, 0.4, 0, 0.3, 0.15}},
		{"nucleus of all", Sampler{Temperature: 1, TopP: 1}, []float64{0.1, 0.4, 0.05, 0.3, 0.15}},
		{"nucleus after temperature", Sampler{Temperature: 0.5, TopP: 0.5}, []float64{0, 1, 0, 0, 0}},  // 0.16 of 0.285
		{"nucleus of the top", Sampler{Temperature: 1, TopK: 2, TopP: 0.55}, []float64{0, 1, 0, 0, 0}}, // 4 of 7
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			counts := make([]float64, len(logits))
			for range draws {
				counts[tc.sampler.Choose(logits, r)]++
			}
			total := 0.0
			for _, w := range tc.want {
				total += w
			}
			for i, w := range tc.want {
				p := w / total
				// Five standard deviations: by chance one draw of the table in 10 000 seeds is further off.
				if off := math.Abs(counts[i]/draws - p); off > 5*math.Sqrt(p*(1-p)/draws) {
					t.Errorf("index %d: %.4f of the draws, want %.4f", i, counts[i]/draws, p)
				}
			}
		})
	}
}

func TestSamplerWithoutProbability(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tc := range []struct {
		name   string
		logits []float64
		want   []int // any of them, each at least once
		greedy int
	}{
		{"equal", []float64{1, 1, 1}, []int{0, 1, 2}, 0},
		{"NaN", []float64{nan, 1, nan, 1}, []int{1, 3}, 1},
		{"minus infinity", []float64{-inf, 0, -inf, 0}, []int{1, 3}, 1},
		{"infinity", []float64{0, inf, 0}, []int{1}, 1},
		{"a thousand", []float64{-1000, 1000, 1000}, []int{1, 2}, 1},
		{"all NaN", []float64{nan, nan}, []int{0}, 0},
		{"all minus infinity", []float64{-inf, -inf}, []int{0}, 0},
		{"single", []float64{-7}, []int{0}, 0},
		{"none", nil, []int{-1}, -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := (Sampler{}).Choose(tc.logits, nil); got != tc.greedy {
				t.Errorf("greedy %d, want %d", got, tc.greedy)
			}
			for _, sampler := range []Sampler{{Temperature: 1}, {Temperature: 1, TopP: 1}, {Temperature: 1, TopK: 3}} {
				seen, r := map[int]bool{}, rand.New(rand.NewPCG(1, 2))
				for range 200 {
					seen[sampler.Choose(tc.logits, r)] = true
				}
				for _, i := range tc.want {
					if !seen[i] {
						t.Errorf("%+v never chose %d", sampler, i)
					}
					delete(seen, i)
				}
				if len(seen) > 0 {
					t.Errorf("%+v chose %v, want only %v", sampler, seen, tc.want)
				}
			}
		})
	}
}

// sorted is the definition of Choose, by sorting all logits.
func (c Sampler) sorted(logits []float64, r *rand.Rand) int {
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

// Choose draws what sorting the whole vocabulary would.
func TestSamplerChoosesAsIfSorted(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	shapes := map[string]func(int) float64{
		"normal":   func(int) float64 { return r.NormFloat64() },
		"peaked":   func(int) float64 { return 12 * r.NormFloat64() },
		"ties":     func(int) float64 { return float64(r.IntN(4)) },
		"equal":    func(int) float64 { return 1 },
		"rising":   func(i int) float64 { return float64(i) / 100 },
		"falling":  func(i int) float64 { return -float64(i) / 100 },
		"strange":  func(i int) float64 { return []float64{math.NaN(), math.Inf(-1), 1, r.NormFloat64()}[r.IntN(4)] },
		"infinite": func(i int) float64 { return []float64{math.Inf(1), 0, r.NormFloat64()}[r.IntN(3)] },
	}
	for name, logit := range shapes {
		for _, V := range []int{1, 2, 5, 96, 129, 300, 4000} {
			for _, sampler := range []Sampler{
				{}, {Temperature: 1}, {Temperature: 0.3}, {Temperature: 40}, {Temperature: 1e-12},
				{Temperature: 1, TopK: 1}, {Temperature: 1, TopK: 3}, {Temperature: 1, TopK: 40}, {Temperature: 1, TopK: 1000},
				{Temperature: 1, TopK: math.MaxInt}, {Temperature: 1, TopP: 0.1}, {Temperature: 1, TopP: 0.95}, {Temperature: 1, TopP: 1},
				{Temperature: 0.7, TopK: 200, TopP: 0.9},
			} {
				logits := make([]float64, V)
				for range 12 {
					for i := range logits {
						logits[i] = logit(i)
					}
					seed := r.Uint64()
					got := sampler.Choose(logits, rand.New(rand.NewPCG(seed, 0)))
					if want := sampler.sorted(logits, rand.New(rand.NewPCG(seed, 0))); got != want {
						t.Fatalf("%s, V=%d, %+v: chose %d (logit %v), want %d (logit %v)",
							name, V, sampler, got, logits[got], want, logits[want])
					}
				}
			}
		}
	}
}

// Whatever draws no numbers, or is given settings that Generate refuses, is greedy.
func TestSamplerGreedy(t *testing.T) {
	logits := []float64{0, 2, 2, 1}
	for _, sampler := range []Sampler{{Temperature: 1}, {Temperature: -1}, {Temperature: math.NaN()}, {TopK: -3, TopP: math.NaN()}} {
		if got := sampler.Choose(logits, nil); got != 1 {
			t.Errorf("%+v chose %d, want 1", sampler, got)
		}
	}
}

func BenchmarkSampler(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, V := range []int{96, 1000, 30000, 50000} {
		logits := make([]float64, V)
		for i := range logits {
			logits[i] = r.NormFloat64()
		}
		b.Run(fmt.Sprintf("V=%d/loop", V), func(b *testing.B) {
			sum := 0
			for b.Loop() {
				best := 0
				for i, v := range logits {
					if v > logits[best] {
						best = i
					}
				}
				sum += best
			}
			_ = sum
		})
		for name, sampler := range map[string]Sampler{
			"greedy": {}, "temperature": {Temperature: 1}, "top40": {Temperature: 1, TopK: 40}, "nucleus": {Temperature: 1, TopP: 0.95},
		} {
			b.Run(fmt.Sprintf("V=%d/%s", V, name), func(b *testing.B) {
				for b.Loop() {
					sampler.Choose(logits, r)
				}
			})
		}
	}
}
