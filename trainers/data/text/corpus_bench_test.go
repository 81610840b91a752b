package text

import (
	"path/filepath"
	"testing"

	"github.com/elman-go/elman/trainers/data"
)

func BenchmarkCorpus(b *testing.B) {
	const size = 8 << 20
	c := writeLines(b, size)
	for _, unit := range []Unit{Runes, Words} {
		v, err := c.Vocab(unit, VocabOptions{MaxSize: 10_000, Unknown: true})
		if err != nil {
			b.Fatal(err)
		}
		b.Run("vocab/"+unit.String(), func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				if _, err := c.Vocab(unit, VocabOptions{MaxSize: 10_000, Unknown: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("encode/"+unit.String(), func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				f, err := c.Encode(v, filepath.Join(b.TempDir(), "tokens"))
				if err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	}
}

// How fast batches come from disk, where each line is a piece of its own.
func BenchmarkTokenFile(b *testing.B) {
	c := writeLines(b, 8<<20)
	v, err := c.Vocab(Words, VocabOptions{MaxSize: 10_000, Unknown: true})
	if err != nil {
		b.Fatal(err)
	}
	f, err := c.Encode(v, filepath.Join(b.TempDir(), "tokens"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	src, err := data.NewBPTTFrom(f, 64, 32, 1)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, err := range src.Batches(0, 0) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*src.Len()*64*32)/b.Elapsed().Seconds(), "tokens/s")
}
