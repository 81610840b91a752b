package graph

import (
	bits "encoding/binary" // binary is an operation here
	"encoding/json"
	"io"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/nlpodyssey/safetensors"
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/brief"
)

// Tensors are kept in the safetensors format: a header of JSON, then the elements, little-endian. What
// a Store has beyond names and elements is in the header's metadata, each entry a JSON list of paths.
const (
	orderKey  = "order"  // of declaration; without it, that of the elements in the file
	frozenKey = "frozen" // parameters that are not trained
)

// Save writes every parameter to w, under its path, in the safetensors format; Load reads it back bit
// by bit.
func (st *Store) Save(w io.Writer) error {
	if st == nil {
		return errors.New("save: store is nil")
	}
	values := make(map[string]*tensor.Dense, len(st.params))
	order, frozen := []string{}, []string{}
	for _, p := range st.params {
		values[p.Path] = p.Value
		order = append(order, p.Path)
		if p.Frozen {
			frozen = append(frozen, p.Path)
		}
	}
	info := map[string]string{}
	for key, paths := range map[string][]string{orderKey: order, frozenKey: frozen} {
		text, err := json.Marshal(paths)
		if err != nil {
			return errors.Wrap(err, "save")
		}
		info[key] = string(text)
	}
	return errors.Wrap(writeTensors(w, values, info), "save")
}

// Load reads a Store that Save wrote, or any safetensors file of one float type: F64, or F32 with F16 and BF16, which
// become float32. Integers and BOOL become floats too, if they are the same numbers then; a single number gets shape
// (1), and what has no elements is left out. Other types are errors, and so is what is beyond MaxHeader, MaxTensors,
// MaxName, MaxRank or MemoryLimit. To the Store nothing can be added: a graph that declares a parameter the file does not
// have is an error of Build, and Session.Undeclared lists those that a graph leaves out. seed decides the random
// operations.
func Load(r io.Reader, seed int64) (*Store, error) {
	values, names, info, err := readTensors(r)
	if err != nil {
		return nil, errors.Wrap(err, "load")
	}
	if len(values) == 0 {
		return nil, errors.New("load: the file holds no tensors")
	}
	if _, ok := info[orderKey]; ok {
		if names, err = pathsIn(info, orderKey, values); err != nil {
			return nil, errors.Wrap(err, "load")
		}
		if len(names) != len(values) {
			return nil, errors.Errorf("load: %q lists %d tensors of %d", orderKey, len(names), len(values))
		}
	}
	frozen, err := pathsIn(info, frozenKey, values)
	if err != nil {
		return nil, errors.Wrap(err, "load")
	}
	first := names[0] // that has a float type
	for _, path := range names {
		if values[path].Dtype() != tensor.Int {
			first = path
			break
		}
	}
	st := NewStore(seed, tensor.Float32)
	if values[first].Dtype() == tensor.Float64 {
		st.dtype = tensor.Float64
	}
	for _, path := range names {
		if values[path].Shape().TotalSize() == 0 {
			continue
		}
		v, err := parameterOf(values[path], st.dtype)
		if err != nil {
			return nil, errors.Wrapf(err, "load: tensor %s", brief.Quote(path))
		}
		if v.Dtype() != st.dtype {
			return nil, errors.Errorf("load: tensor %s is of %v, %s of %v", brief.Quote(path), v.Dtype(), brief.Quote(first), st.dtype)
		}
		st.add(&Param{Path: path, Value: v})
	}
	if len(st.params) == 0 {
		return nil, errors.New("load: the file holds no tensors with elements")
	}
	for _, path := range frozen {
		if p := st.byPath[path]; p != nil {
			p.Frozen = true
		}
	}
	st.closed = true
	return st, nil
}

// parameterOf is a tensor as a parameter can hold it: with a shape, (1) for a single number, and no integers, which
// become floats of type dt if they are the same numbers.
func parameterOf(v *tensor.Dense, dt tensor.Dtype) (*tensor.Dense, error) {
	shape := v.Shape()
	if shape.IsScalar() && shape.Dims() == 0 {
		shape = tensor.Shape{1}
	}
	if v.Dtype() != tensor.Int {
		if shape.Eq(v.Shape()) {
			return v, nil
		}
		data, err := backing(v)
		return denseOf(shape, data), err
	}
	floats := make([]float64, shape.TotalSize())
	for i, n := range v.Ints() {
		floats[i] = float64(n)
		if dt == tensor.Float32 {
			floats[i] = float64(float32(n))
		}
		if floats[i] >= 1<<63 || int(floats[i]) != n {
			return nil, errors.Errorf("element %d is the integer %d, which is no %v", i, n, dt)
		}
	}
	return newDense(dt, shape, floats), nil
}

