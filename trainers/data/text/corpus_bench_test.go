package text

import (
	"path/filepath"
	"testing"
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
