//go:build !unix

package folder

import (
	"io/fs"
	"os"
)

// running reports whether a process of this host may be running.
func running(process int) bool {
	p, err := os.FindProcess(process) // Windows looks for it
	if err != nil {
		return false
	}
	p.Release()
	return true
}

// keepOwner does nothing where files have owners of another kind.
func keepOwner(*os.File, fs.FileInfo) {}
