package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers/data/series"
)

// The kinds of candidates.
const (
	rule        = "rule"
	smoothing   = "smoothing"
	regression  = "regression"
	combination = "combination"
	network     = "network"
)

// origins is how many rows of the validation part forecasts begin at.
const origins = 24

// candidate is one way to forecast, measured on the validation rows.
type candidate struct {
	kind, name string
	fit        func(train []float64) (series.Predictor, error)
	parts      []weighted  // of a combination
	forecasts  [][]float64 // of the validation rows, [origins][horizon]
	validation float64     // mean absolute error of these
	ensemble   *ensemble   // of networks, fitted to all rows before the held-out ones

	regression series.RegressionConfig
}

// weighted is a part of a combination.
type weighted struct {
	*candidate
	weight float64
}

// problem is a series and how it is cut: rows before validated, those up to known, and the held-out ones.
type problem struct {
	dates                 []time.Time // of the rows and of the horizon after them; nil if there are none
	values                []float64
	gaps                  []bool // of the rows, those that hold the value before
	seasons               []int
	horizon               int
	validated, known, all int
}

// season is the first, 1 if there is none.
func (p *problem) season() int { return append(slices.Clone(p.seasons), 1)[0] }

// methods are the candidates but the networks, and the combination of them: rules, exponential smoothing, and linear
// regression on windows of several lengths, on logarithms where they can be taken, on differences from
// the row before, the season before, and on none. Of a difference of 0 or more there is no other.
func (p *problem) methods(difference int) []*candidate {
	var all []*candidate
	add := func(kind string, methods ...series.Method) {
		for _, m := range methods {
			all = append(all, &candidate{kind: kind, name: m.Name, fit: func(train []float64) (series.Predictor, error) {
				return m.Fit(train, p.horizon)
			}})
		}
	}
	add(rule, series.Rules(p.seasons...)...)
	add(smoothing, series.Smoothings(p.seasons...)...)
	differences := []int{0, 1}
	if p.season() > 1 {
		differences = append(differences, p.season())
	}
	if difference >= 0 {
		differences = []int{difference}
	}
	for _, cfg := range p.regressions(differences) {
		name := fmt.Sprintf("regression on %d", cfg.Lags)
		if cfg.Log {
			name += " logs"
		}
		if cfg.Difference > 0 {
			name += fmt.Sprintf(", difference %d", cfg.Difference)
		}
		add(regression, series.Regression(name, cfg))
		all[len(all)-1].regression = cfg
	}
	return all
}

func (p *problem) regressions(differences []int) []series.RegressionConfig {
	var windows []int
	for _, rows := range append([]int{p.horizon, 2 * p.horizon}, p.seasons...) {
		if rows++; rows <= 200 && rows <= p.validated/3 && !slices.Contains(windows, rows) {
			windows = append(windows, rows)
		}
	}
	if len(windows) == 0 {
		windows = []int{max(1, p.validated/3)}
	}
	positive := slices.Min(p.values[:p.known]) > 0
	var all []series.RegressionConfig
	for _, lags := range windows {
		for _, difference := range differences {
			all = append(all, series.RegressionConfig{Lags: lags, Difference: difference})
			if positive {
				all = append(all, series.RegressionConfig{Lags: lags, Difference: difference, Log: true})
			}
		}
	}
	return all
}

// origins are the rows that forecasts of the validation rows begin at.
func (p *problem) origins() []int {
	return series.Origins(p.validated, p.known, p.horizon, origins)
}

// validate fits a candidate to the rows before the validation rows, and measures it on these.
func (p *problem) validate(c *candidate) error {
	predict, err := c.fit(p.values[:p.validated])
	if err != nil {
		return err
	}
	if c.forecasts, err = series.Rolling(p.values, p.origins(), p.horizon, predict); err != nil {
		return err
	}
	c.validation = p.error(c.forecasts)
	return nil
}

// error is the mean absolute error of forecasts of the validation rows.
func (p *problem) error(forecasts [][]float64) float64 {
	sum, n := 0.0, 0.0
	for i, at := range p.origins() {
		for h, v := range forecasts[i] {
			if !p.gaps[at+h] {
				sum, n = sum+series.AbsoluteError(p.values[at+h], v), n+1
			}
		}
	}
	return sum / n
}

// validateAll measures methods on the validation rows, and adds their combination. One that cannot be fitted is left
// out: of too few rows for its season, say, or of values that are not above 0.
func (p *problem) validateAll(methods []*candidate, log io.Writer) ([]*candidate, error) {
	var all []*candidate
	for _, c := range methods {
		if err := p.validate(c); err != nil {
			fmt.Fprintf(log, "%s is left out: %v\n", c.name, err)
			continue
		}
		if math.IsNaN(c.validation) {
			return nil, errors.New("every validation row is a gap")
		}
		all = append(all, c)
	}
	return append(all, p.combine(all)), nil
}

