package watch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"math"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
)

// JSON writes every event as a line, an object of JSON. A value is a number, a string, or an object: a
// histogram with counts, or curves with lines. A number that is not finite is null:
//
//	{"step":20,"epoch":0,"seconds":1.5,"name":"loss","value":2.31}
//	{"step":20,"epoch":0,"seconds":1.5,"name":"sample","value":"To be"}
//	{"step":20,"epoch":0,"seconds":1.5,"name":"weights/wx","value":{"min":-1,"max":1,"sum":0,"sum_squares":2,"counts":[1,1]}}
//	{"step":20,"epoch":0,"seconds":1.5,"name":"forecast","value":{"x":"month","y":"","lines":[{"name":"truth","x":[0,1],"y":[4,5]}]}}
//
// What a step showed is in the file when the step is over. Training that begins begins the file anew.
// Training that is resumed, or goes back, goes on with it, without what comes again: in the end it holds what it
// would without, but for times. What is no UTF-8 is written as U+FFFD.
type JSON struct {
	Path string // of the file; its folders are made
	lines
}

var _ writer = (*JSON)(nil)

// Start implements trainers.Starter.
func (j *JSON) Start(r *trainers.Run) error {
	if err := begins(j, r); err != nil {
		return err
	}
	return j.open(r, j.Path, format{begin: eventBegins, parse: func(line []byte) (int, string, error) {
		e, err := parse(line)
		return e.Step, e.Name, err
	}})
}

// Event implements trainers.Listener.
func (j *JSON) Event(_ *trainers.Run, e trainers.Event) error {
	if err := ready(j); err != nil {
		return err
	}
	line, err := marshal(clean(e))
	if err != nil {
		return err
	}
	return j.write(append(line, '\n'))
}

// ReadJSON reads the events that JSON wrote. It ends after the first error, which names the line. A last line that
// is still being written, or was when the program was killed, is left out; one of more than 64 MB is an error.
func ReadJSON(r io.Reader) iter.Seq2[trainers.Event, error] {
	return func(yield func(trainers.Event, error) bool) {
		if r == nil {
			yield(trainers.Event{}, errors.New("log: no reader"))
			return
		}
		in := bufio.NewReader(r)
		for number := 1; ; number++ {
			line, err := readLine(in)
			if err != nil && err != io.EOF {
				yield(trainers.Event{}, errors.Wrapf(err, "line %d", number))
				return
			}
			if len(line) > 0 {
				e, failed := parse(line)
				if failed != nil && err == io.EOF && (format{begin: eventBegins}).unfinished(string(line)) {
					return
				}
				if !yield(e, errors.Wrapf(failed, "line %d", number)) || failed != nil {
					return
				}
			}
			if err == io.EOF {
				return
			}
		}
	}
}

// eventBegins is how each line begins.
const eventBegins = `{"step":`

// object is an Event as a line has it.
type object struct {
	Step    int     `json:"step"`
	Epoch   int     `json:"epoch"`
	Seconds float64 `json:"seconds"`
	Name    string  `json:"name"`
	Unit    string  `json:"unit,omitempty"`
	Value   any     `json:"value"`
}

type histogram struct {
	Min        number `json:"min"`
	Max        number `json:"max"`
	Sum        number `json:"sum"`
	SumSquares number `json:"sum_squares"`
	Counts     []int  `json:"counts"`
}

type curves struct {
	X     string     `json:"x"`
	Y     string     `json:"y"`
	Unit  string     `json:"unit,omitempty"`
	Dates bool       `json:"dates,omitempty"`
	Bands []bandJSON `json:"bands,omitempty"`
	Lines []curve    `json:"lines"`
}

type bandJSON struct {
	Name  string   `json:"name"`
	X     []number `json:"x,omitempty"`
	Lower []number `json:"lower"`
	Upper []number `json:"upper"`
}

