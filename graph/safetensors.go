package graph

import (
	"bytes"
	"cmp"
	bits "encoding/binary" // binary is an operation here
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/internal/brief"
)

// Limits of the files that Load and ReadTensors read. The elements have that of MemoryLimit, which GOMEMLIMIT can
// change.
const (
	MaxHeader  = 100_000_000 // bytes of the header; the format has the same limit
	MaxTensors = 100_000     // tensors of a file, and entries of its metadata
	MaxName    = 4096        // bytes of a tensor's name
	MaxRank    = 32          // sizes of a shape
)

// maxPath is how long a parameter's path may be, in bytes: names of what belongs to one begin and end with more.
const maxPath = MaxName / 4

// stored is a tensor as a header describes it.
type stored struct {
	name       string
	elements   string // the type, "F32"
	shape      tensor.Shape
	begin, end uint64 // among the elements of all
}

// elementSizes are the types of elements that have a meaning here, with their bytes.
var elementSizes = map[string]uint64{
	"F64": 8, "F32": 4, "F16": 2, "BF16": 2,
	"I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}

// otherElements are those of the format that have none.
var otherElements = []string{"F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4", "C64", "C128"}

// readTensors gives the tensors, their names in the order of their elements, and the metadata. Of the file it holds
// no more in memory than the header and one part of the elements.
func readTensors(r io.Reader) (values map[string]*tensor.Dense, names []string, info map[string]string, err error) {
	if r == nil {
		return nil, nil, nil, errors.New("no reader")
	}
	tensors, info, err := readHeader(r)
	if err != nil {
		return nil, nil, nil, err
	}
	values = make(map[string]*tensor.Dense, len(tensors))
	read := uint64(0)
	for _, t := range tensors {
		v, err := t.read(r)
		if err == io.ErrUnexpectedEOF {
			return nil, nil, nil, errors.Errorf("not a whole safetensors file: metadata incomplete buffer: it ends in tensor %s, of the bytes from %d to %d",
				brief.Quote(t.name), t.begin, t.end)
		}
		if err != nil {
			return nil, nil, nil, errors.Wrapf(err, "tensor %s", brief.Quote(t.name))
		}
		values[t.name], read = v, t.end
		names = append(names, t.name)
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return nil, nil, nil, errors.Errorf("not a safetensors file: metadata incomplete buffer: there is more after the %d bytes that the header describes", read)
	} else if err != io.EOF {
		return nil, nil, nil, err
	}
	return values, names, info, nil
}

// readHeader gives the tensors in the order of their elements, which have no holes between them.
func readHeader(r io.Reader) ([]stored, map[string]string, error) {
	begin := make([]byte, 8)
	if n, err := io.ReadFull(r, begin); err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, nil, errors.Errorf("not a whole safetensors file (%d bytes): header too small", n)
	} else if err != nil {
		return nil, nil, err
	}
	size := bits.LittleEndian.Uint64(begin)
	if size > MaxHeader {
		return nil, nil, errors.Errorf("not a safetensors file: header too large: %d bytes, the limit is %d", size, MaxHeader)
	}
	header, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err != nil {
		return nil, nil, err
	}
	if uint64(len(header)) < size {
		return nil, nil, errors.Errorf("not a whole safetensors file (%d bytes): invalid header length %d", 8+len(header), size)
	}
	h := headerReader{Decoder: json.NewDecoder(bytes.NewReader(header))}
	h.UseNumber()
	if err := h.read(); err != nil {
		return nil, nil, errors.Wrap(brief.Error(err), "not a safetensors file: invalid header deserialization")
	}
	slices.SortFunc(h.tensors, func(a, b stored) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.name, b.name))
	})
	end := uint64(0)
	total := 0.
	for _, t := range h.tensors {
		if t.begin != end || t.end < t.begin {
			return nil, nil, errors.Errorf("tensor %s: invalid metadata offset: bytes %d to %d, wanted from %d on", brief.Quote(t.name), t.begin, t.end, end)
		}
		if err := t.check(); err != nil {
			return nil, nil, errors.Wrapf(err, "tensor %s", brief.Quote(t.name))
		}
		end = t.end
		total += float64(t.memory())
	}
	if limit := MemoryLimit(); total > float64(limit) {
		return nil, nil, errors.Errorf("the tensors take %.4g bytes, more than the %d that this process can have", total, limit)
	}
	return h.tensors, h.info, nil
}

// A headerReader reads a header piece by piece, and stops at the first that is beyond a limit.
type headerReader struct {
	*json.Decoder
	tensors []stored
	info    map[string]string
}

