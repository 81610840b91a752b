// Package watch keeps what is observed of training: hooks that listen to the events of a run.
//
//	JSON         a line for each event, to read with ReadJSON or any other program
//	CSV          a row for each number
//	TensorBoard  event files
//	Report       a page of HTML, when training has ended, of one run or of several beside one another
//	Plots        its charts as PNG
//	Files        all of these, from the flags of a program
//
// Each is a hook of a trainers.Trainer, at any place among the others. A path that cannot be written to
// is an error before the first step. A rehearsal, Trainer.Smoke, writes nothing.
//
// Files of training that was killed, interrupted or went back, and was resumed, say what those say of a run that never
// was, but for times. Strings that are no UTF-8 are written with the replacement character, U+FFFD.
package watch
