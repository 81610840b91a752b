package absurd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCalls calls everything.
func TestCalls(t *testing.T) {
	t.Chdir(t.TempDir()) // relative paths too lead into it
	random, most := 20, 120
	if testing.Short() {
		random, most = 4, 10
	}
	for _, s := range surfaces {
		t.Run(strings.ReplaceAll(s.path, "/", "."), func(t *testing.T) {
			for _, c := range callablesOf(s) {
				t.Run(c.name, func(t *testing.T) {
					seen := map[string]int{}
					for _, args := range c.arguments(random, most) {
						faults, hangs := c.try(t, args)
						for _, f := range faults {
							if seen[f.where+f.what[:min(len(f.what), 30)]]++; seen[f.where+f.what[:min(len(f.what), 30)]] == 1 {
								t.Errorf("%s: %s\n\t%s", describe(c, args), f.what, f.where)
							}
						}
						if hangs {
							return
						}
					}
				})
			}
		})
	}
}

// TestSurface holds the table to what the packages export.
func TestSurface(t *testing.T) {
	for _, s := range surfaces {
		known := map[string]bool{}
		for _, f := range s.funcs {
			known[nameOf(f)] = true
		}
		for name := range s.generic {
			known[name] = true
		}
		for _, of := range s.types {
			known[of.Name()] = true
		}
		for _, name := range exported(t, "../../"+s.path) {
			if !known[name] {
				t.Errorf("%s.%s is not called: name it in surface_test.go", s.path, name)
			}
			delete(known, name)
		}
		for name := range known {
			t.Errorf("%s.%s is in the table, and not in the package", s.path, name)
		}
	}
}

// TestDocumentedPanics holds those that may panic to saying so.
func TestDocumentedPanics(t *testing.T) {
	for _, place := range panics {
		name := place[strings.LastIndex(place, ".")+1:]
		said := false
		for _, s := range surfaces {
			if pkg, _, _ := strings.Cut(place, "."); !strings.HasSuffix("/"+s.path, "/"+pkg) {
				continue
			}
			for _, f := range functions(t, "../../"+s.path) {
				said = said || f.Name.Name == name && strings.Contains(f.Doc.Text(), "panic")
			}
		}
		if !said {
			t.Errorf("the doc of %s does not say that it panics", place)
		}
	}
}

// exported lists the functions that a package exports, and its types with exported methods.
func exported(t *testing.T, dir string) (names []string) {
	for _, f := range functions(t, dir) {
		name := f.Name.Name
		if f.Recv != nil {
			name = receiver(f.Recv.List[0].Type)
		}
		if f.Name.IsExported() && ast.IsExported(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// functions parses the functions and methods of a package, without those of its tests.
func functions(t *testing.T, dir string) (all []*ast.FuncDecl) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, entry.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				all = append(all, f)
			}
		}
	}
	return all
}

func receiver(t ast.Expr) string {
	for {
		switch e := t.(type) {
		case *ast.StarExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}
