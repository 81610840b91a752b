package trainers

import (
	"bytes"
	"encoding/gob"

	"github.com/pkg/errors"
)

// heldEvent is an event of a hook behind one that the end of the context cut short. When training is resumed that one
// is called again, and what the others observed follows, in the order in which it would have come.
type heldEvent struct {
	Hook  int // its number
	Name  string
	Unit  string
	Kind  int // of the value
	Value struct {
		Scalar    float64
		Text      string
		Histogram Histogram
		Curves    Curves
	}
}

const (
	heldScalar = iota
	heldText
	heldHistogram
	heldCurves
)

// holdBack keeps an event back.
func (f *fit) holdBack(name, unit string, value any) {
	h := heldEvent{Hook: f.hook, Name: name, Unit: unit}
	switch v := value.(type) {
	case float64:
		h.Kind, h.Value.Scalar = heldScalar, v
	case string:
		h.Kind, h.Value.Text = heldText, v
	case Histogram:
		h.Kind, h.Value.Histogram = heldHistogram, v
	case Curves:
		h.Kind, h.Value.Curves = heldCurves, v
	}
	f.held = append(f.held, h)
}

func (h heldEvent) value() any {
	return []any{h.Value.Scalar, h.Value.Text, h.Value.Histogram, h.Value.Curves}[h.Kind]
}

// release emits events that were held back.
func (r *Run) release(held []heldEvent) {
	for _, h := range held {
		if len(r.listeners) > 0 {
			r.emitIn(h.Name, h.value(), h.Unit)
		}
	}
}

// of lists those of one hook.
func of(held []heldEvent, hook int) (list []heldEvent) {
	for _, h := range held {
		if h.Hook == hook {
			list = append(list, h)
		}
	}
	return list
}

// encodeHeld gives nothing for nothing. Numbers may be what JSON does not know.
func encodeHeld(held []heldEvent) ([]byte, error) {
	if len(held) == 0 {
		return nil, nil
	}
	var text bytes.Buffer
	err := gob.NewEncoder(&text).Encode(held)
	return text.Bytes(), errors.WithStack(err)
}

func decodeHeld(text []byte) (held []heldEvent, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	err = gob.NewDecoder(bytes.NewReader(text)).Decode(&held)
	for _, h := range held {
		if err == nil && (h.Kind < heldScalar || h.Kind > heldCurves) {
			err = errors.Errorf("%q is of kind %d", h.Name, h.Kind)
		}
	}
	return held, errors.Wrap(err, "events that were held back")
}
