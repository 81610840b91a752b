package trainers

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/internal/brief"
	"github.com/elman-go/elman/internal/folder"
)

// A Checkpoint is a folder with all that training needs to go on to the last bit:
//
//	weights.safetensors   the parameters, for any reader of the format
//	training.safetensors  moments of the optimiser, carried state, and what hooks and schedule remember
//	training.json         step, place in the data, run number, and the settings
//	SHA256SUMS            of the files
//
// and what a Describer adds, so that zoo.Open opens the folder of a model of the zoo.
const (
	weightsFile  = "weights.safetensors"
	tensorsFile  = "training.safetensors"
	trainingFile = "training.json"
)

// A Describer is a Model that can be opened again from its weights and some files more, by name. Models of
// package zoo are.
type Describer interface {
	Describe() (map[string][]byte, error)
}

// A LearntDescriber is a Describer whose files can also hold what it has learnt besides its weights. Checkpoints have
// these; the settings that a resume compares are those of Describe.
type LearntDescriber interface {
	Describer
	DescribeLearnt() (map[string][]byte, error)
}

// checkpoint is a moment of training, copied.
type checkpoint struct {
	training
	store   *graph.Store
	tensors map[string]*tensor.Dense // of training.safetensors
	files   map[string][]byte        // of a Describer
}

// training is training.json.
type training struct {
	Format   int               `json:"format"`
	Step     int               `json:"step"`
	Epoch    int               `json:"epoch"`
	Batch    int               `json:"batch"`
	Runs     uint64            `json:"runs"`
	Best     *best             `json:"best,omitempty"`
	Early    bool              `json:"early,omitempty"`  // only the end of training made it
	Cut      []int             `json:"cut,omitempty"`    // the hooks that have not seen the step yet
	Events   []string          `json:"events,omitempty"` // the names of what listeners have heard of the step
	Held     []byte            `json:"held,omitempty"`   // what they have yet to hear, when those that were cut have been called
	Loss     *float64          `json:"loss,omitempty"`   // of the step; none at step 0
	Rate     float64           `json:"rate,omitempty"`
	GradNorm float64           `json:"grad_norm,omitempty"`
	Norms    []float64         `json:"norms,omitempty"` // of the gradients of the last steps, for messages
	Recovery recovery          `json:"recovery"`
	Settings map[string]string `json:"settings"`
}

// best is the checkpoint of the best evaluation so far.
type best struct {
	Step  int     `json:"step"`
	Value float64 `json:"value"`
}

const checkpointFormat = 1

// The names of training.safetensors begin with what the tensors belong to.
const (
	carriedPart   = "carried/"
	optimizerPart = "optimizer/"
)

// write writes the checkpoint to a folder of its own.
func (c *checkpoint) write(dir string) error {
	text, err := folder.JSON(c.training)
	if err == nil && len(text) > maxTraining {
		err = errors.Errorf("%d bytes, the limit is %d", len(text), maxTraining)
	}
	if err != nil {
		return errors.Wrap(err, trainingFile)
	}
	files := folder.Files{
		weightsFile:  c.store.Save,
		tensorsFile:  func(w io.Writer) error { return graph.WriteTensors(w, c.tensors) },
		trainingFile: folder.Bytes(text),
	}
	for name, content := range c.files {
		if files[name] != nil {
			return errors.Errorf("the model describes itself by a file %q, which is the checkpoint's own", name)
		}
		files[name] = folder.Bytes(content)
	}
	return folder.Write(dir, files)
}

// readCheckpoint reads what write wrote. Of the store it has the values alone.
func readCheckpoint(dir string) (c *checkpoint, values map[string]*tensor.Dense, err error) {
	c = &checkpoint{}
	err = folder.Read(dir, folder.Readers{
		trainingFile: c.training.read,
		tensorsFile: func(r io.Reader) (err error) {
			c.tensors, err = graph.ReadTensors(r)
			return err
		},
		weightsFile: func(r io.Reader) (err error) {
			values, err = graph.ReadTensors(r)
			return err
		},
	})
	if err != nil {
		return nil, nil, err
	}
	return c, values, nil
}

// maxTraining is how long training.json may be, in bytes.
const maxTraining = 1 << 26

// read reads training.json.
func (t *training) read(r io.Reader) error {
	var content []byte
	if err := folder.Whole(&content, maxTraining)(r); err != nil {
		return err
	}
	*t = training{}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(t); err != nil {
		return brief.Error(err)
	}
	switch {
	case t.Format != checkpointFormat:
		return errors.Errorf("format %d, want %d", t.Format, checkpointFormat)
	case t.Step < 0 || t.Epoch < 0 || t.Batch < 0:
		return errors.Errorf("step %d, epoch %d, batch %d, want 0 or more of each", t.Step, t.Epoch, t.Batch)
	}
	return nil
}

