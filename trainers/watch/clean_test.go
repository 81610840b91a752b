package watch_test

import (
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/watch"
)

// odd are strings that some reader or other chokes on.
var odd = []string{"", "caf\xe9", "\xff", "a\x00b", "a\nb", "a\r\n,b\"", "\x1b[31mred", "a\u2028b", "a\ufffeb", "../../x", "..", "con/nul:*?", strings.Repeat("long", 100), "\xed\xa0\x80"}

// tagsOf lists the tags of a record.
func tagsOf(t *testing.T, record []byte) (tags []string) {
	for number, value := range fields(t, record) {
		if number == 5 {
			tags = append(tags, string(fields(t, fields(t, value.([]byte))[1].([]byte))[1].([]byte)))
		}
	}
	return tags
}

// Every file of a run whose names, texts and labels are not what they should be can be read, and goes on.
func TestStringsThatAreNone(t *testing.T) {
	for i, s := range odd {
		if testing.Short() && i%4 != 1 { // pictures take long to draw
			continue
		}
		t.Run(fmt.Sprintf("%.12q", s), func(t *testing.T) {
			dir := t.TempDir()
			files := watch.Files{
				JSON: filepath.Join(dir, "run.jsonl"), CSV: filepath.Join(dir, "run.csv"), TensorBoard: filepath.Join(dir, "tb"),
				Report: filepath.Join(dir, "run.html"), Plots: filepath.Join(dir, "plots"), Title: s,
			}
			named := files.Named(s)
			hook := trainers.Every(1, func(r *trainers.Run) error {
				r.Quantity(s, math.Inf(1), s)
				r.Quantity(s, float64(r.Step), s)
				r.Text("text", s)
				r.Histogram("h"+s, []float64{1, math.NaN(), 3})
				r.Curves("c"+s, trainers.Curves{X: s, Y: s, Unit: s, Lines: []trainers.Curve{{Name: s, Y: []float64{1, math.NaN(), 2}}},
					Bands: []trainers.Band{{Name: s, Lower: []float64{0, 1}, Upper: []float64{2, math.Inf(1)}}}})
				return nil
			})
			for _, f := range []*watch.Files{&files, named} {
				if err := fit(t, 0, 3, f, hook); err != nil {
					t.Fatal(err)
				}
				if err := fit(t, 2, 4, f, hook); err != nil {
					t.Fatalf("resumed: %v", err)
				}
				text := read(t, f.JSON)
				if !utf8.ValidString(text) {
					t.Error("the JSON is no UTF-8")
				}
				list := events(t, strings.NewReader(text))
				if len(list) != 4*(3+5) || list[6].Name != list[3+8+3].Name {
					t.Errorf("%d events", len(list))
				}
				rows, err := csv.NewReader(strings.NewReader(read(t, f.CSV))).ReadAll()
				if err != nil || len(rows) != 1+4*5 || strings.Count(read(t, f.CSV), "\n") != len(rows) {
					t.Errorf("%d rows of a table (%v)", len(rows), err)
				}
				boards, _ := filepath.Glob(filepath.Join(f.TensorBoard, "*tfevents*"))
				for _, board := range boards {
					for _, record := range records(t, []byte(read(t, board))) {
						for _, tag := range tagsOf(t, record) {
							if tag == "" || !utf8.ValidString(tag) {
								t.Errorf("tag %q", tag)
							}
						}
						if summary, ok := fields(t, record)[protowire.Number(5)].([]byte); ok {
							value := fields(t, fields(t, summary)[1].([]byte))
							if tensor, ok := value[8].([]byte); ok {
								if text := fields(t, tensor)[8].([]byte); !utf8.Valid(text) {
									t.Errorf("text %q", text)
								}
							}
						}
					}
				}
				page := read(t, f.Report)
				if !utf8.ValidString(page) || strings.ContainsFunc(page, func(c rune) bool { return unicode.IsControl(c) && !strings.ContainsRune("\n\t\r", c) }) {
					t.Error("the page holds what is no character")
				}
				for _, svg := range regexp.MustCompile("(?s)<svg.*?</svg>").FindAllString(page, -1) {
					for d := xml.NewDecoder(strings.NewReader(svg)); ; {
						if _, err := d.Token(); err == io.EOF {
							break
						} else if err != nil {
							t.Fatalf("%v in %.300q", err, svg)
						}
					}
				}
				pictures, err := os.ReadDir(f.Plots)
				if err != nil || len(pictures) < 3+3 {
					t.Errorf("%d pictures (%v)", len(pictures), err)
				}
				for _, p := range pictures {
					if !utf8.ValidString(p.Name()) {
						t.Errorf("file %q", p.Name())
					}
					if p.IsDir() {
						continue
					}
					in, err := os.Open(filepath.Join(f.Plots, p.Name()))
					if err != nil {
						t.Fatal(err)
					}
					if _, err := png.Decode(in); err != nil {
						t.Error(p.Name(), err)
					}
					in.Close()
				}
			}
			err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error { return err })
			above, _ := os.ReadDir(filepath.Dir(dir))
			if err != nil || len(above) > 1 {
				t.Errorf("%v beside the folder (%v) of case %d", above, err, i)
			}
		})
	}
}

