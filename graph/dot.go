package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"
)

// DOT is a picture of the graph as it was declared, without gradients, in the language of Graphviz:
//
//	dot -Tsvg model.dot > model.svg
//
// Each node shows its shape, each scope has a frame. Operations are ellipses, parameters boxes, inputs
// houses, what is carried cylinders, outputs and the cost octagons; constants are bare.
func (s *Session) DOT() string {
	if !s.made() {
		return "digraph {\n}\n"
	}
	results := map[G.Op]string{}
	for name, o := range s.outputs {
		results[o.from] = name
	}
	for _, c := range s.carries {
		results[c.from] = c.name + " of the next run"
	}
	if s.cost != nil {
		results[s.cost.from] = "cost"
	}
	var roots G.Nodes
	for _, n := range s.b.g.AllNodes() {
		if _, ok := results[n.Op()]; ok {
			roots = append(roots, n)
		}
	}

	p := picture{frames: map[string][]string{"": nil}}
	var edges strings.Builder
	number := map[*G.Node]int{}
	for i, n := range ancestors(roots) {
		number[n] = i
		path, shape, label := look(n)
		if result, ok := results[n.Op()]; ok {
			path, shape, label = "", "octagon", result
		}
		p.add(path, fmt.Sprintf("n%d [shape=%s label=%s]", i, shape, quoted(fmt.Sprintf("%s\n%v", label, n.Shape()))))
		for _, operand := range operandsOf(n) {
			fmt.Fprintf(&edges, "\tn%d -> n%d\n", number[operand], i)
		}
	}
	p.text.WriteString("digraph {\n")
	p.draw("", "\t")
	return p.text.String() + edges.String() + "}\n"
}

// look gives the scope of a node, and the form and label of its picture.
func look(n *G.Node) (path, shape, label string) {
	if o, ok := n.Op().(*op); ok {
		return o.scope.path, "ellipse", o.String()
	}
	if n.Op() != nil {
		return "", "ellipse", fmt.Sprint(n.Op())
	}
	_, name, _ := strings.Cut(n.Name(), ":") // the salt
	kind, name, _ := strings.Cut(name, "/")
	at := strings.LastIndex(name, "/")
	path, label = name[:max(at, 0)], name[at+1:]
	switch kind {
	case "param":
		return path, "box", label
	case "carry":
		return path, "cylinder", label
	case "input":
		return "", "invhouse", name
	case "const":
		return path, "plaintext", "const"
	}
	return "", "plaintext", n.Name()
}

// A picture collects the nodes of each scope, which it then draws frame within frame.
type picture struct {
	frames map[string][]string // by path
	text   strings.Builder
}

func (p *picture) add(path, node string) {
	p.frames[path] = append(p.frames[path], node)
	for path != "" { // scopes without nodes of their own have frames too
		path = path[:max(strings.LastIndex(path, "/"), 0)]
		if _, ok := p.frames[path]; !ok {
			p.frames[path] = nil
		}
	}
}

func (p *picture) draw(path, indent string) {
	for _, node := range p.frames[path] {
		p.text.WriteString(indent + node + "\n")
	}
	for _, inner := range slices.Sorted(maps.Keys(p.frames)) {
		at := strings.LastIndex(inner, "/")
		if inner == "" || inner[:max(at, 0)] != path {
			continue
		}
		p.text.WriteString(indent + "subgraph " + quoted("cluster "+inner) + " {\n")
		p.text.WriteString(indent + "\tlabel=" + quoted(inner[at+1:]) + "\n")
		p.draw(inner, indent+"\t")
		p.text.WriteString(indent + "}\n")
	}
}

// quoted is a string of the language: of escapes it knows \" and \n, and leaves the others to labels,
// in which a lone backslash would begin one.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}
