package watch_test

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/watch"
)

func TestJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "run.jsonl")
	heard := &listener{}
	if err := fit(t, 0, 3, &watch.JSON{Path: path}, talk, heard); err != nil {
		t.Fatal(err)
	}
	text := read(t, path)
	for _, line := range []string{
		`{"step":1,"epoch":0,"seconds":S,"name":"rate","value":0.01}`,
		`{"step":1,"epoch":0,"seconds":S,"name":"sample","value":"one, \"two\"\nthree <é>"}`,
		`{"step":2,"epoch":1,"seconds":S,"name":"forecast","value":{"x":"month","y":"sales","lines":[{"name":"truth","x":[1,2],"y":[2,null]},{"name":"forecast","y":[2]}]}}`,
	} {
		if !strings.Contains(seconds.ReplaceAllString(text, `"seconds":S`), line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	got := events(t, strings.NewReader(text))
	if len(got) != 3*7 || len(got) != len(heard.events) {
		t.Fatalf("%d events, want 21", len(got))
	}
	for i, e := range got {
		if got, want := fmt.Sprint(e), fmt.Sprint(heard.events[i]); got != want { // as NaN is not equal to itself
			t.Errorf("event %d is %s, want %s", i, got, want)
		}
		if got, want := reflect.TypeOf(e.Value), reflect.TypeOf(heard.events[i].Value); got != want {
			t.Errorf("%s is a %v, want %v", e.Name, got, want)
		}
	}
}

var seconds = regexp.MustCompile(`"seconds":[0-9.e-]+`)

func TestJSONOfWhatIsNotFinite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	infinite := trainers.Every(1, func(r *trainers.Run) error { r.Scalar("ratio", math.Inf(1)); return nil })
	if err := fit(t, 0, 1, &watch.JSON{Path: path}, infinite); err != nil {
		t.Fatal(err)
	}
	got := events(t, strings.NewReader(read(t, path)))
	if v, ok := got[3].Value.(float64); !ok || !math.IsNaN(v) {
		t.Errorf("event %+v, want a number that is none", got[3])
	}
}

func TestCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "run.csv")
	odd := trainers.Every(1, func(r *trainers.Run) error { r.Scalar(`a,"b"`, 1.234567890123e-300); return nil })
	if err := fit(t, 0, 2, &watch.CSV{Path: path}, talk, odd); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`(?m)^(\d+,\d+),[0-9.]+,`).ReplaceAllString(read(t, path), "$1,S,")
	got = regexp.MustCompile(`(loss|grad_norm),[0-9.e+-]+`).ReplaceAllString(got, "$1,V")
	want := `step,epoch,seconds,name,value
1,0,S,loss,V
1,0,S,rate,0.01
1,0,S,grad_norm,V
1,0,S,validation/loss,V
1,0,S,"a,""b""",1.234567890123e-300
2,1,S,loss,V
2,1,S,rate,0.01
2,1,S,grad_norm,V
2,1,S,validation/loss,V
2,1,S,"a,""b""",1.234567890123e-300
`
	if got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// Training is killed at step 5, some way into a line, and resumed at step 3.
