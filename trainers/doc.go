// Package trainers fits models to data: the loop, optimisers, learning rates, clipping, and hooks
// that watch and stop. It knows no layer and no model.
//
//	data.Source ──batches──┐
//	Model ──graph.Build────┤
//	                       ▼
//	Trainer.Fit: loss and gradients, the mean over the targets of Accumulate batches
//	  │ loss and gradient norm must be finite
//	  │ ClipNorm
//	  ▼
//	Optimizer.Step at the rate of the Schedule; GradientNoise and Groups hand on to others
//	  ▼
//	Hooks: Log, Progress, Every, EMA, Evaluate ──metrics── Observers: EarlyStopping, ReduceOnPlateau
//	  │    UpdateRatio, Histograms
//	  ▼
//	Events: loss, rate, gradient norm, what hooks observe ── Listeners: those of trainers/watch, yours
//
// Measure gives the loss and the metrics of a model by themselves. Smoke, Overfit and FindRate try settings
// before a long run and leave no trace; Freeze keeps parameters out of it.
//
// Nothing here reads the clock but to report it, and what is drawn depends on a seed and the step: the same
// Store, Source and settings give the same parameters to the last bit, whatever the number of threads. A
// Position and the State of the optimiser, and of whatever else is Stateful, resume a run that ended,
// to the last bit too.
package trainers
