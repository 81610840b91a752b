package watch

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"
)

// The size of a chart in units of its SVG, and of the margins that hold its axes.
const (
	svgWidth, svgHeight = 640, 280
	left, right         = 68, 14
	top, bottom         = 10, 44
)

// dotted is how many points a line has at most that are marked each.
const dotted = 30

// A drawing is a chart and where its values lie in its SVG.
type drawing struct {
	*chart
	box
}

func (d drawing) px(x float64) float64 {
	return left + (x-d.x0)/(d.x1-d.x0)*(svgWidth-left-right)
}

func (d drawing) py(y float64) float64 {
	share := (y - d.y0) / (d.y1 - d.y0)
	if d.Log {
		share = (math.Log(y) - math.Log(d.y0)) / (math.Log(d.y1) - math.Log(d.y0))
	}
	return svgHeight - bottom - share*(svgHeight-top-bottom)
}

// SVG draws the chart. Colours are classes, which the page gives for light and dark.
func (d drawing) SVG() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, svgWidth, svgHeight, template.HTMLEscapeString(d.Title))
	for _, t := range d.yTicks() {
		y := d.py(t.At)
		fmt.Fprintf(&b, `<path class="grid" d="M%d %.1fH%d"/><text class="tick" x="%d" y="%.1f" text-anchor="end">%s</text>`,
			left, y, svgWidth-right, left-8, y+4, t.Label)
	}
	for _, t := range d.xTicks() {
		x := d.px(t.At)
		fmt.Fprintf(&b, `<path class="axis" d="M%.1f %dv5"/><text class="tick" x="%.1f" y="%d" text-anchor="middle">%s</text>`,
			x, svgHeight-bottom, x, svgHeight-bottom+18, t.Label)
	}
	fmt.Fprintf(&b, `<path class="axis" d="M%d %dH%d"/>`, left, svgHeight-bottom, svgWidth-right)
	fmt.Fprintf(&b, `<text class="label" x="%d" y="%d" text-anchor="middle">%s</text>`,
		(left+svgWidth-right)/2, svgHeight-6, template.HTMLEscapeString(d.X))
	middle := (top + svgHeight - bottom) / 2
	fmt.Fprintf(&b, `<text class="label" transform="translate(12 %d) rotate(-90)" text-anchor="middle">%s</text>`,
		middle, template.HTMLEscapeString(d.Y))
	for _, area := range d.Bands {
		outline := append(plotter.XYs{}, area.Upper...)
		for i := len(area.Lower) - 1; i >= 0; i-- {
			outline = append(outline, area.Lower[i])
		}
		fmt.Fprintf(&b, `<path class="band %s" d="%sZ"/>`, colorClass(area.Color), d.path(outline))
	}
	for _, l := range d.inOrder() {
		class := "line " + l.class()
		if l.Faint {
			class += " faint"
		}
		fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, class, d.path(l.Points))
		if len(l.Points) <= dotted {
			for _, p := range l.Points {
				fmt.Fprintf(&b, `<circle class="dot %s" cx="%.1f" cy="%.1f" r="3"/>`, colorClass(l.Color), d.px(p.X), d.py(p.Y))
			}
		}
	}
	b.WriteString(`<path class="cross" d=""/></svg>`)
	return template.HTML(b.String())
}

// inOrder is the lines with the faint ones below the others.
func (c *chart) inOrder() (list []line) {
	for _, faint := range []bool{true, false} {
		for _, l := range c.Lines {
			if l.Faint == faint {
				list = append(list, l)
			}
		}
	}
	return list
}

