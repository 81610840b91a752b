package absurd

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"gorgonia.org/tensor"
)

// A value is an argument, made anew for each call, for many calls change theirs.
type value struct {
	label string
	make  func(e *env) reflect.Value
}

// env is what surrounds one call.
type env struct {
	graph *declared // while a graph is declared
	dir   string    // the test's own
	free  []func()
	said  string // what a recorder was told
}

// deepest is how many structs within structs are varied field by field.
const deepest = 2

func fixed(label string, v any) value {
	return value{label, func(*env) reflect.Value { return reflect.ValueOf(v) }}
}

type valuesKey struct {
	of    reflect.Type
	depth int
}

var known = map[valuesKey][]value{}

// valuesOf gives arguments of a type. The first is sound, as far as there is such a value.
func valuesOf(t reflect.Type, depth int) (all []value) {
	key := valuesKey{t, min(depth, deepest+1)}
	if all, ok := known[key]; ok {
		return all
	}
	defer func() { known[key] = all }()
	if t == is[testing.TB]() { // without a test there is nobody to tell
		return []value{{"t", func(e *env) reflect.Value { return reflect.ValueOf(&recorder{env: e}) }}}
	}
	for _, s := range sound[t] {
		all = append(all, value{s.label, func(e *env) reflect.Value { return convert(reflect.ValueOf(s.make(e)), t) }})
	}
	for _, v := range numbersAndWords(t) {
		all = append(all, fixed(fmt.Sprintf("%v", label(v)), reflect.ValueOf(v).Convert(t).Interface()))
	}
	zero := value{"zero " + t.String(), func(*env) reflect.Value { return reflect.Zero(t) }}
	switch kind := t.Kind(); {
	case depth > deepest && (kind == reflect.Slice || kind == reflect.Map || kind == reflect.Interface): // these nest
		all = append(all, zero)
	case kind == reflect.Bool:
		all = append(all, zero, value{"true", func(*env) reflect.Value { return reflect.ValueOf(true).Convert(t) }})
	case kind == reflect.Slice:
		all = append(all, slicesOf(t, depth)...)
	case kind == reflect.Map:
		all = append(all, mapsOf(t, depth)...)
	case kind == reflect.Pointer:
		all = append(all, pointersOf(t, depth)...)
	case kind == reflect.Struct:
		all = append(all, structsOf(t, depth)...)
	case kind == reflect.Interface:
		all = append(all, implementing(t, depth)...)
	case kind == reflect.Func:
		all = append(all, functionsOf(t)...)
	case kind == reflect.Array:
		all = append(all, zero)
	}
	if len(all) == 0 {
		all = append(all, zero)
	}
	return all
}

// numbersAndWords lists values of a basic kind.
func numbersAndWords(t reflect.Type) []any {
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return []any{1, 0, -1, 2, 3, 1 << 40, math.MaxInt, math.MinInt}
	case reflect.Uint64:
		return []any{uint64(1), uint64(0), uint64(math.MaxUint64)}
	case reflect.Float64:
		return []any{0.5, 0., -1., 1., math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64}
	case reflect.String:
		return []any{"a", "", "\xff\xfe", "a\x00b", "a/b", "**/[", "two\nlines", strings.Repeat("long", 1<<12)}
	}
	return nil
}

func label(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > 20 {
			return fmt.Sprintf("%q… (%d bytes)", v[:20], len(v))
		}
		return fmt.Sprintf("%q", v)
	case int:
		if v > 1<<40 || v < -1<<40 {
			return map[int]string{math.MaxInt: "MaxInt", math.MinInt: "MinInt"}[v]
		}
	}
	return fmt.Sprint(v)
}

func slicesOf(t reflect.Type, depth int) []value {
	list := func(elems ...value) value {
		labels := make([]string, len(elems))
		for i, v := range elems {
			labels[i] = v.label
		}
		return value{"{" + strings.Join(labels, ", ") + "}", func(e *env) reflect.Value {
			s := reflect.MakeSlice(t, 0, len(elems))
			for _, v := range elems {
				s = reflect.Append(s, convert(v.make(e), t.Elem()))
			}
			return s
		}}
	}
	elems := valuesOf(t.Elem(), depth+1)
	all := []value{
		list(elems[0], elems[0]),
		{"nil " + t.String(), func(*env) reflect.Value { return reflect.Zero(t) }},
		list(), list(elems[0]),
	}
	for _, v := range elems[1:] {
		all = append(all, list(v), list(elems[0], v))
	}
	return all
}

