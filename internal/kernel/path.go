package kernel

import (
	"os"
	"slices"
	"unsafe"
)

// A path is a form that float32 runs on.
type path string

const (
	avx512   path = "avx512"
	avx2     path = "avx2"
	portable path = "portable"
)

// active is the path that ELMAN_KERNEL names, or the best there is.
var active = choose(path(os.Getenv("ELMAN_KERNEL")), available())

// choose is the path that is wanted, if it is among those there are, the best of which is the first.
func choose(wanted path, paths []path) path {
	if slices.Contains(paths, wanted) {
		return wanted
	}
	return paths[0]
}

// Path names the form that float32 runs on: "avx512", "avx2" or "portable".
func Path() string { return string(active) }

// fast reports whether numbers of type F run on a path of assembly.
func fast[F Float]() bool {
	var x F
	return unsafe.Sizeof(x) == 4 && active != portable
}

// first points to the first element, as the float32 it is known to be; nil for none.
func first[F Float](s []F) *float32 {
	return (*float32)(unsafe.Pointer(unsafe.SliceData(s)))
}

// floats shows a slice as the float32s that it is known to hold.
func floats[F Float](s []F) []float32 { return unsafe.Slice(first(s), len(s)) }
