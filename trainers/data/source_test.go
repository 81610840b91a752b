package data

import (
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// collect is the batches of an epoch.
func collect(t *testing.T, src Source, epoch, from int) []Batch {
	t.Helper()
	var batches []Batch
	for batch, err := range src.Batches(epoch, from) {
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, batch)
	}
	return batches
}

// holdsContract checks what every Source promises. Where T varies, the leading axis may be shorter than in the Spec.
func holdsContract(t *testing.T, src Source) {
	t.Helper()
	const epoch = 3
	batches := collect(t, src, epoch, 0)
	if len(batches) != src.Len() || src.Len() == 0 {
		t.Fatalf("%d batches, Len is %d", len(batches), src.Len())
	}
	for k, batch := range batches {
		if len(batch) != len(src.Spec()) {
			t.Fatalf("batch %d has %d tensors, the spec %d", k, len(batch), len(src.Spec()))
		}
		for name, field := range src.Spec() {
			got := batch[name].(*tensor.Dense)
			same := got.Dims() == field.Shape.Dims() && got.Shape()[0] <= field.Shape[0]
			for axis := 1; same && axis < got.Dims(); axis++ {
				same = got.Shape()[axis] == field.Shape[axis]
			}
			if !same || got.Dtype() != field.Dtype || !got.DataOrder().IsContiguous() {
				t.Errorf("batch %d: %s is %v of %v, the spec says %v of %v", k, name, got.Shape(), got.Dtype(), field.Shape, field.Dtype)
			}
		}
	}
	for from := range src.Len() + 2 {
		got := collect(t, src, epoch, from)
		if want := batches[min(from, len(batches)):]; len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("from %d: %d batches, wanted the last %d of the epoch", from, len(got), len(want))
		}
	}
	for _, batch := range collect(t, src, epoch, 0) { // whoever has a batch may write to it
		for _, x := range batch {
			x.(*tensor.Dense).Zero()
		}
	}
	if !reflect.DeepEqual(collect(t, src, epoch, 0), batches) {
		t.Error("a second pass over the epoch differs")
	}
	for _, err := range src.Batches(epoch, -1) {
		if err == nil || !strings.Contains(err.Error(), "from is -1") {
			t.Errorf("from -1: got %v", err)
		}
	}
	for range src.Batches(epoch, 0) {
		break // must not go on
	}
}

func ints(t *testing.T, batch Batch, name string) []int {
	t.Helper()
	return batch[name].Data().([]int)
}

func floats(t *testing.T, batch Batch, name string) []float64 {
	t.Helper()
	return batch[name].Data().([]float64)
}

// wantError checks that err says all of these.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, wanted one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestFirst(t *testing.T) {
	src, err := NewBPTT([][]int{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {3, 2, 1}, {4, 5}}, 2, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, src.Len(), 100} {
		holdsContract(t, First(src, n))
		if got, want := collect(t, First(src, n), 1, 0), collect(t, src, 1, 0); !reflect.DeepEqual(got, want[:min(n, src.Len())]) {
			t.Errorf("first %d: %d batches, wanted those of the source", n, len(got))
		}
	}
	if First(src, -1).Len() != 0 || len(collect(t, First(src, 0), 0, 0)) != 0 {
		t.Error("the first 0 batches are some")
	}
}
