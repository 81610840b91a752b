package lm

import (
	"fmt"
	"go/build"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data/text"
)

// Files name what a model learns from and what it is measured on: files, gzipped or not, or folders of them.
type Files struct {
	Train string // "": Go source
	Valid string // "": cut from Train
	Test  string // "": cut from Train, unless there is a Valid
}

// Texts are the documents of each part. Valid says which step was best and which settings are; Test is measured
// once, at the end, and is empty where nothing was named for it.
type Texts struct{ Train, Valid, Test []text.Document }

// Read reads the files. Of Train a tenth is held back, or a twentieth where the test text is named: one document in
// so many, by its path, or the end of a single one. It is cut in two, for validation and for the test.
//
// Without Train it reads text that every Go user has, the source of the standard library's net and encoding
// packages; where there is none, own, and says so on stderr.
func Read(stderr io.Writer, f Files, own string) (t Texts, err error) {
	if f.Train == "" && (f.Valid != "" || f.Test != "") {
		return t, errors.New("texts to measure on, but none to learn from")
	}
	if t.Train, err = train(stderr, f.Train, own); err != nil {
		return t, err
	}
	if f.Valid != "" {
		if t.Valid, err = read(f.Valid); err != nil {
			return t, errors.Wrap(err, "validation")
		}
	}
	if f.Test != "" {
		if t.Test, err = read(f.Test); err != nil {
			return t, errors.Wrap(err, "test")
		}
	}
	switch {
	case f.Valid == "" && f.Test == "":
		t.Train, t.Valid = hold(t.Train, 10)
		t.Valid, t.Test = halves(t.Valid)
	case f.Valid == "":
		t.Train, t.Valid = hold(t.Train, 20)
	}
	return t, nil
}

func train(stderr io.Writer, path, own string) ([]text.Document, error) {
	if path != "" {
		docs, err := read(path)
		return docs, errors.Wrap(err, "text to learn from")
	}
	source := filepath.Join(build.Default.GOROOT, "src")
	docs, err := text.ReadFolder(source, func(path string) bool {
		return (strings.HasPrefix(path, "net/") || strings.HasPrefix(path, "encoding/")) &&
			strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
	})
	if err != nil {
		fmt.Fprintf(stderr, "no Go source to read in %q (%v): this program learns from its own source, which is short\n", source, err)
		return []text.Document{{Path: "main.go", Text: own}}, nil
	}
	return docs, nil
}

// read reads a file or folder.
func read(path string) ([]text.Document, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if info.IsDir() {
		return text.ReadFolder(path, nil)
	}
	return text.ReadFiles(path)
}

// hold holds one document in so many back, or as much of the end of a single one.
func hold(docs []text.Document, oneIn int) (rest, held []text.Document) {
	if len(docs) > 1 {
		return text.SplitByHash(docs, oneIn)
	}
	head, tail := text.SplitTail(docs[0].Text, 1/float64(oneIn))
	return []text.Document{{Path: docs[0].Path, Text: head}}, []text.Document{{Path: docs[0].Path, Text: tail}}
}

// halves cuts what was held back in two, every second document to either.
func halves(held []text.Document) (valid, test []text.Document) {
	if len(held) == 1 {
		return hold(held, 2)
	}
	for i, doc := range held {
		if i%2 == 0 {
			valid = append(valid, doc)
		} else {
			test = append(test, doc)
		}
	}
	return valid, test
}

// Encode gives the tokens of each document.
func Encode(v *text.Vocab, docs []text.Document) ([][]int, error) {
	tokens := make([][]int, len(docs))
	for i, doc := range docs {
		var err error
		if tokens[i], err = v.Encode(doc.Text); err != nil {
			return nil, errors.Wrapf(err, "file %q", doc.Path)
		}
	}
	return tokens, nil
}

// Strings gives the text of each document.
func Strings(docs []text.Document) []string {
	all := make([]string, len(docs))
	for i, doc := range docs {
		all[i] = doc.Text
	}
	return all
}

// CountFiles is the number of different files among documents that may be parts of one.
func CountFiles(docs []text.Document) int {
	paths := map[string]bool{}
	for _, doc := range docs {
		paths[doc.Path] = true
	}
	return len(paths)
}

// Head is the first n tokens of the documents.
func Head(docs [][]int, n int) (head [][]int) {
	for _, doc := range docs {
		if n <= 0 {
			break
		}
		head = append(head, doc[:min(n, len(doc))])
		n -= len(doc)
	}
	return head
}

// Count is the number of tokens.
func Count(docs [][]int) (n int) {
	for _, doc := range docs {
		n += len(doc)
	}
	return n
}
