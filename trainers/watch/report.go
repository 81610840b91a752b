package watch

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/internal/folder"
	"github.com/elman-go/elman/trainers"
)

// Report writes one page of HTML when training has ended, whatever ended it: charts of all numbers, with
// their values under the pointer, samples, curves and distributions over the steps. The page needs nothing
// but a browser, and stays small however long training was: of more steps than pixels it shows the least
// and the greatest of each column. Whenever the program ends the file is as it was or as it is to be; a device
// or a pipe is written to, and of a symbolic link the file that it names.
type Report struct {
	Path  string // of the file; its folders are made
	Title string // "" means Training
	// Log is a file that JSON writes. When training is taken up again the report begins with what it says
	// of the steps before; without it, the report begins there.
	Log string

	record
}

var _ writer = (*Report)(nil)

// Start implements trainers.Starter.
func (p *Report) Start(r *trainers.Run) error {
	if err := begins(p, r); err != nil {
		return err
	}
	if err := folder.CanWriteFile(p.Path); err != nil {
		return err
	}
	return p.restart(r, p.Log)
}

// End implements trainers.Ender.
func (p *Report) End(*trainers.Run) error {
	if err := ready(p); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := p.write(&page, p.Title); err != nil {
		return err
	}
	return folder.WriteFile(p.Path, folder.Bytes(page.Bytes()))
}

// WriteReport writes the page of Report from events, such as those of ReadJSON.
func WriteReport(w io.Writer, title string, events iter.Seq2[trainers.Event, error]) error {
	if w == nil || events == nil {
		return errors.New("report: no writer, or no events")
	}
	var k record
	for e, err := range events {
		if err != nil {
			return err
		}
		if err := k.Event(nil, e); err != nil {
			return err
		}
	}
	return k.write(w, title)
}

//go:embed report.html
var reportSource string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{"short": short}).Parse(reportSource))

// page is what the template shows.
type page struct {
	Title         string
	Axes          map[string]int // where they are in a drawing
	Facts         []fact
	Charts        []drawing
	Curves        []figure
	Samples       []samples
	Distributions []drawing
}

type fact struct{ Name, Value, Note string }

// figure is the pictures of one name over the steps.
type figure struct {
	Name     string
	Pictures []picture
}

type picture struct {
	Step int
	drawing
}

type samples struct {
	Name string
	List []dated[string] // the last first
}

func (k *record) write(w io.Writer, title string) error {
	if title == "" {
		title = "Training"
	}
	p := page{Title: title, Facts: k.facts(), Axes: map[string]int{
		"left": left, "right": svgWidth - right, "top": top, "bottom": svgHeight - bottom, "width": svgWidth,
	}}
	p.Charts, p.Distributions = drawings(k.scalarCharts()), drawings(k.distributionCharts())
	for name, kept := range k.curves.all() {
		f := figure{Name: name}
		var charts []*chart
		for _, at := range kept.all() {
			if c := curveChart(name, at.Value); len(c.Lines) > 0 {
				f.Pictures = append(f.Pictures, picture{at.Step, drawing{chart: c}})
				charts = append(charts, c)
			}
		}
		all := boxOf(charts...) // one for all, so that they can be compared
		for i := range f.Pictures {
			f.Pictures[i].box = all
		}
		if len(f.Pictures) > 0 {
			p.Curves = append(p.Curves, f)
		}
	}
	for name, kept := range k.texts.all() {
		list := slices.Clone(kept.all())
		slices.Reverse(list)
		p.Samples = append(p.Samples, samples{name, list})
	}
	return errors.Wrap(reportPage.Execute(w, p), "report")
}

// drawings puts charts over the same steps.
func drawings(charts []*chart) []drawing {
	all := boxOf(charts...)
	list := make([]drawing, len(charts))
	for i, c := range charts {
		list[i] = drawing{c, boxOf(c)}
		list[i].x0, list[i].x1 = all.x0, all.x1
	}
	return list
}

// facts are the figures at the top.
func (k *record) facts() []fact {
	list := []fact{
		{"Steps", grouped(k.step), fmt.Sprintf("in epoch %d", k.epoch+1)},
		{"Time", k.elapsed.Round(precision(k.elapsed)).String(), ""},
	}
	if k.step > 0 {
		list[1].Note = fmt.Sprintf("%s per step", (k.elapsed / time.Duration(k.step)).Round(precision(k.elapsed/time.Duration(k.step))))
	}
	if s := k.scalars.by["loss"]; s != nil && len(s.columns) > 0 {
		least := s.least()
		list = append(list, fact{"Loss", short(s.last.Y), fmt.Sprintf("least %s at step %s", short(least.Y), grouped(int(least.X)))})
	}
	if s := k.scalars.by["validation/loss"]; s != nil && len(s.columns) > 0 {
		least := s.least()
		list = append(list, fact{"Validation loss", short(s.last.Y), fmt.Sprintf("least %s at step %s", short(least.Y), grouped(int(least.X)))})
	}
	return list
}

// grouped prints a number of steps, "1 000 000".
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

// precision rounds a time to about three digits.
func precision(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for unit*1000 < d && unit < time.Second {
		unit *= 10
	}
	return unit
}
