package absurd

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/layers"
)

// A callable is a function, or a method with its receiver as the first argument.
type callable struct {
	name string // graph.Build, graph.Scope.Add
	f    reflect.Value
	in   []reflect.Type
}

func callablesOf(s surface) []callable {
	name := s.path[strings.LastIndex(s.path, "/")+1:]
	var all []callable
	add := func(name string, f reflect.Value) {
		c := callable{name: name, f: f}
		for i := range f.Type().NumIn() {
			c.in = append(c.in, f.Type().In(i))
		}
		all = append(all, c)
	}
	for _, f := range s.funcs {
		if of := reflect.TypeOf(f); of.NumIn() > 0 && of.In(0) == is[*testing.T]() {
			continue // TestSuites runs them
		}
		add(name+"."+nameOf(f), reflect.ValueOf(f))
	}
	for generic, f := range s.generic {
		add(name+"."+generic, reflect.ValueOf(f))
	}
	for _, t := range s.types {
		if t.Kind() == reflect.Interface {
			continue
		}
		p := reflect.PointerTo(t)
		for i := range p.NumMethod() {
			m := p.Method(i)
			// A method of values has no say when it is called on a nil pointer.
			if byValue, ok := t.MethodByName(m.Name); ok {
				m = byValue
			}
			add(name+"."+t.Name()+"."+m.Name, m.Func)
		}
	}
	return all
}

// nameOf gives the name of a function at the top level of a package.
func nameOf(f any) string {
	name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	return name[strings.LastIndex(name, ".")+1:]
}

// declares reports whether a call needs a graph under construction.
func (c callable) declares() bool {
	for _, t := range c.in {
		switch t {
		case is[*graph.Scope](), is[*G.Node](), is[[]*G.Node](), is[graph.State](), is[graph.Carry](), is[layers.Table]():
			return true
		}
	}
	return false
}

// arguments lists calls: the sound one, each value of each argument with all others sound, zeros, and as
// many random combinations.
func (c callable) arguments(random, most int) [][]value {
	if len(c.in) == 0 {
		return [][]value{nil}
	}
	choices := make([][]value, len(c.in))
	base, zeros := make([]value, len(c.in)), make([]value, len(c.in))
	for i, t := range c.in {
		choices[i] = valuesOf(t, 0)
		base[i] = choices[i][0]
		if zeros[i] = base[i]; t == is[testing.TB]() {
			continue
		}
		zeros[i] = value{"zero", func(*env) reflect.Value { return reflect.Zero(t) }}
	}
	calls := [][]value{base, zeros}
	hash := fnv.New64a()
	hash.Write([]byte(c.name))
	r := rand.New(rand.NewPCG(1, hash.Sum64()))
	var single [][]value
	for i := range c.in {
		for _, v := range choices[i][1:] {
			call := append([]value(nil), base...)
			call[i] = v
			single = append(single, call)
		}
	}
	if every := combinations(choices); len(every) <= 600 && random > 10 {
		return append(calls, every...)
	}
	r.Shuffle(len(single), func(i, j int) { single[i], single[j] = single[j], single[i] })
	calls = append(calls, single[:min(most, len(single))]...)
	for range random {
		call := make([]value, len(c.in))
		for i := range call {
			call[i] = choices[i][r.IntN(len(choices[i]))]
		}
		calls = append(calls, call)
	}
	return calls
}

// combinations lists all of them, unless there are too many.
func combinations(choices [][]value) [][]value {
	calls := [][]value{nil}
	for _, values := range choices {
		var longer [][]value
		for _, call := range calls {
			for _, v := range values {
				longer = append(longer, append(slices.Clone(call), v))
			}
		}
		if calls = longer; len(calls) > 600 {
			break
		}
	}
	return calls
}

// A fault is something that no call may do.
type fault struct{ what, where string }

// timeout is how long a call may take; most take less than a thousandth.
const timeout = 30 * time.Second

// try makes a call and says what was wrong with it.
func (c callable) try(t *testing.T, args []value) (faults []fault, hangs bool) {
	e := &env{dir: t.TempDir()}
	done := make(chan []fault, 1)
	go func() {
		var found []fault
		defer func() {
			if r := recover(); r != nil {
				if err, ok := r.(error); ok && slices.Contains(panics, c.name) && checkError(err) == nil {
					done <- nil
					return
				}
				found = append(found, fault{fmt.Sprintf("panic: %v", r), origin(string(debug.Stack()))})
			}
			if e.said != "" {
				found = append(found, checkError(errors.New(e.said))...)
			}
			done <- found
		}()
		found = c.call(e, args)
	}()
	select {
	case faults = <-done:
		for _, free := range e.free {
			free()
		}
		return faults, false
	case <-time.After(timeout):
		all := make([]byte, 1<<20)
		all = all[:runtime.Stack(all, true)]
		return []fault{{"did not return", origin(string(all))}}, true
	}
}

func (c callable) call(e *env, args []value) []fault {
	if !c.declares() {
		return check(e, c.invoke(e, args), 0)
	}
	inside := func(s *graph.Scope) *G.Node {
		e.graph = declare(s)
		defer func() { e.graph = nil }()
		var cost *G.Node
		for i, n := range nodesIn(e, c.invoke(e, args)) {
			s.Output(fmt.Sprint("result", i), n)
			if cost == nil && n.Dtype() == s.Dtype() {
				cost = s.Sum(n)
			}
		}
		s.Output("some", e.graph.nodes[len(e.graph.nodes)-1].node)
		return cost
	}
	session, err := graph.Build(graph.NewStore(1, tensor.Float64), inside)
	if err != nil {
		if slices.Contains(free, c.name) {
			return nil
		}
		return checkError(err)
	}
	defer session.Close()
	all, given := graph.Feed{}, feed()
	for _, name := range session.Inputs() {
		if all[name] = given[name]; given[name] == nil {
			delete(all, name)
		}
	}
	return checkError(session.Run(context.Background(), all))
}

