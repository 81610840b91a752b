// Package trainers fits models to data: the loop, optimisers, learning rates, clipping, and hooks
// that watch and stop. It knows no layer and no model.
//
//	data.Source ──batches──┐
//	Model ──graph.Build────┤
//	                       ▼
//	Trainer.Fit: loss and gradients, summed over Accumulate batches
//	  │ mean; loss and gradient norm must be finite
//	  │ ClipNorm
//	  ▼
//	Optimizer.Step at the rate of the Schedule
//	  ▼
//	Hooks: Log, Progress, Every, Evaluate ── Observers: EarlyStopping, ReduceOnPlateau
//	  │    UpdateRatio, Histograms
//	  ▼
//	Events: loss, rate, gradient norm, what hooks observe ── Listeners: those of trainers/watch, yours
//
// Nothing here draws random numbers or reads the clock but to report it: the same Store, Source and
// settings give the same parameters to the last bit, whatever the number of threads. A Position and an
// optimiser's State take up again a run that ended, to the last bit too.
package trainers
