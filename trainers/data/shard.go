package data

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Sharder is a Source whose batches can be cut into pieces of fewer sequences, for training that shares a
// batch out. The sources of this package are.
type Sharder interface {
	Source
	// BatchAxis is the axis of a tensor along which the sequences of a batch lie; -1 if it has none.
	BatchAxis(name string) int
}

// BatchAxis implements Sharder.
func (s *BPTT) BatchAxis(string) int { return 1 }

// BatchAxis implements Sharder.
func (w *Windows) BatchAxis(name string) int {
	if name == "static" {
		return 0
	}
	return 1
}

// BatchAxis implements Sharder: lengths and one target a sequence have no other axis.
func (p *Padded) BatchAxis(name string) int {
	if len(p.Spec()[name].Shape) == 1 {
		return 0
	}
	return 1
}

// BatchAxis implements Sharder, if the source that was cut off does.
func (f first) BatchAxis(name string) int {
	if s, ok := f.Source.(Sharder); ok {
		return s.BatchAxis(name)
	}
	return -1
}

// ShardSpec is the spec of one of n equal pieces of the batches of src. It is an error if the source is no
// Sharder, if a tensor has no axis of sequences, or if n does not divide their number.
func ShardSpec(src Source, n int) (Spec, error) {
	s, ok := src.(Sharder)
	if !ok {
		return nil, errors.Errorf("shards: a %T does not say along which axis its sequences lie; see data.Sharder", src)
	}
	spec := Spec{}
	rows := -1
	for name, field := range src.Spec() {
		axis := s.BatchAxis(name)
		if axis < 0 || axis >= len(field.Shape) {
			return nil, errors.Errorf("shards: %q %v has no axis of sequences", name, field.Shape)
		}
		B := field.Shape[axis]
		if rows >= 0 && B != rows {
			return nil, errors.Errorf("shards: %q %v has %d sequences along axis %d, another tensor %d", name, field.Shape, B, axis, rows)
		}
		if rows = B; B%n != 0 {
			return nil, errors.Errorf("shards: %d pieces of %d sequences: want a number that divides it", n, B)
		}
		shape := field.Shape.Clone()
		shape[axis] = B / n
		spec[name] = Field{Shape: shape, Dtype: field.Dtype}
	}
	return spec, nil
}

// Shard copies piece i of n of a batch of src, for which ShardSpec gave no error.
func Shard(src Source, batch Batch, i, n int) (Batch, error) {
	piece := Batch{}
	for name, t := range batch {
		axis := src.(Sharder).BatchAxis(name)
		shape := t.Shape()
		if axis < 0 || axis >= len(shape) || shape[axis]%n != 0 {
			return nil, errors.Errorf("shards: %q %v in %d pieces along axis %d", name, shape, n, axis)
		}
		outer, inner := 1, 1
		for a, d := range shape {
			if a < axis {
				outer *= d
			} else if a > axis {
				inner *= d
			}
		}
		of := shape.Clone()
		of[axis] /= n
		var data any
		switch d := t.Data().(type) {
		case []int:
			data = cut(d, outer, shape[axis], inner, i, n)
		case []float64:
			data = cut(d, outer, shape[axis], inner, i, n)
		case []float32:
			data = cut(d, outer, shape[axis], inner, i, n)
		default:
			return nil, errors.Errorf("shards: %q has elements of %v", name, t.Dtype())
		}
		piece[name] = tensor.New(tensor.WithShape(of...), tensor.WithBacking(data))
	}
	return piece, nil
}

// cut copies piece i of n of the middle axis.
func cut[E any](d []E, outer, size, inner, i, n int) []E {
	width := size / n * inner
	piece := make([]E, 0, outer*width)
	for o := range outer {
		from := o*size*inner + i*width
		piece = append(piece, d[from:from+width]...)
	}
	return piece
}
