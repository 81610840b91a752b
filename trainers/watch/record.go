package watch

import (
	"iter"
	"math"
	"os"
	"time"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/plotter"

	"github.com/elman-go/elman/trainers"
)

// A record keeps of the events what a picture can show, and no more memory however long training is.
type record struct {
	step, epoch int
	elapsed     time.Duration // over all calls of Fit
	latest      time.Duration // of the one under way
	log         string        // a file of JSON with the same events; "" if there is none

	scalars    named[series]
	texts      named[kept[string]]
	histograms named[kept[trainers.Histogram]]
	curves     named[kept[trainers.Curves]]
}

// Event implements trainers.Listener.
func (k *record) Event(_ *trainers.Run, e trainers.Event) error {
	e = clean(e)
	k.step, k.epoch = e.Step, e.Epoch
	if e.Elapsed >= k.latest {
		k.elapsed += e.Elapsed - k.latest
	} else {
		k.elapsed += e.Elapsed // another call of Fit
	}
	k.latest = e.Elapsed
	switch v := e.Value.(type) {
	case float64:
		s := k.scalars.get(e.Name)
		s.unit = e.Unit
		s.add(e.Step, v)
	case string:
		k.texts.get(e.Name).add(e.Step, shown(v))
	case trainers.Histogram:
		k.histograms.get(e.Name).add(e.Step, v)
	case trainers.Curves:
		k.curves.get(e.Name).add(e.Step, v)
	}
	return nil
}

// Step implements trainers.Hook.
func (k *record) Step(*trainers.Run) error { return nil }

// restart forgets everything; when training is resumed it reads what a log of JSON says of before.
func (k *record) restart(r *trainers.Run, log string) error {
	*k = record{log: log}
	if !goesOn(r) || r.Rehearsal() || log == "" {
		return nil
	}
	f, err := os.Open(log)
	if os.IsNotExist(err) {
		return nil
	} else if err != nil {
		return errors.WithStack(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() { // a terminal says nothing of before
		return errors.WithStack(err)
	}
	stays := continues(r, nameOf)
	for e, err := range ReadJSON(f) {
		if err != nil {
			return errors.Wrap(err, log)
		}
		if !stays.keeps(e.Step, e.Name) {
			break
		}
		if err := k.Event(r, e); err != nil {
			return err
		}
	}
	k.latest = 0
	return nil
}

// Rewind implements trainers.Rewinder: what did not happen is forgotten. With a log it is read again; without one the
// last column of pixels before may be lost.
func (k *record) Rewind(r *trainers.Run) error {
	elapsed := k.elapsed
	if k.log != "" {
		if err := k.restart(r, k.log); err != nil {
			return err
		}
	} else {
		for _, s := range k.scalars.all() {
			s.rewind(r.Step)
		}
		for _, t := range k.texts.all() {
			t.rewind(r.Step)
		}
		for _, h := range k.histograms.all() {
			h.rewind(r.Step)
		}
		for _, c := range k.curves.all() {
			c.rewind(r.Step)
		}
	}
	k.step, k.epoch, k.elapsed, k.latest = r.Step, r.Epoch, elapsed, r.Elapsed
	return nil
}

// named is values in order of their first mention.
type named[T any] struct {
	names []string
	by    map[string]*T
}

func (n *named[T]) get(name string) *T {
	if n.by[name] == nil {
		if n.by == nil {
			n.by = map[string]*T{}
		}
		n.names = append(n.names, name)
		n.by[name] = new(T)
	}
	return n.by[name]
}

func (n *named[T]) all() iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		for _, name := range n.names {
			if !yield(name, n.by[name]) {
				return
			}
		}
	}
}

// drawable tells what has a place on a scale: what is finite, and far enough from the greatest float that
// differences are finite too.
func drawable(v float64) bool { return math.Abs(v) < math.MaxFloat64/8 }

// most is how many columns a series has at most: the width of a chart.
const most = svgWidth - left - right

// A series is a number over the steps. Where there are more than pixels it keeps the least and the
// greatest of each column of pixels, so that no spike is lost. What is not drawable is left out.
type series struct {
	unit    string
	width   int // steps in a column; 0 means 1
	columns []column
	last    plotter.XY
}

type column struct {
	least, greatest plotter.XY
	sum             plotter.XY
	n               float64
}

