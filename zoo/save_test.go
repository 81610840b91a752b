package zoo

import (
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/internal/folder"
	"github.com/elman-go/elman/trainers/data/text"
)

// models is one of each kind with each option, small, and with weights that are all different from zero.
func models(t testing.TB) map[string]Model {
	t.Helper()
	const doc = "the cat sat \n the dog ran \n"
	words := must(text.NewVocab(text.Words, []string{doc}, text.VocabOptions{MinCount: 2, Unknown: true}))(t)
	bytes := must(text.NewVocab(text.Bytes, []string{"\x00\xff<é>"}, text.VocabOptions{}))(t)
	made := map[string]Model{
		"lm":       must(NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Hidden: 4}}, 1))(t),
		"lm-deep":  must(NewLM(words, LMConfig{Recurrence: Recurrence{Cell: "gru", Hidden: 4, Layers: 2, Dropout: 0.2}, Embedding: 3}, -7))(t),
		"lm-tied":  must(NewLM(bytes, LMConfig{Recurrence: Recurrence{Cell: "vanilla", Hidden: 3, Float64: true}, Tied: true}, 1))(t),
		"lm-leaky": must(NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Cell: "leaky", Hidden: 3}}, 1))(t),
		"recurrent": must(NewRecurrentForecaster(waves(30), RecurrentConfig{small(func(c *ForecasterConfig) {
			c.Log, c.Season, c.Quantiles = true, 4, []float64{0.1, 0.5, 0.9}
		})}, 1))(t),
		"recurrent-double": must(NewRecurrentForecaster(waves(30), RecurrentConfig{small(func(c *ForecasterConfig) { c.Float64 = true })}, 1))(t),
		"direct": must(NewDirectForecaster(waves(30), DirectConfig{
			ForecasterConfig: small(func(c *ForecasterConfig) { c.Quantiles, c.Layers, c.Dropout = []float64{0.5, 0.75}, 2, 0.1 }),
			Horizon:          3, Targets: []string{"down"},
		}, 1))(t),
		"direct-season": must(NewDirectForecaster(waves(30), DirectConfig{
			ForecasterConfig: small(func(c *ForecasterConfig) { c.Season = 2 }), Horizon: 5,
		}, 1))(t),
		"direct-linear": must(NewDirectForecaster(waves(30), DirectConfig{
			ForecasterConfig: small(func(c *ForecasterConfig) { c.Quantiles = []float64{0.25, 0.5, 0.75} }), Horizon: 2, Linear: 4,
		}, 1))(t),
	}
	for _, tc := range classifiers {
		made["classifier-"+strings.NewReplacer(", ", "-", " ", "-").Replace(tc.name)] = classifier(t, tc.cfg, 3)
	}
	for _, m := range made {
		for i, p := range m.Store().Params() {
			switch values := p.Value.Data().(type) {
			case []float32:
				for j := range values {
					values[j] += float32(i+j%5) / 17
				}
			case []float64:
				for j := range values {
					values[j] += float64(i+j%5) / 17
				}
			}
		}
	}
	return made
}

// answers is what a model computes, to the last bit.
func answers(t testing.TB, m Model) string {
	t.Helper()
	var b strings.Builder
	switch m := m.(type) {
	case *LM:
		fmt.Fprintf(&b, "%q %q\n", generate(t, m, "", 30, Sampler{Temperature: 1, Seed: 1}), generate(t, m, "", 30, Sampler{}))
		var sequence graph.Sequence
		for token := range m.Vocab().Len() {
			fmt.Fprintf(&b, "%x\n", floats(must(m.stream.Step(background, tokensOf(token), &sequence))(t)["logits"]))
		}
	case *RecurrentForecaster:
		fmt.Fprintf(&b, "%x\n", must(m.Forecast(background, waves(20), 7))(t))
	case *DirectForecaster:
		fmt.Fprintf(&b, "%x\n", must(m.Forecast(background, waves(20)))(t))
	case *Classifier:
		fmt.Fprintf(&b, "%x\n", floats(must(m.Predict(background, padded(m.Config(), 6)))(t)))
	default:
		t.Fatalf("a %T", m)
	}
	return b.String()
}

// The paths and shapes of the weights are what files hold: a change of them is one of the format.
func TestLayout(t *testing.T) {
	want := string(must(os.ReadFile("testdata/layout.txt"))(t))
	made := models(t)
	for _, name := range slices.Sorted(maps.Keys(made)) {
		got := fmt.Sprintf("# %s\n%s\n", name, graph.Summary(made[name].Store()))
		var found bool
		if want, found = strings.CutPrefix(want, got); !found {
			t.Fatalf("got\n%swant\n%s", got, want)
		}
	}
	if want != "" {
		t.Errorf("no such model:\n%s", want)
	}
}

