package graph

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Store owns the learnable tensors of a model by path. Sessions bind them and never copy
// them, so a training step is at once visible to the graphs that evaluate and generate.
//
// A Store is not safe for concurrent use: no Session may be built or run on it while an optimiser
// writes to it. Snapshot gives a copy that serves meanwhile.
type Store struct {
	seed   int64
	dtype  tensor.Dtype
	params []*Param
	byPath map[string]*Param
	closed bool // no parameter may be added: all were read from a file
}

// A Param is one learnable tensor.
type Param struct {
	Path   string        // "lm/rnn/0/wx"
	Value  *tensor.Dense // its backing is shared by every Session built on the Store
	Frozen bool          // bound, not trained; read when a Session is built
}

// NewStore makes an empty Store. seed decides every initial value and every random operation of the
// graphs built on it; dt is tensor.Float32 or tensor.Float64 (Build refuses any other).
func NewStore(seed int64, dt tensor.Dtype) *Store {
	return &Store{seed: seed, dtype: dt, byPath: map[string]*Param{}}
}

// Seed returns the seed the Store was made with.
func (st *Store) Seed() int64 {
	if st == nil {
		return 0
	}
	return st.seed
}

// Dtype returns the type of every parameter: tensor.Float32 or tensor.Float64.
func (st *Store) Dtype() tensor.Dtype {
	if st == nil {
		return tensor.Dtype{}
	}
	return st.dtype
}

// Params returns the parameters in the order of their declaration.
func (st *Store) Params() []*Param {
	if st == nil {
		return nil
	}
	return slices.Clone(st.params)
}

// Param returns the parameter at path.
func (st *Store) Param(path string) (*Param, bool) {
	if st == nil {
		return nil, false
	}
	p, ok := st.byPath[path]
	return p, ok
}

// Snapshot returns a copy of the Store with values of its own, for use while the original is trained.
func (st *Store) Snapshot() *Store {
	copied := NewStore(st.Seed(), st.Dtype())
	for _, p := range st.Params() {
		copied.add(&Param{Path: p.Path, Value: p.Value.Clone().(*tensor.Dense), Frozen: p.Frozen})
	}
	copied.closed = st != nil && st.closed
	return copied
}

// SetValues copies values, by path, into parameters of the Store. Each must have the shape and the
// type of its parameter; on error nothing is changed.
func (st *Store) SetValues(values map[string]*tensor.Dense) error {
	elements := make(map[string]any, len(values))
	for path, v := range values {
		p, ok := st.Param(path)
		switch {
		case !ok:
			return errors.Errorf("%s: no such parameter", path)
		case v == nil:
			return errors.Errorf("%s: value is nil", path)
		case !sameShape(p.Value.Shape(), shapeFor(p.Value.Shape(), v)) || p.Value.Dtype() != v.Dtype():
			return errors.Errorf("%s: value %v %v, parameter %v %v", path, typeName(v.Dtype()), v.Shape(), p.Value.Dtype(), p.Value.Shape())
		}
		data, err := backing(v)
		if err != nil {
			return errors.Wrap(err, path)
		}
		elements[path] = data
	}
	for path, data := range elements {
		copyNumbers(st.byPath[path].Value.Data(), data)
	}
	return nil
}

// Fill gives every parameter new values, drawn by init as in its declaration: from the Store's seed and the
// parameter's path. It is for models that begin with one distribution throughout. On error nothing is
// changed.
func (st *Store) Fill(init Init) error {
	values := make(map[string]*tensor.Dense, len(st.Params()))
	for _, p := range st.Params() {
		v, err := st.draw(p.Path, init, p.Value.Shape())
		if err != nil {
			return errors.Wrap(err, p.Path)
		}
		values[p.Path] = v
	}
	return st.SetValues(values)
}

// draw makes the initial value of a parameter.
func (st *Store) draw(path string, init Init, shape tensor.Shape) (*tensor.Dense, error) {
	if err := allocatable(shape, 8); err != nil {
		return nil, err
	}
	var values []float64
	if err := guard(func() { values = init.fill(paramRand(st.seed, path), shape) }); err != nil {
		return nil, err
	}
	return newDense(st.dtype, shape, values), nil
}

// allocatable refuses a shape without elements, and one that no memory holds at so many bytes an element: to ask for it would end the process.
func allocatable(shape tensor.Shape, bytes float64) error {
	const least = 1 << 24 // elements, that are worth a look
	if len(shape) == 0 {
		return errors.New("no shape; a single number has shape (1)")
	}
	elements := 1.
	for _, size := range shape {
		if size < 1 {
			return errors.Errorf("shape %v; every size must be at least 1", shape)
		}
		elements *= float64(size)
	}
	if elements < least {
		return nil
	}
	if limit := MemoryLimit(); bytes*elements > float64(limit) {
		return errors.Errorf("shape %v takes %.3g GB, there are %.3g GB", shape, bytes*elements/1e9, float64(limit)/1e9)
	}
	return nil
}

func (st *Store) add(p *Param) {
	st.params = append(st.params, p)
	st.byPath[p.Path] = p
}

// truncate forgets all but the first n parameters.
func (st *Store) truncate(n int) {
	for _, p := range st.params[n:] {
		delete(st.byPath, p.Path)
	}
	st.params = st.params[:n]
}

// declare returns the parameter at path, made by init unless the Store has it.
func (st *Store) declare(path string, init Init, shape tensor.Shape) (*Param, error) {
	if p, ok := st.byPath[path]; ok {
		if !sameShape(p.Value.Shape(), shape) {
			return nil, errors.Errorf("stored shape %v, declared %v", p.Value.Shape(), shape)
		}
		return p, nil
	}
	if st.closed {
		return nil, errors.Errorf("no such tensor among the %d that were loaded%s", len(st.params), st.nearest(path))
	}
	value, err := st.draw(path, init, shape)
	if err != nil {
		return nil, err
	}
	p := &Param{Path: path, Value: value}
	st.add(p)
	return p, nil
}

// nearest suggests the stored path that is most like the one that was not found.
func (st *Store) nearest(path string) string {
	best, distance := "", len(path)
	for _, p := range st.params {
		if d := editDistance(p.Path, path); d < distance {
			best, distance = p.Path, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; nearest %q", best)
}

// editDistance is the number of insertions, deletions and substitutions between two strings
// (Levenshtein, 1966).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substituted := diagonal
			if a[i] != b[j] {
				substituted++
			}
			diagonal = row[j+1]
			row[j+1] = min(substituted, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
