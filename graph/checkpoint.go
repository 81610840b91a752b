package graph

import (
	bits "encoding/binary" // binary is an operation here
	"encoding/json"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/nlpodyssey/safetensors"
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
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

// Load reads a Store that Save wrote, or any safetensors file of one float type. To the Store nothing
// can be added: a graph that declares a parameter the file does not have is an error of Build, and
// Session.Undeclared lists those that a graph leaves out. seed decides the random operations.
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
	st := NewStore(seed, values[names[0]].Dtype())
	for _, path := range names {
		v := values[path]
		if v.Dtype() != st.dtype {
			return nil, errors.Errorf("load: tensor %q is of %v, %q of %v", path, v.Dtype(), names[0], st.dtype)
		}
		if v.Shape().IsScalar() {
			return nil, errors.Errorf("load: tensor %q has no shape; a single number has shape (1)", path)
		}
		st.add(&Param{Path: path, Value: v, Frozen: slices.Contains(frozen, path)})
	}
	st.closed = true
	return st, nil
}

// pathsIn reads a list of paths from a file's metadata. Each is that of a tensor, and none comes twice.
func pathsIn(info map[string]string, key string, values map[string]*tensor.Dense) ([]string, error) {
	text, ok := info[key]
	if !ok {
		return nil, nil
	}
	var paths []string
	if err := json.Unmarshal([]byte(text), &paths); err != nil {
		return nil, errors.Wrapf(err, "metadata %q", key)
	}
	seen := make(map[string]bool, len(paths))
	for _, path := range paths {
		switch {
		case values[path] == nil:
			return nil, errors.Errorf("metadata %q: no tensor %q", key, path)
		case seen[path]:
			return nil, errors.Errorf("metadata %q: tensor %q twice", key, path)
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

// ReadTensors reads what WriteTensors wrote. A file that is cut short, longer than its header says, or
// holds another type is an error.
func ReadTensors(r io.Reader) (map[string]*tensor.Dense, error) {
	values, _, _, err := readTensors(r)
	return values, errors.Wrap(err, "read tensors")
}

func writeTensors(w io.Writer, tensors map[string]*tensor.Dense, info map[string]string) error {
	if w == nil {
		return errors.New("no writer")
	}
	views := make(map[string]view, len(tensors))
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		if t == nil {
			return errors.Errorf("tensor %q is nil", name)
		}
		if name == metadataName {
			return errors.Errorf("tensor %q: the format keeps this name for itself", name)
		}
		if t.Dtype() != tensor.Float32 && t.Dtype() != tensor.Float64 {
			return errors.Errorf("tensor %q is of %v, want float32 or float64", name, typeName(t.Dtype()))
		}
		data, err := backing(t)
		if err != nil {
			return errors.Wrapf(err, "tensor %q", name)
		}
		views[name] = view{shape: t.Shape(), data: data}
	}
	return safetensors.SerializeToWriter(views, info, w)
}

// metadataName is the entry of the header that is no tensor.
const metadataName = "__metadata__"

// readTensors gives the tensors, their names in the order of their elements, and the metadata.
func readTensors(r io.Reader) (values map[string]*tensor.Dense, names []string, info map[string]string, err error) {
	if r == nil {
		return nil, nil, nil, errors.New("no reader")
	}
	file, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, nil, err
	}
	size, header, err := safetensors.ReadMetadata(file)
	if err != nil {
		return nil, nil, nil, errors.Wrapf(err, "not a whole safetensors file (%d bytes)", len(file))
	}
	elements := file[8+size:]
	places := header.Tensors()
	values = make(map[string]*tensor.Dense, len(places))
	for name, place := range places {
		values[name], err = denseFrom(place, elements[place.DataOffsets[0]:place.DataOffsets[1]])
		if err != nil {
			return nil, nil, nil, errors.Wrapf(err, "tensor %q", name)
		}
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if places[a].DataOffsets[0] < places[b].DataOffsets[0] {
			return -1
		}
		return 1
	})
	return values, names, header.Metadata(), nil
}

// denseFrom makes a tensor of its bytes, of which there are as many as its shape and type say.
func denseFrom(info *safetensors.TensorInfo, bytes []byte) (*tensor.Dense, error) {
	if len(bytes) == 0 {
		return nil, errors.Errorf("shape %v; every size must be at least 1", info.Shape)
	}
	shape := make(tensor.Shape, len(info.Shape))
	for i, d := range info.Shape {
		shape[i] = int(d)
	}
	switch info.DType {
	case safetensors.F32:
		data := make([]float32, len(bytes)/4)
		for i := range data {
			data[i] = math.Float32frombits(bits.LittleEndian.Uint32(bytes[4*i:]))
		}
		return denseOf(shape, data), nil
	case safetensors.F64:
		data := make([]float64, len(bytes)/8)
		for i := range data {
			data[i] = math.Float64frombits(bits.LittleEndian.Uint64(bytes[8*i:]))
		}
		return denseOf(shape, data), nil
	}
	return nil, errors.Errorf("elements of %v, want F32 or F64", info.DType)
}

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
