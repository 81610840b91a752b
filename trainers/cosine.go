package trainers

import "math"

var _ Schedule = Cosine{}

// Cosine warms up along a line and then falls along half a cosine, without restarts (Loshchilov &
// Hutter, 2017, eq. 5):
//
//	rate = Peak · (step+1)/(Warmup+1)                         step < Warmup
//	rate = Floor + (Peak-Floor)/2 · (1 + cos(π·progress))     progress = (step-Warmup)/(Steps-Warmup)
//
// From Steps on it is Floor.
type Cosine struct {
	Peak   float64 // rate after the warm-up
	Floor  float64 // rate at the end; 0 is what the paper takes
	Warmup int     // steps; 0 means none
	Steps  int     // of the whole schedule, warm-up included; more than Warmup
}

// Rate implements Schedule.
func (c Cosine) Rate(step int) float64 {
	switch {
	case c.Warmup < 0 || c.Steps <= c.Warmup:
		return math.NaN()
	case step < c.Warmup:
		return c.Peak * float64(step+1) / float64(c.Warmup+1)
	}
	return anneal(c.Peak, c.Floor, float64(step-c.Warmup)/float64(c.Steps-c.Warmup))
}

// anneal goes from one value to another along half a cosine, and stays there when progress is above 1.
func anneal(from, to, progress float64) float64 {
	return to + (from-to)/2*(1+math.Cos(math.Pi*min(progress, 1)))
}
