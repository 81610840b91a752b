// Package lm is what the programs with language models have in common: the text that they learn from and are
// measured on, the model that a folder holds, and what they say of training.
package lm
