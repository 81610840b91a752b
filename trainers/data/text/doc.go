// Package text makes tokens from text and measures the language model every other has to beat.
//
//	files ── ReadFolder, ReadFiles ──→ []Document ── SplitByHash, SplitTail ──→ train, valid
//	train ── NewVocab(unit) ──→ Vocab ── Encode ──→ []int ──→ data.NewBPTT
//	                              ↑                   ├─────→ NGram: bits per token to beat
//	                              └───── Decode ──────┘
//
// A Unit says what a token is: a byte, a rune or a word.
package text
