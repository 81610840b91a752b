package folder

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

const maxLinks = 40 // as Linux has it

// resolve follows symbolic links at the end of a path, to where a file or folder is or would be made. It
// joins what a link says as the system does, which knows no shorter form of link/.. than that. A link of /proc to
// an open file stays: its name may be that of another file by now.
func resolve(path string) (string, error) {
	at := trim(path)
	for range maxLinks {
		target, err := os.Readlink(at)
		if err != nil || ofProcess(at) {
			return at, nil // no link, or not there
		}
		if !filepath.IsAbs(target) {
			dir, _ := filepath.Split(at)
			target = dir + target
		}
		at = trim(target)
	}
	return "", errors.Errorf("%s: more than %d symbolic links, one to the next", path, maxLinks)
}

// ofProcess reports whether a link stands for an open file of a process, as /dev/fd/1 does.
func ofProcess(link string) bool {
	dir, _ := split(link)
	dir, err := filepath.EvalSymlinks(dir)
	return err == nil && strings.HasPrefix(dir, "/proc/")
}

// trim is path without slashes at its end, and "." for none.
func trim(path string) string {
	root := len(filepath.VolumeName(path))
	for len(path) > root+1 && os.IsPathSeparator(path[len(path)-1]) {
		path = path[:len(path)-1]
	}
	if path == "" {
		return "."
	}
	return path
}

// split gives the folder that a path is in, and its name there.
func split(path string) (dir, name string) {
	dir, name = filepath.Split(path)
	if dir == "" {
		return ".", name
	}
	return dir, name
}

// join is filepath.Join that leaves dir as it is: link/../a is not a.
func join(dir, name string) string {
	return strings.TrimSuffix(dir, string(filepath.Separator)) + string(filepath.Separator) + name
}
