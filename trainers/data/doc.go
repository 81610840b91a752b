// Package data turns tokens, series and labelled sequences into batches of tensors.
//
// A Source is corpus and order in one value: its batches depend on a seed, the epoch and their
// number only, so two integers say where a run stands and where to take it up again.
//
//	[][]int documents, or
//	Tokens on disk ─────────── BPTT ────┐  "tokens" "targets" "reset"       [T, B]
//	[][]float64 [N][D], or  ── Windows ─┼─ "x" [T, B, D]   "y" [T, B, K]
//	several of them                     │  "known" [T, B, F]  "mask" [T, B, K]  "static" [B, S]
//	[][]int, [][][]float64 ─── Padded ──┤  "tokens" or "x", "lengths" [B], "targets"
//	and labels, if there are            │  and fields such as "chars" [T, B, D], "id" [B]
//	func(epoch, k) ─────────── Func ────┤  what its Spec says
//	                                    ↓
//	                      Source: Spec, Len, Batches(epoch, from) → Batch
//
// Tensors are time first, contiguous and made anew for each batch. Real numbers are
// tensor.Float64, indices, flags and lengths tensor.Int. A target of -1 counts nowhere.
//
// SplitByGroup and SplitTail put data aside for validation.
//
// Package text makes the tokens, package series the values.
package data
