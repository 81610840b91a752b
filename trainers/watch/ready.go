package watch

import (
	"reflect"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
)

// ready refuses a writer that is nil.
func ready(w writer) error {
	if reflect.ValueOf(w).IsNil() {
		return errors.Errorf("%T is nil", w)
	}
	return nil
}

// begins refuses to start where there is no writer, or no Run.
func begins(w writer, r *trainers.Run) error {
	if r == nil {
		return errors.Errorf("%T: run is nil, want the one that Fit hands to its hooks", w)
	}
	return ready(w)
}

// inFolder refuses to write into no folder, which would be the working one.
func inFolder(dir string) error {
	if dir == "" {
		return errors.New("no folder to write to")
	}
	return nil
}

// Step implements trainers.Hook.
func (c *CSV) Step(r *trainers.Run) error {
	if err := ready(c); err != nil {
		return err
	}
	return c.lines.Step(r)
}

// End implements trainers.Ender.
func (c *CSV) End(r *trainers.Run) error {
	if err := ready(c); err != nil {
		return err
	}
	return c.lines.End(r)
}

// Step implements trainers.Hook.
func (j *JSON) Step(r *trainers.Run) error {
	if err := ready(j); err != nil {
		return err
	}
	return j.lines.Step(r)
}

// End implements trainers.Ender.
func (j *JSON) End(r *trainers.Run) error {
	if err := ready(j); err != nil {
		return err
	}
	return j.lines.End(r)
}

// Event implements trainers.Listener.
func (p *Report) Event(r *trainers.Run, e trainers.Event) error {
	if err := ready(p); err != nil {
		return err
	}
	return p.record.Event(r, e)
}

// Step implements trainers.Hook.
func (p *Report) Step(*trainers.Run) error { return ready(p) }

// Event implements trainers.Listener.
func (p *Plots) Event(r *trainers.Run, e trainers.Event) error {
	if err := ready(p); err != nil {
		return err
	}
	return p.record.Event(r, e)
}

// Step implements trainers.Hook.
func (p *Plots) Step(*trainers.Run) error { return ready(p) }

// Rewind implements trainers.Rewinder.
func (c *CSV) Rewind(r *trainers.Run) error {
	if err := begins(c, r); err != nil {
		return err
	}
	return c.lines.Rewind(r)
}

// Rewind implements trainers.Rewinder.
func (j *JSON) Rewind(r *trainers.Run) error {
	if err := begins(j, r); err != nil {
		return err
	}
	return j.lines.Rewind(r)
}

// Rewind implements trainers.Rewinder.
func (p *Report) Rewind(r *trainers.Run) error {
	if err := begins(p, r); err != nil {
		return err
	}
	return p.record.Rewind(r)
}

// Rewind implements trainers.Rewinder.
func (p *Plots) Rewind(r *trainers.Run) error {
	if err := begins(p, r); err != nil {
		return err
	}
	return p.record.Rewind(r)
}
