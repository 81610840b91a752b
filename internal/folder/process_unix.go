//go:build unix

package folder

import (
	"io/fs"
	"os"
	"syscall"

	"github.com/pkg/errors"
)

// running reports whether a process of this host may be running.
func running(process int) bool {
	return !errors.Is(syscall.Kill(process, 0), syscall.ESRCH)
}

// keepOwner gives f the owner of the file that it is to replace, where it may: what root writes in the folder of
// a user stays that user's.
func keepOwner(f *os.File, of fs.FileInfo) {
	if s, ok := of.Sys().(*syscall.Stat_t); ok {
		f.Chown(int(s.Uid), int(s.Gid))
	}
}
