package main

import "testing"

func TestMeasurePeak(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	p := measurePeak(0, 2)
	if !(p.core.rate() > 1e6) || !(p.all.rate() > 1e6) {
		t.Errorf("%.2g FLOP/s of a core, %.2g of two", p.core.rate(), p.all.rate())
	}
	if one := measurePeak(0, 1); one.all != one.core {
		t.Errorf("of one core: %+v and %+v", one.all, one.core)
	}
}