func (c callable) invoke(e *env, args []value) []reflect.Value {
	in := make([]reflect.Value, len(args))
	for i, v := range args {
		in[i] = convert(v.make(e), c.in[i])
	}
	if c.f.Type().IsVariadic() {
		return c.f.CallSlice(in)
	}
	return c.f.Call(in)
}

// nodesIn lists the nodes that a call gave, and those of the functions that it gave.
func nodesIn(e *env, results []reflect.Value) (nodes []*G.Node) {
	for _, r := range results {
		switch v := r.Interface().(type) {
		case *G.Node:
			if v != nil {
				nodes = append(nodes, v)
			}
		case []*G.Node:
			nodes = append(nodes, v...)
		case graph.State:
			nodes = append(nodes, v...)
		case func(*G.Node) *G.Node:
			nodes = append(nodes, v(e.graph.nodes[0].node))
		case graph.StepFunc:
			ys, last := graph.Scan(e.graph.scope, v, e.graph.nodes[0].node, []int{2}, graph.Run{})
			nodes = append(append(nodes, ys), last...)
		case layers.Table:
			nodes = append(nodes, v.Lookup(e.graph.nodes[1].node))
		}
	}
	return nodes
}

// check looks at the results of a call, and at what their methods and functions give.
func check(e *env, results []reflect.Value, depth int) (found []fault) {
	failed := false
	for _, r := range results {
		if err, ok := r.Interface().(error); ok && err != nil {
			failed = true
			found = append(found, checkError(err)...)
		}
	}
	if failed || depth > 0 {
		return found
	}
	for _, r := range results {
		if r.Kind() == reflect.Interface {
			r = r.Elem()
		}
		switch {
		case !r.IsValid(), r.Kind() == reflect.Pointer && r.IsNil(), r.Kind() == reflect.Func && r.IsNil():
		case r.Kind() == reflect.Func && r.Type().CanSeq2():
			n := 0
			for _, v := range r.Seq2() {
				found = append(found, check(e, []reflect.Value{v}, 1)...)
				if n++; n == 3 {
					break
				}
			}
		case r.Kind() == reflect.Func:
			if !mentionsScope(r.Type()) {
				c := callable{name: "result", f: r}
				for i := range r.Type().NumIn() {
					c.in = append(c.in, r.Type().In(i))
				}
				for _, args := range c.arguments(2, 40) {
					found = append(found, check(e, c.invoke(e, args), 1)...)
				}
			}
		case strings.HasPrefix(strings.TrimPrefix(r.Type().String(), "*"), "tensor."):
		default:
			for i := range r.NumMethod() {
				m := callable{name: "result." + r.Type().Method(i).Name, f: r.Method(i)}
				for i := range m.f.Type().NumIn() {
					m.in = append(m.in, m.f.Type().In(i))
				}
				if m.declares() || !strings.Contains(fmt.Sprint(r.Type()), ".") {
					continue
				}
				for _, args := range m.arguments(1, 0) {
					found = append(found, check(e, m.invoke(e, args), 1)...)
				}
			}
		}
	}
	return found
}

// mentionsScope reports whether a function wants a graph under construction, or a Run.
func mentionsScope(t reflect.Type) bool {
	for i := range t.NumIn() {
		if in := t.In(i); in.Kind() == reflect.Pointer && in.Elem().Kind() == reflect.Struct && in != is[*rand.Rand]() {
			return true
		}
	}
	return false
}

// echoes of a panic in the text of an error.
var echoes = []string{"nil pointer", "index out of range", "slice bounds", "makeslice", "runtime error", "reflect:", "reflect.",
	"interface conversion", "panic", "divide by zero", "out of memory", "goroutine", "invalid memory"}

// longest is how many bytes an error may take, beside the names that the call was given.
const longest = 1000

func checkError(err error) (found []fault) {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, given := range numbersAndWords(is[string]()) {
		if len(given.(string)) > 1 {
			text = strings.ReplaceAll(text, given.(string), "…")
		}
	}
	add := func(format string, args ...any) {
		found = append(found, fault{fmt.Sprintf(format, args...), origin(fmt.Sprintf("%+v", err))})
	}
	for _, echo := range echoes {
		if strings.Contains(text, echo) {
			add("the error repeats a panic: %.300q", text)
			return found
		}
	}
	switch {
	case text == "":
		add("the error says nothing")
	case strings.Contains(text, "\n"):
		add("the error has several lines: %.300q", text)
	case len(text) > longest:
		add("the error has %d bytes: %.300q", len(text), text)
	case !utf8.ValidString(text):
		add("the error is no UTF-8: %.300q", text)
	}
	return found
}

// origin finds the innermost function of ours in a stack.
func origin(stack string) string {
	lines := strings.Split(stack, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, module) && !strings.HasPrefix(line, module+"internal/absurd") && i+1 < len(lines) {
			return strings.TrimSpace(lines[i+1])
		}
	}
	return ""
}

func describe(c callable, args []value) string {
	labels := make([]string, len(args))
	for i, v := range args {
		labels[i] = v.label
	}
	text := c.name + "(" + strings.Join(labels, "; ") + ")"
	if len(text) > 400 {
		text = text[:400] + "…"
	}
	return text
}
