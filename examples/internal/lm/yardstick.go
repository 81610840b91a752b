package lm

import "github.com/elman-go/elman/trainers/data/text"

// A Yardstick is the n-gram that a model has to beat: of all orders up to 8 the one that is best in validation.
type Yardstick struct {
	Order       int
	Valid, Test float64 // bits per token; Test is NaN where there is no text for it
}

// NewYardstick counts the n-grams of train, over a vocabulary of V.
func NewYardstick(train, valid, test [][]int, V int) (y Yardstick, err error) {
	y.Order, y.Valid = text.BestNGram(train, valid, V, 8)
	g, err := text.NewNGram(max(1, y.Order), V)
	if err == nil {
		err = g.Train(train)
	}
	if err != nil {
		return y, err
	}
	y.Test = g.BitsPerToken(test)
	return y, nil
}
