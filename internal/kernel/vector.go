package kernel

// AddTo adds src to dst, which is as long. It runs on all threads.
func AddTo[F Float](dst, src []F) {
	for i, v := range src {
		dst[i] += v
	}
}

// ScaleAll multiplies all of a by k. It runs on all threads.
func ScaleAll[F Float](a []F, k F) {
	for i := range a {
		a[i] *= k
	}
}
