package graph

import (
	"fmt"
	"hash/fnv"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Random operations hold no generator. Every number they draw is a hash of the Store's seed, the
// scope's path, the operation's ordinal there, the timestep, the number of the run, and the element:
// it does not depend on how the graph is run or by how many threads.

// randomKeys counts the random operations of each scope.
type randomKeys map[string]int

// randomKey is the hash of what does not change from run to run nor from timestep to timestep.
func (s *Scope) randomKey() uint64 {
	keys := s.b.random
	if s.b.step != nil {
		keys = s.b.step.random
	}
	ordinal := keys[s.path]
	keys[s.path]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", s.b.store.seed, s.path, ordinal)
	return h.Sum64()
}

// mix is the finaliser of SplitMix64 (Steele, Lea & Flood, 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// golden is 2^64 divided by the golden ratio, the step of SplitMix64.
const golden = 0x9e3779b97f4a7c15

// uniform draws the number of an element, in [0, 1).
func uniform(stream uint64, element int) float64 {
	return float64(mix(stream+uint64(element+1)*golden)>>11) / (1 << 53)
}

// Dropout sets each element to zero with probability rate and divides the others by 1-rate (Srivastava
// et al., 2014), differently in every run and timestep. Outside training, and at rate 0, it is x.
func (s *Scope) Dropout(x *G.Node, rate float64) *G.Node { return s.dropout(x, rate, false) }

// LockedDropout is Dropout with one mask for all timesteps of a run (variational dropout, Gal &
// Ghahramani, 2016): inside a step the same in every step, outside of one the same along the leading
// axis of x [T, ...].
func (s *Scope) LockedDropout(x *G.Node, rate float64) *G.Node { return s.dropout(x, rate, true) }

func (s *Scope) dropout(x *G.Node, rate float64, locked bool) *G.Node {
	if !(rate >= 0 && rate < 1) {
		s.Fail("dropout: rate %v, want 0 ≤ rate < 1", rate)
	}
	s.bring("dropout", []*G.Node{x})
	if rate == 0 || !s.Training() {
		return x
	}
	period := x.Shape().TotalSize()
	if locked && s.b.step == nil {
		if x.Shape().IsScalar() {
			s.Fail("locked dropout (): want a leading axis [T, ...]")
		}
		period /= x.Shape()[0]
	}
	d := dropout{rate: rate, key: s.randomKey(), period: period, run: s.b.run}
	if s.b.step != nil && !locked {
		d.t = s.b.step.t
	}
	return s.apply(d, x)
}

type dropout struct {
	rate   float64
	key    uint64
	t      int // timestep it belongs to, from 1; 0: none; everyTimestep: the one under way
	period int // the mask repeats after so many elements
	run    *uint64
}

// everyTimestep is the t of what is declared once for all timesteps.
const everyTimestep = -1

func (d dropout) String() string {
	return fmt.Sprintf("dropout %v #%x t=%d %d", d.rate, d.key, d.t, d.period)
}

// at is the dropout of one timestep, counted from 0.
func (d dropout) at(t int) dropout {
	if d.t == everyTimestep {
		d.t = 1 + t
	}
	return d
}

// stream keys the numbers of this run and timestep.
func (d dropout) stream() uint64 { return mix(d.key ^ mix(*d.run*golden) ^ mix(uint64(d.t)*golden)) }

func (d dropout) infer(in []tensor.Shape) (tensor.Shape, error) { return in[0], nil }

func (d dropout) run32(t threads, dst []float32, in []operand[float32]) error {
	return dropoutRun(t, d, dst, in[0])
}
func (d dropout) run64(t threads, dst []float64, in []operand[float64]) error {
	return dropoutRun(t, d, dst, in[0])
}

func dropoutRun[F float](t threads, d dropout, dst []F, x operand[F]) error {
	inParallel(t, len(dst), 1, func(from, to int) {
		for from < to { // as far as the mask goes
			first := from % d.period
			n := min(d.period-first, to-from)
			dropElements(d, first, dst[from:from+n], x.data[from:])
			from += n
		}
	})
	return nil
}

// dropElements treats elements that begin at number first of the mask.
func dropElements[F float](d dropout, first int, dst, x []F) {
	stream, scale := d.stream(), F(1/(1-d.rate))
	for i := range dst {
		v := x[i]
		dst[i] = 0
		if uniform(stream, first+i) >= d.rate {
			dst[i] = v * scale
		}
	}
}

// diff drops the same elements of the gradient.
func (d dropout) diff(s *Scope, _ G.Nodes, _, grad *G.Node) G.Nodes { return G.Nodes{s.apply(d, grad)} }
