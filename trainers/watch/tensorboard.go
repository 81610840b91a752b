package watch

import (
	"bufio"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/elman-go/elman/trainers"
)

// TensorBoard writes events where TensorBoard reads them, "tensorboard --logdir Dir": numbers as
// scalars, texts as they are, histograms as distributions, curves as images. The losses are one group: "loss" is
// "loss/train" there, and "validation/loss" is "loss/validation". What a step showed is in the file when the step is
// over.
//
// Training that begins writes a file of its own, which tells TensorBoard to forget what the files before it say.
// Training that is resumed, or goes back, writes a new file too, with what stays of its last one, and removes that;
// so does one that was to be resumed and came to no checkpoint: in the end there is what there would be without, but
// for times.
type TensorBoard struct {
	Dir string // is made

	path   string
	file   *os.File      // nil: not open, or a rehearsal
	buffer *bufio.Writer // nil: not open
}

var _ writer = (*TensorBoard)(nil)

// Start implements trainers.Starter.
func (b *TensorBoard) Start(r *trainers.Run) error {
	if err := begins(b, r); err != nil {
		return err
	}
	if err := inFolder(b.Dir); err != nil {
		return err
	}
	if r.Rehearsal() {
		b.file, b.buffer = nil, bufio.NewWriter(io.Discard)
		return nil
	}
	if goesOn(r) {
		return b.resume(r)
	}
	if r.Retried() {
		files, err := lastTraining(b.Dir)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := os.Remove(filepath.Join(b.Dir, f.name())); err != nil {
				return errors.WithStack(err)
			}
		}
	}
	return b.begin(0)
}

// begin begins a file, of steps from the given one on.
func (b *TensorBoard) begin(step int) (err error) {
	now := time.Now()
	b.path = filepath.Join(b.Dir, boardFile{began: now.UnixNano()}.name())
	if b.file, err = create(b.path, false); err != nil {
		return err
	}
	b.buffer = bufio.NewWriter(b.file)
	if err := writeRecord(b.buffer, versionEvent(now)); err != nil {
		return err
	}
	if err := writeRecord(b.buffer, startEvent(now, step)); err != nil {
		return err
	}
	return b.Step(nil)
}

// resume goes on with what stays of the last training in Dir.
func (b *TensorBoard) resume(r *trainers.Run) error {
	files, err := lastTraining(b.Dir)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return b.begin(r.Step + 1)
	}
	next := files[len(files)-1]
	next.generation++
	stays := continues(r, func(name string) string { return tagOf(nameOf(name)) })
	if err := b.compact(files, next, stays); err != nil {
		return errors.Wrap(err, b.Dir)
	}
	b.path = filepath.Join(b.Dir, next.name())
	if b.file, err = os.OpenFile(b.path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return errors.WithStack(err)
	}
	b.buffer = bufio.NewWriter(b.file)
	return nil
}

// Rewind implements trainers.Rewinder.
func (b *TensorBoard) Rewind(r *trainers.Run) error {
	if err := ready(b); err != nil {
		return err
	}
	if b.file == nil {
		return nil
	}
	if err := b.End(r); err != nil {
		return err
	}
	return b.resume(r)
}

// Event implements trainers.Listener.
func (b *TensorBoard) Event(_ *trainers.Run, e trainers.Event) error {
	if err := ready(b); err != nil {
		return err
	}
	if b.buffer == nil {
		return errors.New("the file is closed")
	}
	e = clean(e)
	var value []byte
	switch v := e.Value.(type) {
	case float64:
		value = scalarSummary(v)
	case string:
		value = textSummary(shown(v))
	case trainers.Histogram:
		if len(v.Counts) > 0 {
			value = histogramSummary(v)
		}
	case trainers.Curves:
		if c := curveChart(e.Name, v); !c.empty() {
			png, err := c.png()
			if err != nil {
				return err
			}
			value = imageSummary(png)
		}
	}
	if value == nil {
		return nil
	}
	return writeRecord(b.buffer, summaryEvent(time.Now(), e.Step, tagOf(e.Name), value))
}

// tagOf names a number so that TensorBoard, which groups by the first part of a name, shows losses side by side.
func tagOf(name string) string {
	if name == "loss" {
		return "loss/train"
	}
	if of, ok := strings.CutSuffix(name, "/loss"); ok && !strings.Contains(of, "/") {
		return "loss/" + of
	}
	return name
}

