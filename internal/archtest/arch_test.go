package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/elman-go/elman/"

// A rule says what the files of a package, other than its tests, may import.
type rule struct {
	ours     []string // of this module
	gorgonia bool
	testing  bool // it helps tests
	assembly bool // it writes assembly, with avo
}

var (
	data = []string{"trainers/data", "trainers/data/series", "trainers/data/text"}
	// public is for examples, which stand where a user stands and share their flags.
	public = slices.Concat([]string{"examples/internal/cli", "examples/internal/lm", "graph", "layers", "losses", "trainers", "trainers/metrics", "trainers/watch", "zoo"}, data)
)

// rules lists every package there may be. Layers do not know losses, trainers no layers and no model,
// and data no graph: each is used, and tested, without the others.
var rules = map[string]rule{
	"graph":                 {ours: []string{"internal/brief", "internal/kernel"}, gorgonia: true},
	"graph/graphtest":       {ours: []string{"graph"}, gorgonia: true, testing: true},
	"layers":                {ours: []string{"graph"}, gorgonia: true},
	"layers/layerstest":     {ours: []string{"graph", "graph/graphtest", "layers"}, gorgonia: true, testing: true},
	"losses":                {ours: []string{"graph"}, gorgonia: true},
	"trainers":              {ours: []string{"graph", "internal/brief", "internal/folder", "internal/kernel", "trainers/data", "trainers/metrics"}, gorgonia: true},
	"trainers/data":         {},
	"trainers/data/series":  {ours: []string{"internal/brief", "trainers/data"}},
	"trainers/data/text":    {ours: []string{"internal/brief", "internal/folder", "trainers/data"}},
	"trainers/metrics":      {ours: []string{"trainers/data", "trainers/data/series"}},
	"trainers/watch":        {ours: []string{"internal/brief", "internal/folder", "trainers"}},
	"zoo":                   {ours: slices.Concat([]string{"graph", "internal/brief", "internal/folder", "layers", "losses"}, data), gorgonia: true},
	"examples/backtest":     {ours: public, gorgonia: true},
	"examples/charlm":       {ours: public, gorgonia: true},
	"examples/customcell":   {ours: public, gorgonia: true},
	"examples/forecast":     {ours: public, gorgonia: true},
	"examples/internal/cli": {ours: []string{"internal/folder", "trainers", "trainers/data/series", "trainers/watch"}},
	"examples/internal/lm":  {ours: []string{"trainers", "trainers/data/text", "zoo"}},
	"examples/wordlm":       {ours: public, gorgonia: true},
	"internal/absurd":       {},
	"internal/archtest":     {},
	"internal/bench":        {ours: []string{"graph", "internal/kernel", "layers", "losses", "trainers"}, gorgonia: true},
	"internal/brief":        {},
	"internal/folder":       {ours: []string{"internal/brief"}},
	"internal/kernel":       {},
	"internal/kernel/gen":   {assembly: true},
	"internal/readme":       {},
}

// folders are all at the top level but those that begin with a dot.
var folders = []string{"graph", "layers", "losses", "trainers", "zoo", "examples", "docs", "internal"}

func TestTree(t *testing.T) {
	found, packages := check(tracked(t, "../.."))
	for _, f := range found {
		t.Error(f)
	}
	if !slices.Contains(packages, "graph") || !slices.Contains(packages, "internal/archtest") {
		t.Errorf("the packages are %v: the walk missed some", packages)
	}
}

// tracked is what git tracks of a checkout. What else a folder holds is its owner's: what programs have written,
// vendored modules, notes.
func tracked(t *testing.T, root string) fs.FS {
	git := func(args ...string) string {
		out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
		if err != nil {
			t.Skipf("git %v: %v: what is tracked is not known", args, err)
		}
		return string(out)
	}
	if prefix := strings.TrimSpace(git("rev-parse", "--show-prefix")); prefix != "" {
		t.Skipf("git tracks a folder above, of which this is %s", prefix)
	}
	tree := fstest.MapFS{}
	for name := range strings.SplitSeq(git("ls-files", "-z"), "\x00") {
		if name == "" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		tree[name] = &fstest.MapFile{Data: content}
	}
	return tree
}

// The programs write into the folder that they run in, and so may anyone.
func TestTrackedOnly(t *testing.T) {
	root := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		args = append([]string{"-C", root, "-c", "user.name=a", "-c", "user.email=a@b.c"}, args...)
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Skipf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	write("losses/doc.go", "// Package losses is.\npackage losses\n")
	write("losses/gone.go", "package losses\n")
	git("add", ".")
	if err := os.Remove(filepath.Join(root, "losses/gone.go")); err != nil {
		t.Fatal(err)
	}
	write("run/charlm/model.json", "{}")
	write("vendor/example.org/a/a.go", "package a\n\nimport \"C\"\n")
	write("scratch.go", "no Go")
	if found, packages := check(tracked(t, root)); found != nil || !slices.Equal(packages, []string{"losses"}) {
		t.Errorf("found %q in packages %v, want nothing in losses", found, packages)
	}
	write("cmd/tool/main.go", "package main\n")
	git("add", "cmd")
	if found, _ := check(tracked(t, root)); len(found) == 0 {
		t.Error("a tracked folder that is not planned is let pass")
	}
}

