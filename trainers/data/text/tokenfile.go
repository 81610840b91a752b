package text

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"os"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data"
)

var _ data.Tokens = (*TokenFile)(nil)

// A TokenFile is an encoded corpus on disk. It holds no more in memory than the sizes of its
// pieces, of which there are at most about a million: see Corpus.Encode, which makes it.
//
// Its parts, in little-endian order:
//
//	"elmantok"             8 bytes
//	version                4 bytes, 1
//	V                      4 bytes
//	vocabulary             32 bytes, SHA-256 of its JSON
//	corpus                 32 bytes, SHA-256 of what says which texts these are
//	tokens                 2 bytes each, 4 if V is above 32768: 2·id, and 1 more where a document begins
//	pieces                 8 bytes each, their numbers of tokens
//	number of tokens       8 bytes
//	number of pieces       8 bytes
//	checksum               4 bytes, CRC-32C of all before
type TokenFile struct {
	file   tokenReader
	vocab  int   // V
	pieces []int // tokens of each
	starts []int // of each piece, in tokens
}

type tokenReader interface {
	io.ReaderAt
	io.Closer
}

const (
	tokenMagic   = "elmantok"
	tokenVersion = 1
	tokenTrailer = 8 + 8 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A tokenHeader is what a token file begins with.
type tokenHeader struct {
	Magic         [8]byte
	Version       uint32
	Vocab         uint32 // V
	Symbols, Text [sha256.Size]byte
}

var tokenHeaderSize = int64(binary.Size(tokenHeader{}))

// tokenWidth is the number of bytes of a token.
func tokenWidth(V int) int {
	if V > 1<<15 {
		return 4
	}
	return 2
}

// appendToken appends the stored form of a token.
func appendToken(b []byte, width, id int, begins bool) []byte {
	stored := uint32(id) << 1
	if begins {
		stored |= 1
	}
	if width == 2 {
		return binary.LittleEndian.AppendUint16(b, uint16(stored))
	}
	return binary.LittleEndian.AppendUint32(b, stored)
}

// OpenTokens opens a token file that was encoded with v. All of it is read once, to compare its
// checksum. Close it when nothing reads from it any more.
//
// It is an error if the file cannot be read, is none of tokens, is damaged, or was encoded with
// another vocabulary.
func OpenTokens(path string, v *Vocab) (*TokenFile, error) {
	t, header, err := openTokens(path)
	if err != nil {
		return nil, err
	}
	symbols, err := v.digest()
	if err == nil && header.Symbols != symbols {
		err = errors.Errorf("encoded with another vocabulary, of %d ids; wanted that of %d", header.Vocab, v.Len())
	}
	if err != nil {
		t.Close()
		return nil, errors.Wrapf(err, "token file %q", path)
	}
	return t, nil
}

func openTokens(path string) (*TokenFile, tokenHeader, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, tokenHeader{}, errors.Wrap(err, "token file")
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, tokenHeader{}, errors.Errorf("token file %q: no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, tokenHeader{}, errors.Wrap(err, "token file")
	}
	t, header, err := readTokenFile(f, info.Size())
	if err != nil {
		f.Close()
	}
	return t, header, errors.Wrapf(err, "token file %q", path)
}

// readTokenFile reads what is kept in memory of a token file of this size, and checks all of it.
func readTokenFile(file tokenReader, size int64) (*TokenFile, tokenHeader, error) {
	var header tokenHeader
	fail := func(format string, args ...any) (*TokenFile, tokenHeader, error) {
		return nil, header, errors.Errorf(format, args...)
	}
	if size < tokenHeaderSize+tokenTrailer {
		return fail("%d bytes, wanted %d or more", size, tokenHeaderSize+tokenTrailer)
	}
	if err := binary.Read(io.NewSectionReader(file, 0, size), binary.LittleEndian, &header); err != nil {
		return nil, header, errors.WithStack(err)
	}
	if string(header.Magic[:]) != tokenMagic {
		return fail("begins with %q, wanted %q", header.Magic, tokenMagic)
	}
	if header.Version != tokenVersion {
		return fail("version %d, wanted %d", header.Version, tokenVersion)
	}
	var trailer struct {
		Tokens, Pieces uint64
		Sum            uint32
	}
	if err := binary.Read(io.NewSectionReader(file, size-tokenTrailer, tokenTrailer), binary.LittleEndian, &trailer); err != nil {
		return nil, header, errors.WithStack(err)
	}
	if trailer.Tokens == 0 { // before all of a file is read, which may be larger than what it holds
		return fail("no tokens: it is damaged")
	}
	sum := crc32.New(castagnoli)
	if _, err := io.CopyBuffer(sum, io.NewSectionReader(file, 0, size-4), make([]byte, 1<<20)); err != nil {
		return nil, header, errors.WithStack(err)
	}
	if trailer.Sum != sum.Sum32() {
		return fail("checksum %08x, the file says %08x: it is damaged", sum.Sum32(), trailer.Sum)
	}
	width, body := int64(tokenWidth(int(header.Vocab))), size-tokenHeaderSize-tokenTrailer
	if trailer.Tokens > uint64(body) || trailer.Pieces > uint64(body) ||
		int64(trailer.Tokens)*width+int64(trailer.Pieces)*8 != body {
		return fail("%d bytes for %d tokens of %d bytes in %d pieces", body, trailer.Tokens, width, trailer.Pieces)
	}
	if trailer.Pieces > maxPieces {
		return fail("%d pieces, wanted %d or fewer", trailer.Pieces, maxPieces)
	}
	stored := make([]uint64, trailer.Pieces)
	at := tokenHeaderSize + int64(trailer.Tokens)*width
	if err := binary.Read(io.NewSectionReader(file, at, size-at), binary.LittleEndian, stored); err != nil {
		return nil, header, errors.WithStack(err)
	}
	t := &TokenFile{file: file, vocab: int(header.Vocab), starts: []int{0}}
	total := uint64(0)
	for i, n := range stored {
		if n == 0 || n > trailer.Tokens-total {
			return fail("piece %d has %d tokens after %d of %d", i, n, total, trailer.Tokens)
		}
		total += n
		t.pieces, t.starts = append(t.pieces, int(n)), append(t.starts, int(total))
	}
	if total != trailer.Tokens {
		return fail("pieces of %d tokens, wanted %d", total, trailer.Tokens)
	}
	return t, header, nil
}

// Pieces implements data.Tokens.
func (t *TokenFile) Pieces() []int {
	if t == nil {
		return nil
	}
	return t.pieces
}

// Len is the number of tokens.
func (t *TokenFile) Len() int {
	if t == nil || t.file == nil {
		return 0
	}
	return t.starts[len(t.pieces)]
}

// Read implements data.Tokens.
func (t *TokenFile) Read(piece, from int, tokens []int, begins []bool) error {
	if t == nil || t.file == nil {
		return errors.New("token file: it is nil or zero, wanted one of OpenTokens' or Encode's")
	}
	if piece < 0 || piece >= len(t.pieces) || from < 0 || from > t.pieces[piece]-len(tokens) || len(begins) != len(tokens) {
		return errors.Errorf("token file: %d tokens and %d begins of piece %d from %d on, wanted some of %d pieces",
			len(tokens), len(begins), piece, from, len(t.pieces))
	}
	width, at := tokenWidth(t.vocab), t.starts[piece]+from
	b := make([]byte, width*len(tokens))
	if _, err := t.file.ReadAt(b, tokenHeaderSize+int64(at)*int64(width)); err != nil {
		return errors.Wrapf(err, "token file: %d tokens from %d on", len(tokens), at)
	}
	for i := range tokens {
		var stored uint32
		if width == 2 {
			stored = uint32(binary.LittleEndian.Uint16(b[2*i:]))
		} else {
			stored = binary.LittleEndian.Uint32(b[4*i:])
		}
		tokens[i], begins[i] = int(stored>>1), stored&1 == 1
		if tokens[i] >= t.vocab {
			return errors.Errorf("token file: token %d is %d, wanted one of [0, %d)", at+i, tokens[i], t.vocab)
		}
	}
	return nil
}

// Close closes the file.
func (t *TokenFile) Close() error {
	if t == nil || t.file == nil {
		return nil
	}
	return errors.Wrap(t.file.Close(), "token file")
}

// digest is the SHA-256 of the vocabulary's JSON.
func (v *Vocab) digest() ([sha256.Size]byte, error) {
	b, err := json.Marshal(v)
	return sha256.Sum256(b), errors.WithStack(err)
}
