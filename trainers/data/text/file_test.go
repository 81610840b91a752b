package text

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// inUTF16 is s so encoded, with a byte order mark.
func inUTF16(order binary.AppendByteOrder, s string) string {
	b := order.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// The mark that a file begins with is no part of its text, in memory or from disk, packed or not.
func TestByteOrderMark(t *testing.T) {
	const s = "the cat and 漢😀\nthe dog\n"
	for name, written := range map[string]string{
		"none": s, "UTF-8": bom + s, "twice": bom + bom + s, "packed": zipped(t, bom+s),
		"little": inUTF16(binary.LittleEndian, s), "big": inUTF16(binary.BigEndian, s), "packed little": zipped(t, inUTF16(binary.LittleEndian, s)),
	} {
		t.Run(name, func(t *testing.T) {
			root := folder(t, map[string]string{"a": written})
			docs, err := ReadFiles(filepath.Join(root, "a"))
			if err != nil || docs[0].Text != s {
				t.Fatalf("read %q, %v", docs, err)
			}
			c := Corpus{Root: root, Paths: []string{"a"}, Documents: EachLine}
			for _, unit := range []Unit{Words, Runes} {
				want := newVocab(t, unit, VocabOptions{}, s)
				v, err := c.Vocab(unit, VocabOptions{})
				if err != nil || !slices.Equal(v.symbols, want.symbols) {
					t.Fatalf("%s: %q, %v, wanted %q", unit, v.symbols, err, want.symbols)
				}
				f, err := c.Encode(v, filepath.Join(t.TempDir(), "tokens"))
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				tokens, err := want.Encode(s)
				if err != nil {
					t.Fatal(err)
				}
				pieces, _ := readPieces(t, f)
				if got := slices.Concat(pieces...); len(pieces) != 2 || !slices.Equal(got, tokens) {
					t.Errorf("%s: tokens %v, wanted %v", unit, pieces, tokens)
				}
			}
		})
	}
}

// A text that was read by other means begins after its mark too. A mark within stays, and bytes are bytes.
func TestByteOrderMarkInMemory(t *testing.T) {
	for _, unit := range []Unit{Words, Runes} {
		v := newVocab(t, unit, VocabOptions{}, bom+"a b", "b"+bom)
		want := newVocab(t, unit, VocabOptions{}, "a b", "b"+bom)
		if !slices.Equal(v.symbols, want.symbols) {
			t.Errorf("%s: %q, wanted %q", unit, v.symbols, want.symbols)
		}
		got, err := v.Encode(bom + "a")
		if want, _ := v.Encode("a"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, wanted %v", unit, got, err, want)
		}
		_, err = v.Encode(bom + "a c")
		wantError(t, err, `"c" at byte 5`)
	}
	root := folder(t, map[string]string{"a": bom + "a"})
	c := Corpus{Root: root, Paths: []string{"a"}}
	fromDisk, err := c.Vocab(Bytes, VocabOptions{})
	if err != nil || fromDisk.Len() != 4 || newVocab(t, Bytes, VocabOptions{}, bom+"a").Len() != 4 {
		t.Errorf("bytes: %v, %v, wanted all 4", fromDisk, err)
	}
	wide := inUTF16(binary.BigEndian, "ab")
	if err := os.WriteFile(filepath.Join(root, "a"), []byte(wide), 0o644); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Vocab(Bytes, VocabOptions{}); err != nil || v.Len() != 5 {
		t.Errorf("bytes of UTF-16: %v, %v, wanted all 5", v, err)
	}
}

// Positions in errors are those of the file.
func TestByteOrderMarkPosition(t *testing.T) {
	c := Corpus{Root: folder(t, map[string]string{"a": bom + "to\xff"}), Paths: []string{"a"}}
	_, err := c.Read()
	wantError(t, err, "invalid UTF-8 at byte 5")
	_, err = c.Vocab(Words, VocabOptions{})
	wantError(t, err, "invalid UTF-8 at byte 5")
}

// Encodings that are not read are named.
func TestOtherEncodings(t *testing.T) {
	for want, written := range map[string]string{
		"UTF-32":                            "\xff\xfe\x00\x00a\x00\x00\x00",
		"UTF-32, wanted":                    "\x00\x00\xfe\xff\x00\x00\x00a",
		"UTF-16 without a byte order mark":  "t\x00h\x00e\x00 \x00c\x00a\x00t\x00",
		"UTF-16 without a byte order mark,": "\x00t\x00h\x00e\x00\n",
	} {
		c := Corpus{Root: folder(t, map[string]string{"a": written}), Paths: []string{"a"}}
		_, err := c.Read()
		wantError(t, err, `"a"`, want)
		_, err = c.Vocab(Words, VocabOptions{})
		wantError(t, err, `"a"`, want)
		if _, err = c.Vocab(Bytes, VocabOptions{}); err != nil {
			t.Error(err)
		}
	}
}

// bomb writes a file of gzip that holds n times a part.
func bomb(t testing.TB, part string, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bomb.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, io.LimitReader(&repeated{part: bytes.Repeat([]byte(part), 1<<20/len(part))}, int64(n*len(part)))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// repeated reads a part again and again.
type repeated struct {
	part []byte
	at   int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	n = copy(p, r.part[r.at:])
	r.at = (r.at + n) % len(r.part)
	return n, nil
}

// A small file that would fill memory or disk is refused long before, with the limit, whichever way it
// is read.
func TestExpansionLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks 64 MB a few times")
	}
	for name, part := range map[string]string{"one line": "a b ", "one word": "a", "lines": "a\n"} {
		t.Run(name, func(t *testing.T) {
			path := bomb(t, part, (80<<20)/len(part))
			var before, now runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ReadFiles(path)
			wantError(t, err, path, "the limit of 250 times")
			runtime.ReadMemStats(&now)
			if grown := now.TotalAlloc - before.TotalAlloc; grown > 1<<30 {
				t.Errorf("allocated %d MB", grown>>20)
			}
			c := Corpus{Paths: []string{path}, Documents: EachLine}
			_, err = c.Vocab(Words, VocabOptions{})
			if name == "one word" {
				wantError(t, err, path, "byte 0: a word of more than 1048576 bytes", "MaxWord")
			} else {
				wantError(t, err, path, "the limit of 250 times")
			}
		})
	}
	c := Corpus{Paths: []string{bomb(t, "a\n", 40<<20)}, MaxExpansion: 2000}
	if docs, err := c.Read(); err != nil || len(docs[0].Text) != 80<<20 {
		t.Errorf("with a higher limit: %v", err)
	}
}