// pathsIn reads a list of paths from a file's metadata. Each is that of a tensor, and none comes twice.
func pathsIn(info map[string]string, key string, values map[string]*tensor.Dense) ([]string, error) {
	text, ok := info[key]
	if !ok {
		return nil, nil
	}
	var paths []string
	if err := json.Unmarshal([]byte(text), &paths); err != nil {
		return nil, errors.Wrapf(brief.Error(err), "metadata %q", key)
	}
	seen := make(map[string]bool, len(paths))
	for _, path := range paths {
		switch {
		case values[path] == nil:
			return nil, errors.Errorf("metadata %q: no tensor %s", key, brief.Quote(path))
		case seen[path]:
			return nil, errors.Errorf("metadata %q: tensor %s twice", key, brief.Quote(path))
		}
		seen[path] = true
	}
	return paths, nil
}

// WriteTensors writes tensors of tensor.Float32 and tensor.Float64 to w, by name, in the safetensors
// format: for what is kept beside a Store, such as the moments of an optimiser.
func WriteTensors(w io.Writer, tensors map[string]*tensor.Dense) error {
	return errors.Wrap(writeTensors(w, tensors, nil), "write tensors")
}

// ReadTensors reads what WriteTensors wrote, or any safetensors file: F64 as tensor.Float64, F32, F16 and BF16 as
// tensor.Float32, integers and BOOL as tensor.Int, in their shapes. One without elements has a Dtype and a Shape, and no
// Data: do not call it. A file that is cut short, longer than its header says, holds another type, or is beyond
// MaxHeader, MaxTensors, MaxName, MaxRank or MemoryLimit is an error.
func ReadTensors(r io.Reader) (map[string]*tensor.Dense, error) {
	values, _, _, err := readTensors(r)
	return values, errors.Wrap(err, "read tensors")
}

func writeTensors(w io.Writer, tensors map[string]*tensor.Dense, info map[string]string) error {
	if w == nil {
		return errors.New("no writer")
	}
	if len(tensors) > MaxTensors || len(info) > MaxTensors {
		return errors.Errorf("%d tensors and %d entries of metadata, the limit is %d of each", len(tensors), len(info), MaxTensors)
	}
	views := make(map[string]view, len(tensors))
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		if t == nil {
			return errors.Errorf("tensor %q is nil", name)
		}
		if !utf8.ValidString(name) {
			return errors.Errorf("tensor %s: its name is not UTF-8, and the format has no other", brief.Quote(name))
		}
		if len(name) > MaxName || t.Dims() > MaxRank {
			return errors.Errorf("tensor %s: a name of %d bytes and %d axes, the limits are %d and %d", brief.Quote(name), len(name), t.Dims(), MaxName, MaxRank)
		}
		if name == metadataName {
			return errors.Errorf("tensor %q: the format keeps this name for itself", name)
		}
		if t.Dtype() != tensor.Float32 && t.Dtype() != tensor.Float64 {
			return errors.Errorf("tensor %q is of %v, want float32 or float64", name, typeName(t.Dtype()))
		}
		var data any = zeros(t.Dtype(), 0)
		if t.Shape().TotalSize() > 0 {
			var err error
			if data, err = backing(t); err != nil {
				return errors.Wrapf(err, "tensor %q", name)
			}
		}
		views[name] = view{shape: t.Shape(), data: data}
	}
	return safetensors.SerializeToWriter(views, info, w)
}

// metadataName is the entry of the header that is no tensor.
const metadataName = "__metadata__"

// view presents a tensor to the package that writes it.
type view struct {
	shape tensor.Shape
	data  any // []float32 or []float64
}

var _ safetensors.View = view{}

func (v view) DType() safetensors.DType {
	if _, ok := v.data.([]float32); ok {
		return safetensors.F32
	}
	return safetensors.F64
}

func (v view) Shape() []uint64 {
	shape := make([]uint64, len(v.shape))
	for i, d := range v.shape {
		shape[i] = uint64(d)
	}
	return shape
}

func (v view) DataLen() uint64 { return uint64(v.shape.TotalSize()) * v.DType().Size() }

func (v view) Data() []byte {
	bytes := make([]byte, 0, v.DataLen())
	switch d := v.data.(type) {
	case []float32:
		for _, e := range d {
			bytes = bits.LittleEndian.AppendUint32(bytes, math.Float32bits(e))
		}
	case []float64:
		for _, e := range d {
			bytes = bits.LittleEndian.AppendUint64(bytes, math.Float64bits(e))
		}
	}
	return bytes
}
