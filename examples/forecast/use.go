package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/elman-go/elman/trainers/data/series"
)

// ahead is what -json prints of a row after the last.
type ahead struct {
	Date  string  `json:"date,omitempty"`
	Row   int     `json:"row"`
	Low   float64 `json:"low"`
	Value float64 `json:"value"`
	High  float64 `json:"high"`
}

// use forecasts the rows after the last with what an earlier run saved.
func use(ctx context.Context, stdout, out io.Writer, c settings) error {
	d, e, err := open(c.model)
	if err != nil {
		return err
	}
	if c.csv != "" && c.column == "" {
		c.column = d.Column
	}
	s, _, err := read(&c, out)
	if err != nil {
		return err
	}
	c.unit = cmp.Or(c.unit, d.Unit)
	history := firstColumn(s.Values)
	levels, err := d.levels(ctx, e, history)
	if err != nil {
		return err
	}
	dates := series.Following(s.Dates, d.Horizon)
	fmt.Fprintf(out, "%s after the last of %d rows, by %s\n\n", c.axis(), len(history), d.Name)
	fmt.Fprintf(out, "%-18s %12s %12s %12s\n", "", "10 %", "forecast", "90 %")
	var rows []ahead
	for h, v := range levels[1] {
		row := ahead{Row: len(history) + h, Low: levels[0][h], Value: v, High: levels[2][h]}
		title := fmt.Sprintf("row %d", row.Row)
		if dates != nil {
			row.Date = dates[h].Format(dateLayout(s.Dates))
			title = row.Date
		}
		rows = append(rows, row)
		fmt.Fprintf(out, "%-18s %12.5g %12.5g %12.5g\n", title, row.Low, v, row.High)
	}
	err = picture{
		title: fmt.Sprintf("%s, forecast by %s", c.column, d.Name), unit: c.axis(), dates: s.Dates, values: history, known: len(history),
		levels: levels, from: max(0, len(history)-5*d.Horizon),
	}.draw(c.plot)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\ndrawn in %s\n", c.plot)
	return c.Print(stdout, map[string]any{"model": d.Name, "forecast": rows})
}
