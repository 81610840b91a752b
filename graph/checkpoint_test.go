package graph_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

// ordered declares parameters whose order is neither that of their names nor of their sizes.
func ordered(s *graph.Scope) *G.Node {
	z := s.In("z")
	wx := z.Param("wx", graph.Normal(1), 2, 3)
	b := s.In("a").Param("b", graph.Normal(1), 1, 3)
	single := z.Param("single", graph.Normal(1), 1)
	return s.Add(s.Sum(s.AddBias(wx, b)), s.Sum(single))
}

func saved(t *testing.T, st *graph.Store) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := st.Save(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestSaveLoad(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		t.Run(dt.Name(), func(t *testing.T) {
			st := graph.NewStore(5, dt)
			build(t, st, ordered)
			st.Params()[1].Frozen = true
			odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat32, math.SmallestNonzeroFloat32}
			for i, v := range odd {
				setAt(st.Params()[0].Value, i, v)
			}

			loaded, err := graph.Load(bytes.NewReader(saved(t, st)), 9)
			if err != nil {
				t.Fatal(err)
			}
			if loaded.Dtype() != dt || loaded.Seed() != 9 {
				t.Errorf("loaded a Store of %v with seed %d", loaded.Dtype(), loaded.Seed())
			}
			if len(loaded.Params()) != 3 {
				t.Fatalf("loaded %d parameters of 3", len(loaded.Params()))
			}
			for i, p := range loaded.Params() {
				want := st.Params()[i]
				if p.Path != want.Path || p.Frozen != want.Frozen || !slices.Equal(p.Value.Shape(), want.Value.Shape()) {
					t.Errorf("parameter %d is %s %v frozen %v, want %s %v frozen %v", i,
						p.Path, p.Value.Shape(), p.Frozen, want.Path, want.Value.Shape(), want.Frozen)
				}
				if !bytes.Equal(bitsOf(p.Value), bitsOf(want.Value)) {
					t.Errorf("%s: %v, saved %v", p.Path, p.Value.Data(), want.Value.Data())
				}
			}
			if !bytes.Equal(saved(t, loaded), saved(t, st)) {
				t.Error("what was loaded is saved as another file")
			}
		})
	}
}

func TestLoadedStoreIsClosed(t *testing.T) {
	st := graph.NewStore(1, tensor.Float32)
	build(t, st, ordered)
	loaded, err := graph.Load(bytes.NewReader(saved(t, st)), 1)
	if err != nil {
		t.Fatal(err)
	}
	session := build(t, loaded, ordered)
	if extra := session.Undeclared(); extra != nil {
		t.Errorf("undeclared %v, but the model declares all", extra)
	}
	session = build(t, loaded, func(s *graph.Scope) *G.Node { return s.Sum(s.In("z").Param("wx", graph.Zeros, 2, 3)) })
	if extra, want := session.Undeclared(), []string{"a/b", "z/single"}; !slices.Equal(extra, want) {
		t.Errorf("undeclared %v, want %v", extra, want)
	}
	for want, declare := range map[string]func(*graph.Scope) *G.Node{
		`z/wh: param: no such tensor among the 3 that were loaded; nearest "z/wx"`: func(s *graph.Scope) *G.Node {
			return s.Sum(s.In("z").Param("wh", graph.Zeros, 2, 3))
		},
		"z/wx: param: stored shape (2, 3), declared (3, 2)": func(s *graph.Scope) *G.Node {
			return s.Sum(s.In("z").Param("wx", graph.Zeros, 3, 2))
		},
	} {
		wantBuildError(t, loaded, declare, want)
	}
	if copied := loaded.Snapshot(); copied != nil {
		wantBuildError(t, copied, func(s *graph.Scope) *G.Node { return s.Sum(s.Param("new", graph.Zeros, 1)) }, "no such tensor")
	}
}

