package trainers

import "math"

var _ Schedule = OneCycle{}

// OneCycle rises from Max/Div to Max and falls far below where it began (Smith, 2018), along half a
// cosine each, as PyTorch does in two phases:
//
//	Max/Div → Max                 up to step Start·Steps - 1
//	Max → Max/Div/FinalDiv        up to step Steps - 1; it stays there
type OneCycle struct {
	Max      float64 // greatest rate
	Steps    int     // of the whole schedule, at least 1
	Start    float64 // share of the steps in which the rate rises, below 1; 0 means 0.3
	Div      float64 // Max divided by the first rate; 0 means 25
	FinalDiv float64 // first rate divided by the last; 0 means 1e4
}

// Rate implements Schedule.
func (c OneCycle) Rate(step int) float64 {
	start := or(c.Start, 0.3)
	if c.Steps < 1 || !(start > 0 && start < 1) {
		return math.NaN()
	}
	begin := c.Max / or(c.Div, 25)
	peak := start*float64(c.Steps) - 1 // the step of the greatest rate
	t := float64(step)
	if t < peak {
		return anneal(begin, c.Max, t/peak)
	}
	return anneal(c.Max, begin/or(c.FinalDiv, 1e4), (t-peak)/(float64(c.Steps)-1-peak))
}
