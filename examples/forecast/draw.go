package main

import (
	"cmp"
	"image/color"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/elman-go/elman/examples/internal/cli"
	"github.com/elman-go/elman/trainers/data/series"
)

// picture is a series and the forecast of its end, or of what follows it.
type picture struct {
	title, unit string
	dates       []time.Time // of the rows; nil counts them
	values      []float64   // of the rows, those that were forecast too if they are known
	known       int         // rows that the forecast was made from
	levels      [3][]float64
	from        int // the first row that is drawn
}

// draw writes the end of the history, the rows that were forecast, and the forecast with its band.
func (d picture) draw(path string) error {
	dates := d.dates
	if missing := d.known + len(d.levels[1]) - len(dates); dates != nil && missing > 0 {
		dates = append(dates[:len(dates):len(dates)], series.Following(dates, missing)...)
	}
	points := func(from int, values []float64) plotter.XYs {
		xy := make(plotter.XYs, len(values))
		for i, v := range values {
			xy[i] = plotter.XY{X: float64(from + i), Y: v}
			if dates != nil {
				xy[i].X = float64(dates[from+i].Unix())
			}
		}
		return xy
	}
	p := plot.New()
	p.Title.Text = d.title
	p.Title.Padding = vg.Points(6)
	p.X.Label.Text, p.Y.Label.Text = "row", d.unit
	if dates != nil {
		p.X.Label.Text = ""
		p.X.Tick.Marker = plot.TimeTicks{Format: dateLayout(dates), Time: func(t float64) time.Time { return time.Unix(int64(t), 0).UTC() }}
	}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())

	upper, lower := points(d.known, d.levels[2]), points(d.known, d.levels[0])
	outline := append(plotter.XYs{}, upper...)
	for i := len(lower) - 1; i >= 0; i-- {
		outline = append(outline, lower[i])
	}
	band, err := plotter.NewPolygon(outline)
	if err != nil {
		return errors.Wrap(err, "plot")
	}
	band.Color, band.LineStyle.Width = color.NRGBA{R: 0xd9, G: 0x5f, B: 0x02, A: 0x40}, 0
	p.Add(band)
	p.Legend.Add("10 % to 90 %", band)
	type curve struct {
		name  string
		xy    plotter.XYs
		color color.Color
	}
	curves := []curve{{"history", points(d.from, d.values[d.from:d.known]), color.Gray{0x80}}}
	if len(d.values) > d.known {
		curves = append(curves, curve{"held out", points(d.known-1, d.values[d.known-1:]), color.Black})
	}
	curves = append(curves, curve{"forecast", points(d.known, d.levels[1]), color.NRGBA{R: 0xd9, G: 0x5f, B: 0x02, A: 0xff}})
	for _, c := range curves {
		line, err := plotter.NewLine(c.xy)
		if err != nil {
			return errors.Wrap(err, "plot")
		}
		line.Color, line.Width = c.color, vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(c.name, line)
	}
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	drawn, err := p.WriterTo(9*vg.Inch, 4*vg.Inch, cmp.Or(format, "png"))
	if err != nil {
		return errors.Wrap(err, "plot")
	}
	return errors.Wrap(cli.WriteFile(path, func(w io.Writer) error {
		_, err := drawn.WriteTo(w)
		return err
	}), "plot")
}

// dateLayout is as short as dates allow: months, days, or minutes.
func dateLayout(dates []time.Time) string {
	layout := "2006-01"
	for _, date := range dates {
		if date.Hour() != 0 || date.Minute() != 0 {
			return "2006-01-02 15:04"
		}
		if date.Day() != 1 {
			layout = "2006-01-02"
		}
	}
	return layout
}