// Curves that a log could not be read with are refused where they are made.
func TestCurvesThatDoNotFit(t *testing.T) {
	for want, c := range map[string]trainers.Curves{
		`curves "forecast": line "truth" has 1 x, want 2`:                             {Lines: []trainers.Curve{{Name: "truth", X: []float64{1}, Y: []float64{1, 2}}}},
		`curves "forecast": band "80 %" has 0 x, 2 lower and 1 upper values`:          {Bands: []trainers.Band{{Name: "80 %", Lower: []float64{1, 2}, Upper: []float64{1}}}},
		`curves "forecast": band "80 %" has 1 x, 2 lower and 2 upper values, want as`: {Bands: []trainers.Band{{Name: "80 %", X: []float64{1}, Lower: []float64{1, 2}, Upper: []float64{1, 2}}}},
	} {
		path := filepath.Join(t.TempDir(), "run.jsonl")
		emit := trainers.Every(2, func(r *trainers.Run) error { r.Curves("forecast", c); return nil })
		if err := fit(t, 0, 3, &watch.JSON{Path: path}, emit); err == nil || !strings.Contains(err.Error(), "train step 2: "+want) {
			t.Errorf("error is %v, want %s", err, want)
		}
		if list := events(t, strings.NewReader(read(t, path))); len(list) != 6 {
			t.Errorf("%d events, want those of two steps", len(list))
		}
	}
}

// A log that is read while it is written, or was when the program was killed, may end within a line.
func TestReadJSONOfATornLog(t *testing.T) {
	const whole = `{"step":1,"epoch":0,"seconds":1,"name":"loss","value":1.5}` + "\n"
	const next = `{"step":2,"epoch":0,"seconds":1,"name":"loss","value":2.5}`
	for end := range len(next) {
		var errs []error
		n := 0
		for _, err := range watch.ReadJSON(strings.NewReader(whole + next[:end])) {
			if n++; err != nil {
				errs = append(errs, err)
			}
		}
		if n != 1 || errs != nil {
			t.Errorf("cut at %d: %d events, errors %v", end, n, errs)
		}
	}
	long := io.MultiReader(strings.NewReader(whole), io.LimitReader(endless{}, 1<<30))
	for e, err := range watch.ReadJSON(long) {
		if e.Name == "" && (err == nil || err.Error() != "line 2: it is longer than 64 MB") {
			t.Errorf("error is %v", err)
		}
	}
}

// endless is a line without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// A path that is missing is an error before the first step: no listener writes into the working folder.
func TestNoPath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, h := range []trainers.Hook{&watch.JSON{}, &watch.CSV{}, &watch.Report{}, &watch.TensorBoard{}, &watch.Plots{}} {
		if err := fit(t, 0, 2, h, talk); err == nil || !strings.Contains(err.Error(), "to write to") {
			t.Errorf("%T: error %v, want one of no path or folder to write to", h, err)
		}
	}
	if err := fit(t, 0, 2, &watch.Files{}, talk); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("%v (%v) in the working folder, want nothing", left, err)
	}
}
