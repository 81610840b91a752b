package text_test

import (
	"fmt"
	"log"

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