// combine averages candidates, each with a weight that falls with the 8th power of its validation error: a mean of
// forecasts whose errors differ has a smaller error than most of them (Bates & Granger, 1969). Those of less than a
// hundredth of the greatest weight are left out.
func (p *problem) combine(candidates []*candidate) *candidate {
	least := math.Inf(1)
	for _, c := range candidates {
		least = min(least, c.validation)
	}
	together := &candidate{kind: combination, name: "combination"}
	total := 0.0
	for _, c := range candidates {
		weight := 1.0
		if c.validation > least {
			weight = math.Pow(least/c.validation, 8)
		}
		if weight >= 0.01 {
			together.parts = append(together.parts, weighted{c, weight})
			total += weight
		}
	}
	for i := range together.parts {
		together.parts[i].weight /= total
	}
	together.fit = func(train []float64) (series.Predictor, error) { return fitParts(together.parts, train) }
	together.forecasts = make([][]float64, len(p.origins()))
	for i := range together.forecasts {
		together.forecasts[i] = make([]float64, p.horizon)
		for _, part := range together.parts {
			for h, v := range part.forecasts[i] {
				together.forecasts[i][h] += part.weight * v
			}
		}
	}
	together.validation = p.error(together.forecasts)
	return together
}

// fitParts fits a combination, the parts that cannot be fitted, or cannot forecast, left out.
func fitParts(parts []weighted, train []float64) (series.Predictor, error) {
	var predictors []series.Predictor
	var weights []float64
	var failed error
	for _, part := range parts {
		predict, err := part.fit(train)
		if err != nil {
			failed = err
			continue
		}
		predictors, weights = append(predictors, predict), append(weights, part.weight)
	}
	if len(predictors) == 0 {
		return nil, errors.Wrap(failed, "no part of the combination can be fitted")
	}
	return func(history []float64, horizon int) ([]float64, error) {
		mean := make([]float64, horizon)
		total := 0.0
		var failed error
		for i, predict := range predictors {
			ahead, err := predict(history, horizon)
			if err != nil {
				failed = err
				continue
			}
			total += weights[i]
			for h, v := range ahead {
				mean[h] += weights[i] * v
			}
		}
		if total == 0 {
			return nil, errors.Wrap(failed, "no part of the combination can forecast")
		}
		for h := range mean {
			mean[h] /= total
		}
		return mean, nil
	}, nil
}

// best is the candidate of a kind whose validation error is least; of any kind if none is named.
func best(candidates []*candidate, kinds ...string) *candidate {
	var least *candidate
	for _, c := range candidates {
		if (len(kinds) == 0 || slices.Contains(kinds, c.kind)) && (least == nil || c.validation < least.validation) {
			least = c
		}
	}
	return least
}

// margin is the least share of its validation error by which something else has to beat a rule, and a network
// everything else: less is noise on the few rows there are, and the simpler one is as good.
const margin = 0.03

// recommended is the candidate whose validation error is least, or a simpler one that is no worse but for noise.
func recommended(candidates []*candidate) *candidate {
	chosen := best(candidates)
	for _, simpler := range []*candidate{best(candidates, rule), best(candidates, rule, smoothing, regression, combination)} {
		if simpler != nil && simpler.validation*(1-margin) <= chosen.validation {
			return simpler
		}
	}
	return chosen
}

// shown are the candidates that the program prints: the rules, the best of each other kind, all networks.
func shown(candidates []*candidate) []*candidate {
	var list []*candidate
	for _, c := range candidates {
		if c.kind == rule || c.kind == network || c == best(candidates, c.kind) {
			list = append(list, c)
		}
	}
	// The rules that were here first stand first, since a reader of the figures may count them.
	slices.SortStableFunc(list, func(a, b *candidate) int { return rank(a) - rank(b) })
	return list
}

func rank(c *candidate) int {
	if c.kind != rule {
		return slices.Index([]string{rule, smoothing, regression, combination, network}, c.kind) + 10
	}
	if i := slices.Index([]string{"last value", "seasonal naive", "seasonal growth"}, c.name); i >= 0 {
		return i
	}
	return 9
}

// measure compares forecasts of the held-out rows, a horizon at a time, each made from all rows before it, with the
// truth.
func (p *problem) measure(predict series.Predictor) (series.Errors, error) {
	var truth, forecasts []float64
	for at := p.known; at < p.all; at += p.horizon {
		n := min(p.horizon, p.all-at)
		f, err := predict(p.values[:at], n)
		if err != nil {
			return series.Errors{}, err
		}
		for h := range n {
			if !p.gaps[at+h] {
				truth, forecasts = append(truth, p.values[at+h]), append(forecasts, f[h])
			}
		}
	}
	return series.Measure(p.values[:p.known], truth, forecasts, p.season())
}

// band is where the errors of a candidate on the validation rows say that the truth lies, below and above its
// forecast: their 10 % and 90 % quantiles, by row of the horizon, together with those of the two rows on either side.
func (p *problem) band(c *candidate) [][2]float64 {
	missed := make([][]float64, p.horizon)
	for i, at := range p.origins() {
		for h, v := range c.forecasts[i] {
			if !p.gaps[at+h] {
				missed[h] = append(missed[h], p.values[at+h]-v)
			}
		}
	}
	band := make([][2]float64, p.horizon)
	for h := range band {
		near := slices.Concat(missed[max(0, h-2):min(p.horizon, h+3)]...)
		slices.Sort(near)
		if n := len(near); n > 0 {
			band[h] = [2]float64{near[n/10], near[n-1-n/10]}
		}
	}
	return band
}
