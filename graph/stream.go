package graph

import (
	"context"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Stream serves many sequences with one compiled graph, one run after the other: what the graph
// carries is put in before a run and taken out after it. It is safe for concurrent use.
type Stream struct {
	mu      sync.Mutex
	session *Session
	rows    int
	batch   *batch // nil if a run always computes all rows
}

// A Sequence is the state of one sequence between two steps of a Stream. The zero value is one that
// has not begun; a copy goes its own way from there.
type Sequence struct {
	state []any // a row of each carry
}

// NewStream makes a Stream of a Session in which each Carry has the shape [B, ...], one row a sequence.
// The Session is the Stream's from then on.
func NewStream(s *Session) (*Stream, error) {
	switch {
	case !s.made():
		return nil, errors.New("stream: session is nil or zero, want one of Build's")
	case len(s.carries) == 0:
		return nil, errors.New("stream: the graph carries nothing from run to run")
	}
	rows := s.carries[0].value.Shape()[0]
	for _, c := range s.carries {
		if c.value.Shape()[0] != rows {
			return nil, errors.Errorf("stream: carry %s has %d rows, %s has %d",
				c.name, c.value.Shape()[0], s.carries[0].name, rows)
		}
	}
	return &Stream{session: s, rows: rows, batch: s.batchOf(rows)}, nil
}

// Rows is B, the number of sequences that one Step can move on.
func (st *Stream) Rows() int {
	if st == nil {
		return 0
	}
	return st.rows
}

// Step runs the graph on feed. Row i of its inputs belongs to seqs[i], whose state goes in and comes
// out. It returns a copy of every output, with zeros in the rows without a sequence.
// On error no sequence has moved.
//
// A step costs the rows that have a sequence, and a sequence gets the same bits whatever the rows beside it
// hold. Only where the graph itself lets rows see one another, as a mean over the batch does, are all rows
// computed, those without a sequence from zeros.
func (st *Stream) Step(ctx context.Context, feed Feed, seqs ...*Sequence) (map[string]tensor.Tensor, error) {
	if st == nil || st.session == nil {
		return nil, errors.New("stream is nil or zero, want one of NewStream's")
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(seqs) > st.rows {
		return nil, errors.Errorf("stream: %d sequences, the graph has %d rows", len(seqs), st.rows)
	}
	for i, q := range seqs {
		if q == nil {
			return nil, errors.Errorf("stream: sequence %d is nil", i)
		}
		for j := range i {
			if seqs[j] == q {
				return nil, errors.Errorf("stream: rows %d and %d are the same sequence", j, i)
			}
		}
		if q.state != nil && len(q.state) != len(st.session.carries) {
			return nil, errors.Errorf("stream: sequence %d is of another graph", i)
		}
	}
	st.session.ResetCarry()
	for i, q := range seqs {
		for j, row := range q.state {
			if !copyRow(st.row(j, i), row) {
				return nil, errors.Errorf("stream: sequence %d is of another graph", i)
			}
		}
	}
	outputs, err := st.run(ctx, feed, max(1, len(seqs)))
	if err != nil {
		return nil, err
	}
	for i, q := range seqs {
		state := make([]any, len(st.session.carries))
		for j := range state {
			state[j] = cloneData(st.row(j, i))
		}
		q.state = state
	}
	return outputs, nil
}

// run computes the first rows of the batch, or all where rows see one another.
func (st *Stream) run(ctx context.Context, feed Feed, rows int) (map[string]tensor.Tensor, error) {
	if st.batch != nil && rows < st.rows {
		err := st.session.computeRows(ctx, feed, st.batch, rows)
		if err == nil {
			return st.outputs(rows)
		}
		if ctx == nil || ctx.Err() != nil {
			return nil, err
		}
		// Whatever cannot run on fewer rows is not tried again.
		if err := st.session.Compute(ctx, feed); err != nil {
			return nil, err
		}
		st.batch = nil
		return st.outputs(st.rows)
	}
	if err := st.session.Compute(ctx, feed); err != nil {
		return nil, err
	}
	return st.outputs(st.rows)
}

// outputs copies every output, of declared shape, zeros in the rows that were not computed.
func (st *Stream) outputs(rows int) (map[string]tensor.Tensor, error) {
	outputs := make(map[string]tensor.Tensor, len(st.session.outputs))
	for name, o := range st.session.outputs {
		out, err := st.session.Output(name)
		if err != nil {
			return nil, err
		}
		if rows < st.rows {
			out = st.session.widen(out, o.from.axes, st.batch)
		}
		outputs[name] = out
	}
	return outputs, nil
}

// row is row i of carry j, in place.
func (st *Stream) row(j, i int) any {
	switch d := listOf(st.session.carries[j].value.Data()).(type) {
	case []float32:
		n := len(d) / st.rows
		return d[i*n : (i+1)*n]
	case []float64:
		n := len(d) / st.rows
		return d[i*n : (i+1)*n]
	}
	return nil
}

func copyRow(dst, src any) bool {
	switch d := dst.(type) {
	case []float32:
		s, ok := src.([]float32)
		return ok && copy(d, s) == len(d) && len(s) == len(d)
	case []float64:
		s, ok := src.([]float64)
		return ok && copy(d, s) == len(d) && len(s) == len(d)
	}
	return false
}

// Close closes the Session.
func (st *Stream) Close() error {
	if st == nil {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.session.Close()
}
