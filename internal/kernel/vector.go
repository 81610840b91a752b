package kernel

// AddTo adds src to dst. It runs on all threads.
func AddTo[F Float](dst, src []F) {
	cut(len(dst), 64, func(from, to int) {
		d, s := View[F]{Data: dst[from:to]}, View[F]{Data: src[from:to]}
		Map(Add, 0, 1, to-from, d, d, s, View[F]{})
	})
}

// ScaleAll multiplies every element by k. It runs on all threads.
func ScaleAll[F Float](a []F, k F) {
	cut(len(a), 64, func(from, to int) {
		d := View[F]{Data: a[from:to]}
		Map(Scale, k, 1, to-from, d, d, View[F]{}, View[F]{})
	})
}
