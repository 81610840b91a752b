package watch

import (
	"cmp"
	"math"
	"path"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"

	"github.com/elman-go/elman/trainers"
)

// A chart is one picture, before it is drawn as SVG or PNG.
type chart struct {
	Name  string // of its file
	Title string
	X, Y  string // what the axes show, with units
	Note  string // what is to be known of it; "" says nothing
	Log   bool   // y on a scale of logarithms
	Dates bool   // x are times, in seconds since 1970
	Bands []band
	Lines []line
}

// A line of one colour.
type line struct {
	Name   string
	Color  int // of the palette; ink for the colour of text
	Points plotter.XYs
	Faint  bool // below the others, and not in the legend
	Dashed bool
}

const ink = -1

// A band lies between two lines over the same x.
type band struct {
	Name         string // in the legend; "" is not
	Color        int    // of the palette
	Lower, Upper plotter.XYs
}

func (c *chart) empty() bool { return len(c.Lines) == 0 && len(c.Bands) == 0 }

// known are the numbers of this module's own hooks.
var known = map[string]struct{ title, y string }{
	"loss":         {"Loss", "loss"},
	"rate":         {"Learning rate", "learning rate"},
	"grad_norm":    {"Gradient norm", "norm before clipping"},
	"update_ratio": {"Update ratio", "norm of update / norm of weights"},
}

const training = "training"

// lossNote says why there are two losses for one step.
const lossNote = "training: mean over the batches of a step, before the step and with dropout; " +
	"others: mean over all of their data, after the step and without"

// A run is a record with the name it has among others.
type run struct {
	Name string // "" where there are no others
	*record
}

// kindOf puts numbers of one kind into one group, whose lines have labels: the update ratios of all parameters, and
// else what has the same last name, as "loss" and "validation/loss".
func kindOf(name string) (group, label string) {
	if below, ok := strings.CutPrefix(name, "update_ratio/"); ok {
		return "update_ratio", below
	}
	if label = path.Dir(name); label == "." {
		label = training
	}
	return path.Base(name), label
}

// scalarCharts draws the numbers of one run.
func scalarCharts(k *record) []*chart {
	var charts named[chart]
	units := map[string]string{}
	for name, s := range k.scalars.all() {
		if len(s.columns) == 0 {
			continue
		}
		group, label := kindOf(name)
		c := charts.get(group)
		color := 0
		for _, l := range c.Lines {
			color = max(color, l.Color+1)
		}
		points := s.points()
		if s.isNoisy(points) {
			c.Lines = append(c.Lines, line{Name: "single values", Color: color, Points: points, Faint: true})
			points, label = s.means(80), label+", mean"
		}
		c.Lines = append(c.Lines, line{Name: label, Color: color, Points: points})
		units[group] = cmp.Or(units[group], s.unit)
	}
	return finished(&charts, units)
}

// comparedCharts draws the numbers of several runs over one another, each run in one colour: what is measured of the
// training, and of other data in the same chart, is dashed.
func comparedCharts(runs []run) []*chart {
	var charts named[chart]
	units := map[string]string{}
	for i, r := range runs {
		for name, s := range r.scalars.all() {
			group, label := kindOf(name)
			if len(s.columns) == 0 || group == "update_ratio" { // the parameters are not the same
				continue
			}
			points := s.points()
			if s.isNoisy(points) {
				points = s.means(80)
			}
			c := charts.get(group)
			c.Lines = append(c.Lines, line{Name: label, Color: i, Points: points, Dashed: label == training})
			units[group] = cmp.Or(units[group], s.unit)
		}
	}
	for _, c := range charts.all() {
		same := !slices.ContainsFunc(c.Lines, func(l line) bool { return l.Name != c.Lines[0].Name })
		for i := range c.Lines {
			l := &c.Lines[i]
			if same {
				l.Name, l.Dashed = runs[l.Color].Name, false
			} else {
				l.Name = runs[l.Color].Name + ", " + l.Name
			}
		}
	}
	return finished(&charts, units)
}

// finished gives charts of numbers their titles and axes.
func finished(charts *named[chart], units map[string]string) (list []*chart) {
	for group, c := range charts.all() {
		c.Name, c.Title, c.X, c.Y = group, group, "step", group
		if known, ok := known[group]; ok {
			c.Title, c.Y = known.title, known.y
		}
		c.Y = withUnit(c.Y, units[group])
		if group == "loss" && slices.ContainsFunc(c.Lines, func(l line) bool { return !l.Faint && !strings.Contains(l.Name, training) }) {
			c.Note = lossNote
		}
		c.Log = group != "rate" && spread(c.Lines)
		list = append(list, c)
	}
	return list
}

func withUnit(what, unit string) string {
	switch {
	case unit == "":
		return what
	case what == "":
		return unit
	}
	return what + ", " + unit
}

// isNoisy reports whether a series is shown by its means, with its values behind.
func (s *series) isNoisy(points plotter.XYs) bool { return len(s.columns) >= 200 && noisy(points) }

