package watch_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/elman-go/elman/trainers"
	"github.com/elman-go/elman/trainers/watch"
)

// board is what TensorBoard reads.
type board struct {
	Scalars    map[string][][2]float64
	Histograms map[string][]struct {
		Step                 int
		Count, Min, Max, Sum float64
		SumSquares           float64 `json:"sum_squares"`
		Limits, Counts       []float64
	}
	Texts  map[string][][2]any
	Images map[string][][3]int // step, width, height
}

// Training is killed at step 5 and resumed at step 3; each time values have another scale.
func writeBoard(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "new", "tb")
	if err := fit(t, 0, 5, &watch.TensorBoard{Dir: dir}, talk); err != nil {
		t.Fatal(err)
	}
	second := trainers.Every(1, func(r *trainers.Run) error {
		at := -float64(r.Step)
		r.Scalar("validation/loss", at)
		r.Text("sample", "again")
		r.Histogram("values", []float64{at})
		r.Histogram("nothing", nil)
		return nil
	})
	if err := fit(t, 3, 6, &watch.TensorBoard{Dir: dir}, second); err != nil {
		t.Fatal(err)
	}
	return dir
}

// With ELMAN_TENSORBOARD, a Python that has TensorBoard, what was written is read by TensorBoard itself.
func TestTensorBoardReads(t *testing.T) {
	python := os.Getenv("ELMAN_TENSORBOARD")
	if python == "" {
		t.Skip("ELMAN_TENSORBOARD names no Python that has TensorBoard")
	}
	command := exec.Command(python, "testdata/read_events.py", writeBoard(t))
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got board
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	third := float64(float32(1) / 3)
	if want := [][2]float64{{1, 1}, {2, 0.5}, {3, third}, {4, -4}, {5, -5}, {6, -6}}; !reflect.DeepEqual(got.Scalars["loss/validation"], want) {
		t.Errorf("validation loss %v, want %v", got.Scalars["loss/validation"], want)
	}
	for _, name := range []string{"loss/train", "rate", "grad_norm"} {
		if len(got.Scalars[name]) != 6 {
			t.Errorf("%s: %v, want one of each step", name, got.Scalars[name])
		}
	}
	h := got.Histograms["values"]
	if len(h) != 6 || len(got.Histograms) != 1 {
		t.Fatalf("histograms %+v", got.Histograms)
	}
	if two := h[1]; two.Step != 2 || two.Count != 3 || two.Min != -2 || two.Max != 2 || two.Sum != 0 || two.SumSquares != 8 ||
		len(two.Limits) != 30 || two.Limits[29] != 2 || math.Abs(two.Limits[0]+2-4./30) > 1e-12 ||
		two.Counts[0] != 1 || two.Counts[15] != 1 || two.Counts[29] != 1 {
		t.Errorf("histogram %+v", two)
	}
	if last := h[5]; last.Step != 6 || last.Count != 1 || !reflect.DeepEqual(last.Limits, []float64{-6}) {
		t.Errorf("histogram %+v", last)
	}
	if want := [][3]int{{1, 768, 384}, {2, 768, 384}, {3, 768, 384}}; !reflect.DeepEqual(got.Images["forecast"], want) {
		t.Errorf("images %v, want %v", got.Images, want)
	}
	texts := got.Texts["sample"]
	if len(texts) != 6 || texts[1][1] != "    one, \"two\"\n    three <é><é>" || texts[5][1] != "    again" {
		t.Errorf("texts %q", texts)
	}
}

// records takes a file of TFRecords apart, and holds each to its checksums.
func records(t *testing.T, file []byte) (list [][]byte) {
	t.Helper()
	check := func(data []byte, sum []byte) {
		crc := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
		if got, want := binary.LittleEndian.Uint32(sum), (crc>>15|crc<<17)+0xa282ead8; got != want {
			t.Fatalf("record %d: checksum %x, want %x", len(list), got, want)
		}
	}
	for len(file) > 0 {
		check(file[:8], file[8:12])
		n := binary.LittleEndian.Uint64(file)
		data := file[12 : 12+n]
		check(data, file[12+n:16+n])
		list, file = append(list, data), file[16+n:]
	}
	return list
}

