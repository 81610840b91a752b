// Package series reads time series, scales them, and measures forecasts and what they have to beat.
//
//	CSV ── OpenCSV, ReadCSV ────→ Series{Names [D], Dates [N], Values [N][D], Guess}
//	    ── OpenPanel, ReadPanel → Panel, several of them
//	                                   │ Interpolate, Difference
//	                                   │ SplitTime, data.SplitByGroup: training, validation, test
//	     FitScalers(training) ─────────┤
//	                 │                 │ Transform, WithCalendar
//	                 │                 └──→ Windows ──→ model ──→ forecast, scaled
//	                 └──────── Inverse ←────────────────────────────┘
//	     Measure(history, truth, forecast) ──→ Errors, of AbsoluteError, PercentageError ...
//	     Rules, Smoothings, Regression, ChooseAutoregression: forecasts to beat, by Rolling
//
// A scaler is the logarithm that a Scaling names, if any, and what its Statistic measures: Standard,
// MinMax, Robust, Identity, or a custom function. Each column has its own, and in a panel each
// series.
//
// A NaN among the values is a gap. docs/series.md says what to do about gaps, and how not to let the
// future into training.
package series
