package watch

import (
	"path/filepath"
	"strings"

	"github.com/elman-go/elman/trainers"
)

// writer is what every hook of this package is.
type writer interface {
	trainers.Starter
	trainers.Hook
	trainers.Listener
	trainers.Rewinder
	trainers.Ender
}

// Files is one hook for all files of a run, such as the flags of a program name them. Those whose name is
// empty are not written; the zero value does nothing. When training is resumed, Report and Plots begin with what JSON
// kept.
type Files struct {
	JSON        string // file
	CSV         string // file
	TensorBoard string // folder
	Report      string // file of HTML
	Plots       string // folder of PNG
	Title       string // of the report

	name    string
	page    *comparison // the runs of the report, with those of other names
	writers []writer
}

var _ writer = (*Files)(nil)

// Named gives the files of one run of several: what is a folder gets one of that name in it, what is a
// file the name before its extension, "run.jsonl" becomes "run-lstm.jsonl". The report stays one page, which compares
// the runs of all names that were given of these Files; each run that ends writes it anew.
func (f *Files) Named(name string) *Files {
	if f == nil {
		return nil
	}
	name = nameOf(name)
	part := fileName(name)
	folder := func(path string) string {
		if path == "" {
			return ""
		}
		return filepath.Join(path, part)
	}
	if f.page == nil {
		f.page = &comparison{}
	}
	return &Files{
		JSON: beforeExtension(f.JSON, part), CSV: beforeExtension(f.CSV, part), TensorBoard: folder(f.TensorBoard), Plots: folder(f.Plots),
		Report: f.Report, Title: f.Title, name: name, page: f.page,
	}
}

// beforeExtension puts a name before the extension of a path, if there is one.
func beforeExtension(path, name string) string {
	if path == "" {
		return ""
	}
	extension := filepath.Ext(path)
	return strings.TrimSuffix(path, extension) + "-" + name + extension
}

// String says where the files are, for a program to print: "report run.html, log run.jsonl", or "log run-*.jsonl" where
// runs have names; "" where there are none.
func (f *Files) String() string {
	if f == nil {
		return ""
	}
	json, csv := f.JSON, f.CSV
	if f.page != nil && f.name == "" {
		json, csv = beforeExtension(json, "*"), beforeExtension(csv, "*")
	}
	var list []string
	for _, file := range [][2]string{{"report", f.Report}, {"charts", f.Plots}, {"TensorBoard", f.TensorBoard}, {"log", json}, {"table", csv}} {
		if file[1] != "" {
			list = append(list, file[0]+" "+file[1])
		}
	}
	return strings.Join(list, ", ")
}

// Start implements trainers.Starter.
func (f *Files) Start(r *trainers.Run) error {
	if err := begins(f, r); err != nil {
		return err
	}
	f.writers = nil
	if f.JSON != "" {
		f.writers = append(f.writers, &JSON{Path: f.JSON})
	}
	if f.CSV != "" {
		f.writers = append(f.writers, &CSV{Path: f.CSV})
	}
	if f.TensorBoard != "" {
		f.writers = append(f.writers, &TensorBoard{Dir: f.TensorBoard})
	}
	if f.Report != "" {
		f.writers = append(f.writers, &Report{Path: f.Report, Title: f.Title, Log: f.JSON, name: f.name, page: f.page})
	}
	if f.Plots != "" {
		f.writers = append(f.writers, &Plots{Dir: f.Plots, Log: f.JSON})
	}
	return f.each(func(w writer) error { return w.Start(r) })
}

// Event implements trainers.Listener.
func (f *Files) Event(r *trainers.Run, e trainers.Event) error {
	if err := ready(f); err != nil {
		return err
	}
	return f.each(func(w writer) error { return w.Event(r, e) })
}

// Step implements trainers.Hook.
func (f *Files) Step(r *trainers.Run) error {
	if err := ready(f); err != nil {
		return err
	}
	return f.each(func(w writer) error { return w.Step(r) })
}

// Rewind implements trainers.Rewinder.
func (f *Files) Rewind(r *trainers.Run) error {
	if err := ready(f); err != nil {
		return err
	}
	return f.each(func(w writer) error { return w.Rewind(r) })
}

// each calls the writers until one fails.
func (f *Files) each(call func(writer) error) error {
	for _, w := range f.writers {
		if err := call(w); err != nil {
			return err
		}
	}
	return nil
}

// End implements trainers.Ender: each ends, whether or not another fails.
func (f *Files) End(r *trainers.Run) (err error) {
	if err := ready(f); err != nil {
		return err
	}
	for _, w := range f.writers {
		if failed := w.End(r); err == nil {
			err = failed
		}
	}
	f.writers = nil
	return err
}
