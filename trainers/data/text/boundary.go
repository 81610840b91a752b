package text

// A Boundary says where in a file documents begin. They hold all of it: joined again, the
// documents are the file.
type Boundary int

const (
	// EachFile is one document.
	EachFile Boundary = iota
	// EachLine is a document, with the newline that ends it.
	EachLine
	// EachParagraph is a document, with the empty lines that end it.
	EachParagraph
)

// A seam is what Boundary has to know of the text before a cut.
type seam struct {
	inside   bool // not at the start of the file
	newlines int  // it ends in; between paragraphs carriage returns may stand among them
}

// begins gives the bytes of b at which documents begin, and takes s from before b to behind it.
func (d Boundary) begins(b []byte, s *seam) (begins []int) {
	if d == EachFile {
		if !s.inside && len(b) > 0 {
			s.inside, begins = true, []int{0}
		}
		return begins
	}
	for i, c := range b {
		isReturn := c == '\r' && d == EachParagraph
		switch {
		case !s.inside,
			d == EachLine && s.newlines > 0,
			d == EachParagraph && s.newlines > 1 && c != '\n' && !isReturn:
			begins = append(begins, i)
		}
		s.inside = true
		if c == '\n' {
			s.newlines++
		} else if !isReturn {
			s.newlines = 0
		}
	}
	return begins
}