func (h *headerReader) read() error {
	seen := map[string]bool{}
	err := h.object(func(name string) error {
		switch {
		case len(name) > MaxName:
			return errors.Errorf("tensor %s: the limit for a name is %d bytes", brief.Quote(name), MaxName)
		case seen[name]:
			return errors.Errorf("tensor %s comes twice", brief.Quote(name))
		case len(h.tensors) == MaxTensors && name != metadataName:
			return errors.Errorf("more than %d tensors, the limit", MaxTensors)
		}
		seen[name] = true
		if name == metadataName {
			return errors.Wrap(h.metadata(), metadataName)
		}
		return errors.Wrapf(h.tensor(name), "tensor %s", brief.Quote(name))
	})
	if err != nil {
		return err
	}
	if _, err := h.Token(); err != io.EOF { // it may end in spaces
		return errors.New("there is more after the object")
	}
	return nil
}

func (h *headerReader) metadata() error {
	h.info = map[string]string{}
	return h.object(func(key string) error {
		text, err := h.text()
		if h.info[key] = text; len(h.info) > MaxTensors {
			return errors.Errorf("more than %d entries, the limit", MaxTensors)
		}
		return errors.Wrap(err, brief.Quote(key))
	})
}

func (h *headerReader) tensor(name string) error {
	t := stored{name: name, shape: tensor.Shape{}}
	seen := map[string]bool{}
	err := h.object(func(key string) (err error) {
		if seen[key] {
			return errors.Errorf("%s comes twice", brief.Quote(key))
		}
		seen[key] = true
		switch key {
		case "dtype":
			t.elements, err = h.text()
		case "shape":
			err = h.numbers(MaxRank, func(n uint64) error {
				if n > math.MaxInt {
					return errors.Errorf("size %d; multiplication overflow", n)
				}
				t.shape = append(t.shape, int(n))
				return nil
			})
		case "data_offsets":
			var at []uint64
			err = h.numbers(2, func(n uint64) error {
				at = append(at, n)
				return nil
			})
			if err == nil && len(at) != 2 {
				err = errors.Errorf("%d numbers, want 2", len(at))
			}
			if err == nil {
				t.begin, t.end = at[0], at[1]
			}
		default:
			return errors.Errorf("unknown key %s", brief.Quote(key))
		}
		return errors.Wrap(err, key)
	})
	if err == nil && len(seen) != 3 {
		err = errors.New("want dtype, shape and data_offsets")
	}
	h.tensors = append(h.tensors, t)
	return err
}

// object reads an object, each of whose values entry reads.
func (h *headerReader) object(entry func(key string) error) error {
	if err := h.delimiter('{'); err != nil {
		return err
	}
	for h.More() {
		key, err := h.text()
		if err != nil {
			return err
		}
		if err := entry(key); err != nil {
			return err
		}
	}
	return h.delimiter('}')
}

// numbers reads a list of at most so many natural numbers.
func (h *headerReader) numbers(most int, add func(n uint64) error) error {
	if err := h.delimiter('['); err != nil {
		return err
	}
	for i := 0; h.More(); i++ {
		if i == most {
			return errors.Errorf("more than %d numbers, the limit", most)
		}
		token, err := h.Token()
		if err != nil {
			return err
		}
		text, _ := token.(json.Number)
		n, err := strconv.ParseUint(string(text), 10, 64)
		if err != nil {
			return errors.Errorf("want a natural number below 2^64, got %s", brief.Quote(text))
		}
		if err := add(n); err != nil {
			return err
		}
	}
	return h.delimiter(']')
}

func (h *headerReader) text() (string, error) {
	token, err := h.Token()
	if err != nil {
		return "", err
	}
	text, ok := token.(string)
	if !ok {
		return "", errors.Errorf("want a string, got %s", shown(token))
	}
	return text, nil
}

func (h *headerReader) delimiter(want json.Delim) error {
	token, err := h.Token()
	if err != nil {
		return err
	}
	if token != want {
		return errors.Errorf("want %q, got %s", want.String(), shown(token))
	}
	return nil
}

// shown is a token for a message.
func shown(token json.Token) string {
	switch token.(type) {
	case string, json.Delim:
		return brief.Quote(fmt.Sprint(token))
	case nil:
		return "null"
	}
	return brief.Line(fmt.Sprint(token))
}

