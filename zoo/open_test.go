package zoo

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/folder"
	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/data/series"
)

func TestOpen(t *testing.T) {
	for name, m := range models(t) {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "model")
			saveTo(t, m, dir)
			opened := must(Open[Model](dir))(t)
			if got, want := answers(t, opened), answers(t, m); got != want {
				t.Errorf("answers\n%s, want\n%s", got, want)
			}
			if opened.Store().Seed() != m.Store().Seed() {
				t.Errorf("seed %d, want %d", opened.Store().Seed(), m.Store().Seed())
			}
		})
	}
}

// A new process, which knows nothing but the files, gives the same answers. It is this test again.
func TestOpenInAnotherProcess(t *testing.T) {
	const variable = "ELMAN_ZOO_MODELS"
	if dir := os.Getenv(variable); dir != "" {
		for _, entry := range must(os.ReadDir(dir))(t) {
			model := filepath.Join(dir, entry.Name())
			said := answers(t, must(Open[Model](model))(t))
			if err := os.WriteFile(filepath.Join(model, "answers"), []byte(said), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	made, dir := models(t), t.TempDir()
	for name, m := range made {
		saveTo(t, m, filepath.Join(dir, name))
	}
	child := exec.Command(must(os.Executable())(t), "-test.run=^TestOpenInAnotherProcess$")
	child.Env = append(os.Environ(), variable+"="+dir)
	if said, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for name, m := range made {
		got := string(must(os.ReadFile(filepath.Join(dir, name, "answers")))(t))
		if want := answers(t, m); got != want {
			t.Errorf("%s answers\n%s, want\n%s", name, got, want)
		}
	}
}

// An opened model learns on as the one that was saved.
func TestOpenedModelLearns(t *testing.T) {
	m := models(t)["lm-deep"].(*LM)
	dir := filepath.Join(t.TempDir(), "model")
	saveTo(t, m, dir)
	opened := must(Open[*LM](dir))(t)
	src := bptt(t, m.Vocab(), "the cat the dog \n the the dog", 3, 2)
	if got, want := fit(t, opened, src, 0.01, 5), fit(t, m, src, 0.01, 5); got != want {
		t.Errorf("loss %v, want %v", got, want)
	}
	if got, want := answers(t, opened), answers(t, m); got != want {
		t.Errorf("answers\n%s, want\n%s", got, want)
	}
	var _ trainers.Model = opened
}

func TestOpenAnotherKind(t *testing.T) {
	made, dir := models(t), t.TempDir()
	for _, name := range []string{"lm", "direct", "recurrent", "classifier-last"} {
		saveTo(t, made[name], filepath.Join(dir, name))
	}
	for name, held := range map[string]string{
		"direct": "*zoo.DirectForecaster", "recurrent": "*zoo.RecurrentForecaster", "classifier-last": "*zoo.Classifier",
	} {
		_, err := Open[*LM](filepath.Join(dir, name))
		wantError(t, err, name+`": holds a `+held+", want a *zoo.LM")
	}
	_, err := Open[*Classifier](filepath.Join(dir, "lm"))
	wantError(t, err, `lm": holds a *zoo.LM, want a *zoo.Classifier`)
}

// tiny is models whose files are short enough to be damaged in every place.
func tiny(t testing.TB) map[string]Model {
	t.Helper()
	r := Recurrence{Cell: "vanilla", Hidden: 1}
	short := ForecasterConfig{Recurrence: r, Columns: []string{"v"}, Window: 2, Quantiles: []float64{0.5}}
	recurrent := must(NewRecurrentForecaster([][]float64{{1}, {2}, {4}}, RecurrentConfig{short}, 1))(t)
	direct := must(NewDirectForecaster([][]float64{{1}, {2}, {4}}, DirectConfig{ForecasterConfig: short, Horizon: 2}, 1))(t)
	scaler := series.Scaler{{Center: 2, Scale: 1.5}} // of few digits
	recurrent.scaler, direct.scaler = scaler, scaler
	return map[string]Model{
		"lm":         must(NewLM(vocab(t, "ab"), LMConfig{Recurrence: r}, 1))(t),
		"classifier": must(NewClassifier(vocab(t, "ab"), ClassifierConfig{Recurrence: r, Classes: 2}, 1))(t),
		"recurrent":  recurrent,
		"direct":     direct,
	}
}

// savedLM is the files of a tiny language model.
func savedLM(t testing.TB) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	saveTo(t, tiny(t)["lm"], dir)
	return files(t, dir)
}

// write puts files in the place of those of dir.
func write(t testing.TB, dir string, held map[string]string) {
	t.Helper()
	for name, content := range held {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// A model of which any byte is not what was written is none.
func TestOpenDamaged(t *testing.T) {
	dir, whole := t.TempDir(), savedLM(t)
	write(t, dir, whole)
	must(Open[*LM](dir))(t)
	flips := []byte{1, 0xff}
	if testing.Short() {
		flips = flips[:1]
	}
	refuse := func(t *testing.T, name, content, how string, at int) {
		t.Helper()
		write(t, dir, map[string]string{name: content})
		if m, err := Open[*LM](dir); err == nil || m != nil {
			t.Errorf("%s %s at byte %d of %d: model %v, error %v", name, how, at, len(whole[name]), m, err)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("%s %s at byte %d: the error %q does not name it", name, how, at, err)
		}
	}
	for name, content := range whole {
		t.Run(name, func(t *testing.T) {
			for at := range len(content) {
				refuse(t, name, content[:at], "cut", at)
				for _, bits := range flips {
					flipped := []byte(content)
					flipped[at] ^= bits
					refuse(t, name, string(flipped), "flipped", at)
				}
			}
			write(t, dir, whole)
		})
	}
}

func TestOpenMissing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "model")
	_, err := Open[*LM](dir)
	wantError(t, err, "open "+`"`+dir+`"`)
	wantError(t, err, "no such file or directory")
	for name := range savedLM(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			held := savedLM(t)
			delete(held, name)
			write(t, dir, held)
			_, err := Open[*LM](dir)
			wantError(t, err, name+": no such file or directory")
		})
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, filepath.Dir(file), map[string]string{"file": ""})
	_, err = Open[*LM](file)
	wantError(t, err, "not a directory")
}

