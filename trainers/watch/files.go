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
	trainers.Ender
}

// Files is one hook for all files of a run, such as the flags of a program name them. Those whose name is
// empty are not written; the zero value does nothing. When training is taken up again, Report and Plots
// begin with what JSON kept.
type Files struct {
	JSON        string // file
	CSV         string // file
	TensorBoard string // folder
	Report      string // file of HTML
	Plots       string // folder of PNG
	Title       string // of the report

	writers []writer
}

var _ writer = (*Files)(nil)

// Named gives the files of one run of several: what is a folder gets one of that name in it, what is a
// file the name before its extension, "run.jsonl" becomes "run-lstm.jsonl".
func (f *Files) Named(name string) *Files {
	if f == nil {
		return nil
	}
	file := func(path string) string {
		if path == "" {
			return ""
		}
		extension := filepath.Ext(path)
		return strings.TrimSuffix(path, extension) + "-" + name + extension
	}
	folder := func(path string) string {
		if path == "" {
			return ""
		}
		return filepath.Join(path, name)
	}
	title := name
	if f.Title != "" {
		title = f.Title + ", " + name
	}
	return &Files{JSON: file(f.JSON), CSV: file(f.CSV), TensorBoard: folder(f.TensorBoard), Report: file(f.Report), Plots: folder(f.Plots), Title: title}
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
		f.writers = append(f.writers, &Report{Path: f.Report, Title: f.Title, Log: f.JSON})
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