// What is read into memory has a limit, of all files; one that is larger on disk is not read at all.
func TestTextLimit(t *testing.T) {
	root := folder(t, map[string]string{"a": "12345", "b": "1234567", "c": zipped(t, strings.Repeat("to be ", 50))})
	for _, tc := range []struct {
		paths []string
		limit int64
		want  string
	}{
		{[]string{"a", "b"}, 12, ""},
		{[]string{"a", "b"}, 11, `file "b": more text than the limit of 11 bytes`},
		{[]string{"c"}, 300, ""},
		{[]string{"c"}, 299, `file "c": more text than the limit of 299 bytes`},
	} {
		_, err := Corpus{Root: root, Paths: tc.paths, MaxText: tc.limit}.Read()
		switch {
		case tc.want != "":
			wantError(t, err, tc.want, "MaxText")
		case err != nil:
			t.Error(err)
		}
	}
	sparse := filepath.Join(root, "sparse")
	if err := os.WriteFile(sparse, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(sparse, 1<<40); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	_, err := ReadFiles(sparse)
	wantError(t, err, "sparse", fmt.Sprintf("the limit of %d bytes", 1<<30))
	_, err = Corpus{Paths: []string{sparse}}.Vocab(Words, VocabOptions{})
	wantError(t, err, "sparse", "a word of more than 1048576 bytes")
}

func TestWordLimit(t *testing.T) {
	c := Corpus{Root: folder(t, map[string]string{"a": "a b " + strings.Repeat("x", 3000) + " c"}), Paths: []string{"a"}}
	if v, err := c.vocab(Words, VocabOptions{}, 64, maxCounts); err != nil || v.Len() != 4 {
		t.Errorf("%v, %v", v, err)
	}
	c.MaxWord = 1000
	_, err := c.vocab(Words, VocabOptions{}, 64, maxCounts)
	wantError(t, err, `file "a": byte 4: a word of more than`, "MaxWord")
	if _, err = c.vocab(Runes, VocabOptions{}, 64, maxCounts); err != nil {
		t.Error(err)
	}
}

// What is no regular file cannot be read twice, and has no end.
func TestCorpusOfDevice(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("no /dev/zero here")
	}
	c := Corpus{Paths: []string{"/dev/zero"}}
	_, err := c.Vocab(Runes, VocabOptions{})
	wantError(t, err, "/dev/zero", "no regular file")
	c.MaxText = 1 << 20
	_, err = c.Read()
	wantError(t, err, "/dev/zero", "the limit of 1048576 bytes")
}

// Messages stay short, whatever the text.
func TestErrorsAreShort(t *testing.T) {
	long := strings.Repeat("é", 1<<16)
	v := newVocab(t, Words, VocabOptions{}, "a")
	_, err := v.Encode(long)
	wantError(t, err, "... (131072 bytes) at byte 0")
	_, unit := ParseUnit(long)
	read := new(Vocab).UnmarshalJSON([]byte(`{"unit":"words","symbols":["` + long + ` b"],"counts":[1]}`))
	for _, err := range []error{err, unit, read} {
		if err == nil || len(err.Error()) > 250 {
			t.Errorf("%.300v", err)
		}
	}
}
