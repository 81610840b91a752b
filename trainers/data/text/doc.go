// Package text makes tokens from text and measures the language model every other has to beat.
//
// In memory:
//
//	files ── ReadFolder, ReadFiles ──→ []Document ── SplitByHash, SplitTail ──→ train, valid
//	train ── NewVocab(unit) ──→ Vocab ── Encode ──→ []int ──→ data.NewBPTT
//	                              ↑                   ├─────→ NGram: bits per token to beat
//	                              └───── Decode ──────┘
//
// From disk, in memory that does not grow with the text:
//
//	files ── Folder ──→ Corpus ── Vocab(unit) ──→ Vocab
//	                      └────── Encode(vocab) ──→ TokenFile ── data.SplitTail ──→ data.NewBPTTFrom
//
// A Unit says what a token is: a byte, a rune or a word; a Boundary what a document is.
package text
