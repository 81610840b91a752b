package cli

import (
	"io"

	"github.com/elman-go/elman/internal/folder"
)

// WriteFile writes a file that a flag names, wholly or not at all; the folders it is in are made. A device or a pipe
// is written to, and of a symbolic link the file that it names.
func WriteFile(path string, content func(io.Writer) error) error {
	return folder.WriteFile(path, content)
}
