package kernel

import "math"

// An AdamStep is one update of Adam's, its corrections for the start at zero worked into Rate and Root.
type AdamStep[F Float] struct {
	Beta1, Beta2 float64 // 1-Beta2 has few digits in float32
	Rate         F       // of m/(Root·√v + Epsilon)
	Root         F
	Epsilon      F
	Decay        F // · p, added to the gradient
	Keep         F // what p is multiplied by first
}

// Adam updates p and its moments m and v from the gradient g, as
//
//	g = g + Decay·p
//	m = Beta1·m + (1-Beta1)·g
//	v = Beta2·v + (1-Beta2)·g²
//	p = Keep·p - Rate·m/(Root·√v + Epsilon)
//
// It runs on as many threads as are worth it.
func Adam[F Float](t Threads, s AdamStep[F], p, m, v, g []F) {
	cut(t, len(g), 64, func(from, to int) {
		if fast[F]() && to > from {
			step := AdamStep[float32]{
				Beta1: s.Beta1, Beta2: s.Beta2, Rate: float32(s.Rate), Root: float32(s.Root),
				Epsilon: float32(s.Epsilon), Decay: float32(s.Decay), Keep: float32(s.Keep),
			}
			adamUpdate(to-from, first(p[from:to]), first(m[from:to]), first(v[from:to]), first(g[from:to]), &step)
			return
		}
		keep1, take1, keep2, take2 := F(s.Beta1), F(1-s.Beta1), F(s.Beta2), F(1-s.Beta2)
		for i := from; i < to; i++ {
			d := g[i] + s.Decay*p[i]
			m[i] = keep1*m[i] + take1*d
			v[i] = keep2*v[i] + take2*d*d
			p[i] = s.Keep*p[i] - s.Rate*m[i]/(s.Root*F(math.Sqrt(float64(v[i])))+s.Epsilon)
		}
	})
}