type curve struct {
	Name string   `json:"name"`
	X    []number `json:"x,omitempty"`
	Y    []number `json:"y"`
}

// number is null in JSON where it is not finite.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func (n *number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = number(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// to converts between slices of floats.
func to[T, F ~float64](from []F) []T {
	if from == nil {
		return nil
	}
	list := make([]T, len(from))
	for i, v := range from {
		list[i] = T(v)
	}
	return list
}

func marshal(e trainers.Event) ([]byte, error) {
	o := object{e.Step, e.Epoch, e.Elapsed.Seconds(), e.Name, e.Unit, e.Value}
	switch v := e.Value.(type) {
	case float64:
		o.Value = number(v)
	case trainers.Histogram:
		o.Value = histogram{number(v.Min), number(v.Max), number(v.Sum), number(v.SumSquares), v.Counts}
	case trainers.Curves:
		lines := make([]curve, len(v.Lines))
		for i, l := range v.Lines {
			lines[i] = curve{l.Name, to[number](l.X), to[number](l.Y)}
		}
		var bands []bandJSON
		for _, b := range v.Bands {
			bands = append(bands, bandJSON{b.Name, to[number](b.X), to[number](b.Lower), to[number](b.Upper)})
		}
		o.Value = curves{v.X, v.Y, v.Unit, v.Dates, bands, lines}
	}
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(o)
	return bytes.TrimSuffix(line.Bytes(), []byte("\n")), errors.WithStack(err)
}

func parse(line []byte) (trainers.Event, error) {
	var o struct {
		object
		Value json.RawMessage `json:"value"`
	}
	o.Step = -1
	if err := json.Unmarshal(line, &o); err != nil {
		return trainers.Event{}, errors.Wrap(err, "not an event")
	}
	if o.Step < 0 || o.Name == "" || len(o.Value) == 0 {
		return trainers.Event{}, errors.New("not an event: an object with step, name and value is wanted")
	}
	value, err := parseValue(o.Value)
	seconds := time.Duration(math.Round(o.Seconds * float64(time.Second)))
	return trainers.Event{Step: o.Step, Epoch: o.Epoch, Elapsed: seconds, Name: o.Name, Unit: o.Unit, Value: value}, errors.Wrapf(err, "value of %q", o.Name)
}

func parseValue(raw []byte) (any, error) {
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err
	case '{':
		var v struct {
			histogram
			curves
		}
		if err := json.Unmarshal(raw, &v); err != nil {
			return nil, err
		}
		if v.Lines != nil {
			return v.curves.value()
		}
		return trainers.Histogram{
			Min: float64(v.Min), Max: float64(v.Max), Sum: float64(v.Sum), SumSquares: float64(v.SumSquares), Counts: v.Counts,
		}, nil
	}
	var v number
	err := json.Unmarshal(raw, &v)
	return float64(v), err
}

func (c curves) value() (any, error) {
	v := trainers.Curves{X: c.X, Y: c.Y, Unit: c.Unit, Dates: c.Dates, Lines: make([]trainers.Curve, len(c.Lines))}
	for _, b := range c.Bands {
		if len(b.Lower) != len(b.Upper) || b.X != nil && len(b.X) != len(b.Lower) {
			return nil, errors.Errorf("band %q has %d x, %d lower and %d upper values, want as many of each", b.Name, len(b.X), len(b.Lower), len(b.Upper))
		}
		v.Bands = append(v.Bands, trainers.Band{Name: b.Name, X: to[float64](b.X), Lower: to[float64](b.Lower), Upper: to[float64](b.Upper)})
	}
	for i, l := range c.Lines {
		if l.X != nil && len(l.X) != len(l.Y) {
			return nil, errors.Errorf("curve %q has %d x, want %d as there are y", l.Name, len(l.X), len(l.Y))
		}
		v.Lines[i] = trainers.Curve{Name: l.Name, X: to[float64](l.X), Y: to[float64](l.Y)}
	}
	return v, nil
}
