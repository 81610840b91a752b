package graphtest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// recorder stands in for a test that is expected to fail.
type recorder struct {
	testing.TB
	said strings.Builder
}

func (r *recorder) Helper()                   {}
func (r *recorder) Error(args ...any)         { fmt.Fprintln(&r.said, args...) }
func (r *recorder) Errorf(f string, a ...any) { fmt.Fprintf(&r.said, f+"\n", a...) }
func (r *recorder) Fatal(args ...any)         { r.Error(args...); runtime.Goexit() }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); runtime.Goexit() }

// failure runs f on a recorder and returns what it was told.
func failure(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r.said.String()
}

// wantFailure fails unless f fails and says want.
func wantFailure(t *testing.T, want string, f func(testing.TB)) {
	t.Helper()
	if said := failure(t, f); !strings.Contains(said, want) {
		t.Errorf("the check says %q, want %q in it", said, want)
	}
}
