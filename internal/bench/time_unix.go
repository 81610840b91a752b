//go:build unix

package main

import (
	"syscall"
	"time"
)

// processTime is how long processors have worked for this process, in user and system mode.
func processTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
