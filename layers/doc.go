// Package layers holds recurrent cells and what is built around them.
//
//	Cell    one timestep: (x [B, I], state) → (y [B, O], state)
//	  Vanilla, LSTM, GRU, MGU; Stack, Residual and Each make cells of cells and layers
//	Layer   a sequence [T, B, I] → [T, B, O]
//	  RNN runs a Cell through time, Bidirectional two of them; Conv and Pool slide along it and may
//	  give fewer timesteps; Dense, Dropout and LayerNorm treat each timestep by itself; Chain puts
//	  layers in a row
//
// Cells and layers are plain values. Bind declares their parameters in a graph.Scope and returns the
// function that computes with them, so one value serves many graphs. A new cell is a type with three
// methods; package layerstest checks it.
package layers