// TestFaults plants one fault after the other in a tree without any.
func TestFaults(t *testing.T) {
	sound := map[string]string{
		"graph/doc.go":             "// Package graph is.\npackage graph",
		"graph/scope.go":           "package graph\n\nimport G \"gorgonia.org/gorgonia\"\n\n// Node is.\ntype Node = G.Node\n",
		"graph/scope_test.go":      "package graph\n\nimport _ \"testing\"\n\nimport _ \"github.com/elman-go/elman/zoo\"\n\nfunc F() {}\n",
		"graph/graphtest/doc.go":   "// Package graphtest is.\npackage graphtest\n\nimport _ \"testing\"\n",
		"losses/doc.go":            "// Package losses is.\npackage losses\n\nimport _ \"github.com/elman-go/elman/graph\"\n",
		"trainers/data/doc.go":     "// Package data is.\npackage data\n\nimport _ \"gorgonia.org/tensor\"\n",
		"examples/charlm/main.go":  "// Command charlm is.\npackage main\n\nimport _ \"github.com/elman-go/elman/zoo\"\n",
		"zoo/zoo_test.go":          "package zoo\n",
		"internal/kernel/gen/a.go": "// Command gen writes.\npackage main\n\nimport . \"github.com/mmcloughlin/avo/build\"\n",
		".ci/tool/main.go":         "package main\n\nimport \"C\"\n",
		"graph/testdata/broken.go": "no Go",
		"docs/concepts.md":         "",
	}
	for _, tc := range []struct {
		name, file, text string
		want             string // complaint; "" for none
	}{
		{"none", "README.md", "", ""},
		{"import", "losses/a.go", "package losses\n\nimport _ \"github.com/elman-go/elman/layers\"\n",
			"losses/a.go: imports layers, of ours it may import [graph]"},
		{"import of what is not listed", "graph/a.go", "package graph\n\nimport _ \"github.com/elman-go/elman/internal/secret\"\n",
			"graph/a.go: imports internal/secret, of ours it may import [internal/brief internal/kernel]"},
		{"import upwards", "trainers/data/a.go", "package data\n\nimport _ \"github.com/elman-go/elman/trainers/data/text\"\n",
			"trainers/data/a.go: imports trainers/data/text, of ours it may import []"},
		{"Gorgonia", "trainers/data/a.go", "package data\n\nimport G \"gorgonia.org/gorgonia\"\n",
			"trainers/data/a.go: imports Gorgonia"},
		{"a part of Gorgonia", "trainers/data/a.go", "package data\n\nimport \"gorgonia.org/gorgonia/encoding/dot\"\n",
			"trainers/data/a.go: imports Gorgonia"},
		{"cgo", "graph/a.go", "package graph\n\nimport \"C\"\n", "graph/a.go: imports C: binaries are static"},
		{"cgo behind a build tag", "graph/a.go", "//go:build cuda\n\npackage graph\n\nimport \"C\"\n",
			"graph/a.go: imports C: binaries are static"},
		{"avo", "graph/a.go", "package graph\n\nimport \"github.com/mmcloughlin/avo/reg\"\n",
			"graph/a.go: imports avo: a program that is built needs none"},
		{"testing", "graph/a.go", "package graph\n\nimport \"testing\"\n", "graph/a.go: imports testing"},
		{"package", "layers/secret/doc.go", "// Package secret is.\npackage secret\n",
			"layers/secret: the package is not in the table of this test; say there what it may import"},
		{"package of tests", "layers/secret/a_test.go", "package secret\n",
			"layers/secret: the package is not in the table of this test; say there what it may import"},
		{"folder", "cmd/README.md", "",
			"cmd: no such folder is planned at the top level; there are graph layers losses trainers zoo examples docs internal"},
		{"package doc", "layers/a.go", "package layers\n", "layers: no package doc in doc.go, or in main.go of a command"},
		{"package doc elsewhere", "layers/a.go", "// Package layers is.\npackage layers\n", "layers: no package doc in doc.go, or in main.go of a command"},
		{"package doc of another", "losses/doc.go", "// Package layers is.\npackage losses\n", "losses: no package doc in doc.go, or in main.go of a command"},
		{"command doc", "examples/charlm/main.go", "package main\n", "examples/charlm: no package doc in doc.go, or in main.go of a command"},
		{"function", "graph/a.go", "package graph\n\nfunc F() {}\n", "graph/a.go:3:6: F has no doc comment"},
		{"function below a remark", "graph/a.go", "package graph\n\n// Remark.\n\nfunc F() {}\n", "graph/a.go:5:6: F has no doc comment"},
		{"method", "graph/a.go", "package graph\n\n// T is.\ntype T[E any] struct{}\n\nfunc (t *T[E]) M() {}\n", "graph/a.go:6:16: M has no doc comment"},
		{"method of what is not exported", "graph/a.go", "package graph\n\ntype t[K, V any] struct{}\n\nfunc (*t[K, V]) M() {}\n", ""},
		{"type", "graph/a.go", "package graph\n\ntype T int\n", "graph/a.go:3:6: T has no doc comment"},
		{"constant", "graph/a.go", "package graph\n\nconst (\n\tc = 1\n\tD = 2\n)\n", "graph/a.go:5:2: D has no doc comment"},
		{"constants of a group", "graph/a.go", "package graph\n\n// What.\nconst (\n\tC = 1\n\tD = 2\n)\n", ""},
		{"variable beside a comment", "graph/a.go", "package graph\n\nvar V int // is\n", ""},
		{"variable", "graph/a.go", "package graph\n\nvar v, W int\n", "graph/a.go:3:8: W has no doc comment"},
		{"no Go", "graph/a.go", "package", "graph/a.go:1:8: expected 'IDENT', found 'EOF'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tree := fstest.MapFS{tc.file: {Data: []byte(tc.text)}}
			for name, text := range sound {
				if name != tc.file {
					tree[name] = &fstest.MapFile{Data: []byte(text)}
				}
			}
			found, _ := check(tree)
			want := []string{tc.want}
			if tc.want == "" {
				want = nil
			}
			if !slices.Equal(found, want) {
				t.Errorf("found %q, want %q", found, want)
			}
		})
	}
}

