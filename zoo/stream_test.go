package zoo

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
)

// What a model says to a sequence has the same bits in a Stream of any number of rows, whoever else is there.
func TestStreamServesAlike(t *testing.T) {
	const sequences, steps = 9, 3
	for _, tc := range lms {
		v := vocab(t, rhyme)
		m := must(NewLM(v, tc.cfg, 1))(t)
		want := map[string][]float64{}
		for _, rows := range []int{1, 2, 7, 32} {
			stream := must(m.Stream(rows, graph.Threads(1)))(t)
			r := rand.New(rand.NewPCG(1, uint64(rows)))
			states, next := make([]graph.Sequence, sequences), make([]int, sequences)
			for range 4 * sequences * steps {
				var turn []int
				for _, q := range r.Perm(sequences) {
					if next[q] < steps && len(turn) < rows && (len(turn) == 0 || r.IntN(3) > 0) {
						turn = append(turn, q)
					}
				}
				tokens := make([]int, rows)
				for i := range tokens {
					tokens[i] = -1 // is no symbol, where no sequence is
				}
				var moved []*graph.Sequence
				for row, q := range turn {
					tokens[row] = (q + 3*next[q]) % v.Len()
					moved = append(moved, &states[q])
				}
				if len(turn) == 0 {
					break
				}
				feed := graph.Feed{"tokens": tensor.New(tensor.WithShape(1, rows), tensor.WithBacking(tokens))}
				out := must(stream.Step(background, feed, moved...))(t)["logits"]
				for row, q := range turn {
					key := fmt.Sprint(tc.name, ": sequence ", q, " at step ", next[q])
					got := logitsOf(out, row, v.Len())
					if rows == 1 {
						want[key] = got
					} else {
						graphtest.Equal(t, fmt.Sprint(key, " of ", rows, " rows"), got, want[key], 0)
					}
					next[q]++
				}
			}
			if err := stream.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// logitsOf is a row of logits [rows, V].
func logitsOf(out tensor.Tensor, row, V int) (logits []float64) {
	if wide, ok := out.Data().([]float64); ok {
		return wide[row*V : (row+1)*V]
	}
	for _, x := range out.Data().([]float32)[row*V : (row+1)*V] {
		logits = append(logits, float64(x))
	}
	return logits
}