// noisy tells a line that goes up and down from a schedule.
func noisy(points plotter.XYs) bool {
	var way float64
	least, greatest := points[0].Y, points[0].Y
	for i, p := range points[1:] {
		way += math.Abs(p.Y - points[i].Y)
		least, greatest = min(least, p.Y), max(greatest, p.Y)
	}
	return way > 4*(greatest-least)
}

// spread reports whether values are positive and more than a factor of 50 apart.
func spread(lines []line) bool {
	least, greatest := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, p := range l.Points {
			least, greatest = min(least, p.Y), max(greatest, p.Y)
		}
	}
	return least > 0 && greatest > 50*least
}

// distributionCharts show how histograms move: their range, 90 % and half of all values, and the median.
func (k *record) distributionCharts() []*chart {
	var list []*chart
	for name, histograms := range k.histograms.all() {
		c := &chart{Name: name, Title: name, X: "step", Y: "value"}
		for _, pair := range [][2]float64{{0, 1}, {0.05, 0.95}, {0.25, 0.75}} {
			c.Bands = append(c.Bands, band{Lower: quantiles(histograms.all(), pair[0]), Upper: quantiles(histograms.all(), pair[1])})
		}
		c.Lines = []line{{Name: "median", Points: quantiles(histograms.all(), 0.5)}}
		if len(c.Lines[0].Points) > 0 {
			list = append(list, c)
		}
	}
	return list
}

func quantiles(histograms []dated[trainers.Histogram], share float64) plotter.XYs {
	var xy plotter.XYs
	for _, h := range histograms {
		if len(h.Value.Counts) > 0 && drawable(h.Value.Min) && drawable(h.Value.Max) {
			xy = append(xy, plotter.XY{X: float64(h.Step), Y: quantile(h.Value, share)})
		}
	}
	return xy
}

// quantile takes the values of a bin to lie evenly in it.
func quantile(h trainers.Histogram, share float64) float64 {
	below, want := 0.0, share*float64(h.Count())
	for i, n := range h.Counts {
		if n := float64(n); n > 0 && below+n >= want {
			return h.Edge(i) + (h.Edge(i+1)-h.Edge(i))*(want-below)/n
		} else {
			below += n
		}
	}
	return h.Max
}

// curveChart is one picture of curves.
func curveChart(name string, curves trainers.Curves) *chart {
	c := &chart{Name: name, Title: name, X: curves.X, Y: withUnit(curves.Y, curves.Unit), Dates: curves.Dates}
	for i, curve := range curves.Lines {
		l := line{Name: curve.Name, Color: i - 1} // the first, the truth, in ink
		for j, y := range curve.Y {
			if x := at(curve.X, j); drawable(x) && drawable(y) {
				l.Points = append(l.Points, plotter.XY{X: x, Y: y})
			}
		}
		if len(l.Points) > 0 {
			c.Lines = append(c.Lines, l)
		}
	}
	for _, area := range curves.Bands {
		b := band{Name: area.Name}
		for j := range min(len(area.Lower), len(area.Upper)) {
			x, lower, upper := at(area.X, j), area.Lower[j], area.Upper[j]
			if drawable(x) && drawable(lower) && drawable(upper) {
				b.Lower = append(b.Lower, plotter.XY{X: x, Y: lower})
				b.Upper = append(b.Upper, plotter.XY{X: x, Y: upper})
			}
		}
		if len(b.Lower) > 0 {
			c.Bands = append(c.Bands, b)
		}
	}
	return c
}

// at is the place of a value on the axis of x.
func at(x []float64, i int) float64 {
	if i < len(x) {
		return x[i]
	}
	return float64(i)
}

// box is the rectangle of values that a chart shows, with some space around; of charts that are shown in
// one place it holds all.
type box struct{ x0, x1, y0, y1 float64 }

func boxOf(charts ...*chart) box {
	b := box{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	log := false
	for _, c := range charts {
		log = log || c.Log
		for _, l := range c.Lines {
			b.include(l.Points)
		}
		for _, band := range c.Bands {
			b.include(band.Lower)
			b.include(band.Upper)
		}
	}
	if b.x0 == b.x1 {
		b.x0, b.x1 = b.x0-1, b.x1+1
	}
	if log {
		b.y0, b.y1 = b.y0/1.2, b.y1*1.2
		return b
	}
	space := 0.05 * (b.y1 - b.y0)
	if !(space > 1e-12*max(math.Abs(b.y0), math.Abs(b.y1))) {
		space = max(0.1*math.Abs(b.y0), 1e-9)
	}
	if b.y0 >= 0 && b.y0 < 4*space {
		b.y0 = space // a scale that begins near 0 begins at 0
	}
	b.y0, b.y1 = b.y0-space, b.y1+space
	return b
}

func (b *box) include(points plotter.XYs) {
	for _, p := range points {
		b.x0, b.x1 = min(b.x0, p.X), max(b.x1, p.X)
		b.y0, b.y1 = min(b.y0, p.Y), max(b.y1, p.Y)
	}
}
