package graph_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

func file(t *testing.T, name string) io.Reader {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(content)
}

// The files are those that testdata/elements.py has written.
func TestReadTypes(t *testing.T) {
	inf := float32(math.Inf(1))
	want := map[string]struct {
		shape tensor.Shape
		data  any
	}{
		"f32":    {tensor.Shape{1, 3}, []float32{1.5, -2, inf}},
		"f16":    {tensor.Shape{9}, []float32{0, float32(math.Copysign(0, -1)), 1, -2.5, 65504, 1.0 / (1 << 14), 1.0 / (1 << 24), inf, -inf}},
		"bf16":   {tensor.Shape{4}, []float32{0, -1, 3.140625, math.Float32frombits(0x7f7f0000)}},
		"i64":    {tensor.Shape{2}, []int{-1 << 24, 7}},
		"i32":    {tensor.Shape{2}, []int{-3, 4}},
		"i16":    {tensor.Shape{2}, []int{-32768, 32767}},
		"i8":     {tensor.Shape{2}, []int{-128, 127}},
		"u64":    {tensor.Shape{1}, []int{1 << 24}},
		"u32":    {tensor.Shape{1}, []int{5}},
		"u16":    {tensor.Shape{1}, []int{65535}},
		"u8":     {tensor.Shape{2}, []int{255, 0}},
		"bool":   {tensor.Shape{2, 1}, []int{1, 0}},
		"scalar": {tensor.Shape{}, []float32{0.25}},
		"step":   {tensor.Shape{}, []int{1200}},
		"empty":  {tensor.Shape{0, 3}, []float32{}},
	}
	tensors, err := graph.ReadTensors(file(t, "types.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if len(tensors) != len(want) {
		t.Errorf("%d tensors, want %d", len(tensors), len(want))
	}
	st, err := graph.Load(file(t, "types.safetensors"), 1)
	if err != nil {
		t.Fatal(err)
	}
	if st.Dtype() != tensor.Float32 || len(st.Params()) != len(want)-1 {
		t.Errorf("a Store of %v with %d parameters", st.Dtype(), len(st.Params()))
	}
	for name, w := range want {
		got := tensors[name]
		if got == nil || !slices.Equal(got.Shape(), w.shape) {
			t.Errorf("%s: %v, want shape %v", name, got, w.shape)
			continue
		}
		var elements []float32
		switch data := w.data.(type) {
		case []float32:
			if elements = data; len(data) > 0 && !slices.Equal(bits32(got.Float32s()), bits32(data)) || got.Dtype() != tensor.Float32 {
				t.Errorf("%s: %v, want %v", name, got.Float32s(), data)
			}
		case []int:
			if got.Dtype() != tensor.Int || !slices.Equal(got.Ints(), data) {
				t.Errorf("%s: %v, want %v", name, got, data)
			}
			for _, n := range data {
				elements = append(elements, float32(n))
			}
		}
		p, ok := st.Param(name)
		if ok != (len(elements) > 0) {
			t.Errorf("%s: a parameter %v", name, ok)
		}
		if ok && (!slices.Equal(bits32(p.Value.Float32s()), bits32(elements)) || p.Value.Shape().Dims() == 0) {
			t.Errorf("%s: a parameter %v %v, want %v", name, p.Value.Shape(), p.Value.Data(), elements)
		}
	}
	var again bytes.Buffer
	if err := graph.WriteTensors(&again, map[string]*tensor.Dense{"empty": tensors["empty"], "scalar": tensors["scalar"]}); err != nil {
		t.Fatal(err)
	}
	if read, err := graph.ReadTensors(&again); err != nil || !slices.Equal(read["empty"].Shape(), tensor.Shape{0, 3}) || read["scalar"].Shape().Dims() != 0 {
		t.Errorf("written and read: %v, %v", read, err)
	}
}

func bits32(list []float32) (bits []uint32) {
	for _, v := range list {
		bits = append(bits, math.Float32bits(v))
	}
	return bits
}

func TestLoadIntoFloat64(t *testing.T) {
	st, err := graph.Load(file(t, "float64.safetensors"), 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float64{"w": {1, 1e-300}, "n": {1 << 53}} {
		if p, ok := st.Param(name); !ok || !slices.Equal(p.Value.Float64s(), want) {
			t.Errorf("%s: %v, want %v", name, p, want)
		}
	}
}

// The least int is a power of two, and so a float of either type.
func TestLoadLeastInteger(t *testing.T) {
	for _, floats := range []string{"F32", "F64"} {
		file := safetensorsFile(`{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"`+floats+`","shape":[0],"data_offsets":[8,8]}}`, 8)
		file[len(file)-1] = 128
		st, err := graph.Load(bytes.NewReader(file), 1)
		if err != nil {
			t.Errorf("beside %s: %v", floats, err)
			continue
		}
		if p, _ := st.Param("a"); fmt.Sprint(p.Value.Data()) != "[-9.223372e+18]" && fmt.Sprint(p.Value.Data()) != "[-9.223372036854776e+18]" {
			t.Errorf("beside %s: %v", floats, p.Value.Data())
		}
	}
}

// A file that says that it is long, and is not, costs no more than there is; one without an end is refused at its
// beginning.
func TestLoadWithoutEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		r    io.Reader
		want string
	}{
		"zeros":         {zeros{}, "invalid header deserialization"},
		"no more":       {bytes.NewReader(safetensorsFile(`{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}`, 4)), "it ends in tensor"},
		"goes on":       {io.MultiReader(bytes.NewReader(safetensorsFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4)), zeros{}), "there is more after the 4 bytes"},
		"endless name":  {io.MultiReader(strings.NewReader("\xff\xe0\xf5\x05\x00\x00\x00\x00{\""), letters{}), "unexpected EOF"},
		"header length": {io.MultiReader(strings.NewReader("\x01\xe1\xf5\x05\x00\x00\x00\x00{"), letters{}), "header too large: 100000001 bytes, the limit is 100000000"},
	} {
		if _, err := graph.Load(tc.r, 1); err == nil || !strings.Contains(err.Error(), tc.want) || len(err.Error()) > 1500 {
			t.Errorf("%s: error is %.300v, want %s", name, err, tc.want)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

type letters struct{}

func (letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// A name that the format cannot hold is refused where the parameter is declared.
func TestParameterNamesAreText(t *testing.T) {
	for _, name := range []string{"w\xff", strings.Repeat("w", 5000)} {
		st := graph.NewStore(1, tensor.Float32)
		_, err := graph.Build(st, func(s *graph.Scope) *G.Node { return s.Sum(s.In("a").Param(name, graph.Zeros, 1)) })
		if err == nil || !strings.Contains(err.Error(), "name") || len(err.Error()) > 1500 {
			t.Errorf("%.10q: %v", name, err)
		}
		if _, err = graph.Build(st, func(s *graph.Scope) *G.Node { return s.Sum(s.In(name).Param("w", graph.Zeros, 1)) }); err == nil {
			t.Errorf("%.10q: a scope", name)
		}
	}
	err := graph.WriteTensors(io.Discard, map[string]*tensor.Dense{"w\xff": tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{1}))})
	if err == nil || !strings.Contains(err.Error(), `tensor "w\xff": its name is not UTF-8`) {
		t.Errorf("error is %v", err)
	}
}