func TestWriteReadTensors(t *testing.T) {
	rows, err := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{1, 2, 3, 4, 5, 6})).Slice(nil, tensor.S(1, 3))
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]*tensor.Dense{
		"adam/m/rnn/wx": tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{1, 2})),
		"step":          tensor.New(tensor.FromScalar(7.0)),
		"view":          rows.(*tensor.Dense),
		"größe \"1\"\n": tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{3})),
	}
	for _, tensors := range []map[string]*tensor.Dense{written, {}} {
		var file bytes.Buffer
		if err := graph.WriteTensors(&file, tensors); err != nil {
			t.Fatal(err)
		}
		read, err := graph.ReadTensors(&file)
		if err != nil {
			t.Fatal(err)
		}
		if len(read) != len(tensors) {
			t.Errorf("read %v", slices.Collect(maps.Keys(read)))
		}
		for name, want := range tensors {
			if got := read[name]; got == nil || got.Dtype() != want.Dtype() || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%q: read %v, wrote %v", name, got, want)
			}
		}
	}
	for name, bad := range map[string]*tensor.Dense{
		"of int": tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{3})), "nil": nil,
	} {
		if err := graph.WriteTensors(new(bytes.Buffer), map[string]*tensor.Dense{"t": bad}); err == nil || !strings.Contains(err.Error(), `tensor "t" is `+name) {
			t.Errorf("a tensor that is %s: %v", name, err)
		}
	}
	err = graph.WriteTensors(new(bytes.Buffer), map[string]*tensor.Dense{"__metadata__": written["step"]})
	if err == nil || !strings.Contains(err.Error(), "keeps this name") {
		t.Errorf("a tensor with the name of the metadata: %v", err)
	}
	if err := graph.WriteTensors(broken{}, written); err == nil || !strings.Contains(err.Error(), "write tensors: disk full") {
		t.Errorf("a writer that fails: %v", err)
	}
	if _, err := graph.ReadTensors(broken{}); err == nil || !strings.Contains(err.Error(), "read tensors: disk gone") {
		t.Errorf("a reader that fails: %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }
func (broken) Read([]byte) (int, error)  { return 0, errors.New("disk gone") }

// safetensorsFile puts a header in front of zeros.
func safetensorsFile(header string, elements int) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), make([]byte, elements)...)
}

