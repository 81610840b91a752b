package text_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/elman-go/elman/trainers/data"
	"github.com/elman-go/elman/trainers/data/text"
)

func Example() {
	train, valid := text.SplitTail("to be or not to be that is the question", 0.2)
	v, err := text.NewVocab(text.Runes, []string{train, valid}, text.VocabOptions{})
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := v.Encode(train)
	if err != nil {
		log.Fatal(err)
	}
	src, err := data.NewBPTT([][]int{tokens}, 5, 3, 1) // T=5, B=3
	if err != nil {
		log.Fatal(err)
	}
	again, err := v.Decode(tokens[:9])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("V=%d, %d tokens, %d batches\n%q | %q\n", v.Len(), len(tokens), src.Len(), again, valid)
	// Output:
	// V=13, 31 tokens, 2 batches
	// "to be or " | "question"
}

func ExampleCorpus() {
	folder, err := os.MkdirTemp("", "corpus")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	for name, lines := range map[string]string{"a.txt": "to be\nor not to be\n", "b.txt": "that is\nthe question\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(lines), 0o644); err != nil {
			log.Fatal(err)
		}
	}

	corpus, err := text.Folder(folder, nil)
	if err != nil {
		log.Fatal(err)
	}
	corpus.Documents = text.EachLine
	v, err := corpus.Vocab(text.Words, text.VocabOptions{})
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := corpus.Encode(v, filepath.Join(folder, "cache", "tokens")) // done once
	if err != nil {
		log.Fatal(err)
	}
	defer tokens.Close()
	train, valid := data.SplitTail(tokens, 0.25)
	src, err := data.NewBPTTFrom(train, 2, 2, 1) // T=2, B=2
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("V=%d, %d tokens of lines of %v, %d batches\n", v.Len(), tokens.Len(), train.Pieces(), src.Len())
	fmt.Println("for validation lines of", valid.Pieces())
	// Output:
	// V=9, 14 tokens of lines of [3 5 2], 2 batches
	// for validation lines of [1 3]
}

func ExampleBestNGram() {
	train, valid := "she sells sea shells by the sea shore", "the shells she sells are sea shells"
	v, err := text.NewVocab(text.Runes, []string{train, valid}, text.VocabOptions{})
	if err != nil {
		log.Fatal(err)
	}
	var docs [2][]int
	for i, doc := range []string{train, valid} {
		if docs[i], err = v.Encode(doc); err != nil {
			log.Fatal(err)
		}
	}
	order, bits := text.BestNGram(docs[:1], docs[1:], v.Len(), 5)
	fmt.Printf("order %d: %.3f bits per rune\n", order, bits)
	// Output:
	// order 4: 1.143 bits per rune
}

func ExampleVocab_Encode() {
	v, err := text.NewVocab(text.Words, []string{"to be or not to be"}, text.VocabOptions{MinCount: 2, Unknown: true})
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := v.Encode("to see or not to be")
	if err != nil {
		log.Fatal(err)
	}
	decoded, err := v.Decode(tokens)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tokens, decoded)
	// Output:
	// [2 0 0 0 2 1] to <unk> <unk> <unk> to be
}
