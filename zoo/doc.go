// Package zoo holds ready models: how they are declared, fed, used, saved and opened again.
//
//	LM                   a language model: text in, text out
//	RecurrentForecaster  a series, one step ahead, fed back
//	DirectForecaster     a series, the whole horizon at once
//	Classifier           a label for a sequence, or for each of its timesteps
//
// Each is a trainers.Model, is made by New..., and is written by Save and read by Open with all it
// needs: weights, settings, vocabulary, scaler. What it computes then is the same to the last bit.
package zoo