func TestLinesGoOn(t *testing.T) {
	for name, hook := range map[string]func(path string) trainers.Hook{
		"JSON": func(path string) trainers.Hook { return &watch.JSON{Path: path} },
		"CSV":  func(path string) trainers.Hook { return &watch.CSV{Path: path} },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			steps := func() []string { return regexp.MustCompile(`(?m)^(\{"step":)?\d+`).FindAllString(read(t, path), -1) }
			if err := fit(t, 0, 6, hook(path), talk); err != nil {
				t.Fatal(err)
			}
			want := steps()
			first := read(t, path)
			kept := first[:strings.Index(first, strings.Replace(want[0], "1", "4", 1))]

			edit(t, path, func(text string) string { return text[:len(text)-len(text)/10] })
			if err := fit(t, 3, 6, hook(path), talk); err != nil {
				t.Fatal(err)
			}
			if got := steps(); !reflect.DeepEqual(got, want) {
				t.Errorf("steps\n%q, want\n%q", got, want)
			}
			if got := read(t, path); !strings.HasPrefix(got, kept) || strings.Count(got, "value\n") != strings.Count(first, "value\n") {
				t.Errorf("what was written before step 3 has changed:\n%s", got)
			}

			if err := fit(t, 3, 4, hook(path)); err != nil {
				t.Fatal(err)
			}
			if got := steps(); !strings.HasSuffix(got[len(got)-1], "4") || len(got) != len(want)/6*3+3 {
				t.Errorf("steps %q, want none behind 4", got)
			}

			// Torn within the steps that are kept, gone, begun anew.
			edit(t, path, func(text string) string { return kept[:len(kept)-2] })
			if err := fit(t, 3, 4, hook(path), talk); err != nil {
				t.Fatal(err)
			}
			torn := kept[:strings.LastIndex(kept[:len(kept)-1], "\n")+1]
			if got := read(t, path); !strings.HasPrefix(got, torn) || strings.HasPrefix(got, kept[:len(kept)-2]) {
				t.Errorf("a line that was not finished is still there:\n%s", got)
			}
			edit(t, path, func(string) string { return "" })
			if err := fit(t, 3, 4, hook(path)); err != nil {
				t.Fatal(err)
			}
			if got := steps(); len(got) != 3 {
				t.Errorf("steps %q, want three lines of step 4", got)
			}
			if err := fit(t, 0, 2, hook(path)); err != nil {
				t.Fatal(err)
			}
			if got := steps(); len(got) != 6 {
				t.Errorf("steps %q, want three lines of each of steps 1 and 2", got)
			}

			// A log of earlier versions: training went back to step 2 behind step 5, came to 4, and is taken up at 3.
			if err := fit(t, 0, 5, hook(path)); err != nil {
				t.Fatal(err)
			}
			edit(t, path, func(text string) string {
				_, rest, _ := strings.Cut(text, "\n") // of the header, if it has one
				lines := strings.SplitAfter(text[len(text)-len(rest):], "\n")
				return text + strings.Join(lines[len(lines)-10:len(lines)-4], "")
			})
			if err := fit(t, 3, 4, hook(path)); err != nil {
				t.Fatal(err)
			}
			if got := steps(); len(got) != 12 {
				t.Errorf("steps %q, want three lines of each of steps 1 to 4", got)
			}

			edit(t, path, func(string) string { return "My diary\n" })
			if err := fit(t, 3, 4, hook(path)); err == nil || !strings.Contains(err.Error(), "log: line 1") {
				t.Errorf("error %v, want one that names the line", err)
			}
			if got := read(t, path); got != "My diary\n" {
				t.Errorf("what is no log became %q", got)
			}
		})
	}
}

func TestReadJSONRefuses(t *testing.T) {
	const good = `{"step":1,"name":"loss","value":1}` + "\n"
	for line, want := range map[string]string{
		`{}`:                                    "step, name and value",
		`[1]`:                                   "not an event",
		`{"name":"loss","value":1}`:             "step, name and value",
		`{"step":1,"value":1}`:                  "step, name and value",
		`{"step":1,"name":"loss"}`:              "step, name and value",
		`{"step":1,"name":"loss","v`:            "not an event",
		`{"step":1,"name":"loss","value":true}`: `value of "loss"`,
		`{"step":1,"name":"f","value":{"lines":[{"name":"truth","x":[1],"y":[1,2]}]}}`:       `curve "truth" has 1 x, want 2`,
		`{"step":1,"name":"f","value":{"lines":[{"name":"truth","x":["1"],"y":[1]}]}}`:       `value of "f"`,
		`{"step":1,"name":"w","value":{"min":1,"max":2,"sum":3,"sum_squares":5,"counts":3}}`: `value of "w"`,
	} {
		var errs []error
		for _, err := range watch.ReadJSON(strings.NewReader(good + line + "\n" + good)) {
			errs = append(errs, err)
		}
		if len(errs) != 2 || errs[0] != nil || !strings.HasPrefix(fmt.Sprint(errs[1]), "line 2: ") || !strings.Contains(errs[1].Error(), want) {
			t.Errorf("%s: errors %v, want %q at line 2 and no more", line, errs, want)
		}
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"step":2,"epoch":1,"seconds":0.5,"name":"loss","value":2.5}` + "\n"))
	f.Add([]byte(`{"step":2,"name":"sample","value":"abc"}` + "\n" + `{"step":2,"name":"x","value":null}`))
	f.Add([]byte(`{"step":2,"name":"weights","value":{"min":-1,"max":1,"sum":0,"sum_squares":2,"counts":[1,1]}}`))
	f.Add([]byte(`{"step":2,"name":"forecast","value":{"x":"month","lines":[{"name":"truth","x":[1,2],"y":[2,null]}]}}`))
	f.Add([]byte(`{"step":-1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		failed := false
		for e, err := range watch.ReadJSON(bytes.NewReader(text)) {
			if err != nil {
				failed = true
				if !strings.HasPrefix(err.Error(), "line ") {
					t.Errorf("error %v names no line", err)
				}
				continue
			}
			if curves, ok := e.Value.(trainers.Curves); ok {
				for _, c := range curves.Lines {
					if c.X != nil && len(c.X) != len(c.Y) {
						t.Errorf("curve %+v", c)
					}
				}
			}
		}
		if !failed {
			page(t, "", watch.ReadJSON(bytes.NewReader(text)))
		}
	})
}

// listener keeps what it hears.
type listener struct{ events []trainers.Event }

func (l *listener) Step(*trainers.Run) error { return nil }

func (l *listener) Event(_ *trainers.Run, e trainers.Event) error {
	l.events = append(l.events, e)
	return nil
}
