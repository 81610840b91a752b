package data

import (
	"maps"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Sharder is a Source that says where the sequences of a batch lie: they can be counted, and the batch cut
// into pieces of fewer, for training that shares it out. The sources of this package are.
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

// BatchAxis implements Sharder: what there is one of for each sequence has no axis of time before it.
func (p *Padded) BatchAxis(name string) int {
	if p != nil {
		for _, f := range p.fields {
			if f.name == name {
				return f.batchAxis()
			}
		}
	}
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

// Sequences is how many sequences a batch of src has, without rows that only fill it up, whose "lengths" are
// 0; ok is false if the source does not say where they lie.
func Sequences(src Source, batch Batch) (n int, ok bool) {
	s, ok := src.(Sharder)
	if !ok {
		return 0, false
	}
	if t := batch["lengths"]; t != nil {
		if lengths, ok := listOf(t).([]int); ok {
			for _, length := range lengths {
				n += min(1, max(0, length))
			}
			return n, true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(batch)) {
		if batch[name] == nil {
			continue
		}
		shape := shapeOf(batch[name])
		if axis := s.BatchAxis(name); axis >= 0 && axis < len(shape) {
			return shape[axis], true
		}
	}
	return 0, false
}

// ShardSpec is the spec of one of n equal pieces of the batches of src. It is an error if the source is no
// Sharder, if a tensor has no axis of sequences, or if n does not divide their number.
func ShardSpec(src Source, n int) (Spec, error) {
	if n < 1 {
		return nil, errors.Errorf("shards: %d pieces, want 1 or more", n)
	}
	s, ok := src.(Sharder)
	if !ok {
		return nil, errors.Errorf("shards: a %T does not say along which axis its sequences lie; see data.Sharder", src)
	}
	spec := Spec{}
	rows := -1
	fields := src.Spec()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		field := fields[name]
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
	s, ok := src.(Sharder)
	switch {
	case !ok:
		return nil, errors.Errorf("shards: a %T does not say along which axis its sequences lie; see data.Sharder", src)
	case n < 1 || i < 0 || i >= n:
		return nil, errors.Errorf("shards: piece %d of %d, want one of 0 to %d", i, n, max(1, n)-1)
	}
	piece := Batch{}
	for _, name := range slices.Sorted(maps.Keys(batch)) {
		t := batch[name]
		if !present(t) {
			return nil, errors.Errorf("shards: %q is nil", name)
		}
		axis, shape := s.BatchAxis(name), shapeOf(t)
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
		switch d := listOf(t).(type) {
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

// shapeOf is the shape of a tensor, of a scalar that of a tensor of one element: tensor.WithBacking makes a
// scalar of a list of one.
func shapeOf(t tensor.Tensor) tensor.Shape {
	if !present(t) {
		return nil
	}
	if shape := t.Shape(); len(shape) > 0 {
		return shape
	}
	return tensor.Shape{1}
}

// present reports whether there is a tensor, and not a nil or zero *tensor.Dense.
func present(t tensor.Tensor) bool {
	d, dense := t.(*tensor.Dense)
	return t != nil && !(dense && (d == nil || d.Dtype().Type == nil))
}

// listOf gives the elements of a tensor as a list.
func listOf(t tensor.Tensor) any {
	switch v := t.Data().(type) {
	case int:
		return []int{v}
	case float64:
		return []float64{v}
	case float32:
		return []float32{v}
	default:
		return v
	}
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