// fields are those of a message of protocol buffers; numbers as their bits.
func fields(t *testing.T, m []byte) map[protowire.Number]any {
	t.Helper()
	all := map[protowire.Number]any{}
	for len(m) > 0 {
		number, kind, n := protowire.ConsumeTag(m)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m = m[n:]
		switch kind {
		case protowire.VarintType:
			all[number], n = protowire.ConsumeVarint(m)
		case protowire.Fixed32Type:
			all[number], n = protowire.ConsumeFixed32(m)
		case protowire.Fixed64Type:
			all[number], n = protowire.ConsumeFixed64(m)
		case protowire.BytesType:
			all[number], n = protowire.ConsumeBytes(m)
		default:
			t.Fatalf("field %d has wire type %v", number, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m = m[n:]
	}
	return all
}

func TestTensorBoardWrites(t *testing.T) {
	dir := writeBoard(t)
	files, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q (%v), want one", files, err)
	}
	first := records(t, []byte(read(t, files[0])))
	if want := 2 + 3*7 + 3*6; len(first) != want { // the second time without the empty histograms
		t.Fatalf("%d records, want %d", len(first), want)
	}
	if version := fields(t, first[0]); string(version[3].([]byte)) != "brain.Event:2" {
		t.Errorf("version %v", version)
	}
	if start := fields(t, first[1]); start[2] != uint64(0) || fields(t, start[7].([]byte))[1] != uint64(1) {
		t.Errorf("event %v, want the start of a session at step 0", start)
	}
	value := func(i int) (step any, value map[protowire.Number]any) {
		e := fields(t, first[i])
		return e[2], fields(t, fields(t, e[5].([]byte))[1].([]byte))
	}
	step, rate := value(2 + 7 + 1)
	if step != uint64(2) || string(rate[1].([]byte)) != "rate" || rate[2] != math.Float32bits(0.01) {
		t.Errorf("step %v: rate %v", step, rate)
	}
	_, text := value(2 + 4)
	tensor, metadata := fields(t, text[8].([]byte)), fields(t, text[9].([]byte))
	if string(text[1].([]byte)) != "sample" || tensor[1] != uint64(7) || string(tensor[8].([]byte)) != "    one, \"two\"\n    three <é>" ||
		string(fields(t, metadata[1].([]byte))[1].([]byte)) != "text" {
		t.Errorf("text %v", text)
	}
	_, values := value(2 + 5)
	histogram := fields(t, values[5].([]byte))
	if histogram[3] != math.Float64bits(3) || histogram[5] != math.Float64bits(2) || len(histogram[6].([]byte)) != 30*8 || len(histogram[7].([]byte)) != 30*8 {
		t.Errorf("histogram %v", histogram)
	}
	_, curves := value(2 + 6)
	image := fields(t, curves[4].([]byte))
	config, err := png.DecodeConfig(bytes.NewReader(image[4].([]byte)))
	if err != nil || image[1] != uint64(config.Height) || image[2] != uint64(config.Width) || config.ColorModel != color.RGBAModel || image[3] != uint64(3) {
		t.Errorf("image of %v × %v (%v) with %+v in it", image[2], image[1], err, config)
	}
	limits := histogram[6].([]byte)
	if last := math.Float64frombits(binary.LittleEndian.Uint64(limits[29*8:])); last != 1 {
		t.Errorf("the last bucket ends at %v, want 1", last)
	}
}

// A program that is killed while it goes on with a file leaves an unfinished one, which the next resume removes.
func TestTensorBoardRemovesWhatAKillLeft(t *testing.T) {
	dir := t.TempDir()
	if err := fit(t, 0, 5, &watch.TensorBoard{Dir: dir}, talk); err != nil {
		t.Fatal(err)
	}
	names := func() (names []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	left := filepath.Join(dir, names()[0]+".000007.new-4711-0123abcd") // another number than that of the file to come
	if err := os.Mkdir(left, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lock", "file"} {
		if err := os.WriteFile(filepath.Join(left, name), []byte("some"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, resumed := range []int{3, 4} {
		if err := fit(t, resumed, 6, &watch.TensorBoard{Dir: dir}, talk); err != nil {
			t.Fatal(err)
		}
		if got := names(); len(got) != 1 {
			t.Errorf("resumed at step %d: %q, want one file", resumed, got)
		}
	}
}
