package kernel

// Path names the form that float32 runs on: "avx512", "avx2" or "portable".
func Path() string { return "portable" }
