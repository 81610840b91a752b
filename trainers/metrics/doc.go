// Package metrics measures models by more than their loss: what an evaluation counts, in which unit, and
// which way is better. It knows no graph; it reads the tensors of batches and the outputs of a model.
//
//	Perplexity, BitsPerCharacter                  of the model's own loss
//	Classes   Accuracy, Precision, Recall, F1     output "logits" against the batch's "targets"
//	Numbers   MAE, RMSE, MAPE, SMAPE, MASE        output "prediction" against the batch's "y"
//	Quantiles Coverage                            output "quantiles" against the batch's "y"
//
// A Metric is a name, a unit and two functions: what one batch adds to a few sums, and the value that the
// sums of all batches make. So it holds no state, and batches of any sizes count as their targets do.
// Positions that a mask or a negative target leaves out do not count; numbers in a mask that are not 1 are
// weights, as they are for a loss.
package metrics