// seal writes a model with sums that are right.
func seal(t testing.TB, dir, weights, model string) {
	t.Helper()
	content := map[string]string{weightsFile: weights, modelFile: model}
	content[folder.Sums] = sums(content)
	write(t, dir, content)
}

// sums are the checksums of files.
func sums(files map[string]string) (lines string) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		lines += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(files[name])), name)
	}
	return lines
}

// Settings that were changed by hand, with sums that are right.
func TestOpenOtherSettings(t *testing.T) {
	saved := map[string]map[string]string{}
	for kind, m := range tiny(t) {
		dir := filepath.Join(t.TempDir(), "model")
		saveTo(t, m, dir)
		saved[kind] = files(t, dir)
	}
	for _, tc := range []struct {
		kind, old, new string
		want           string
	}{
		{"lm", `"hidden": 1`, `"hidden": 2`, `stored shape (1, 1), declared (1, 2)`},
		{"lm", `"hidden": 1`, `"hidden": 0`, "hidden size 0"},
		{"lm", `"hidden": 1`, `"hidden": -1`, "hidden size -1"},
		{"lm", `"hidden": 1`, `"hidden": 1.5`, "model.json: "},
		{"lm", `"layers": 1`, `"layers": -1`, "-1 layers"},
		{"lm", `"layers": 1`, `"layers": 2`, "rnn/1/wx: param: no such tensor"},
		{"lm", `"layers": 1`, `"layers": 2`, "rnn/1/wx: param: no such tensor"},
		{"lm", `"layers": 1`, `"layers": 999999999`, "999999999 layers, want 1 to 1000"},
		{"lm", `"embedding": 1`, `"embedding": 9`, "embedding/w: param: stored shape (2, 1), declared (2, 9)"},
		{"lm", `"embedding": 1`, `"embedding": 1, "tied": true`, "the model has no parameter head/w, head/b"},
		{"lm", `"vanilla"`, `"vanila"`, `language model: unknown cell "vanila"; there are`},
		{"lm", `"vanilla"`, `"lstm"`, "rnn/0/wx: param: stored shape (1, 1), declared (1, 4)"},
		{"lm", `"hidden": 1`, `"hidden": 1, "float64": true`, "weights of float32, the settings say float64"},
		{"lm", `"format": 1`, `"format": 2`, "model.json: format 2, want 1"},
		{"lm", `"kind": "lm"`, `"kind": "poet"`, `model.json: kind "poet", or its settings are missing`},
		{"lm", `"kind": "lm"`, `"kind": "classifier"`, "or its settings are missing"},
		{"lm", `"lm": {`, `"Lm": null, "classifier": {`, "model.json: "},
		{"lm", `"format": 1`, `"format": 1, "author": "x"`, `model.json: json: unknown field "author"`},
		{"lm", `"vocab"`, `"vocabulary"`, `unknown field "vocabulary"`},
		{"lm", `"unit": "runes"`, `"unit": "notes"`, `unit "notes"`},
		{"lm", "\"a\",", "\"a\", \"c\",", "vocabulary: 3 symbols and 2 counts"},
		{"lm", "{", "", "model.json: "},
		{"classifier", `"classes": 2`, `"classes": 1`, "1 classes"},
		{"classifier", `"classes": 2`, `"classes": 3`, "head/w: param: stored shape (1, 2), declared (1, 3)"},
		{"classifier", `"classes": 2`, `"classes": 2, "bidirectional": true`, "rnn/0/fwd/wx: param: no such tensor"},
		{"classifier", `"classes": 2`, `"classes": 2, "pool": "sum"`, `unknown pool "sum"`},
		{"classifier", `"classes": 2`, `"classes": 2, "features": 3`, "3 features"},
		{"recurrent", `"window": 2`, `"window": 0`, "window 0"},
		{"recurrent", `"window": 2`, `"window": 2, "season": -1`, "season -1"},
		{"recurrent", `"v"`, `"v", "w"`, "scaler of 1 columns, want 2"},
		{"recurrent", "1.5", "1.5}, {\"scale\": 1", "scaler of 2 columns, want 1"},
		{"recurrent", "1.5", "0", "a scale above 0"},
		{"recurrent", "1.5", "-1.5", "a scale above 0"},
		{"recurrent", `"scale"`, `"log": "log", "scale"`, "want none: differences have no logarithm"},
		{"recurrent", "0.5", "0.5, 0.9", "head/w: param: stored shape (1, 1), declared (1, 2)"},
		{"recurrent", "0.5", "0.9", "want 0.5 among them"},
		{"recurrent", `"scaler": [`, `"vocab": null, "scalar": [`, `unknown field "scalar"`},
		{"direct", `"horizon": 2`, `"horizon": 0`, "horizon 0"},
		{"direct", `"horizon": 2`, `"horizon": 3`, "head/w: param: stored shape (1, 2), declared (1, 3)"},
		{"direct", `"horizon": 2`, `"horizon": 2, "targets": ["w"]`, `target "w" is not among the columns ["v"]`},
	} {
		t.Run(tc.kind+" "+tc.new, func(t *testing.T) {
			held := saved[tc.kind]
			model := strings.Replace(held[modelFile], tc.old, tc.new, 1)
			if model == held[modelFile] {
				t.Fatalf("no %s in\n%s", tc.old, model)
			}
			dir := t.TempDir()
			seal(t, dir, held[weightsFile], model)
			m, err := Open[Model](dir)
			wantError(t, err, "open "+`"`+dir+`": `)
			wantError(t, err, tc.want)
			if m != nil {
				t.Error("a model beside the error")
			}
		})
	}
}

