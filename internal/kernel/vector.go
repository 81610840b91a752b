package kernel

// AddTo adds src to dst, on as many threads as are worth it.
func AddTo[F Float](t Threads, dst, src []F) {
	cut(t, len(dst), 64, func(from, to int) {
		d, s := View[F]{Data: dst[from:to]}, View[F]{Data: src[from:to]}
		Map(Add, 0, 1, to-from, d, d, s, View[F]{})
	})
}

// ScaleAll multiplies every element by k, on as many threads as are worth it.
func ScaleAll[F Float](t Threads, a []F, k F) {
	cut(t, len(a), 64, func(from, to int) {
		d := View[F]{Data: a[from:to]}
		Map(Scale, k, 1, to-from, d, d, View[F]{}, View[F]{})
	})
}