var badFiles = map[string]struct {
	file []byte
	want string
}{
	"empty":            {nil, "load: not a whole safetensors file (0 bytes): header too small"},
	"no header":        {safetensorsFile(`{"a"`, 0)[:10], "not a whole safetensors file (10 bytes): invalid header length"},
	"huge header":      {bytes.Repeat([]byte{0xff}, 16), "header too large"},
	"not JSON":         {safetensorsFile(`{"a"`, 0), "invalid header deserialization"},
	"cut short":        {safetensorsFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 7), "metadata incomplete buffer"},
	"too long":         {safetensorsFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 9), "metadata incomplete buffer"},
	"shape and size":   {safetensorsFile(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), "offsets mismatch"},
	"product overflow": {safetensorsFile(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}`, 8), "multiplication overflow"},
	"hole":             {safetensorsFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "invalid metadata offset"},
	"beyond the end":   {safetensorsFile(`{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`, 8), "metadata incomplete buffer"},
	"backwards":        {safetensorsFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8), "invalid metadata offset"},
	"other type":       {safetensorsFile(`{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}`, 8), `tensor "a": elements of F8_E4M3, want F64, F32`},
	"complex":          {safetensorsFile(`{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}`, 8), `tensor "a": elements of C64, want F64, F32`},
	"unknown type":     {safetensorsFile(`{"a":{"dtype":"X","shape":[1],"data_offsets":[0,8]}}`, 8), `invalid DType string value "X"`},
	"size of 0":        {safetensorsFile(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 0), `load: the file holds no tensors with elements`},
	"0 and elements":   {safetensorsFile(`{"a":{"dtype":"F32","shape":[0,9223372036854775807,2],"data_offsets":[0,8]}}`, 8), `offsets mismatch`},
	"no tensors":       {safetensorsFile(`{}`, 0), "load: the file holds no tensors"},
	"no shape":         {safetensorsFile(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4), `tensor "a": want dtype, shape and data_offsets`},
	"twice":            {safetensorsFile(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 4), `tensor "a" comes twice`},
	"shape twice":      {safetensorsFile(`{"a":{"dtype":"F32","shape":[],"shape":[1],"data_offsets":[0,4]}}`, 4), `"shape" comes twice`},
	"other key":        {safetensorsFile(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}`, 4), `unknown key "x"`},
	"offsets":          {safetensorsFile(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}`, 4), `data_offsets: 1 numbers, want 2`},
	"negative size":    {safetensorsFile(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4), `shape: want a natural number below 2^64, got "-1"`},
	"list":             {safetensorsFile(`[]`, 0), `want "{", got "["`},
	"null":             {safetensorsFile(`{"a":null}`, 0), `tensor "a": want "{", got null`},
	"text":             {safetensorsFile(`{"a":{"dtype":`+strings.Repeat("1", 10<<20)+`}}`, 0), `dtype: want a string, got 111`},
	"more":             {safetensorsFile(`{}{}`, 0), `there is more after the object`},
	"no BOOL":          {append(safetensorsFile(`{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}`, 0), 2), `tensor "a": element 0: 2 is no BOOL`},
	"no float32":       {append(safetensorsFile(`{"a":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}}`, 0), 1, 0, 0, 1), `tensor "a": element 0 is the integer 16777217, which is no float32`},
	"no int":           {append(safetensorsFile(`{"a":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}`, 0), 0, 0, 0, 0, 0, 0, 0, 128), `tensor "a": element 0: 9223372036854775808 is no int`},
	"rank":             {safetensorsFile(`{"a":{"dtype":"F32","shape":[`+strings.Repeat("1,", 10<<20)+`1],"data_offsets":[0,4]}}`, 4), `shape: more than 32 numbers, the limit`},
	"number":           {safetensorsFile(`{"a":{"dtype":"F32","shape":[`+strings.Repeat("1", 10<<20)+`],"data_offsets":[0,4]}}`, 4), `... (10485760 bytes)`},
	"tensors":          {safetensorsFile(`{`+repeated(graph.MaxTensors+1, `"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`)+`}`, 0), `more than 100000 tensors, the limit`},
	"metadata":         {safetensorsFile(`{"__metadata__":{`+repeated(graph.MaxTensors+1, `"%d":""`)+`}}`, 0), `more than 100000 entries, the limit`},
	"name":             {safetensorsFile(`{"`+strings.Repeat("a", 10<<20)+`":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), `the limit for a name is 4096 bytes`},
	"dtype":            {safetensorsFile(`{"a":{"dtype":"`+strings.Repeat("F", 10<<20)+`","shape":[1],"data_offsets":[0,4]}}`, 4), `(10485760 bytes)`},
	"depth":            {safetensorsFile(strings.Repeat(`{"a":`, 10<<20), 0), `unknown key "a"`},
	"memory":           {safetensorsFile(`{"a":{"dtype":"F32","shape":[1000000000000000],"data_offsets":[0,4000000000000000]}}`, 4), `more than the`},
	"order of length":  {ordering(`[\"` + strings.Repeat("b", 10<<20) + `\"]`), `metadata "order": no tensor "bbb`},
	"two types": {safetensorsFile(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`, 12),
		`tensor "b" is of float32, "a" of float64`},
	"order of others": {ordering(`[\"b\"]`), `metadata "order": no tensor "b"`},
	"order twice":     {ordering(`[\"a\",\"a\"]`), `metadata "order": tensor "a" twice`},
	"order short":     {ordering(`[]`), `"order" lists 0 tensors of 1`},
	"order no list":   {ordering(`3`), `metadata "order": json: `},
}

// repeated is n entries of an object, with numbers.
func repeated(n int, entry string) string {
	entries := make([]string, n)
	for i := range entries {
		entries[i] = fmt.Sprintf(entry, i)
	}
	return strings.Join(entries, ",")
}

func ordering(order string) []byte {
	return safetensorsFile(`{"__metadata__":{"order":"`+order+`"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4)
}

func TestLoadBadFiles(t *testing.T) {
	for name, tc := range badFiles {
		t.Run(name, func(t *testing.T) {
			_, err := graph.Load(bytes.NewReader(tc.file), 1)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got error %.300v, want %q in it", err, tc.want)
			}
			if n := len(err.Error()); n > 1500 || strings.Contains(err.Error(), "\n") {
				t.Errorf("a message of %d bytes", n)
			}
		})
	}
}

func TestLoadWithoutOrder(t *testing.T) {
	file := safetensorsFile(`{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]}}`, 12)
	st, err := graph.Load(bytes.NewReader(file), 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := graph.Summary(st), "b      [1]     1\na      [2, 1]  2\ntotal          3\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func FuzzLoad(f *testing.F) {
	for _, tc := range badFiles {
		if len(tc.file) < 1000 {
			f.Add(tc.file)
		}
	}
	st := graph.NewStore(1, tensor.Float64)
	if _, err := graph.Build(st, ordered); err != nil {
		f.Fatal(err)
	}
	var file bytes.Buffer
	if err := st.Save(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		st, err := graph.Load(bytes.NewReader(file), 1)
		if err != nil {
			return
		}
		size := 0
		for _, p := range st.Params() {
			size += len(bitsOf(p.Value))
		}
		if size == 0 || size > 8*len(file) { // of an integer of a byte there comes a float of 4 or 8
			t.Errorf("%d bytes gave %d bytes of parameters", len(file), size)
		}
		again, err := graph.Load(bytes.NewReader(saved(t, st)), 1)
		if err != nil {
			t.Fatalf("saved and loaded: %v", err)
		}
		if got, want := graph.Summary(again), graph.Summary(st); got != want {
			t.Errorf("saved and loaded:\n%swant\n%s", got, want)
		}
	})
}

// bitsOf gives the elements of a tensor as they lie in memory.
func bitsOf(t *tensor.Dense) []byte {
	var bits bytes.Buffer
	if err := binary.Write(&bits, binary.LittleEndian, t.Data()); err != nil {
		panic(err)
	}
	return bits.Bytes()
}

func setAt(t *tensor.Dense, i int, v float64) {
	switch data := t.Data().(type) {
	case []float32:
		data[i] = float32(v)
	case []float64:
		data[i] = v
	}
}
