package data

import (
	"slices"

	"github.com/pkg/errors"
)

// WindowConfig says how windows are cut from series and joined to batches.
type WindowConfig struct {
	Window   int   // rows the model sees, at least 1
	Horizon  int   // rows to forecast; 0 means 1
	Stride   int   // rows from the start of one window to the start of the next; 0 means 1
	Batch    int   // B; 0 means all windows in one batch, and so does more than there are
	Targets  []int // columns to forecast; none means all but the known ones
	Known    []int // columns that are known ahead, as those of a calendar, and given for the rows to forecast
	NextStep bool  // y is x one row on, a target for every timestep; Horizon is then 1
	Mask     bool  // a gap in y is masked; else its window is left out
	Shuffle  bool  // another order of the windows in each epoch
	Seed     int64 // of that order
}

// check puts what zero means in the place of zeros, of windows of D columns; lists are copied.
func (cfg WindowConfig) check(D int) (WindowConfig, error) {
	if cfg.Window < 1 || cfg.Horizon < 0 || cfg.Stride < 0 || cfg.Batch < 0 {
		return cfg, errors.Errorf("windows: Window=%d, Horizon=%d, Stride=%d, Batch=%d, "+
			"wanted a Window of 1 or more and nothing negative",
			cfg.Window, cfg.Horizon, cfg.Stride, cfg.Batch)
	}
	if cfg.NextStep && cfg.Horizon > 1 {
		return cfg, errors.Errorf("windows: Horizon=%d with NextStep, wanted 0 or 1: each timestep forecasts one row",
			cfg.Horizon)
	}
	cfg.Horizon, cfg.Stride = max(1, cfg.Horizon), max(1, cfg.Stride)
	for _, j := range slices.Concat(cfg.Targets, cfg.Known) {
		if j < 0 || j >= D {
			return cfg, errors.Errorf("windows: target or known column %d, wanted one of 0 to %d", j, D-1)
		}
	}
	for _, j := range cfg.Targets {
		if slices.Contains(cfg.Known, j) {
			return cfg, errors.Errorf("windows: column %d is a target and known ahead, wanted one of the two", j)
		}
	}
	cfg.Targets, cfg.Known = slices.Clone(cfg.Targets), slices.Clone(cfg.Known)
	if len(cfg.Targets) == 0 {
		cfg.Targets = slices.DeleteFunc(order(D, false, 0, 0), func(j int) bool { return slices.Contains(cfg.Known, j) })
	}
	if len(cfg.Targets) == 0 {
		return cfg, errors.Errorf("windows: all %d columns are known ahead, wanted one to forecast", D)
	}
	return cfg, nil
}

// ahead says which rows of a window, counted from its start, are those of y.
func (cfg WindowConfig) ahead() (first, rows int) {
	if cfg.NextStep {
		return 1, cfg.Window
	}
	return cfg.Window, cfg.Horizon
}