// check compares the parts of a description.
func (t *stored) check() error {
	size, ok := elementSizes[t.elements]
	if !ok {
		if slices.Contains(otherElements, t.elements) {
			return errors.Errorf("elements of %s, want F64, F32, F16, BF16, integers or BOOL", t.elements)
		}
		return errors.Errorf("invalid DType string value %s", brief.Quote(t.elements))
	}
	bytes := size
	if slices.Contains(t.shape, 0) {
		bytes = 0
	}
	for _, d := range t.shape {
		if bytes > 0 && uint64(d) > math.MaxInt64/bytes {
			return errors.Errorf("shape %v: multiplication overflow", t.shape)
		}
		bytes *= uint64(d)
	}
	if bytes != t.end-t.begin {
		return errors.Errorf("shape %v of %s and data offsets mismatch: %d bytes, at %d to %d", t.shape, t.elements, bytes, t.begin, t.end)
	}
	return nil
}

// memory is how many bytes the tensor takes when it is read.
func (t *stored) memory() uint64 {
	n := (t.end - t.begin) / elementSizes[t.elements]
	if t.elements == "F32" || t.elements == "F16" || t.elements == "BF16" {
		return 4 * n
	}
	return 8 * n
}

// read reads the elements: F16 and BF16 are float32, and integers int.
func (t *stored) read(r io.Reader) (*tensor.Dense, error) {
	le := bits.LittleEndian
	switch t.elements {
	case "F64":
		return readElements(t, r, func(b []byte) (float64, error) { return math.Float64frombits(le.Uint64(b)), nil })
	case "F32":
		return readElements(t, r, func(b []byte) (float32, error) { return math.Float32frombits(le.Uint32(b)), nil })
	case "BF16":
		return readElements(t, r, func(b []byte) (float32, error) { return math.Float32frombits(uint32(le.Uint16(b)) << 16), nil })
	case "F16":
		return readElements(t, r, func(b []byte) (float32, error) { return half(le.Uint16(b)), nil })
	case "I64":
		return readElements(t, r, func(b []byte) (int, error) { return exact(int64(le.Uint64(b))) })
	case "I32":
		return readElements(t, r, func(b []byte) (int, error) { return int(int32(le.Uint32(b))), nil })
	case "I16":
		return readElements(t, r, func(b []byte) (int, error) { return int(int16(le.Uint16(b))), nil })
	case "I8":
		return readElements(t, r, func(b []byte) (int, error) { return int(int8(b[0])), nil })
	case "U64":
		return readElements(t, r, func(b []byte) (int, error) { return exact(le.Uint64(b)) })
	case "U32":
		return readElements(t, r, func(b []byte) (int, error) { return exact(le.Uint32(b)) })
	case "U16":
		return readElements(t, r, func(b []byte) (int, error) { return int(le.Uint16(b)), nil })
	case "U8":
		return readElements(t, r, func(b []byte) (int, error) { return int(b[0]), nil })
	default: // BOOL
		return readElements(t, r, func(b []byte) (int, error) {
			if b[0] > 1 {
				return 0, errors.Errorf("%d is no BOOL", b[0])
			}
			return int(b[0]), nil
		})
	}
}

// exact is n as an int.
func exact[N int64 | uint64 | uint32](n N) (int, error) {
	if i := int(n); N(i) == n && (i < 0) == (n < 0) {
		return i, nil
	}
	return 0, errors.Errorf("%d is no int", n)
}

// half is the number of the bits of an IEEE 754 binary16.
func half(b uint16) float32 {
	sign, exponent, fraction := uint32(b>>15)<<31, uint32(b>>10)&31, uint32(b)&1023
	switch exponent {
	case 0: // subnormal: fraction / 2^24
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(sign | math.Float32bits(v))
	case 31: // infinite, or not a number
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

// readElements reads a tensor part by part. Memory grows with what comes, not with what the header says.
func readElements[E float32 | float64 | int](t *stored, r io.Reader, decode func(b []byte) (E, error)) (*tensor.Dense, error) {
	size := int(elementSizes[t.elements])
	n := int(t.end-t.begin) / size
	if n == 0 {
		return tensor.New(tensor.WithShape(t.shape...), tensor.Of(tensor.New(tensor.WithBacking(make([]E, 1))).Dtype())), nil // without a backing
	}
	const part = 1 << 16 // bytes
	data := make([]E, 0, min(n, 1<<24))
	buffer := make([]byte, min(n*size, part))
	for len(data) < n {
		b := buffer[:min((n-len(data))*size, part)]
		if _, err := io.ReadFull(r, b); err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil {
			return nil, err
		}
		for ; len(b) > 0; b = b[size:] {
			v, err := decode(b)
			if err != nil {
				return nil, errors.Wrapf(err, "element %d", len(data))
			}
			data = append(data, v)
		}
	}
	return denseOf(t.shape, data), nil
}
