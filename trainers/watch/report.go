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
	"strings"
	"sync"
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
	// Log is a file that JSON writes. When training is resumed the report begins with what it says
	// of the steps before; without it, the report begins there.
	Log string

	name string      // among other runs
	page *comparison // with them; nil: there are none
	dry  bool        // a rehearsal
	record
}

var _ writer = (*Report)(nil)

// A comparison is the runs of one page, in order of their first end.
type comparison struct {
	mutex sync.Mutex
	runs  []run
}

// with lists the runs, this one among them in the place of one of its name.
func (c *comparison) with(r run) []run {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	i := slices.IndexFunc(c.runs, func(other run) bool { return other.Name == r.Name })
	if i < 0 {
		i, c.runs = len(c.runs), append(c.runs, run{})
	}
	c.runs[i] = r
	return slices.Clone(c.runs)
}

// Start implements trainers.Starter.
func (p *Report) Start(r *trainers.Run) error {
	if err := begins(p, r); err != nil {
		return err
	}
	if p.dry = r.Rehearsal(); !p.dry {
		if err := folder.CanWriteFile(p.Path); err != nil {
			return err
		}
	}
	return p.restart(r, p.Log)
}

// End implements trainers.Ender.
func (p *Report) End(*trainers.Run) error {
	if err := ready(p); err != nil {
		return err
	}
	if p.dry {
		return writePage(io.Discard, p.Title, []run{{p.name, &p.record}})
	}
	kept := p.record
	runs := []run{{p.name, &kept}}
	if p.page != nil {
		runs = p.page.with(runs[0])
	}
	var page bytes.Buffer
	if err := writePage(&page, p.Title, runs); err != nil {
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
	return writePage(w, title, []run{{"", &k}})
}

//go:embed report.html
var reportSource string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{"short": short}).Parse(reportSource))

// page is what the template shows.
type page struct {
	Title    string
	Axes     map[string]int // where they are in a drawing
	Compared *compared      // nil: there is one run
	Runs     []shownRun
}

// compared is what several runs have in common.
type compared struct {
	Columns []string
	Rows    [][]fact // of a run: its name, then the columns
	Charts  []drawing
}

type shownRun struct {
	Name          string // "" where there are no others
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

func writePage(w io.Writer, title string, runs []run) error {
	if title = label(title); title == "" {
		title = "Training"
	}
	p := page{Title: title, Axes: map[string]int{
		"left": left, "right": svgWidth - right, "top": top, "bottom": svgHeight - bottom, "width": svgWidth,
	}}
	if len(runs) > 1 {
		p.Compared = compare(runs)
	}
	for _, r := range runs {
		p.Runs = append(p.Runs, r.show(p.Compared == nil))
	}
	return errors.Wrap(reportPage.Execute(w, p), "report")
}

// compare puts the figures of runs into a table, and their numbers over one another.
func compare(runs []run) *compared {
	c := &compared{Charts: drawings(comparedCharts(runs))}
	for _, r := range runs {
		for _, f := range r.facts() {
			if !slices.Contains(c.Columns, f.Name) {
				c.Columns = append(c.Columns, f.Name)
			}
		}
	}
	for i, r := range runs {
		row := []fact{{Name: colorClass(i), Value: r.Name}}
		facts := r.facts()
		for _, column := range c.Columns {
			cell := fact{Name: column, Value: "–"}
			if i := slices.IndexFunc(facts, func(f fact) bool { return f.Name == column }); i >= 0 {
				cell = facts[i]
			}
			row = append(row, cell)
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// show is what a page has of one run; the charts of its numbers only where they are not compared.
func (r run) show(alone bool) shownRun {
	s := shownRun{Name: r.Name, Distributions: drawings(r.distributionCharts())}
	charts := scalarCharts(r.record)
	if alone {
		s.Facts = r.facts()
	} else {
		charts = slices.DeleteFunc(charts, func(c *chart) bool { return c.Name != "update_ratio" })
	}
	s.Charts = drawings(charts)
	for name, kept := range r.curves.all() {
		f := figure{Name: name}
		var charts []*chart
		for _, at := range kept.all() {
			if c := curveChart(name, at.Value); !c.empty() {
				f.Pictures = append(f.Pictures, picture{at.Step, drawing{chart: c}})
				charts = append(charts, c)
			}
		}
		all := boxOf(charts...) // one for all, so that they can be compared
		for i := range f.Pictures {
			f.Pictures[i].box = all
		}
		if len(f.Pictures) > 0 {
			s.Curves = append(s.Curves, f)
		}
	}
	for name, kept := range r.texts.all() {
		list := slices.Clone(kept.all())
		slices.Reverse(list)
		s.Samples = append(s.Samples, samples{name, list})
	}
	return s
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
	unit := "" // which the evaluation knows
	if s := k.scalars.by["validation/loss"]; s != nil {
		unit = s.unit
	}
	for _, loss := range [][2]string{{"loss", "Training loss"}, {"validation/loss", "Validation loss"}} {
		if s := k.scalars.by[loss[0]]; s != nil && len(s.columns) > 0 {
			least := s.least()
			value := strings.TrimSpace(short(s.last.Y) + " " + unit)
			list = append(list, fact{loss[1], value, fmt.Sprintf("least %s at step %s", short(least.Y), grouped(int(least.X)))})
		}
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
