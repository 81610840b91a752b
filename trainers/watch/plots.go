package watch

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/elman-go/elman/internal/folder"
	"github.com/elman-go/elman/trainers"
)

// Plots writes the charts of Report as pictures when training has ended, whatever ended it: loss.png,
// rate.png and so on, a slash in a name becomes a dash. Of curves it draws the last.
type Plots struct {
	Dir string // is made
	Log string // as in Report

	dry bool // a rehearsal
	record
}

var _ writer = (*Plots)(nil)

// Start implements trainers.Starter.
func (p *Plots) Start(r *trainers.Run) error {
	if err := begins(p, r); err != nil {
		return err
	}
	if err := inFolder(p.Dir); err != nil {
		return err
	}
	if p.dry = r.Rehearsal(); !p.dry {
		if err := folder.CanWriteFile(filepath.Join(p.Dir, "loss.png")); err != nil {
			return err
		}
	}
	return p.restart(r, p.Log)
}

// End implements trainers.Ender.
func (p *Plots) End(*trainers.Run) error {
	if err := ready(p); err != nil {
		return err
	}
	if p.dry {
		return nil
	}
	charts := append(scalarCharts(&p.record), p.distributionCharts()...)
	for name, kept := range p.curves.all() {
		if c := curveChart(name, kept.last.Value); !c.empty() {
			charts = append(charts, c)
		}
	}
	taken := map[string]bool{}
	for _, c := range charts {
		png, err := c.png()
		if err != nil {
			return errors.Wrap(err, c.Name)
		}
		name := fileName(c.Name)
		for n := 2; taken[strings.ToLower(name)]; n++ { // "a/b" and "a-b"
			name = fmt.Sprintf("%s-%d", fileName(c.Name), n)
		}
		taken[strings.ToLower(name)] = true
		if err := folder.WriteFile(filepath.Join(p.Dir, name+".png"), folder.Bytes(png)); err != nil {
			return err
		}
	}
	return nil
}

// fileName makes a name one of a file, on any system.
func fileName(name string) string {
	name = strings.Map(func(c rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, c) || unicode.IsControl(c) {
			return '-'
		}
		return c
	}, strings.ToValidUTF8(name, "-"))
	const most = 120 // bytes: with what comes before and behind it, fewer than the 255 that file systems have
	if len(name) > most {
		name = fmt.Sprintf("%s-%08x", strings.ToValidUTF8(name[:most], ""), crc32.ChecksumIEEE([]byte(name)))
	}
	if strings.Trim(name, ". ") == "" {
		name = "-" + name
	}
	return name
}

// palette is that of the page in the light.
var palette = [colors]color.NRGBA{
	{0x2a, 0x78, 0xd6, 0xff}, {0xeb, 0x68, 0x34, 0xff}, {0x1b, 0xaf, 0x7a, 0xff}, {0xed, 0xa1, 0x00, 0xff},
	{0x4a, 0x3a, 0xa7, 0xff}, {0xe3, 0x49, 0x48, 0xff}, {0xe8, 0x7b, 0xa4, 0xff}, {0x00, 0x83, 0x00, 0xff},
}

// The size of a picture in pixels.
const pngWidth, pngHeight = 768, 384

// png draws the chart.
func (c *chart) png() ([]byte, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X, c.Y
	p.Title.Padding = vg.Points(8)
	p.Title.TextStyle.Font.Size = vg.Points(14)
	p.Legend.Top, p.Legend.Padding = true, vg.Points(2)
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color = color.Gray{0xe0}
	p.Add(grid)

	// Of logarithms the plot knows nothing: gonum's scale of them leaves room as if the label of the axis
	// stood at its end.
	same := func(v float64) float64 { return v }
	y := same
	if c.Log {
		y = math.Log10
	}
	scaled := func(points plotter.XYs) plotter.XYs {
		list := make(plotter.XYs, len(points))
		for i, p := range points {
			list[i] = plotter.XY{X: p.X, Y: y(p.Y)}
		}
		return list
	}
	for _, b := range c.Bands {
		outline := append(plotter.XYs{}, b.Upper...)
		for i := len(b.Lower) - 1; i >= 0; i-- {
			outline = append(outline, b.Lower[i])
		}
		area, err := plotter.NewPolygon(scaled(outline))
		if err != nil {
			return nil, errors.WithStack(err)
		}
		area.Color, area.LineStyle.Width = faint(palette[b.Color%colors], 0x28), 0
		p.Add(area)
		if b.Name != "" {
			p.Legend.Add(b.Name, area)
		}
	}
	legend := drawing{chart: c}.Legend()
	for _, l := range c.inOrder() {
		drawn, err := plotter.NewLine(scaled(l.Points))
		if err != nil {
			return nil, errors.WithStack(err)
		}
		drawn.Width = vg.Points(1.5)
		drawn.Color = color.Black
		if l.Color != ink {
			drawn.Color = palette[l.Color%colors]
			if l.Color >= colors || l.Dashed {
				drawn.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
			}
		}
		if l.Faint {
			drawn.Color, drawn.Width = faint(palette[l.Color%colors], 0x50), vg.Points(0.6)
		}
		p.Add(drawn)
		if len(l.Points) <= dotted {
			dots, err := plotter.NewScatter(scaled(l.Points))
			if err != nil {
				return nil, errors.WithStack(err)
			}
			dots.GlyphStyle = draw.GlyphStyle{Color: drawn.Color, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}
			p.Add(dots)
		}
		if !l.Faint && legend != nil {
			p.Legend.Add(l.Name, drawn)
		}
	}
	b := boxOf(c)
	room := 0.08 * float64(len(legend)) * (y(b.y1) - y(b.y0)) // above, for the legend
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = b.x0, b.x1, y(b.y0), y(b.y1)+room
	p.X.Tick.Marker, p.Y.Tick.Marker = marks(drawing{c, b}.xTicks(), same), marks(drawing{c, b}.yTicks(), y)
	canvas := vgimg.New(pngWidth*vg.Inch/vgimg.DefaultDPI, pngHeight*vg.Inch/vgimg.DefaultDPI)
	const margin = 10
	p.Draw(draw.Crop(draw.New(canvas), margin, -margin, margin, -margin))
	var file bytes.Buffer
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(&file)
	return file.Bytes(), errors.WithStack(err)
}

func faint(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

func marks(ticks []tick, place func(float64) float64) plot.ConstantTicks {
	list := make(plot.ConstantTicks, len(ticks))
	for i, t := range ticks {
		list[i] = plot.Tick{Value: place(t.At), Label: t.Label}
	}
	return list
}
