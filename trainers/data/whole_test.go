package data

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"
)

// Whole holds every window once, in the order of the series, whatever is shuffled.
func TestWholeOfWindows(t *testing.T) {
	values := grid(23, 1)
	for _, cfg := range []WindowConfig{
		{Window: 3, Batch: 8}, {Window: 3, Batch: 8, Shuffle: true, Seed: 2}, {Window: 3, Batch: 5, Shuffle: true},
		{Window: 3}, {Window: 3, Batch: 100, Shuffle: true}, {Window: 3, Batch: 19}, {Window: 2, Horizon: 2, Stride: 3, Batch: 4, Shuffle: true},
	} {
		w, err := NewWindows(values, cfg)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Batch, cfg.Shuffle = 0, false
		all, err := NewWindows(values, cfg)
		if err != nil {
			t.Fatal(err)
		}
		var got, want []Start
		for _, src := range Whole(w) {
			holdsContract(t, src)
			got = append(got, src.(*Windows).Starts(7)...)
		}
		if want = all.Starts(0); !slices.Equal(got, want) {
			t.Errorf("%+v: windows at %v, want %v", w.cfg, got, want)
		}
		if d := w.Dropped(); d.Count != len(want)-w.Len()*w.cfg.Batch || d.Of != len(want) || d.String() != fmt.Sprintf("%d of %d windows", d.Count, d.Of) {
			t.Errorf("%+v: %v dropped", w.cfg, d)
		}
	}
}

// Whole has every token but the last of each document as an input with its target, once. Rows go on from batch
// to batch, and are reset where a document begins.
func TestWholeOfBPTT(t *testing.T) {
	for _, lengths := range [][]int{{40}, {5, 1, 17, 2, 30}, {3, 3, 3, 9, 9}, {7, 0, 9}, {1, 1, 1, 1, 1, 1, 1}} {
		docs := numbered(lengths...)
		first, last := map[int]bool{}, map[int]bool{}
		for _, doc := range docs {
			if len(doc) > 0 {
				first[doc[0]], last[doc[len(doc)-1]] = true, true
			}
		}
		for _, size := range [][2]int{{1, 1}, {2, 3}, {5, 2}, {3, 1}, {1, 5}} {
			T, B := size[0], size[1]
			if T*B+1 > sum(lengths) {
				continue
			}
			src, err := NewBPTT(docs, T, B, 3)
			if err != nil {
				t.Fatal(err)
			}
			if d := src.Dropped(); d.Of != sum(lengths)-1 || d.Count != d.Of-src.Len()*T*B {
				t.Errorf("%v, T=%d, B=%d: %v dropped", lengths, T, B, d)
			}
			whole := Whole(src)
			if len(whole) != 1 {
				t.Fatalf("%d sources", len(whole))
			}
			holdsContract(t, whole[0])
			targets, stream := 0, []int(nil)
			for b := range B {
				for k, batch := range collect(t, whole[0], 1, 0) {
					in, out, reset := ints(t, batch, "tokens"), ints(t, batch, "targets"), ints(t, batch, "reset")
					for tt := range T {
						i := tt*B + b
						if out[i] >= 0 {
							targets++
						}
						if out[i] < 0 && !last[in[i]] || len(stream) == sum(lengths)-1 {
							if in[i] != 0 || out[i] != -1 || reset[i] != 0 {
								t.Errorf("%v, T=%d, B=%d: padding of token %d, target %d, reset %d", lengths, T, B, in[i], out[i], reset[i])
							}
							continue
						}
						stream = append(stream, in[i])
						if begin := k == 0 && tt == 0; out[i] >= 0 && out[i] != in[i]+1 || (reset[i] == 1) != (begin || first[in[i]]) {
							t.Errorf("%v, T=%d, B=%d: target %d, reset %d at token %d", lengths, T, B, out[i], reset[i], in[i])
						}
					}
				}
			}
			all := slices.Concat(docs...)
			if !slices.Equal(stream, all[:len(all)-1]) {
				t.Errorf("%v, T=%d, B=%d: tokens %v, want all but the last", lengths, T, B, stream)
			}
			if want := len(all) - len(last); targets != want {
				t.Errorf("%v, T=%d, B=%d: %d targets, want %d", lengths, T, B, targets, want)
			}
		}
	}
}

// The first n batches are whole by themselves; more than there are is everything.
func TestWholeOfFirst(t *testing.T) {
	w, err := NewWindows(grid(23, 1), WindowConfig{Window: 3, Batch: 8, Shuffle: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2} {
		whole := Whole(First(w, n))
		if len(whole) != 1 || !reflect.DeepEqual(collect(t, whole[0], 0, 0), collect(t, w, 0, 0)[:n]) {
			t.Errorf("the first %d batches are measured as %d sources", n, len(whole))
		}
	}
	if d := First(w, 1).(Dropper).Dropped(); d.Count != 0 {
		t.Errorf("%v dropped of the first batch", d)
	}
	if d := First(w, 2).(Dropper).Dropped(); d != w.Dropped() {
		t.Errorf("%v dropped of all, want %v", d, w.Dropped())
	}
	if got := Whole(First(w, 3)); !reflect.DeepEqual(got, Whole(w)) {
		t.Errorf("more than there is: %d sources", len(got))
	}
	p, err := NewPaddedTokens([][]int{{1}, {2}, {3}}, [][]int{{1}, {2}, {3}}, PaddedConfig{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	if got := Whole(p); len(got) != 1 || got[0] != Source(p) {
		t.Errorf("a source that drops nothing is measured as %v", got)
	}
}

// A source that embeds another and yields batches of its own is measured on these.
func TestWholeOfWhatEmbeds(t *testing.T) {
	w, err := NewWindows(grid(23, 1), WindowConfig{Window: 3, Batch: 8})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewBPTT(numbered(40), 4, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []Source{embedding{w}, &embedding{w}, twice{s}, First(embedding{w}, 100)} {
		whole := Whole(src)
		if len(whole) != 1 || !reflect.DeepEqual(collect(t, whole[0], 0, 0), collect(t, src, 0, 0)) {
			t.Errorf("%T is measured as %d sources, want its own batches", src, len(whole))
		}
	}
}

type embedding struct{ *Windows }

func (e embedding) Batches(epoch, from int) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		for b, err := range e.Windows.Batches(epoch, from) {
			b["x"].Data().([]float64)[0] = -1
			if !yield(b, err) {
				return
			}
		}
	}
}

type twice struct{ *BPTT }

func (s twice) Batches(epoch, from int) iter.Seq2[Batch, error] {
	return s.BPTT.Batches(2*epoch, from)
}

// A source that was not made by its function has no batch.
func TestZeroSources(t *testing.T) {
	for _, src := range []Source{&BPTT{}, &Windows{}, &Padded{}} {
		if got := collect(t, src, 0, 0); src.Len() != 0 || len(got) != 0 {
			t.Errorf("%T: %d batches of %d", src, len(got), src.Len())
		}
		src.Spec()
		for _, whole := range Whole(src) {
			if whole.Len() != 0 {
				t.Errorf("%T: %d batches in all", src, whole.Len())
			}
		}
		if d, ok := src.(Dropper); ok && d.Dropped().Count != 0 {
			t.Errorf("%T: %v dropped", src, d.Dropped())
		}
	}
	if p := (&Padded{}).Padding(0); p != 0 {
		t.Errorf("%v of nothing is padding", p)
	}
}
