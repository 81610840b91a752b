package metrics

import (
	"fmt"

	"github.com/pkg/errors"
)

// Over says which classes Precision, Recall and F1 are about: a class by its number, Macro or Micro.
type Over int

const (
	// Macro is the mean of the classes' own values, over the classes that occur, as a target or predicted.
	Macro Over = -1
	// Micro counts all classes together. With one label a target it is the accuracy.
	Micro Over = -2
)

// String is "macro", "micro" or "of class 3".
func (o Over) String() string {
	switch o {
	case Macro:
		return "macro"
	case Micro:
		return "micro"
	}
	return fmt.Sprintf("of class %d", int(o))
}

// confusion is what is counted of one class.
type confusion struct{ right, predicted, actual float64 }

// Precision is the share of what is predicted to be of a class that is of it, in per cent; 0 if nothing is.
func (c Classes) Precision(over Over) Metric {
	return c.confusions("precision", over, func(n confusion) float64 { return share(n.right, n.predicted) })
}

// Recall is the share of what is of a class that is predicted to be, in per cent; 0 if nothing is.
func (c Classes) Recall(over Over) Metric {
	return c.confusions("recall", over, func(n confusion) float64 { return share(n.right, n.actual) })
}

// F1 is the harmonic mean of precision and recall, in per cent (van Rijsbergen, 1979); 0 if both are. Its
// macro value is the mean of the classes' F1.
func (c Classes) F1(over Over) Metric {
	return c.confusions("f1", over, func(n confusion) float64 { return share(2*n.right, n.predicted+n.actual) })
}

// share is a part of a whole, 0 of an empty one.
func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// confusions is a metric of three sums for each class.
func (c Classes) confusions(name string, over Over, of func(confusion) float64) Metric {
	value := func(sums []float64) float64 {
		var all confusion
		var total, occur float64
		for class := range len(sums) / 3 {
			n := confusion{sums[3*class], sums[3*class+1], sums[3*class+2]}
			if int(over) == class {
				return 100 * of(n)
			}
			all = confusion{all.right + n.right, all.predicted + n.predicted, all.actual + n.actual}
			if n.predicted+n.actual > 0 {
				total += of(n)
				occur++
			}
		}
		if over == Micro {
			return 100 * of(all)
		}
		return 100 * share(total, occur)
	}
	return c.metric(fmt.Sprintf("%s %v", name, over), value, func(b Outcome) ([]float64, error) {
		type seen struct {
			predicted, target int
			weight            float64
		}
		var all []seen
		classes, err := c.each(b, func(predicted, target int, weight float64) { all = append(all, seen{predicted, target, weight}) })
		if err != nil {
			return nil, err
		}
		if int(over) >= classes || over < Micro {
			return nil, errors.Errorf("class %d, want one of 0 to %d", int(over), classes-1)
		}
		sums := make([]float64, 3*classes)
		for _, s := range all {
			if s.predicted == s.target {
				sums[3*s.predicted] += s.weight
			}
			if s.predicted >= 0 {
				sums[3*s.predicted+1] += s.weight
			}
			sums[3*s.target+2] += s.weight
		}
		return sums, nil
	})
}
