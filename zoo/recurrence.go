package zoo

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pkg/errors"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// Recurrence is what the settings of all models have in common: cells in depth.
type Recurrence struct {
	Cell    string  `json:"cell"`              // "vanilla", "lstm", "gru", "mgu", or a name given to RegisterCell; "": "lstm"
	Hidden  int     `json:"hidden"`            // H of each cell
	Layers  int     `json:"layers,omitempty"`  // cells in depth; 0: 1
	Dropout float64 `json:"dropout,omitempty"` // rate on the output of each cell, and on embeddings (Zaremba et al., 2014)
	Float64 bool    `json:"float64,omitempty"` // compute in double precision
}

var cells = struct {
	sync.RWMutex
	make map[string]func(hidden int) layers.Cell
}{make: map[string]func(int) layers.Cell{
	"vanilla": func(hidden int) layers.Cell { return layers.Vanilla{Hidden: hidden} },
	"lstm":    func(hidden int) layers.Cell { return layers.LSTM{Hidden: hidden, ForgetBias: 1} },
	"gru":     func(hidden int) layers.Cell { return layers.GRU{Hidden: hidden} },
	"mgu":     func(hidden int) layers.Cell { return layers.MGU{Hidden: hidden} },
}}

// RegisterCell gives a cell a name by which models use it, to be called before they are made or opened:
// the files of a model hold the name alone. A name that is taken is an error.
func RegisterCell(name string, newCell func(hidden int) layers.Cell) error {
	if !utf8.ValidString(name) {
		return errors.Errorf("register cell %q: the name is not UTF-8: no file of a model could hold it", name)
	}
	cells.Lock()
	defer cells.Unlock()
	if _, taken := cells.make[name]; taken || name == "" || newCell == nil {
		return errors.Errorf("register cell %q: the name is taken or empty, or there is no function", name)
	}
	cells.make[name] = newCell
	return nil
}

// Cells gives the names of all cells, sorted.
func Cells() []string {
	cells.RLock()
	defer cells.RUnlock()
	return slices.Sorted(maps.Keys(cells.make))
}

// withDefaults puts what zero means in the place of zeros.
func (r Recurrence) withDefaults() Recurrence {
	if r.Cell == "" {
		r.Cell = "lstm"
	}
	if r.Layers == 0 {
		r.Layers = 1
	}
	return r
}

// mostLayers is how many cells there may be in depth: each is declared by itself.
const mostLayers = 1000

func (r Recurrence) check() error {
	switch {
	case r.Hidden < 1:
		return errors.Errorf("hidden size %d, want at least 1", r.Hidden)
	case r.Layers < 1 || r.Layers > mostLayers:
		return errors.Errorf("%d layers, want 1 to %d", r.Layers, mostLayers)
	case !(r.Dropout >= 0 && r.Dropout < 1):
		return errors.Errorf("dropout %v, want 0 ≤ rate < 1", r.Dropout)
	}
	_, err := r.newCell()
	return err
}

func (r Recurrence) newCell() (func(hidden int) layers.Cell, error) {
	cells.RLock()
	newCell, ok := cells.make[r.Cell]
	cells.RUnlock()
	if !ok {
		return nil, errors.Errorf("unknown cell %q; there are %s", r.Cell, strings.Join(Cells(), ", "))
	}
	return newCell, nil
}

// A runner goes over a sequence: layers.RNN or layers.Bidirectional.
type runner interface {
	Run(s *graph.Scope, xs *G.Node, run graph.Run) (ys *G.Node, last graph.State)
}

func forwards(cell func() layers.Cell) runner { return layers.RNN{Cell: cell()} }
func carrying(cell func() layers.Cell) runner { return layers.RNN{Cell: cell(), Carry: true} }
func bothWays(cell func() layers.Cell) runner { return layers.Bidirectional{Fwd: cell(), Bwd: cell()} }

// recur declares the cells in depth, each run as layer says: xs [T, B, I] → ys [T, B, O]. Layer by layer
// and not as a layers.Stack, so that each has a path that does not depend on Dropout.
func (r Recurrence) recur(s *graph.Scope, xs *G.Node, layer func(func() layers.Cell) runner, run graph.Run) *G.Node {
	newCell, err := r.newCell()
	if err != nil {
		s.Fail("%v", err)
	}
	for i := range r.Layers {
		at := s.In(strconv.Itoa(i))
		ys, _ := layer(func() layers.Cell { return newCell(r.Hidden) }).Run(at, xs, run)
		xs = r.drop(at, ys)
	}
	return xs
}

func (r Recurrence) drop(s *graph.Scope, xs *G.Node) *G.Node {
	return layers.Dropout{Rate: r.Dropout}.Bind(s, 0)(xs)
}

func (r Recurrence) newStore(seed int64) *graph.Store {
	return graph.NewStore(seed, r.dtype())
}

func (r Recurrence) dtype() tensor.Dtype {
	if r.Float64 {
		return tensor.Float64
	}
	return tensor.Float32
}

// inference compiles a graph of a model's that computes and does not learn. A Store that was read from
// a file has to be of the precision that the settings say, and every tensor of it is to be used.
func (r Recurrence) inference(store *graph.Store, declare func(*graph.Scope), opts ...graph.BuildOption) (*graph.Session, error) {
	if store.Dtype() != r.dtype() {
		return nil, errors.Errorf("weights of %v, the settings say %v", store.Dtype(), r.dtype())
	}
	session, err := graph.Build(store, func(s *graph.Scope) *G.Node { declare(s); return nil }, append(opts, graph.Eval())...)
	if err != nil {
		return nil, err
	}
	if extra := session.Undeclared(); len(extra) > 0 {
		return nil, errors.Errorf("the model has no parameter %s", strings.Join(extra, ", "))
	}
	return session, nil
}

// show makes an output that evaluations can read. Training has no use for it, and is spared the copy.
func show(s *graph.Scope, name string, n *G.Node) {
	if !s.Training() {
		s.Output(name, n)
	}
}

// floats gives the elements of an output as float64.
func floats(t tensor.Tensor) []float64 {
	switch d := t.Data().(type) {
	case []float32:
		wide := make([]float64, len(d))
		for i, v := range d {
			wide[i] = float64(v)
		}
		return wide
	case []float64:
		return slices.Clone(d)
	case float32:
		return []float64{float64(d)}
	case float64:
		return []float64{d}
	}
	return nil
}
