// Package series reads time series, scales them, and measures forecasts and what they have to beat.
//
//	CSV ── OpenCSV, ReadCSV ──→ Series{Names [D], Dates [N], Values [N][D]}
//	                                              │ Interpolate, Difference
//	        FitScaler(training rows) ──→ Scaler ──┤ Transform
//	                                       │      ↓
//	                                       │  data.NewWindows ──→ model ──→ forecast, scaled
//	                                       └─── Inverse ←──────────────────────┘
//	        Measure(history, truth, forecast) ──→ Errors, of AbsoluteError, PercentageError ...
//	        Naive, SeasonalNaive, SeasonalGrowth: forecasts to beat
//
// A NaN among the values is a gap.
package series