// files is what a folder holds.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	held := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			held[must(filepath.Rel(dir, path))(t)] = string(must(os.ReadFile(path))(t))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// wantFolders fails unless dir holds these and nothing else, no folder that was for a while.
func wantFolders(t testing.TB, dir string, want ...string) {
	t.Helper()
	var got []string
	for _, entry := range must(os.ReadDir(dir))(t) {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

func saveTo(t testing.TB, m Model, dir string) {
	t.Helper()
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
}

// A folder is made with those above it, and holds three files. Saved again, they are the same.
func TestSave(t *testing.T) {
	for name, m := range models(t) {
		t.Run(name, func(t *testing.T) {
			parent := filepath.Join(t.TempDir(), "a", "b")
			dir := filepath.Join(parent, "model")
			saveTo(t, m, dir+"/")
			wantFolders(t, parent, "model")
			wantFolders(t, dir, "SHA256SUMS", "model.json", "weights.safetensors")
			before := files(t, dir)
			saveTo(t, m, dir)
			saveTo(t, must(Open[Model](dir))(t), filepath.Join(parent, "again"))
			for file, content := range before {
				if files(t, dir)[file] != content || files(t, filepath.Join(parent, "again"))[file] != content {
					t.Errorf("%s changes from one time to the next", file)
				}
			}
		})
	}
}

func TestSaveReplacesAModel(t *testing.T) {
	made, parent := models(t), t.TempDir()
	dir := filepath.Join(parent, "model")
	if err := os.Mkdir(dir, 0o777); err != nil { // empty: nothing is lost
		t.Fatal(err)
	}
	saveTo(t, made["lm"], dir)
	saveTo(t, made["direct"], dir)
	if got, want := answers(t, must(Open[Model](dir))(t)), answers(t, made["direct"]); got != want {
		t.Errorf("answers\n%s, want\n%s", got, want)
	}
	wantFolders(t, parent, "model")
}

// A folder that is no model's is left as it is, and so is a file.
func TestSaveRefuses(t *testing.T) {
	m := models(t)["lm"]
	for _, tc := range []struct {
		name string
		held []string // files
		dir  string
		want string
	}{
		{"other files", []string{"dir/notes.txt", "dir/model.json"}, "dir", `the folder holds "notes.txt", which is no model's`},
		{"other folders", []string{"dir/sub/model.json"}, "dir", `the folder holds "sub"`},
		{"a file", []string{"dir"}, "dir", "not a directory"},
		{"below a file", []string{"file"}, "file/dir", "not a directory"},
		{"far below a file", []string{"file"}, "file/dir/model", "not a directory"},
		{"nothing", nil, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, file := range tc.held {
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte("do not lose me"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			err := m.Save(tc.dir)
			wantError(t, err, fmt.Sprintf("save %q: ", tc.dir))
			wantError(t, err, tc.want)
			held := files(t, ".")
			for _, file := range tc.held {
				if held[file] != "do not lose me" {
					t.Errorf("%s is lost", file)
				}
			}
			if len(held) != len(tc.held) {
				t.Errorf("the folder holds %q, want %q", held, tc.held)
			}
		})
	}
}

// What was there stays, wherever Save fails.
func TestSaveThatFails(t *testing.T) {
	made := models(t)
	spoilt := must(NewLM(vocab(t, rhyme), LMConfig{Recurrence: Recurrence{Hidden: 4}}, 1))(t)
	spoilt.cfg.Dropout = math.NaN() // has no form in JSON
	long := strings.Repeat("x", 300)
	for _, tc := range []struct {
		name, base string
		m          Model
		dir        func(model string) string // where it is to be saved
		parent     fs.FileMode
		want       string
	}{
		{"settings", "model", spoilt, func(model string) string { return model }, 0o777, "model.json"},
		{"name", "model", made["direct"], func(model string) string { return filepath.Join(model, "..", long) }, 0o777, "too long"},
		{"new folder", "model", made["direct"], func(model string) string { return filepath.Join(model, "..", "new") }, 0o555, "permission denied"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.parent != 0o777 && os.Getuid() == 0 {
				t.Skip("nothing is forbidden to root")
			}
			parent := t.TempDir()
			model := filepath.Join(parent, tc.base)
			if err := os.Mkdir(model, 0o777); err != nil {
				t.Fatal(err)
			}
			for name, content := range savedLM(t) {
				if err := os.WriteFile(filepath.Join(model, name), []byte(content), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(model)
			if err := os.Chmod(parent, tc.parent); err != nil {
				t.Fatal(err)
			}
			wantError(t, tc.m.Save(tc.dir(model)), tc.want)
			os.Chmod(parent, 0o777)
			wantFolders(t, parent, tc.base)
			wantFolders(t, model, "SHA256SUMS", "model.json", "weights.safetensors")
			must(Open[*LM](model))(t)
		})
	}
}

// The weights can be read by any other program, and the sums by sha256sum.
func TestSavedFiles(t *testing.T) {
	m, dir := models(t)["lm-deep"], filepath.Join(t.TempDir(), "model")
	saveTo(t, m, dir)
	held := files(t, dir)
	tensors := must(graph.ReadTensors(strings.NewReader(held[weightsFile])))(t)
	for _, p := range m.Store().Params() {
		if tensors[p.Path] == nil {
			t.Errorf("no tensor %q", p.Path)
			continue
		}
		graphtest.Equal(t, p.Path, tensors[p.Path], p.Value, 0)
	}
	want := sums(map[string]string{"weights.safetensors": held[weightsFile], "model.json": held[modelFile]})
	if held[folder.Sums] != want || len(strings.Fields(want)[0]) != 64 {
		t.Errorf("sums\n%s, want\n%s", held[folder.Sums], want)
	}
	if info := must(os.Stat(dir))(t); info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v", info.Mode())
	}
	if tensors["rnn/0/wx"].Dtype() != tensor.Float32 {
		t.Errorf("weights of %v", tensors["rnn/0/wx"].Dtype())
	}
}
