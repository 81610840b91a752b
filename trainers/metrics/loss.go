package metrics

import "math"

// Perplexity is the exponential of a loss in nats per token: among how many equally likely tokens the
// model hesitates (Jelinek et al., 1977). Label smoothing in the loss raises it.
func Perplexity() Metric {
	return Metric{Name: "perplexity", Sums: lossSums, Value: func(sums []float64) float64 { return math.Exp(mean(sums)) }}
}

// BitsPerCharacter is a loss in nats per token divided by ln 2, which is what its name says where tokens
// are characters.
func BitsPerCharacter() Metric {
	return Metric{Name: "bpc", Unit: "bits", Sums: lossSums, Value: func(sums []float64) float64 { return mean(sums) / math.Ln2 }}
}

// lossSums leaves out the loss of a batch without targets, which is no number.
func lossSums(b Outcome) ([]float64, error) {
	if !(b.Weight > 0) {
		return []float64{0, 0}, nil
	}
	return []float64{b.Loss * b.Weight, b.Weight}, nil
}