// Step implements trainers.Hook.
func (b *TensorBoard) Step(*trainers.Run) error {
	if err := ready(b); err != nil {
		return err
	}
	if b.buffer == nil {
		return nil
	}
	return errors.WithStack(b.buffer.Flush())
}

// End implements trainers.Ender.
func (b *TensorBoard) End(*trainers.Run) error {
	if err := ready(b); err != nil {
		return err
	}
	if b.buffer == nil {
		return nil
	}
	err := b.buffer.Flush()
	if b.file != nil {
		if closing := b.file.Close(); err == nil {
			err = closing
		}
	}
	b.file, b.buffer = nil, nil
	return errors.WithStack(err)
}

// The messages below are those of TensorBoard's event.proto and summary.proto, and of TensorFlow's
// tensor.proto, with the numbers of their fields.

// event is an Event: wall_time = 1, step = 2, and what it is about.
func event(at time.Time, step int, field protowire.Number, what []byte) []byte {
	m := appendDouble(nil, 1, float64(at.UnixNano())/1e9)
	m = appendVarint(m, 2, uint64(step))
	return appendBytes(m, field, what)
}

// versionEvent is the first of a file: file_version = 3.
func versionEvent(at time.Time) []byte { return event(at, 0, 3, []byte("brain.Event:2")) }

// startEvent says that training begins with a step: session_log = 7 with status = 1, START = 1.
func startEvent(at time.Time, step int) []byte { return event(at, step, 7, appendVarint(nil, 1, 1)) }

// summaryEvent holds a value: summary = 5 with value = 1, whose tag = 1.
func summaryEvent(at time.Time, step int, tag string, value []byte) []byte {
	value = append(appendBytes(nil, 1, []byte(tag)), value...)
	return event(at, step, 5, appendBytes(nil, 1, value))
}

// scalarSummary is simple_value = 2.
func scalarSummary(v float64) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(nil, 2, protowire.Fixed32Type), math.Float32bits(float32(v)))
}

// textSummary is tensor = 8 with metadata = 9, which names the plugin. TensorBoard takes it for Markdown,
// in which lines that are indented stay as they are.
func textSummary(text string) []byte {
	const dtString = 7
	text = "    " + strings.ReplaceAll(text, "\n", "\n    ")
	tensor := appendVarint(nil, 1, dtString)      // dtype
	tensor = appendBytes(tensor, 2, nil)          // tensor_shape, of a scalar
	tensor = appendBytes(tensor, 8, []byte(text)) // string_val
	plugin := appendBytes(nil, 1, []byte("text")) // plugin_name
	metadata := appendBytes(nil, 1, plugin)       // plugin_data
	metadata = appendVarint(metadata, 4, 2)       // data_class, of tensors
	return appendBytes(appendBytes(nil, 8, tensor), 9, metadata)
}

// histogramSummary is histo = 5.
func histogramSummary(h trainers.Histogram) []byte {
	m := appendDouble(nil, 1, h.Min)
	m = appendDouble(m, 2, h.Max)
	m = appendDouble(m, 3, float64(h.Count()))
	m = appendDouble(m, 4, h.Sum)
	m = appendDouble(m, 5, h.SumSquares)
	var limits, counts []byte
	for i, n := range h.Counts {
		limits = protowire.AppendFixed64(limits, math.Float64bits(h.Edge(i+1)))
		counts = protowire.AppendFixed64(counts, math.Float64bits(float64(n)))
	}
	m = appendBytes(m, 6, limits) // bucket_limit, packed
	m = appendBytes(m, 7, counts) // bucket, packed
	return appendBytes(nil, 5, m)
}

// imageSummary is image = 4.
func imageSummary(png []byte) []byte {
	const rgb = 3 // the picture is opaque
	m := appendVarint(nil, 1, pngHeight)
	m = appendVarint(m, 2, pngWidth)
	m = appendVarint(m, 3, rgb) // colorspace
	m = appendBytes(m, 4, png)  // encoded_image_string
	return appendBytes(nil, 4, m)
}

func appendVarint(m []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), v)
}

func appendDouble(m []byte, field protowire.Number, v float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(m, field, protowire.Fixed64Type), math.Float64bits(v))
}

func appendBytes(m []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), v)
}