// isEarly reports whether the checkpoint in dir would not be there, had training not ended at its step. What
// cannot be read is none.
func isEarly(dir string) bool {
	var t training
	return folder.Read(dir, folder.Readers{trainingFile: t.read}) == nil && t.Early
}

// part gives the tensors whose names begin with prefix, without it.
func part(tensors map[string]*tensor.Dense, prefix string) map[string]*tensor.Dense {
	found := map[string]*tensor.Dense{}
	for name, t := range tensors {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			found[rest] = t
		}
	}
	return found
}

// take copies the moment.
func (f *fit) take() (*checkpoint, error) {
	r := f.run
	at := r.Position()
	c := &checkpoint{
		training: training{
			Format: checkpointFormat, Step: at.Step, Epoch: at.Epoch, Batch: at.Batch, Runs: at.Runs,
			Best: f.best, Norms: slices.Clone(f.norms), Recovery: f.recovery, Settings: f.settings,
		},
		store: r.Model.Store().Snapshot(), tensors: map[string]*tensor.Dense{},
	}
	c.Cut, c.Events = f.cut, slices.Clone(r.emitted)
	var err error
	if c.Held, err = encodeHeld(f.held); err != nil {
		return nil, err
	}
	if loss := r.Loss; finite(loss) { // a copy: the Run goes on while this is written
		c.Loss, c.Rate, c.GradNorm = &loss, r.Rate, r.GradNorm
	}
	add := func(prefix string, tensors map[string]*tensor.Dense) {
		for name, t := range tensors {
			c.tensors[prefix+name] = t
		}
	}
	add(carriedPart, at.Carried)
	add(optimizerPart, f.Optimizer.State())
	for name, s := range f.remembers() {
		add(name+"/", s.State())
	}
	switch d := r.Model.(type) {
	case LearntDescriber:
		c.files, err = d.DescribeLearnt()
	case Describer:
		c.files, err = d.Describe()
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// put goes on from a checkpoint. What is wrong is found before anything is changed, but for what a state
// says of itself.
func (f *fit) put(c *checkpoint, values map[string]*tensor.Dense) error {
	r := f.run
	if err := differences(c.Settings, f.settings); err != nil {
		return err
	}
	held, err := decodeHeld(c.Held)
	if err != nil {
		return err
	}
	remembers := f.remembers()
	for name := range c.tensors {
		first, _, _ := strings.Cut(name, "/")
		if _, known := remembers[first]; !known && first+"/" != carriedPart && first+"/" != optimizerPart {
			return errors.Errorf("it has a state of %s, this training has none", first)
		}
	}
	if err := r.Model.Store().SetValues(values); err != nil {
		return err
	}
	if err := f.Optimizer.SetState(part(c.tensors, optimizerPart)); err != nil {
		return err
	}
	for name, s := range remembers {
		if err := s.SetState(part(c.tensors, name+"/")); err != nil {
			return errors.Wrap(err, name)
		}
	}
	f.best, f.norms, f.recovery, f.held = c.Best, c.Norms, c.Recovery, held
	r.resumed, r.emitted = true, c.Events
	r.Loss, r.Rate, r.GradNorm = math.NaN(), c.Rate, c.GradNorm
	if c.Loss != nil {
		r.Loss = *c.Loss
	}
	return f.begin(Position{Step: c.Step, Epoch: c.Epoch, Batch: c.Batch, Runs: c.Runs, Carried: part(c.tensors, carriedPart)})
}

// remembers gives what is Stateful beside the optimiser, by a name that tells the type and, of several of
// one type, which.
func (f *fit) remembers() map[string]Stateful {
	found := map[string]Stateful{}
	add := func(v any) {
		s, ok := v.(Stateful)
		if !ok {
			return
		}
		base := strings.NewReplacer("*", "", "/", ".").Replace(fmt.Sprintf("%T", v))
		name := base
		for n := 2; found[name] != nil; n++ {
			if reflect.TypeOf(s).Comparable() && found[name] == s {
				return // a ReduceOnPlateau is a Schedule and an Observer
			}
			name = fmt.Sprintf("%s-%d", base, n)
		}
		found[name] = s
	}
	add(f.Schedule)
	for _, h := range f.Hooks {
		add(h)
		for _, p := range partsOf(h) {
			add(p)
		}
	}
	return found
}

// settingsOf lists all that a run which is resumed must have in common with the one before: of the
// trainer, the parameters, the batches, what the program gives, and what a Describer says of itself in JSON.
func (f *fit) settingsOf(spec any, program any) (map[string]string, error) {
	if _, err := folder.JSON(program); err != nil {
		return nil, errors.Wrap(err, "Checkpoints.Settings")
	}
	list := map[string]string{}
	if d, ok := f.run.Model.(Describer); ok {
		files, err := d.Describe()
		if err != nil {
			return nil, err
		}
		for name, content := range files {
			flatten(list, name, json.RawMessage(content))
		}
	}
	store := f.run.Model.Store()
	flatten(list, "seed", store.Seed())
	for _, p := range store.Params() {
		list["parameter "+p.Path] = fmt.Sprintf("%v %v", p.Value.Dtype(), p.Value.Shape())
		if p.Frozen {
			list["parameter "+p.Path] += ", frozen"
		}
	}
	flatten(list, "optimizer", f.Optimizer)
	list["optimizer"] = strings.TrimSpace(fmt.Sprintf("%T %s", f.Optimizer, list["optimizer"]))
	flatten(list, "schedule", f.Schedule)
	list["schedule"] = strings.TrimSpace(fmt.Sprintf("%T %s", f.Schedule, list["schedule"]))
	flatten(list, "clip norm", f.ClipNorm)
	flatten(list, "recovery", f.Recovery)
	flatten(list, "accumulate", max(1, f.Accumulate))
	flatten(list, "shards", max(1, f.Shards))
	flatten(list, "batch", spec)
	flatten(list, "settings", program)
	return list, nil
}

// flatten lists the fields of v, as JSON has them, by their path. What JSON cannot say is left out.
func flatten(list map[string]string, path string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		return
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // as it is written
	if decoder.Decode(&tree) == nil {
		flattenTree(list, path, tree)
	}
}

func flattenTree(list map[string]string, path string, tree any) {
	switch tree := tree.(type) {
	case nil:
	case map[string]any:
		for name, field := range tree {
			flattenTree(list, strings.TrimPrefix(path+"."+name, "."), field)
		}
	case []any:
		if len(tree) > 0 {
			if _, objects := tree[0].(map[string]any); objects {
				for i, field := range tree {
					flattenTree(list, fmt.Sprintf("%s.%d", path, i), field)
				}
				return
			}
		}
		list[path] = fmt.Sprint(tree)
		if len(list[path]) > 200 { // a vocabulary
			list[path] = fmt.Sprintf("%d values, SHA-256 %.8x", len(tree), sha256.Sum256([]byte(list[path])))
		}
	default:
		list[path] = fmt.Sprint(tree)
	}
}

// differences is an error that lists them.
func differences(saved, now map[string]string) error {
	var list []string
	all := maps.Clone(saved)
	maps.Copy(all, now)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		before, had := saved[name]
		value, has := now[name]
		switch {
		case had && has && before != value:
			list = append(list, fmt.Sprintf("%s: %s in the checkpoint, %s now", name, before, value))
		case !has:
			list = append(list, fmt.Sprintf("%s: %s in the checkpoint, none now", name, before))
		case !had:
			list = append(list, fmt.Sprintf("%s: none in the checkpoint, %s now", name, value))
		}
	}
	if list == nil {
		return nil
	}
	const most = 50
	for i, line := range list {
		list[i] = brief.Line(line)
	}
	if n := len(list); n > most {
		list = append(list[:most], fmt.Sprintf("and %d more", n-most))
	}
	return errors.Errorf("it is of other settings:\n\t%s", strings.Join(list, "\n\t"))
}

// stepFolder names the folder of a checkpoint so that names sort by step.
func stepFolder(step int) string { return fmt.Sprintf("step-%010d", step) }

// stepOf is the step in a name that stepFolder gave.
func stepOf(name string) (step int, ok bool) {
	_, err := fmt.Sscanf(name, "step-%d", &step)
	return step, err == nil && name == stepFolder(step)
}

// stepFolders lists the checkpoints in dir, the newest last. A dir that is not there has none.
func stepFolders(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.WithStack(err)
	}
	var steps []int
	for _, e := range entries {
		name := e.Name()
		if place, is := folder.Leftover(name); is && folder.Former(name) && e.IsDir() {
			name = place
		}
		if step, ok := stepOf(name); ok {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return slices.Compact(steps), nil
}

// sweep removes what a program that was killed while it wrote has left in dir, which is locked. What was a checkpoint
// until then is one again.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		place, is := folder.Leftover(e.Name())
		if _, ours := stepOf(place); !is || !ours {
			continue
		}
		if folder.Former(e.Name()) && e.IsDir() && os.Rename(filepath.Join(dir, e.Name()), filepath.Join(dir, place)) == nil {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return errors.WithStack(err)
		}
	}
	return errors.WithStack(err)
}