func (s *series) add(step int, v float64) {
	if !drawable(v) {
		return
	}
	s.width = max(1, s.width)
	at := plotter.XY{X: float64(step), Y: v}
	s.last = at
	s.columns = s.put(s.columns, column{at, at, at, 1})
	for len(s.columns) > most {
		s.width *= 2
		wider := s.columns[:0]
		for _, c := range s.columns {
			wider = s.put(wider, c)
		}
		s.columns = wider
	}
}

// rewind forgets what is of later steps, with the column that has some of it.
func (s *series) rewind(step int) {
	n := len(s.columns)
	for n > 0 && int(max(s.columns[n-1].least.X, s.columns[n-1].greatest.X)) > step {
		n--
	}
	if s.columns = s.columns[:n]; n > 0 && int(s.last.X) > step {
		s.last = s.columns[n-1].greatest
		if least := s.columns[n-1].least; least.X > s.last.X {
			s.last = least
		}
	}
}

// put appends a column, or merges it with the last if they are the same column of pixels.
func (s *series) put(columns []column, c column) []column {
	if n := len(columns); n > 0 {
		last := &columns[n-1]
		if int(last.least.X)/s.width == int(c.least.X)/s.width {
			if c.least.Y < last.least.Y {
				last.least = c.least
			}
			if c.greatest.Y > last.greatest.Y {
				last.greatest = c.greatest
			}
			last.sum.X, last.sum.Y, last.n = last.sum.X+c.sum.X, last.sum.Y+c.sum.Y, last.n+c.n
			return columns
		}
	}
	return append(columns, c)
}

// points is the line through the extremes of each column, in order of steps.
func (s *series) points() plotter.XYs {
	var xy plotter.XYs
	for _, c := range s.columns {
		a, b := c.least, c.greatest
		if b.X < a.X {
			a, b = b, a
		}
		xy = append(xy, a)
		if b != a {
			xy = append(xy, b)
		}
	}
	if n := len(xy); n > 0 && xy[n-1] != s.last {
		xy = append(xy, s.last)
	}
	return xy
}

// least is the point of the least value.
func (s *series) least() plotter.XY {
	least := s.columns[0].least
	for _, c := range s.columns {
		if c.least.Y < least.Y {
			least = c.least
		}
	}
	return least
}

// means is the mean of each of n parts of the steps.
func (s *series) means(n int) plotter.XYs {
	xy := make(plotter.XYs, n)
	for i := range n {
		var sum plotter.XY
		var count float64
		for _, c := range s.columns[i*len(s.columns)/n : (i+1)*len(s.columns)/n] {
			sum.X, sum.Y, count = sum.X+c.sum.X, sum.Y+c.sum.Y, count+c.n
		}
		xy[i] = plotter.XY{X: sum.X / count, Y: sum.Y / count}
	}
	return xy
}

// snapshots is how many kept has at most, and the last.
const snapshots = 40

// kept is some values of those that were added, about evenly spread, with the first and the last.
type kept[T any] struct {
	list   []dated[T]
	stride int // of values, one is kept; 0 means 1
	seen   int
	last   dated[T]
}

type dated[T any] struct {
	Step  int
	Value T
}

func (k *kept[T]) add(step int, v T) {
	k.stride = max(1, k.stride)
	k.last = dated[T]{step, v}
	if k.seen%k.stride == 0 {
		k.list = append(k.list, k.last)
	}
	k.seen++
	if len(k.list) > snapshots {
		for i := 0; 2*i < len(k.list); i++ {
			k.list[i] = k.list[2*i]
		}
		k.list, k.stride = k.list[:(len(k.list)+1)/2], 2*k.stride
	}
}

// rewind forgets what is of later steps.
func (k *kept[T]) rewind(step int) {
	n := len(k.list)
	for n > 0 && k.list[n-1].Step > step {
		n--
	}
	if n < len(k.list) || k.last.Step > step {
		k.list, k.seen, k.last = k.list[:n], 0, dated[T]{}
		if n > 0 {
			k.seen, k.last = (n-1)*k.stride+1, k.list[n-1]
		}
	}
}

// all lists what is kept in order.
func (k *kept[T]) all() []dated[T] {
	if k.seen > 0 && (k.seen-1)%k.stride != 0 {
		return append(k.list[:len(k.list):len(k.list)], k.last)
	}
	return k.list
}
