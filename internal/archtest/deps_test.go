package archtest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// heavy are packages that make a program large, or link it with the C library where there is a C compiler.
var heavy = []string{"net", "net/http", "os/user", "runtime/cgo"}

// A program that trains is static, and has no network in it.
func TestProgramsAreStatic(t *testing.T) {
	if err := exec.Command("go", "list", "fmt").Run(); err != nil {
		t.Skipf("go list does not work here: %v", err)
	}
	list := func(args ...string) []string {
		command := exec.Command("go", append([]string{"list"}, args...)...)
		command.Dir = "../.."
		var problem strings.Builder
		command.Stderr = &problem
		out, err := command.Output()
		if err != nil {
			t.Fatalf("go list %s: %v %s", strings.Join(args, " "), err, problem.String())
		}
		return strings.Fields(string(out))
	}
	packages := list("./...")
	if len(packages) < 10 {
		t.Fatalf("packages %q", packages)
	}
	for _, pkg := range packages {
		if strings.HasSuffix(pkg, "internal/kernel/gen") { // writes assembly, and is in no program
			continue
		}
		for _, dep := range list("-deps", pkg) {
			if slices.Contains(heavy, dep) {
				t.Errorf("%s pulls %s in; go list -deps -f '{{.ImportPath}}: {{.Imports}}' %s shows through which package", pkg, dep, pkg)
			}
		}
	}
}