func (d drawing) path(points plotter.XYs) string {
	var b strings.Builder
	for i, p := range points {
		verb := byte('L')
		if i == 0 {
			verb = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", verb, d.px(p.X), d.py(p.Y))
	}
	return b.String()
}

// colors is how many the palette has; lines beyond are dashed.
const colors = 8

func colorClass(i int) string {
	switch {
	case i == ink:
		return "ink"
	case i < colors:
		return fmt.Sprintf("c%d", i)
	}
	return fmt.Sprintf("c%d dashed", i%colors)
}

func (l line) class() string {
	if class := colorClass(l.Color); !l.Dashed || strings.HasSuffix(class, "dashed") {
		return class
	}
	return colorClass(l.Color) + " dashed"
}

// Legend is the lines and bands to name, where there is more to tell than that it is of training.
func (d drawing) Legend() []legend {
	var list []legend
	for _, l := range d.Lines {
		if !l.Faint {
			list = append(list, legend{l.Name, l.class()})
		}
	}
	for _, b := range d.Bands {
		if b.Name != "" {
			list = append(list, legend{b.Name, colorClass(b.Color) + " area"})
		}
	}
	if len(list) == 1 && list[0].Name == training {
		return nil
	}
	return list
}

type legend struct{ Name, Class string }

// Hover is what the page's script needs to tell values: where x lies, and the lines.
func (d drawing) Hover() any {
	type hoverLine struct {
		Name   string       `json:"name"`
		Class  string       `json:"class"`
		Points [][2]float64 `json:"points"`
	}
	lines := []hoverLine{}
	add := func(name, class string, points plotter.XYs) {
		h := hoverLine{name, class, make([][2]float64, len(points))}
		for i, p := range points {
			h.Points[i] = [2]float64{p.X, round(p.Y)}
		}
		lines = append(lines, h)
	}
	for _, l := range d.Lines {
		add(l.Name, l.class(), l.Points)
	}
	for _, b := range d.Bands {
		if b.Name != "" {
			add(b.Name+", upper", colorClass(b.Color)+" area", b.Upper)
			add(b.Name+", lower", colorClass(b.Color)+" area", b.Lower)
		}
	}
	return struct {
		X     string      `json:"x"`
		Dates bool        `json:"dates"`
		Range [2]float64  `json:"range"`
		Lines []hoverLine `json:"lines"`
	}{d.X, d.Dates, [2]float64{d.x0, d.x1}, lines}
}

// round leaves five digits.
func round(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 5, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// A tick is a mark of an axis.
type tick struct {
	At    float64
	Label string
}

func (d drawing) xTicks() []tick {
	least := 0.0
	if d.X == "step" {
		least = 1
	}
	if d.Dates {
		if list := dateTicks(d.x0, d.x1); list != nil {
			return list
		}
	}
	return numbered(ticks(d.x0, d.x1, least))
}

func (d drawing) yTicks() []tick {
	if !d.Log {
		return numbered(ticks(d.y0, d.y1, 0))
	}
	return numbered(logTicks(d.y0, d.y1))
}

// numbered labels ticks with their numbers.
func numbered(values []float64) []tick {
	list := make([]tick, len(values))
	for i, v := range values {
		list[i] = tick{v, short(v)}
	}
	return list
}

// ticks are about five round numbers from a to b, at least some distance apart.
func ticks(a, b, least float64) (list []float64) {
	rough := (b - a) / 5
	unit := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if step := max(least, factor*unit); step >= rough*0.8 {
			first := math.Ceil(a / step)
			for i := 0.0; (first+i)*step <= b; i++ { // first alone may be too large to count on
				list = append(list, (first+i)*step)
			}
			return list
		}
	}
	return list
}

// logTicks are powers of ten, with 2 and 5 times them where they are few.
func logTicks(a, b float64) (list []float64) {
	first, last := math.Floor(math.Log10(a)), math.Floor(math.Log10(b))
	factors := []float64{1}
	if math.Log10(b)-math.Log10(a) < 2.5 {
		factors = []float64{1, 2, 5}
	}
	for e := first; e <= last; e += max(1, math.Ceil((last-first)/6)) {
		for _, factor := range factors {
			if t := factor * math.Pow(10, e); t >= a && t <= b {
				list = append(list, t)
			}
		}
	}
	return list
}

// short prints a number as axes and tables have it: "0.25", "1e-5", "20k", "3M".
func short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e6 && a < 1e9:
		return strconv.FormatFloat(v/1e6, 'g', 4, 64) + "M"
	case a >= 1e4 && a < 1e6:
		return strconv.FormatFloat(v/1e3, 'g', 4, 64) + "k"
	case a >= 1e9 || a > 0 && a < 1e-3:
		s := strconv.FormatFloat(v, 'e', 2, 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		n, _ := strconv.Atoi(exponent)
		return strings.TrimRight(strings.TrimRight(mantissa, "0"), ".") + "e" + strconv.Itoa(n)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
