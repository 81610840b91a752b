// Package watch keeps what is observed of training: hooks that listen to the events of a run.
//
//	JSON         a line for each event, to read with ReadJSON or any other program
//	CSV          a row for each number
//	TensorBoard  event files
//	Report       a page of HTML, when training has ended
//	Plots        its charts as PNG
//	Files        all of these, from the flags of a program
//
// Each is a hook of a trainers.Trainer, at any place among the others. A path that cannot be written to
// is an error before the first step.
package watch
