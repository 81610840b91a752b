package main

import "testing"

func TestMeasurePeak(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	p := measurePeak(0, 2)
	if p.core.rate() < 1e8 || p.all.rate() < p.core.rate()/4 {
		t.Errorf("%.2g FLOP/s of a core, %.2g of two", p.core.rate(), p.all.rate())
	}
}
