package text

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// inMemory is a file that is not on disk.
type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

func readTokens(b []byte) (*TokenFile, error) {
	t, _, err := readTokenFile(inMemory{bytes.NewReader(b)}, int64(len(b)))
	return t, err
}

// tokenBytes is a token file of the documents a line each, over runes.
func tokenBytes(t testing.TB, text string, opts VocabOptions) []byte {
	t.Helper()
	c := corpusOf(t, text)
	c.Documents = EachLine
	path := filepath.Join(c.Root, "tokens")
	f, err := c.Encode(newVocab(t, Runes, opts, text), path)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sealed is b with the checksum that it should have.
func sealed(b []byte) []byte {
	b = b[:len(b)-4]
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// A token takes four bytes where two do not hold every id.
func TestTokenWidth(t *testing.T) {
	for _, V := range []int{1 << 15, 1<<15 + 1} {
		var runes []rune
		for i := range V {
			runes = append(runes, rune(0x10000+i))
		}
		b := tokenBytes(t, string(runes), VocabOptions{})
		f, err := readTokens(b)
		if err != nil {
			t.Fatal(err)
		}
		pieces, _ := readPieces(t, f)
		for i, token := range pieces[0] {
			if token != i {
				t.Fatalf("V=%d: token %d is %d", V, i, token)
			}
		}
		if want := int(tokenHeaderSize) + V*map[int]int{1 << 15: 2, 1<<15 + 1: 4}[V] + 8 + tokenTrailer; len(b) != want {
			t.Errorf("V=%d: %d bytes, wanted %d", V, len(b), want)
		}
	}
}

func TestTokenFileErrors(t *testing.T) {
	whole := tokenBytes(t, "to be\nor not\n", VocabOptions{}) // 13 tokens, 2 pieces
	at := int(tokenHeaderSize)
	change := func(at int, to ...byte) []byte {
		b := slices.Clone(whole)
		copy(b[at:], to)
		return b
	}
	end := len(whole)
	for name, tc := range map[string]struct {
		b    []byte
		want []string
	}{
		"empty":               {nil, []string{"0 bytes"}},
		"head":                {whole[:at], []string{fmt.Sprint(at, " bytes")}},
		"magic":               {change(0, 'E'), []string{`"Elmantok"`, `"elmantok"`}},
		"version":             {change(8, 2), []string{"version 2, wanted 1"}},
		"flipped token":       {change(at+3, 1), []string{"checksum", "damaged"}},
		"flipped checksum":    {change(end-1, whole[end-1]^1), []string{"checksum", "damaged"}},
		"cut":                 {whole[:end-9], []string{"checksum"}},
		"more":                {append(slices.Clone(whole), 0), []string{"checksum"}},
		"no tokens":           {change(end-20, 0), []string{"no tokens", "damaged"}},
		"too many pieces":     {sealed(append(append(slices.Clone(whole[:at]), make([]byte, 16+8*(maxPieces+1))...), pieces(8, maxPieces+1)...)), []string{"1048577 pieces, wanted 1048576 or fewer"}},
		"tokens":              {sealed(change(end-20, 14)), []string{"14 tokens", "2 pieces"}},
		"tokens beyond int64": {sealed(change(end-20, 13, 0, 0, 0, 0, 0, 0, 0x80)), []string{"9223372036854775821 tokens"}},
		"pieces":              {sealed(change(end-12, 3)), []string{"13 tokens", "3 pieces"}},
		"empty piece":         {sealed(change(end-36, 0)), []string{"piece 0 has 0 tokens"}},
		"piece too long":      {sealed(change(end-36, 7)), []string{"piece 1 has 7 tokens after 7 of 13"}},
		"pieces too short":    {sealed(change(end-36, 5)), []string{"pieces of 12 tokens, wanted 13"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readTokens(tc.b)
			wantError(t, err, tc.want...)
		})
	}

	f, err := readTokens(sealed(change(at+2, 200)))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, f.Read(0, 0, make([]int, 3), make([]bool, 3)), "token 1 is 100", "[0, 8)")
	for _, at := range []struct{ piece, from, n int }{{-1, 0, 1}, {2, 0, 1}, {0, -1, 1}, {0, 0, 7}, {1, 7, 1}} {
		wantError(t, f.Read(at.piece, at.from, make([]int, at.n), make([]bool, at.n)),
			fmt.Sprintf("of piece %d from %d on", at.piece, at.from))
	}
	wantError(t, f.Read(1, 0, make([]int, 2), make([]bool, 1)), "2 tokens and 1 begins")
}

// pieces is the end of a token file of so many tokens and pieces, without its checksum.
func pieces(tokens, pieces uint64) []byte {
	return append(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, tokens), pieces), 0, 0, 0, 0)
}

// A file that loses its end after it was opened is an error of what is read there.
func TestTokenFileCutLater(t *testing.T) {
	c := corpusOf(t, "to be")
	v, path := newVocab(t, Runes, VocabOptions{}, "to be"), filepath.Join(t.TempDir(), "tokens")
	f, err := c.Encode(v, path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, tokenHeaderSize+3); err != nil {
		t.Fatal(err)
	}
	wantError(t, f.Read(0, 0, make([]int, 5), make([]bool, 5)), "5 tokens from 0 on")
	_, err = OpenTokens(path, v)
	wantError(t, err, path, "83 bytes")
	_, err = OpenTokens(path+"x", v)
	wantError(t, err, "tokensx")
}

// Whatever bytes a token file has, its own checksum or none: an error, or pieces that can be read.
func FuzzTokenFile(f *testing.F) {
	whole := tokenBytes(f, "to be\nor not\n", VocabOptions{})
	f.Add(whole, false)
	f.Add(whole[:len(whole)-20], true)
	f.Add(whole[:90], true)
	f.Add([]byte(tokenMagic), false)
	wide := slices.Clone(whole)
	wide[14] = 1 // V is 65544, a token has 4 bytes
	f.Add(wide, true)
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		if seal && len(b) >= 4 {
			b = sealed(slices.Clone(b))
		}
		file, err := readTokens(b)
		if err != nil {
			return
		}
		total := 0
		for p, n := range file.Pieces() {
			tokens := make([]int, n)
			if err := file.Read(p, 0, tokens, make([]bool, n)); err == nil {
				for _, token := range tokens {
					if token < 0 || token >= file.vocab {
						t.Fatalf("token %d of V=%d", token, file.vocab)
					}
				}
			}
			total += n
		}
		if total != file.Len() || 2*total > len(b) {
			t.Fatalf("%d tokens of %d in %d bytes", total, file.Len(), len(b))
		}
		if !seal && len(b) > 0 { // a flipped bit is found
			b = slices.Clone(b)
			b[len(b)/2] ^= 4
			if _, err := readTokens(b); err == nil {
				t.Fatal("a flipped bit was not found")
			}
		}
	})
}
