package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/awalterschulze/gographviz"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
)

func TestDOT(t *testing.T) {
	session, err := graph.Build(graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
		cell := s.In("rnn").In("0")
		state := cell.Carry("state", 2, 3)
		x := s.Input(`odd "name" \ here`, 2, 3)
		h := cell.Tanh(cell.Add(cell.MatMul(x, cell.Param("w", graph.Glorot, 3, 3)), state.Node()))
		state.Set(h)
		s.Output("h", h)
		return s.Sum(s.Mul(h, s.Try(G.Cube(s.Full(2, 2, 3)))))
	})
	if err != nil {
		t.Fatal(err)
	}
	text := session.DOT()
	parsed, err := gographviz.Read([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	label := map[string]string{} // by the node's name
	form := map[string]string{}  // by its label
	for _, n := range parsed.Nodes.Nodes {
		frame := "no frame"
		for parent := range parsed.Relations.ChildToParents[n.Name] {
			if strings.Contains(parent, "cluster") {
				frame = strings.Trim(parent, `"`)
			}
		}
		label[n.Name] = strings.Trim(n.Attrs["label"], `"`)
		form[label[n.Name]] = n.Attrs["shape"] + " in " + frame
	}
	for label, want := range map[string]string{
		`matmul\n(2, 3)`:                      "ellipse in cluster rnn/0",
		`w\n(3, 3)`:                           "box in cluster rnn/0",
		`state\n(2, 3)`:                       "cylinder in cluster rnn/0",
		`rnn/0/state of the next run\n(2, 3)`: "octagon in no frame",
		`h\n(2, 3)`:                           "octagon in no frame",
		`cost\n()`:                            "octagon in no frame",
		`odd \"name\" \\ here\n(2, 3)`:        "invhouse in no frame",
		`const\n(2, 3)`:                       "plaintext in no frame",
		`cube\n(2, 3)`:                        "ellipse in no frame",
	} {
		if form[label] != want {
			t.Errorf("node %s: %q, want %q", label, form[label], want)
		}
	}
	var edges []string
	for _, e := range parsed.Edges.Edges {
		edges = append(edges, label[e.Src]+" → "+label[e.Dst])
	}
	slices.Sort(edges)
	want := []string{
		`add\n(2, 3) → tanh\n(2, 3)`,
		`const\n(2, 3) → cube\n(2, 3)`,
		`cube\n(2, 3) → mul\n(2, 3)`,
		`matmul\n(2, 3) → add\n(2, 3)`,
		`mul\n(2, 3) → sum over [0 1]\n()`,
		`odd \"name\" \\ here\n(2, 3) → matmul\n(2, 3)`,
		`state\n(2, 3) → add\n(2, 3)`,
		`sum over [0 1]\n() → cost\n()`,
		`tanh\n(2, 3) → h\n(2, 3)`,
		`tanh\n(2, 3) → mul\n(2, 3)`,
		`tanh\n(2, 3) → rnn/0/state of the next run\n(2, 3)`,
		`w\n(3, 3) → matmul\n(2, 3)`,
	}
	if !slices.Equal(edges, want) {
		t.Errorf("edges\n%s\nwant\n%s", strings.Join(edges, "\n"), strings.Join(want, "\n"))
	}
	if again := session.DOT(); again != text {
		t.Errorf("a second picture of the same graph differs:\n%s\n%s", text, again)
	}
}