// A forecaster that was saved when all its columns were standardised opens, and forecasts the same.
func TestOpenStandardised(t *testing.T) {
	for _, kind := range []string{"recurrent", "direct"} {
		m, dir := tiny(t)[kind], filepath.Join(t.TempDir(), "model")
		saveTo(t, m, dir)
		held := files(t, dir)
		model := regexp.MustCompile(`"scaler": \[[^]]*\]`).ReplaceAllString(held[modelFile],
			`"scaler": {"log": false, "mean": [2], "scale": [1.5]}`)
		if model == held[modelFile] {
			t.Fatalf("no scaler in\n%s", model)
		}
		seal(t, dir, held[weightsFile], model)
		if got, want := use(must(Open[Model](dir))(t)), use(m); got != want {
			t.Errorf("%s says\n%s, want\n%s", kind, got, want)
		}
	}
}

// Weights that are not the model's, with sums that are right.
func TestOpenOtherWeights(t *testing.T) {
	held := savedLM(t)
	tensors := func(change func(map[string]*tensor.Dense)) string {
		values := must(graph.ReadTensors(strings.NewReader(held[weightsFile])))(t)
		change(values)
		var b bytes.Buffer
		if err := graph.WriteTensors(&b, values); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	other := filepath.Join(t.TempDir(), "other")
	saveTo(t, must(NewLM(vocab(t, "ab"), LMConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 3}}, 1))(t), other)
	for _, tc := range []struct{ name, weights, want string }{
		{"of another model", files(t, other)[weightsFile], "language model: embedding/w: param: stored shape (2, 3), declared (2, 1)"},
		{"one more", tensors(func(v map[string]*tensor.Dense) { v["rnn/1/wx"] = v["rnn/0/wx"] }), "the model has no parameter rnn/1/wx"},
		{"one less", tensors(func(v map[string]*tensor.Dense) { delete(v, "rnn/0/wh") }), "rnn/0/wh: param: no such tensor among the 5 that were loaded; nearest"},
		{"another name", tensors(func(v map[string]*tensor.Dense) { v["head/W"] = v["head/w"]; delete(v, "head/w") }), `nearest "head/W"`},
		{"double precision", tensors(func(v map[string]*tensor.Dense) {
			for path, p := range v {
				v[path] = tensor.New(tensor.WithShape(p.Shape()...), tensor.Of(tensor.Float64))
			}
		}), "weights of float64, the settings say float32"},
		{"nothing", "", "weights.safetensors: load: not a whole safetensors file (0 bytes)"},
		{"no tensors", "\x02\x00\x00\x00\x00\x00\x00\x00{}", "weights.safetensors: load: the file holds no tensors"},
		{"cut short", held[weightsFile][:len(held[weightsFile])-1], "weights.safetensors: load: not a whole safetensors file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			seal(t, dir, tc.weights, held[modelFile])
			_, err := Open[*LM](dir)
			wantError(t, err, tc.want)
		})
	}
}