// check walks a source tree and gives what breaks its rules, and the packages it saw.
func check(tree fs.FS) (found, packages []string) {
	documented := map[string]bool{} // packages with more than tests
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		base, dir := path.Base(name), path.Dir(name)
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case entry.IsDir():
			if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" {
				return fs.SkipDir
			}
			if dir == "." && !slices.Contains(folders, name) {
				complain("%s: no such folder is planned at the top level; there are %s", name, strings.Join(folders, " "))
			}
			return nil
		case path.Ext(name) != ".go":
			return nil
		}
		if !slices.Contains(packages, dir) {
			packages = append(packages, dir)
			if _, ok := rules[dir]; !ok {
				complain("%s: the package is not in the table of this test; say there what it may import", dir)
			}
		}
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		isDoc := base == "doc.go" && strings.HasPrefix(file.Doc.Text(), "Package "+file.Name.Name+" ")
		isDoc = isDoc || file.Name.Name == "main" && file.Doc != nil
		documented[dir] = documented[dir] || isDoc
		for _, f := range checkImports(dir, file) {
			complain("%s: %s", name, f)
		}
		for _, f := range undocumented(file) {
			complain("%v: %s has no doc comment", files.Position(f.Pos()), f.Name)
		}
		return nil
	})
	if err != nil {
		complain("%v", err)
	}
	for _, dir := range packages {
		if hasDoc, ok := documented[dir]; ok && !hasDoc {
			complain("%s: no package doc in doc.go, or in main.go of a command", dir)
		}
	}
	return found, packages
}

func checkImports(dir string, file *ast.File) (found []string) {
	allowed := rules[dir]
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return []string{err.Error()}
		}
		ours, isOurs := strings.CutPrefix(imported, module)
		switch {
		case isOurs && !slices.Contains(allowed.ours, ours):
			found = append(found, fmt.Sprintf("imports %s, of ours it may import %v", ours, allowed.ours))
		case imported == "C":
			found = append(found, "imports C: binaries are static")
		case imported == "testing" && !allowed.testing:
			found = append(found, "imports testing")
		case strings.HasPrefix(imported+"/", "gorgonia.org/gorgonia/") && !allowed.gorgonia:
			found = append(found, "imports Gorgonia")
		case strings.HasPrefix(imported, "github.com/mmcloughlin/avo/") && !allowed.assembly:
			found = append(found, "imports avo: a program that is built needs none")
		}
	}
	return found
}

// undocumented gives the exported names at the top level of a file, and the exported methods of
// exported types, that have no comment. In a group the comment on the group is enough.
func undocumented(file *ast.File) (names []*ast.Ident) {
	add := func(name *ast.Ident, docs ...*ast.CommentGroup) {
		if name.IsExported() && !slices.ContainsFunc(docs, func(d *ast.CommentGroup) bool { return d != nil }) {
			names = append(names, name)
		}
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil || receiver(decl.Recv.List[0].Type).IsExported() {
				add(decl.Name, decl.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add(spec.Name, decl.Doc, spec.Doc, spec.Comment)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						add(name, decl.Doc, spec.Doc, spec.Comment)
					}
				}
			}
		}
	}
	return names
}

// receiver is the name of a method's type: *T, T[E] and *T[K, V] are T.
func receiver(t ast.Expr) *ast.Ident {
	for {
		switch e := t.(type) {
		case *ast.StarExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.IndexListExpr:
			t = e.X
		case *ast.ParenExpr:
			t = e.X
		default:
			return e.(*ast.Ident)
		}
	}
}
