// Package losses declares what a model is trained to minimise: each loss is one function that makes a
// scalar node of predictions and targets.
//
//	CrossEntropy                 classes from logits, in nats
//	BinaryCrossEntropy           yes or no from logits, in nats
//	MSE, MAE, Huber, SmoothL1    numbers
//	Quantile                     several quantiles of a number at once
//	GaussianNLL                  mean and variance of a number, in nats
//	Count                        how many elements a loss counts
//
// A loss is the mean over the elements that count. A mask says which, of the target's shape or with sizes
// of 1 that are broadcast to it: 1 counts, and 0, for padding, does not. Numbers between and above are
// weights m of the elements' losses l: the loss is Σ m·l / Σ m. A weight that is negative or not finite is
// an error of the run. Elements that do not count may hold anything, NaN included: that reaches neither the loss nor
// a gradient. Where nothing counts the loss is 0, with gradients of 0.
//
// Options are structs. Their zero values count everything and are documented field by field.
package losses