// Any settings with sums that are right: a model that works and is the same when saved again, or an error.
func FuzzOpen(f *testing.F) {
	weights := map[string]string{}
	for kind, m := range tiny(f) {
		dir := filepath.Join(f.TempDir(), kind)
		saveTo(f, m, dir)
		held := files(f, dir)
		var d description
		if err := json.Unmarshal([]byte(held[modelFile]), &d); err != nil {
			f.Fatal(err)
		}
		weights[d.Kind] = held[weightsFile]
		f.Add(d.Kind, []byte(held[modelFile]))
	}
	f.Add("lm", []byte("{}"))
	f.Add("lm", []byte(`{"format":1,"kind":"lm","lm":{}}`))
	f.Add("direct", []byte(`{"format":1,"kind":"direct","direct":{"columns":["v"]},"scaler":{}}`))
	// A window of many rows is a graph of as many timesteps: right, and too slow here.
	long := regexp.MustCompile(`[0-9]{3}`)
	f.Fuzz(func(t *testing.T, kind string, model []byte) {
		if long.Match(model) {
			t.Skip()
		}
		dir := t.TempDir()
		seal(t, dir, weights[kind], string(model))
		m, err := Open[Model](dir)
		if err != nil {
			return
		}
		again := filepath.Join(t.TempDir(), "again")
		saveTo(t, m, again)
		opened := must(Open[Model](again))(t)
		if got, want := use(opened), use(m); got != want {
			t.Errorf("saved again it says\n%s, before\n%s", got, want)
		}
	})
}

// use is what a tiny model computes, errors among it.
func use(m Model) string {
	switch m := m.(type) {
	case *LM:
		var b strings.Builder
		err := m.Generate(background, &b, "", 3, Sampler{})
		return fmt.Sprint(b.String(), err)
	case *Classifier:
		p, err := m.Predict(background, padded(m.Config(), 3))
		return fmt.Sprint(p, err)
	case *RecurrentForecaster:
		p, err := m.Forecast(background, [][]float64{{1}, {2}, {3}, {4}}, 3)
		return fmt.Sprint(p, err)
	case *DirectForecaster:
		p, err := m.Forecast(background, [][]float64{{1}, {2}, {3}, {4}})
		return fmt.Sprint(p, err)
	}
	return ""
}