func mapsOf(t reflect.Type, depth int) []value {
	entry := func(k, v value) value {
		return value{"{" + k.label + ": " + v.label + "}", func(e *env) reflect.Value {
			m := reflect.MakeMap(t)
			m.SetMapIndex(k.make(e), convert(v.make(e), t.Elem()))
			return m
		}}
	}
	keys, elems := valuesOf(t.Key(), depth+1), valuesOf(t.Elem(), depth+1)
	all := []value{
		entry(keys[0], elems[0]),
		{"nil " + t.String(), func(*env) reflect.Value { return reflect.Zero(t) }},
		{"empty " + t.String(), func(*env) reflect.Value { return reflect.MakeMap(t) }},
	}
	for _, k := range keys[1:] {
		all = append(all, entry(k, elems[0]))
	}
	for _, v := range elems[1:] {
		all = append(all, entry(keys[0], v))
	}
	for _, base := range sound[t] {
		for _, k := range reflect.ValueOf(base.make(&env{})).MapKeys() {
			for _, v := range elems {
				all = append(all, value{fmt.Sprintf("%s with %v: %s", base.label, k, v.label), func(e *env) reflect.Value {
					m := reflect.ValueOf(base.make(e))
					m.SetMapIndex(k, convert(v.make(e), t.Elem()))
					return m
				}})
			}
		}
	}
	return all
}

func pointersOf(t reflect.Type, depth int) []value {
	all := []value{{"nil " + t.String(), func(*env) reflect.Value { return reflect.Zero(t) }}}
	if !constructible(t.Elem()) {
		return all
	}
	for _, v := range valuesOf(t.Elem(), depth) {
		all = append(all, value{"&" + v.label, func(e *env) reflect.Value {
			p := reflect.New(t.Elem())
			p.Elem().Set(v.make(e))
			return p
		}})
	}
	return all
}

// constructible reports whether users can make a value of the type: those of other modules have rules of
// their own, and some types of ours hold a lock.
func constructible(t reflect.Type) bool {
	return t.Kind() != reflect.Struct || strings.HasPrefix(t.PkgPath(), module)
}

// structsOf varies each exported field of a sound value, or of the zero value if there is none.
func structsOf(t reflect.Type, depth int) []value {
	zero := value{t.String() + "{}", func(*env) reflect.Value { return reflect.Zero(t) }}
	all := []value{zero}
	if !strings.HasPrefix(t.PkgPath(), module) || depth >= deepest {
		return all
	}
	bases := []value{zero}
	for _, s := range sound[t] {
		bases = append(bases, value{s.label, func(e *env) reflect.Value { return reflect.ValueOf(s.make(e)) }})
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		for _, v := range valuesOf(f.Type, depth+1) {
			for _, base := range bases {
				all = append(all, value{fmt.Sprintf("%s with %s: %s", base.label, f.Name, v.label), func(e *env) reflect.Value {
					s := reflect.New(t).Elem()
					s.Set(base.make(e))
					s.Field(i).Set(convert(v.make(e), f.Type))
					return s
				}})
			}
		}
	}
	return all
}

// implementing gives nil and, of every type of ours that implements an interface, the sound values, the
// zero value and a nil pointer.
func implementing(t reflect.Type, depth int) []value {
	all := []value{{"nil " + t.String(), func(*env) reflect.Value { return reflect.Zero(t) }}}
	if t.NumMethod() == 0 { // anything at all
		for _, v := range []any{1, math.NaN(), "\xff", []any{nil}, map[string]any{"a": math.Inf(1)}, func() {}, make(chan int), &struct{ A any }{}} {
			all = append(all, fixed(fmt.Sprintf("any(%T)", v), v))
		}
		return all
	}
	for _, surface := range surfaces {
		for _, of := range surface.types {
			switch {
			case of.Kind() == reflect.Interface:
			case reflect.PointerTo(of).Implements(t) && !of.Implements(t):
				all = append(all, valuesOf(reflect.PointerTo(of), deepest)...)
			case of.Implements(t):
				all = append(all, value{"nil *" + of.String(), func(*env) reflect.Value { return reflect.Zero(reflect.PointerTo(of)) }})
				all = append(all, valuesOf(of, max(depth, 1))...)
			}
		}
	}
	return all
}

