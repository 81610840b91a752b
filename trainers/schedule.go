package trainers

import "math"

// A Schedule gives the learning rate of each step. Steps count from 0, so step is how many were done
// before. Settings that make no sense give NaN, at which Fit stops before the step.
type Schedule interface {
	Rate(step int) float64
}

var _ Schedule = Constant(0)

// Constant is the same learning rate at every step.
type Constant float64

// Rate implements Schedule.
func (c Constant) Rate(int) float64 { return float64(c) }

var _ Schedule = Step{}

// Step multiplies the rate by Gamma every so many steps, from Hold on:
//
//	rate = Base · Gamma^⌊max(0, step-Hold)/Every⌋
type Step struct {
	Base  float64 // rate of the first steps
	Hold  int     // steps that do not count; 0 means none
	Every int     // steps, at least 1
	Gamma float64 // above 0; 0 means 0.1
}

// Rate implements Schedule.
func (s Step) Rate(step int) float64 {
	if s.Every < 1 {
		return math.NaN()
	}
	return s.Base * math.Pow(or(s.Gamma, 0.1), float64(max(0, step-s.Hold)/s.Every))
}

var _ Schedule = Exponential{}

// Exponential multiplies the rate by Gamma at each step:
//
//	rate = Base · Gamma^step
type Exponential struct {
	Base  float64 // rate of the first step
	Gamma float64 // above 0, and below 1 to decay
}

// Rate implements Schedule.
func (e Exponential) Rate(step int) float64 {
	if e.Gamma <= 0 {
		return math.NaN()
	}
	return e.Base * math.Pow(e.Gamma, float64(step))
}
