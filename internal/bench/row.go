package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// row is what is printed of a case. An item is a timestep of one sequence, or what the case builds.
type row struct {
	Case         string  `json:"case"`
	PerSecond    float64 `json:"items_per_s"`
	Millis       float64 `json:"ms_per_step"`
	Threads      int     `json:"threads"`
	Engine       string  `json:"engine"`
	GFLOPS       float64 `json:"gflops,omitempty"`        // of matrix products
	CoreGFLOPS   float64 `json:"core_gflops,omitempty"`   // of one core, of the case peak
	PeakFraction float64 `json:"peak_fraction,omitempty"` // of what all cores reach with matrix products alone
}

// printer writes rows as they come.
type printer struct {
	w     io.Writer
	json  bool
	name  int // width of the longest
	begun bool
}

func (p *printer) print(r row) error {
	if p.json {
		return json.NewEncoder(p.w).Encode(r)
	}
	if !p.begun {
		p.begun = true
		if err := p.line("case", "items/s", "ms/step", "ns/item", "threads", "gflops", "peak", "engine"); err != nil {
			return err
		}
	}
	fixed := func(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }
	gflops, fraction := "", ""
	if r.GFLOPS > 0 {
		gflops = fixed(r.GFLOPS, 1)
	}
	switch {
	case r.PeakFraction > 0:
		fraction = fixed(r.PeakFraction, 3)
	case r.CoreGFLOPS > 0:
		fraction = fixed(r.CoreGFLOPS, 1) + "/core"
	}
	return p.line(r.Case, fixed(r.PerSecond, 1), fixed(r.Millis, 3), fixed(1e9/r.PerSecond, 0), strconv.Itoa(r.Threads),
		gflops, fraction, r.Engine)
}

func (p *printer) line(name, items, ms, ns, threads, gflops, fraction, engine string) error {
	_, err := fmt.Fprintf(p.w, "%-*s  %12s  %10s  %10s  %7s  %7s  %10s  %s\n",
		max(p.name, 4), name, items, ms, ns, threads, gflops, fraction, engine)
	return err
}