func functionsOf(t reflect.Type) []value {
	return []value{
		{"func of zeros", func(*env) reflect.Value {
			return reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value {
				out := make([]reflect.Value, t.NumOut())
				for i := range out {
					out[i] = reflect.Zero(t.Out(i))
				}
				return out
			})
		}},
		{"nil " + t.String(), func(*env) reflect.Value { return reflect.Zero(t) }},
	}
}

// convert makes v assignable to t, an untyped nil too.
func convert(v reflect.Value, t reflect.Type) reflect.Value {
	if !v.IsValid() {
		return reflect.Zero(t)
	}
	if v.Type() != t && v.Type().ConvertibleTo(t) {
		return v.Convert(t)
	}
	return v
}

// Values of other modules' types.
func init() {
	add := func(t reflect.Type, values ...value) {
		for _, v := range values {
			sound[t] = append(sound[t], soundValue{v.label, func(e *env) any { return v.make(e).Interface() }})
		}
	}
	made := func(label string, f func(e *env) any) value {
		return value{label, func(e *env) reflect.Value { return reflect.ValueOf(f(e)) }}
	}
	contexts := reflect.TypeFor[context.Context]()
	add(contexts,
		made("context that soon ends", func(e *env) any {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
			e.free = append(e.free, cancel)
			return ctx
		}),
		made("context that has ended", func(*env) any {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx
		}))
	add(reflect.TypeFor[*rand.Rand](), made("rand", func(*env) any { return rand.New(rand.NewPCG(1, 2)) }))
	add(reflect.TypeFor[tensor.Dtype](), fixed("float32", tensor.Float32), fixed("float64", tensor.Float64), fixed("int", tensor.Int),
		fixed("string", tensor.String), fixed("no dtype", tensor.Dtype{}))
	shapes := reflect.TypeFor[tensor.Shape]()
	for _, s := range []tensor.Shape{{2, 4}, {}, {0}, {-1}, {-2, -4}, {3}, {2, 3, 4}, {4, 0},
		{1 << 40, 4}, {math.MaxInt, 4}, {1 << 62, 4}, {1 << 32, 1 << 32}} {
		add(shapes, made(fmt.Sprintf("shape %v", s), func(*env) any { return s.Clone() }))
	}
	add(reflect.TypeFor[time.Time](), fixed("2024", time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)), fixed("zero time", time.Time{}),
		fixed("year MaxInt32", time.Date(math.MaxInt32, 1, 1, 0, 0, 0, 0, time.UTC)))
	for _, odd := range tensors {
		add(reflect.TypeFor[*tensor.Dense](), made(odd.label, func(*env) any { return odd.make() }))
		add(reflect.TypeFor[tensor.Tensor](), made(odd.label, func(*env) any { return odd.make() }))
	}
	add(reflect.TypeFor[tensor.Tensor](), value{"nil *tensor.Dense", func(*env) reflect.Value { return reflect.Zero(reflect.TypeFor[*tensor.Dense]()) }})
}

var tensors = []struct {
	label string
	make  func() *tensor.Dense
}{
	{"float32 (2, 3)", func() *tensor.Dense { return of([]float32{1, 2, 3, 4, 5, 6}, 2, 3) }},
	{"float64 (2, 3) of NaN", func() *tensor.Dense {
		n := math.NaN()
		return of([]float64{n, n, n, n, n, n}, 2, 3)
	}},
	{"float64 (1)", func() *tensor.Dense { return of([]float64{1}, 1) }},
	{"int (2)", func() *tensor.Dense { return of([]int{-1, math.MaxInt}, 2) }},
	{"string (1)", func() *tensor.Dense { return of([]string{"a"}, 1) }},
	{"bool (1, 1)", func() *tensor.Dense { return of([]bool{true}, 1, 1) }},
	{"scalar", func() *tensor.Dense { return tensor.New(tensor.FromScalar(1.5)) }},
	{"zero Dense", func() *tensor.Dense { return new(tensor.Dense) }},
	{"transposed", func() *tensor.Dense {
		d := of([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
		if err := d.T(); err != nil {
			panic(err)
		}
		return d
	}},
}

func of(backing any, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))
}
